// The kinds of track. A new kind is one entry of KINDS:
//
//   prepare(track, sequence)       once per payload: decode arrays, find the scale
//   height(track)                  pixels;  grows: true lets it share the height that a page asks for
//   draw(ctx, track, area, look)   draw the visible part
//   facts(track, position)         [[name, text, key], ...] for the tooltip and for screen readers; key: "raises",
//                                  "lowers", "", "head" (a title), or "parts" where text is [[text, key], ...]
//   columns(track)                 headings of the table;  cells(track, position)  its texts, one per heading
//   profile(track)                 one number per nucleotide for the mini-map, or null
//   splice(track, {start, removed, added})  follow an edit of the letters until new numbers come (optional)
//   pick(track, position, y)       the range under the pointer ({start, end}), or null; of a token with {track, index}
//                                  (optional)
//   legend(track, look)            what stands at the right of the title, a DOM node        (optional)
//
// An area is a rectangle in CSS pixels with the visible positions: {left, top, width, height, start, end, scale,
// first, last, x(position)}; scale is pixels per nucleotide, start and end may be fractions, first..last are whole.

function bytesOf(text) {
  const characters = atob(text);
  const bytes = new Uint8Array(characters.length);
  for (let index = 0; index < bytes.length; index += 1) bytes[index] = characters.charCodeAt(index);
  return bytes;
}

const decode = (text) => new Float32Array(bytesOf(text).buffer);

function format(value) {
  if (!Number.isFinite(value)) return "–";
  if (value === 0) return "0";
  const size = Math.abs(value);
  const text = size >= 1e5 || size < 1e-3 ? size.toExponential(1) : String(Number(size.toPrecision(3)));
  return (value < 0 ? "−" : "+") + text.replace("-", "−");
}

function bounds(values) {
  let low = 0;
  let high = 0;
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return low === high ? { low: -1, high: 1 } : { low, high };
}

// The largest and the smallest value of each pixel column: nothing is lost when many nucleotides share a pixel.
function envelope(values, area) {
  const columns = Math.ceil(area.width);
  const high = new Float32Array(columns);
  const low = new Float32Array(columns);
  for (let position = area.first; position < area.last; position += 1) {
    const column = Math.min(columns - 1, Math.max(0, Math.floor((position - area.start) * area.scale)));
    const value = values[position];
    if (value > high[column]) high[column] = value;
    if (value < low[column]) low[column] = value;
  }
  return { high, low };
}

function signedBars(ctx, values, area, { y, look }) {
  const zero = y(0);
  const bar = (left, width, value) => {
    ctx.fillStyle = value > 0 ? look.raises : look.lowers;
    const end = y(value);
    ctx.fillRect(left, Math.min(zero, end), width, Math.max(0.75, Math.abs(end - zero)));
  };
  if (area.scale < 1) {
    const { high, low } = envelope(values, area);
    high.forEach((value, column) => value && bar(area.left + column, 1, value));
    low.forEach((value, column) => value && bar(area.left + column, 1, value));
    return;
  }
  const width = area.scale > 2 ? area.scale - 0.75 : area.scale;
  for (let position = area.first; position < area.last; position += 1) {
    if (values[position]) bar(area.x(position), width, values[position]);
  }
}

// Zero line, and the numbers of the scale in the gutter; the top and bottom numbers only where they have room.
function drawScale(ctx, { low, high }, area, { y, look }) {
  ctx.fillStyle = look.grid;
  ctx.fillRect(area.left, Math.round(y(0)) - 0.5, area.width, 1);
  ctx.fillStyle = look.faint;
  ctx.font = look.small;
  ctx.textAlign = "right";
  ctx.textBaseline = "middle";
  const zero = y(0);
  ctx.fillText("0", area.left - 8, zero);
  const top = Math.max(area.top + TEXT_PX / 2, y(high));
  const bottom = Math.min(area.top + area.height - TEXT_PX / 2, y(low));
  if (high > 0 && zero - top >= TEXT_PX + 2) ctx.fillText(format(high), area.left - 8, top);
  if (low < 0 && bottom - zero >= TEXT_PX + 2) ctx.fillText(format(low), area.left - 8, bottom);
}

function verticalScale({ low, high }, area) {
  const room = area.height - 4;
  return (value) => area.top + 2 + ((high - value) / (high - low)) * room;
}

function clipped(ctx, area, paint) {
  ctx.save();
  ctx.beginPath();
  ctx.rect(area.left, area.top - 1, area.width, area.height + 2);
  ctx.clip();
  paint();
  ctx.restore();
}

// The positions that a line must touch: all, or the lowest and the highest of each bucket where many share a pixel.
function thinned(values, { from, to, bucket }) {
  const found = [];
  if (bucket < 2) {
    for (let position = from; position < to; position += 1) found.push(position);
    return found;
  }
  for (let start = from; start < to; start += bucket) {
    let [low, high] = [start, start];
    for (let position = start; position < Math.min(to, start + bucket); position += 1) {
      if (!(values[position] >= values[low])) low = position;
      if (!(values[position] <= values[high])) high = position;
    }
    found.push(Math.min(low, high), Math.max(low, high));
  }
  return found;
}

const valueFact = (track, value) => [track.label, format(value), value > 0 ? "raises" : value < 0 ? "lowers" : ""];

const letters = {
  grows: true,
  height: () => 132,
  prepare(track, sequence) {
    track.data = decode(track.values);
    track.sequence = sequence;
    const [low, high] = track.limits ?? []; // where several tracks share a scale
    track.range = low < high ? { low, high } : bounds(track.data);
  },
  draw(ctx, track, area, look) {
    const y = verticalScale(track.range, area);
    drawScale(ctx, track.range, area, { y, look });
    clipped(ctx, area, () => {
      if (area.scale < LETTER_PX) {
        signedBars(ctx, track.data, area, { y, look });
        return;
      }
      const zero = y(0);
      const width = area.scale * 0.92;
      for (let position = area.first; position < area.last; position += 1) {
        const value = track.data[position];
        const height = Math.abs(y(value) - zero);
        if (!(height > 0.3)) continue;
        const letter = track.sequence[position];
        ctx.fillStyle = look.bases[letter] ?? look.faint;
        const box = { left: area.x(position) + area.scale * 0.04, width, height, turned: value < 0 };
        drawGlyph(ctx, letter, { ...box, top: value < 0 ? zero : zero - height });
      }
    });
  },
  splice(track, change) {
    track.data = splicedValues(track.data, change);
  },
  facts: (track, position) => [valueFact(track, track.data[position])],
  columns: (track) => [track.unit ? `${track.label} (${track.unit})` : track.label],
  cells: (track, position) => [format(track.data[position])],
  profile: (track) => track.data,
};

const line = {
  ...letters,
  height: () => 64,
  draw(ctx, track, area, look) {
    const y = verticalScale(track.range, area);
    drawScale(ctx, track.range, area, { y, look });
    clipped(ctx, area, () => {
      const zero = y(0);
      const from = Math.max(0, area.first - 1);
      const to = Math.min(track.data.length, area.last + 1);
      ctx.strokeStyle = look.line;
      ctx.lineWidth = 1.5;
      ctx.lineJoin = "round";
      let open = null;
      let last = null;
      const close = () => {
        if (open === null) return;
        ctx.stroke();
        ctx.lineTo(last, zero);
        ctx.lineTo(open, zero);
        ctx.closePath();
        ctx.globalAlpha = 0.16;
        ctx.fillStyle = look.line;
        ctx.fill();
        ctx.globalAlpha = 1;
        open = null;
      };
      for (const position of thinned(track.data, { from, to, bucket: Math.floor(1 / area.scale) })) {
        if (!Number.isFinite(track.data[position])) {
          close();
          continue;
        }
        last = area.x(position) + area.scale / 2;
        if (open === null) {
          open = last;
          ctx.beginPath();
        }
        ctx.lineTo(last, y(track.data[position]));
      }
      close();
    });
  },
};

const HEAT_ROW = 15;

const heat = {
  height: () => 4 * HEAT_ROW,
  prepare(track, sequence, bases) {
    track.data = decode(track.values);
    track.sequence = sequence;
    track.bases = bases;
    track.length = sequence.length;
    const { low, high } = bounds(track.data);
    const largest = Math.max(high, -low);
    const every = Math.ceil(track.data.length / 20000);
    const sizes = track.data.filter((value, index) => index % every === 0 && value !== 0 && Number.isFinite(value));
    sizes.forEach((value, index) => (sizes[index] = Math.abs(value)));
    sizes.sort();
    const usual = sizes.length ? sizes[Math.floor(0.99 * (sizes.length - 1))] : largest;
    track.clipped = largest > 1.5 * usual && usual > 0; // one outlier must not bleach the rest
    track.limit = track.clipped ? usual : largest;
  },
  draw(ctx, track, area, look) {
    const height = area.height / 4;
    ctx.font = look.small;
    ctx.textAlign = "right";
    ctx.textBaseline = "middle";
    ctx.fillStyle = look.faint;
    [...track.bases].forEach((base, row) => ctx.fillText(base, area.left - 8, area.top + (row + 0.5) * height));
    clipped(ctx, area, () => {
      for (let row = 0; row < 4; row += 1) this.drawRow(ctx, track, { area, look, row, top: area.top + row * height });
      if (area.scale >= 4) this.drawDots(ctx, track, area, look);
    });
    ctx.strokeStyle = look.grid;
    ctx.lineWidth = 1;
    ctx.strokeRect(area.left - 0.5, area.top - 0.5, area.width + 1, area.height + 1);
  },
  drawRow(ctx, track, { area, look, row, top }) {
    const height = area.height / 4;
    const gap = area.scale > 4 ? 1 : 0;
    const values = track.data.subarray(row * track.length, (row + 1) * track.length);
    const cell = (left, width, value) => {
      if (!value || !Number.isFinite(value)) return;
      ctx.fillStyle = value > 0 ? look.raises : look.lowers;
      ctx.globalAlpha = Math.min(1, Math.abs(value) / track.limit);
      ctx.fillRect(left, top, width, height - gap);
    };
    if (area.scale < 1) {
      const { high, low } = envelope(values, area);
      high.forEach((value, column) => cell(area.left + column, 1, value > -low[column] ? value : low[column]));
    } else {
      for (let position = area.first; position < area.last; position += 1) {
        cell(area.x(position), area.scale - gap, values[position]);
      }
    }
    ctx.globalAlpha = 1;
  },
  drawDots(ctx, track, area, look) {
    const height = area.height / 4;
    ctx.fillStyle = look.faint;
    for (let position = area.first; position < area.last; position += 1) {
      const row = track.bases.indexOf(track.sequence[position]);
      if (row < 0) continue;
      ctx.beginPath();
      ctx.arc(area.x(position + 0.5) - 0.5, area.top + (row + 0.5) * height - 0.5, Math.min(2, area.scale / 4), 0, 7);
      ctx.fill();
    }
  },
  splice(track, change) {
    const rows = [0, 1, 2, 3].map((row) => track.data.subarray(row * track.length, (row + 1) * track.length));
    const made = rows.map((values) => splicedValues(values, change));
    track.length = made[0].length;
    track.data = new Float32Array(4 * track.length);
    made.forEach((values, row) => track.data.set(values, row * track.length));
  },
  facts(track, position) {
    const parts = [];
    [...track.bases].forEach((base, row) => {
      if (track.sequence[position] === base) return;
      const value = track.data[row * track.length + position];
      parts.push([`${base} ${format(value)}`, value > 0 ? "raises" : value < 0 ? "lowers" : ""]);
    });
    return [[track.label, "", "head"], ["to", parts, "parts"]];
  },
  columns: (track) => [...track.bases].map((base) => `${track.label}, ${base}`),
  cells(track, position) {
    return [...track.bases].map((_, row) => format(track.data[row * track.length + position]));
  },
  profile(track) {
    return Float32Array.from({ length: track.length }, (_, position) => {
      let largest = 0;
      for (let row = 0; row < 4; row += 1) {
        const value = track.data[row * track.length + position];
        if (Math.abs(value) > Math.abs(largest)) largest = value;
      }
      return largest;
    });
  },
  legend(track) {
    const sign = track.clipped ? { low: "≤ ", high: "≥ " } : { low: "", high: "" };
    const bar = element("span", { class: "ramp", "aria-hidden": "true" });
    const texts = [`lowers ${sign.low}${format(-track.limit)}`, `${sign.high}${format(track.limit)} raises`];
    return element("span", { class: "legend" }, [texts[0], bar, texts[1]]);
  },
};

const LANE = 18;

const hits = {
  height: (track) => Math.max(1, track.used) * LANE + (track.hidden.length ? TEXT_PX + 5 : 0),
  prepare(track, sequence) {
    const values = decode(track.values);
    track.sequence = sequence;
    track.all = track.starts.map((start, index) => {
      const name = track.names[index];
      return { start, end: track.ends[index], name, value: values[index], colour: track.colours[name] };
    });
    const lanes = []; // of each: which positions are taken
    track.boxes = [];
    track.hidden = [];
    for (const hit of track.all) {
      let lane = lanes.findIndex((taken) => !taken.subarray(hit.start, hit.end).includes(1));
      if (lane < 0 && lanes.length < track.lanes) lane = lanes.push(new Uint8Array(sequence.length)) - 1;
      if (lane < 0) {
        track.hidden.push(hit);
      } else {
        lanes[lane].fill(1, hit.start, hit.end);
        track.boxes.push({ ...hit, lane });
      }
    }
    track.used = lanes.length;
    track.spots = spotsOf(track.hidden);
  },
  draw(ctx, track, area, look) {
    ctx.font = look.small;
    ctx.textBaseline = "middle";
    if (!track.all.length) {
      ctx.fillStyle = look.faint;
      ctx.textAlign = "left";
      ctx.fillText("No hit in this sequence", area.left, area.top + LANE / 2);
      return;
    }
    clipped(ctx, area, () => {
      for (const box of track.boxes) {
        if (box.end > area.start && box.start < area.end) this.drawBox(ctx, box, area, look);
      }
      drawSpots(ctx, track.spots, area, { top: area.top + track.used * LANE, look });
    });
  },
  drawBox(ctx, box, area, look) {
    const left = area.x(box.start);
    const width = Math.max(2, (box.end - box.start) * area.scale - 1);
    const top = area.top + box.lane * LANE + 1;
    const height = LANE - 3;
    const colour = box.colour;
    ctx.fillStyle = colour;
    ctx.globalAlpha = width > 6 ? 0.24 : 0.8; // a sliver needs the whole colour to be seen
    ctx.fillRect(left, top, width, height);
    ctx.globalAlpha = 1;
    ctx.strokeStyle = colour;
    ctx.lineWidth = 1;
    if (width > 6) ctx.strokeRect(left + 0.5, top + 0.5, width - 1, height - 1);
    const shownLeft = Math.max(left, area.left);
    const shownWidth = Math.min(left + width, area.left + area.width) - shownLeft;
    const name = shownWidth > 20 ? fitted(ctx, box.name, shownWidth - 6) : ""; // measuring text is slow
    if (!name) return;
    ctx.fillStyle = look.text;
    ctx.textAlign = "center";
    ctx.fillText(name, shownLeft + shownWidth / 2, top + height / 2 + 0.5);
  },
  facts(track, position) {
    const here = this.at(track, position);
    const texts = here.slice(0, 6).map((hit) => {
      return [hit.name, Number.isFinite(hit.value) ? format(hit.value) : `${hit.start + 1}–${hit.end}`, ""];
    });
    if (here.length > 6) texts.push([`+${here.length - 6} more`, "", ""]);
    return here.length ? [[track.label, "", "head"], ...texts] : [];
  },
  at: (track, position) => track.all.filter((hit) => hit.start <= position && position < hit.end),
  columns: (track) => [track.label],
  cells(track, position) {
    return [this.at(track, position).map((hit) => hit.name).join(", ")];
  },
  profile: () => null,
  pick(track, position, y) {
    const lane = Math.floor(y / LANE);
    return track.boxes.find((box) => box.lane === lane && box.start <= position && position < box.end) ?? null;
  },
};

// Ranges that found no lane; those that overlap are counted together.
function spotsOf(hidden) {
  const found = [];
  for (const hit of [...hidden].sort((one, other) => one.start - other.start)) {
    const last = found[found.length - 1];
    if (last && hit.start < last.end) {
      last.end = Math.max(last.end, hit.end);
      last.count += 1;
    } else {
      found.push({ start: hit.start, end: hit.end, count: 1 });
    }
  }
  return found;
}

// "+n more" below the lanes.
function drawSpots(ctx, spots, area, { top, look }) {
  ctx.fillStyle = look.faint;
  ctx.textAlign = "center";
  const y = top + (TEXT_PX + 3) / 2;
  let group = null;
  const write = () => group && ctx.fillText(`+${group.count} more`, (group.left + group.right) / 2, y);
  for (const spot of spots) {
    if (spot.end <= area.start || spot.start >= area.end) continue;
    const left = Math.max(area.left, area.x(spot.start));
    const right = Math.min(area.left + area.width, area.x(spot.end));
    if (group && left < group.right + 8) {
      group = { left: group.left, right: Math.max(group.right, right), count: group.count + spot.count };
    } else {
      write();
      group = { left, right, count: spot.count };
    }
    const half = Math.max(0, (ctx.measureText(`+${group.count} more`).width - (group.right - group.left)) / 2);
    group.left = Math.max(area.left, group.left - half);
    group.right = Math.max(group.right + half, group.left + 2 * half);
  }
  write();
}

// The text, or as much of it as fits with an ellipsis; empty where not even two letters fit.
function fitted(ctx, text, width) {
  if (ctx.measureText(text).width <= width) return text;
  for (let length = Math.min(text.length - 1, 24); length >= 2; length -= 1) {
    const short = `${text.slice(0, length)}…`;
    if (ctx.measureText(short).width <= width) return short;
  }
  return "";
}

const KINDS = { letters, line, heat, hits, tokens };
