// Tracks of tokens: how a tokenizer cuts the sequence.
//
// Tokens that do not overlap are one row of boxes; overlapping ones (k-mers) lie in lanes, each in the first that is
// free. Where boxes would be too small they become strips of their colours. Special tokens, which stand for no
// letters, are chips above. Text is always there as well: twelve colours cannot tell thousands of tokens apart.

const TOKEN_ROW = 24; // height of a row of tokens that do not overlap
const TOKEN_LANES = 12; // most lanes of overlapping tokens: k-mers of the longest k
const CHIP_ROW = 20;
const CHIP_PX = 140; // the widest chip
const TOLD_MOST = 4; // overlapping tokens that the tooltip lists
const STRIP_PX = 8; // narrower than this on average, boxes are drawn as strips
const TINT = { usual: 0.4, lit: 0.5, sliver: 0.85 }; // how much of its colour a box has; with text at least 4.5 to 1

const tokens = {
  prepare(track, sequence) {
    const integers = (text) => new Int32Array(bytesOf(text).buffer);
    track.starts = integers(track.starts);
    track.ends = integers(track.ends);
    track.numbers = integers(track.numbers);
    track.sequence = sequence;
    track.styles = track.styles.map(([text, spelled, colour, unknown]) => ({ text, spelled, colour, unknown }));
    track.special = [];
    track.longest = 0;
    let letters = 0;
    track.starts.forEach((start, index) => {
      const length = track.ends[index] - start;
      if (length === 0) track.special.push(index);
      letters += length;
      track.longest = Math.max(track.longest, length);
    });
    track.usual = letters / Math.max(1, track.starts.length - track.special.length);
    this.lay(track);
  },
  // Give each token the first lane that is free at its start.
  lay(track) {
    const free = []; // from where on each lane is free
    const hidden = [];
    track.lanes = new Uint8Array(track.starts.length);
    track.starts.forEach((start, index) => {
      const end = track.ends[index];
      if (start === end) return;
      let lane = free.findIndex((position) => position <= start);
      if (lane < 0) lane = free.length;
      track.lanes[index] = lane;
      if (lane < TOKEN_LANES) free[lane] = end;
      else hidden.push({ start, end });
    });
    track.used = Math.max(1, free.length);
    track.lane = track.used > 1 ? LANE : TOKEN_ROW;
    track.chips = track.special.length ? CHIP_ROW : 0;
    track.spots = spotsOf(hidden);
  },
  height: (track) => track.chips + track.used * track.lane + (track.spots.length ? TEXT_PX + 5 : 0),

  // Reading

  text(track, index) {
    const { text, spelled } = track.styles[track.numbers[index]];
    return spelled ? text.toUpperCase() + this.letters(track, index) : text;
  },
  letters: (track, index) => track.sequence.slice(track.starts[index], track.ends[index]),
  // Call action(index) for every token with letters between two places, in order.
  within({ starts, ends, longest }, from, to, action) {
    for (let index = firstNotBelow(starts, from - longest); index < starts.length && starts[index] < to; index += 1) {
      if (ends[index] > from && ends[index] > starts[index]) action(index);
    }
  },
  at(track, position) {
    const found = [];
    this.within(track, position, position + 1, (index) => found.push(index));
    return found;
  },
  // Special tokens right before a position; behind the last letter also those after it.
  specialAt(track, position) {
    const last = position === track.sequence.length - 1;
    const here = (place) => place === position || (last && place === position + 1);
    return track.special.filter((index) => here(track.starts[index]));
  },
  // The token that is pointed at comes first and is marked.
  facts(track, position) {
    const own = (index) => (index === track.pointed ? "own" : "");
    const before = this.specialAt(track, position).map((index) => {
      return [track.starts[index] > position ? "after the end" : "before it", this.text(track, index), ""];
    });
    const found = this.at(track, position).sort((one, other) => (own(other) ? 1 : 0) - (own(one) ? 1 : 0));
    if (!found.length) return [[track.label, "left out", ""], ...before];
    if (track.used === 1) return [[track.label, this.described(track, found[0]), own(found[0])], ...before];
    const parts = found.slice(0, TOLD_MOST).map((index) => [this.described(track, index), own(index)]);
    if (found.length > TOLD_MOST) parts.push([`+${found.length - TOLD_MOST} more`, ""]);
    return [[track.label, "", "head"], ["", parts, "parts"], ...before];
  },
  described(track, index) {
    const [start, end] = [track.starts[index], track.ends[index]];
    const strange = track.styles[track.numbers[index]].unknown ? ", unknown" : "";
    const range = `${place(start)}–${place(end - 1)} · ${plural(end - start, "nt")}`;
    return `${this.text(track, index)}${strange} · ${end - start === 1 ? place(start) : range}`;
  },
  columns: (track) => [track.label],
  cells(track, position) {
    const found = [...this.specialAt(track, position), ...this.at(track, position)];
    return [found.map((index) => this.text(track, index)).join(", ") || "–"];
  },
  profile: () => null,
  pick(track, position, y) {
    const lane = Math.floor((y - track.chips) / track.lane);
    const index = this.at(track, position).find((other) => track.lanes[other] === lane);
    if (index === undefined || lane >= TOKEN_LANES) return null;
    return { start: track.starts[index], end: track.ends[index], track, index };
  },
  legend(track) {
    return track.note ? element("span", { class: "legend" }, [track.note]) : null;
  },

  // Drawing

  draw(ctx, track, area, look) {
    ctx.font = look.small;
    ctx.textBaseline = "middle";
    if (!track.starts.length) {
      ctx.fillStyle = look.faint;
      ctx.textAlign = "left";
      ctx.fillText("No token in this sequence", area.left, area.top + track.lane / 2);
      return;
    }
    clipped(ctx, area, () => {
      if (this.isSmall(track, area)) this.drawStrips(ctx, track, area, look);
      else this.within(track, area.start, area.end, (index) => this.drawBox(ctx, track, index, { area, look }));
      drawSpots(ctx, track.spots, area, { top: area.top + track.chips + track.used * track.lane, look });
    });
    if (track.chips) this.drawChips(ctx, track, area, look);
  },
  isSmall: (track, area) => track.usual * area.scale < STRIP_PX,
  colour(track, index, look) {
    const { colour, unknown } = track.styles[track.numbers[index]];
    return unknown ? look.faint : look.tokens[colour];
  },
  box(track, index, area) {
    const left = Math.round(area.x(track.starts[index])); // whole pixels: neighbours stay one clear pixel apart
    return {
      left,
      top: area.top + track.chips + track.lanes[index] * track.lane + 1,
      width: Math.max(1, Math.round(area.x(track.ends[index])) - left - 1),
      height: track.lane - 3,
    };
  },
  // How: undefined, or "lit" for the highlighted token and "own" for the one that is pointed at.
  drawBox(ctx, track, index, { area, look, how }) {
    if (track.lanes[index] >= TOKEN_LANES) return;
    const { left, top, width, height } = this.box(track, index, area);
    const colour = this.colour(track, index, look);
    const boxed = width > 3;
    const readable = width > 9;
    if (how) {
      ctx.fillStyle = look.background;
      ctx.fillRect(left - 1, top - 1, width + 2, height + 2);
    }
    ctx.globalAlpha = boxed ? TINT[how ? (readable ? "lit" : "sliver") : "usual"] : TINT.sliver;
    ctx.fillStyle = colour;
    ctx.fillRect(left, top, boxed || !how ? width : Math.max(2.5, width), height);
    ctx.globalAlpha = 1;
    if (!boxed) return;
    const { unknown } = track.styles[track.numbers[index]];
    if (unknown) {
      ctx.fillStyle = look.hatch ??= hatching(ctx, look);
      ctx.fillRect(left, top, width, height);
      ctx.setLineDash([3, 2]);
    }
    ctx.lineWidth = how && readable ? 2 : 1;
    ctx.strokeStyle = how === "own" ? look.accent : how ? look.text : colour;
    ctx.strokeRect(left + 0.5, top + 0.5, width - 1, height - 1);
    if (unknown) ctx.setLineDash([]);
    const seen = Math.max(left, area.left);
    const room = Math.min(left + width, area.left + area.width) - seen;
    const text = room > 9 ? this.fitting(ctx, track, index, { room: room - 1.5, look }) : "";
    if (!text) return;
    ctx.fillStyle = look.text;
    ctx.textAlign = "center";
    ctx.fillText(text, seen + room / 2, top + height / 2 + 0.5);
  },
  // What of the text fits: all of it, or an ellipsis after at least two letters (and all of "##").
  fitting(ctx, track, index, { room, look }) {
    const { text, spelled } = track.styles[track.numbers[index]];
    return shortened(ctx, this.text(track, index), { room, look, least: (spelled ? text.length : 0) + 2 });
  },
  // One pixel of a small picture for each pixel column and lane, stretched to the height of the lanes.
  drawStrips(ctx, track, area, look) {
    const columns = Math.max(1, Math.round(area.width * ctx.dpr));
    const scale = columns / (area.end - area.start);
    const rows = Math.min(track.used, TOKEN_LANES);
    const picture = new ImageData(columns, rows);
    const pixels = new Uint32Array(picture.data.buffer);
    const colours = track.styles.map(({ colour, unknown }) => pixelOf(unknown ? look.faint : look.tokens[colour]));
    const gap = track.usual * scale > 4 ? 1 : 0;
    this.within(track, area.start, area.end, (index) => {
      const lane = track.lanes[index];
      if (lane >= rows) return;
      const from = Math.max(0, Math.round((track.starts[index] - area.start) * scale));
      const to = Math.min(columns, Math.round((track.ends[index] - area.start) * scale));
      const colour = colours[track.numbers[index]];
      pixels.fill(colour, lane * columns + from, lane * columns + Math.max(from + 1, to - gap));
    });
    strip ??= document.createElement("canvas");
    strip.width = columns;
    strip.height = rows;
    strip.getContext("2d", { willReadFrequently: true }).putImageData(picture, 0, 0);
    ctx.imageSmoothingEnabled = false;
    for (let row = 0; row < rows; row += 1) {
      const top = area.top + track.chips + row * track.lane + 1;
      ctx.drawImage(strip, 0, row, columns, 1, area.left, top, area.width, track.lane - 3);
    }
  },
  // Chips stand side by side at their place, at the end of the sequence to the left of it.
  drawChips(ctx, track, area, look) {
    const right = area.left + area.width;
    let free = area.left;
    let taken = right;
    const atEnd = (index) => track.starts[index] === track.sequence.length;
    for (const index of track.special.filter((other) => !atEnd(other))) {
      const position = track.starts[index];
      if (position < area.start || position >= area.end) continue;
      const chip = this.chip(ctx, track, index, look);
      const left = Math.max(free, area.x(position));
      if (left + chip.width > right) break;
      this.drawChip(ctx, chip, { left, area, look });
      free = left + chip.width + 4;
    }
    if (area.end < track.sequence.length) return;
    for (const index of track.special.filter(atEnd).reverse()) {
      const chip = this.chip(ctx, track, index, look);
      if (taken - chip.width < free) break;
      this.drawChip(ctx, chip, { left: taken - chip.width, area, look });
      taken -= chip.width + 4;
    }
  },
  chip(ctx, track, index, look) {
    const text = shortened(ctx, this.text(track, index), { room: CHIP_PX - 12, look, least: 2 });
    return { text, width: widthOf(ctx, text, look) + 12, colour: this.colour(track, index, look) };
  },
  drawChip(ctx, { text, width, colour }, { left, area, look }) {
    ctx.beginPath();
    ctx.roundRect(left + 0.5, area.top + 0.5, width - 1, CHIP_ROW - 5, 7);
    ctx.globalAlpha = 0.24;
    ctx.fillStyle = colour;
    ctx.fill();
    ctx.globalAlpha = 1;
    ctx.strokeStyle = colour;
    ctx.lineWidth = 1;
    ctx.stroke();
    ctx.fillStyle = look.text;
    ctx.textAlign = "center";
    ctx.fillText(text, left + width / 2, area.top + (CHIP_ROW - 4) / 2);
  },
};

let strip; // the small picture of drawStrips

// The first index whose value is at least the given one, in ascending values.
function firstNotBelow(values, wanted) {
  let [low, high] = [0, values.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (values[middle] < wanted) low = middle + 1;
    else high = middle;
  }
  return low;
}

// "#rrggbb" or "rgb(r, g, b)" as one opaque pixel of an ImageData.
function pixelOf(colour) {
  const [red, green, blue] = colour.startsWith("#")
    ? [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16))
    : colour.match(/[\d.]+/g).map(Number);
  return ((255 << 24) | (blue << 16) | (green << 8) | red) >>> 0;
}

function hatching(ctx, look) {
  const tile = element("canvas", { width: 6, height: 6 });
  const brush = tile.getContext("2d");
  brush.strokeStyle = look.grid;
  brush.lineWidth = 1.5;
  for (const shift of [-6, 0, 6]) {
    brush.moveTo(shift, 6);
    brush.lineTo(shift + 6, 0);
  }
  brush.stroke();
  return ctx.createPattern(tile, "repeat");
}

// Measuring text is slow and tokens come again and again.
const textWidths = new Map();

function widthOf(ctx, text, look) {
  const name = `${look.small} ${text}`;
  let width = textWidths.get(name);
  if (width === undefined) {
    if (textWidths.size > 20000) textWidths.clear();
    width = ctx.measureText(text).width;
    textWidths.set(name, width);
  }
  return width;
}

// The text, or its beginning with an ellipsis; empty where not even `least` characters fit.
function shortened(ctx, text, { room, look, least }) {
  const whole = widthOf(ctx, text, look);
  if (whole <= room) return text;
  for (let length = Math.floor((text.length * room) / whole); length >= least; length -= 1) {
    const short = `${text.slice(0, length)}…`;
    if (widthOf(ctx, short, look) <= room) return short;
  }
  return "";
}
