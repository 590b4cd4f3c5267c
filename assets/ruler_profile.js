// The track of counts at each base: observed as bars, predicted as a line, replicates as thin lines; of two strands the
// second is drawn downwards. What a track is, says ruler_tracks.js.

const PROFILE_PX = { one: 118, two: 168 };

// Counts have no sign: 0.05, 3.2, 41.
function amount(value) {
  if (!Number.isFinite(value)) return "–";
  return Math.abs(value) >= 100 ? Math.round(value).toLocaleString("en") : String(Number(value.toPrecision(3)));
}

// The rows of a series, one for each strand.
function strandsOf(values, length) {
  return Array.from({ length: values.length / length }, (_, row) => values.subarray(row * length, (row + 1) * length));
}

const profile = {
  grows: true,
  height: (track) => (track.strands.length > 1 ? PROFILE_PX.two : PROFILE_PX.one),
  prepare(track, sequence) {
    track.length = sequence.length;
    track.lines = track.series.map(({ name, role, values }) => {
      return { name, role, rows: strandsOf(decode(values), track.length) };
    });
    const most = (row) => {
      const known = track.lines.flatMap(({ rows }) => (rows[row] ? [bounds(rows[row]).high] : []));
      return Math.max(0, ...known.filter(Number.isFinite));
    };
    const high = most(0);
    const low = track.strands.length > 1 ? -most(1) : 0;
    track.range = high === low ? { low: 0, high: 1 } : { low, high };
  },
  draw(ctx, track, area, look) {
    const y = verticalScale(track.range, area);
    this.drawScale(ctx, track, area, { y, look });
    clipped(ctx, area, () => {
      for (const line of track.lines) {
        line.rows.forEach((values, row) => {
          const at = (value) => y(row ? -value : value);
          if (line.role === "observed") this.drawBars(ctx, values, area, { at, look });
          else this.drawLine(ctx, values, area, { at, look, role: line.role });
        });
      }
    });
    if (track.strands.length > 1) this.drawStrands(ctx, track, area, { y, look });
  },
  drawScale(ctx, { range }, area, { y, look }) {
    const zero = y(0);
    ctx.fillStyle = look.grid;
    ctx.fillRect(area.left, Math.round(zero) - 0.5, area.width, 1);
    ctx.fillStyle = look.faint;
    ctx.font = look.small;
    ctx.textAlign = "right";
    ctx.textBaseline = "middle";
    ctx.fillText("0", area.left - 8, clamp(zero, area.top + TEXT_PX / 2, area.top + area.height - TEXT_PX / 2));
    if (range.high > 0) ctx.fillText(amount(range.high), area.left - 8, area.top + TEXT_PX / 2 + 1);
    if (range.low < 0) ctx.fillText(amount(-range.low), area.left - 8, area.top + area.height - TEXT_PX / 2);
  },
  // Bars stand for one nucleotide each; where several share a pixel, the highest is drawn.
  drawBars(ctx, values, area, { at, look }) {
    ctx.fillStyle = look.faint;
    ctx.globalAlpha = 0.55;
    const bar = (left, width, value) => {
      const [zero, end] = [at(0), at(value)];
      ctx.fillRect(left, Math.min(zero, end), width, Math.abs(end - zero));
    };
    if (area.scale < 1) {
      envelope(values, area).high.forEach((value, column) => value > 0 && bar(area.left + column, 1, value));
    } else {
      const width = area.scale > 2 ? area.scale - 0.75 : area.scale;
      for (let position = area.first; position < area.last; position += 1) {
        if (values[position] > 0) bar(area.x(position), width, values[position]);
      }
    }
    ctx.globalAlpha = 1;
  },
  drawLine(ctx, values, area, { at, look, role }) {
    const from = Math.max(0, area.first - 1);
    const to = Math.min(values.length, area.last + 1);
    ctx.strokeStyle = role === "predicted" ? look.line : look.text;
    ctx.lineWidth = role === "predicted" ? 2 : 1;
    ctx.globalAlpha = role === "predicted" ? 1 : 0.35;
    ctx.lineJoin = "round";
    ctx.beginPath();
    let pen = false;
    for (const position of thinned(values, { from, to, bucket: Math.floor(1 / area.scale) })) {
      if (!Number.isFinite(values[position])) {
        pen = false;
        continue;
      }
      const [left, top] = [area.x(position) + area.scale / 2, at(values[position])];
      if (pen) ctx.lineTo(left, top);
      else ctx.moveTo(left, top);
      pen = true;
    }
    ctx.stroke();
    ctx.globalAlpha = 1;
  },
  drawStrands(ctx, { strands }, area, { y, look }) {
    ctx.fillStyle = look.faint;
    ctx.font = look.small;
    ctx.textAlign = "left";
    ctx.textBaseline = "middle";
    ctx.fillText(strands[0], area.left + 4, y(0) - TEXT_PX);
    ctx.fillText(strands[1], area.left + 4, y(0) + TEXT_PX);
  },
  splice(track, change) {
    for (const line of track.lines) line.rows = line.rows.map((values) => splicedValues(values, change));
    track.length = track.lines[0]?.rows[0].length ?? track.length;
  },
  facts(track, position) {
    const named = track.strands.length > 1;
    const rows = named ? [0, 1] : [0];
    const found = [[named ? track.label : `${track.label} (${track.unit})`, "", "head"]];
    for (const row of rows) {
      for (const { name, rows: values } of track.lines) {
        found.push([named ? `${name}, ${track.strands[row]}` : name, amount(values[row][position]), ""]);
      }
    }
    if (track.genome) found.push([track.genome.name, this.coordinate(track, position), ""]);
    return found;
  },
  coordinate({ genome }, position) {
    return (genome.first + genome.step * position).toLocaleString("en");
  },
  columns(track) {
    const strands = track.strands.length > 1 ? track.strands : [""];
    const names = strands.flatMap((strand) =>
      track.lines.map(({ name }) => [track.label, name, strand].filter(Boolean).join(", ")),
    );
    return track.genome ? [...names, track.genome.name] : names;
  },
  cells(track, position) {
    const strands = track.strands.length > 1 ? [0, 1] : [0];
    const values = strands.flatMap((row) => track.lines.map(({ rows }) => amount(rows[row][position])));
    return track.genome ? [...values, this.coordinate(track, position)] : values;
  },
  profile: (track) => (track.lines.length === 1 ? track.lines[0].rows[0] : null), // what one series alone shows
  legend(track) {
    const roles = [...new Set(track.lines.map(({ role }) => role))];
    const words = { observed: "observed", predicted: "predicted", replicate: "replicates" };
    const items = roles.flatMap((role) => [
      element("span", { class: `swatch ${role}`, "aria-hidden": "true" }),
      element("span", {}, [words[role]]),
    ]);
    return element("span", { class: "legend" }, items);
  },
};
