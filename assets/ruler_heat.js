// The track of a matrix: four rows A C G T of coloured cells. What a track is, says ruler_tracks.js.

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
