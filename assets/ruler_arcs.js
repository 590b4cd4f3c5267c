// The track of a structure: an arc between the two bases of each pair, and the dot-bracket text below where it can be
// read. What a track is, says ruler_tracks.js.

const ARCS_PX = 84;
const BRACKETS_PX = 15; // of these, for the text

const arcs = {
  grows: true,
  height: () => ARCS_PX,
  prepare(track, sequence) {
    track.sequence = sequence;
    track.partner = new Int32Array(bytesOf(track.partners).buffer);
    track.pairs = []; // [first, second], each once
    track.partner.forEach((other, position) => other > position && track.pairs.push([position, other]));
  },
  draw(ctx, track, area, look) {
    const base = area.top + area.height - BRACKETS_PX;
    ctx.fillStyle = look.grid;
    ctx.fillRect(area.left, Math.round(base) - 0.5, area.width, 1);
    ctx.font = look.small;
    ctx.textBaseline = "middle";
    if (!track.pairs.length) {
      ctx.fillStyle = look.faint;
      ctx.textAlign = "left";
      ctx.fillText(track.empty, area.left, area.top + area.height / 2);
      return;
    }
    clipped(ctx, area, () => {
      this.drawArcs(ctx, track, area, { base, look });
      if (area.scale >= READABLE_PX) this.drawBrackets(ctx, track, area, { base, look });
    });
  },
  // All arcs are ellipses of one shape, so that those that lie within each other never cross.
  drawArcs(ctx, track, area, { base, look }) {
    const seen = (position) => position >= area.first && position < area.last;
    const shown = track.pairs.filter(([first, second]) => seen(first) || seen(second));
    const whole = shown.filter(([first, second]) => seen(first) && seen(second));
    const widest = Math.max(8, ...(whole.length ? whole : shown).map(([first, second]) => second - first));
    const steep = Math.min(1, (base - area.top - 3) / ((widest * area.scale) / 2));
    ctx.strokeStyle = look.line;
    ctx.lineWidth = clamp(area.scale / 5, 1, 2);
    ctx.globalAlpha = 0.85;
    for (const [first, second] of shown) {
      const radius = ((second - first) * area.scale) / 2;
      ctx.beginPath();
      ctx.ellipse(area.x((first + second + 1) / 2), base, radius, Math.max(2, radius * steep), 0, Math.PI, 2 * Math.PI);
      ctx.stroke();
    }
    ctx.globalAlpha = 1;
  },
  drawBrackets(ctx, track, area, { base, look }) {
    ctx.textAlign = "center";
    for (let position = area.first; position < area.last; position += 1) {
      const letter = this.letter(track, position);
      ctx.fillStyle = letter === "." ? look.faint : look.text;
      ctx.fillText(letter, area.x(position + 0.5), base + BRACKETS_PX / 2 + 1);
    }
  },
  letter(track, position) {
    const other = track.partner[position];
    return other < 0 ? "." : other > position ? "(" : ")";
  },
  said(track, position) {
    const other = track.partner[position];
    return other < 0 ? "unpaired" : `pairs with ${track.sequence[other]} at ${place(other)}`;
  },
  facts: (track, position) => [
    [track.label, "", "head"],
    ["This base", arcs.said(track, position), ""],
    ["Whole sequence", track.note, ""],
  ],
  columns: (track) => [`${track.label}, ${track.note}`],
  cells: (track, position) => [`${arcs.letter(track, position)} ${arcs.said(track, position)}`],
  profile: () => null,
  pick(track, position) {
    const other = track.partner[position];
    return other < 0 ? null : { start: Math.min(position, other), end: Math.max(position, other) + 1 };
  },
  legend(track) {
    return element("span", { class: "legend" }, [track.note]);
  },
};
