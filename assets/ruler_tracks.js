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
function drawScale(ctx, { low, high }, area, { y, look, text = format }) {
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
  if (high > 0 && zero - top >= TEXT_PX + 2) ctx.fillText(text(high), area.left - 8, top);
  if (low < 0 && bottom - zero >= TEXT_PX + 2) ctx.fillText(text(low), area.left - 8, bottom);
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

// Standard errors, one above and one below each score, as thin bars with caps where letters can be read.
function drawWhiskers(ctx, { data, errors }, area, { y, look }) {
  const cap = Math.min(3, area.scale * 0.25);
  ctx.strokeStyle = look.text;
  ctx.lineWidth = 1;
  ctx.beginPath();
  for (let position = area.first; position < area.last; position += 1) {
    if (!(errors[position] > 0)) continue;
    const middle = area.x(position) + area.scale / 2;
    const [high, low] = [y(data[position] + errors[position]), y(data[position] - errors[position])];
    ctx.moveTo(middle, high);
    ctx.lineTo(middle, low);
    for (const end of [high, low]) {
      ctx.moveTo(middle - cap, end);
      ctx.lineTo(middle + cap, end);
    }
  }
  ctx.stroke();
}

const errorText = (value) => (Number.isFinite(value) ? `±${format(Math.abs(value)).replace("+", "")}` : "–");
const valueFact = (track, value) => [track.label, format(value), value > 0 ? "raises" : value < 0 ? "lowers" : ""];

const letters = {
  grows: true,
  height: () => 132,
  prepare(track, sequence) {
    track.data = decode(track.values);
    track.sequence = sequence;
    const errors = track.errors ? decode(track.errors) : null;
    const [low, high] = track.limits ?? []; // where several tracks share a scale
    track.range = low < high ? { low, high } : bounds(track.data);
    track.errors = errors;
    if (errors && track.whiskers && !(low < high)) {
      const ends = [-1, 1].flatMap((sign) => Array.from(track.data, (value, at) => value + sign * errors[at]));
      track.range = bounds([...track.data, ...ends]);
    }
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
      if (track.errors && track.whiskers) drawWhiskers(ctx, track, area, { y, look });
    });
  },
  splice(track, change) {
    track.data = splicedValues(track.data, change);
    if (track.errors) track.errors = splicedValues(track.errors, change);
  },
  facts(track, position) {
    const value = valueFact(track, track.data[position]);
    return track.errors ? [value, ["Standard error", errorText(track.errors[position]), ""]] : [value];
  },
  columns(track) {
    const name = track.unit ? `${track.label} (${track.unit})` : track.label;
    return track.errors ? [name, "Standard error"] : [name];
  },
  cells(track, position) {
    const value = format(track.data[position]);
    return track.errors ? [value, errorText(track.errors[position])] : [value];
  },
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

const KINDS = { letters, line, profile, stack, heat, hits, arcs, tokens };
