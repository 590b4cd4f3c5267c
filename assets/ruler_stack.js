// The track of a stacked logo: at each position A C G T on each other, the most probable on top. What a track is, says
// ruler_tracks.js.

const STACK_LEAST = 0.01; // share of the axis below which no letter is drawn

const stack = {
  grows: true,
  height: () => 112,
  prepare(track, sequence, bases) {
    track.shares = decode(track.values); // 4 rows of L probabilities
    track.tall = decode(track.heights); // L, of the whole stack
    track.bases = bases;
    track.length = sequence.length;
  },
  share: (track, base, position) => track.shares[base * track.length + position],
  draw(ctx, track, area, look) {
    const range = { low: 0, high: track.top };
    const y = verticalScale(range, area);
    drawScale(ctx, range, area, { y, look, text: String });
    clipped(ctx, area, () => {
      for (let position = area.first; position < area.last; position += 1) {
        if (Number.isFinite(track.tall[position])) this.drawPosition(ctx, track, area, { position, y, look });
      }
    });
  },
  drawPosition(ctx, track, area, { position, y, look }) {
    const order = [0, 1, 2, 3].sort((a, b) => this.share(track, a, position) - this.share(track, b, position));
    let floor = 0;
    for (const base of order) {
      const height = this.share(track, base, position) * track.tall[position];
      if (height < STACK_LEAST * track.top) continue;
      const letter = track.bases[base];
      const [top, bottom] = [y(floor + height), y(floor)];
      ctx.fillStyle = look.bases[letter] ?? look.faint;
      if (area.scale < LETTER_PX) {
        ctx.fillRect(area.x(position), top, Math.max(1, area.scale), bottom - top);
      } else {
        const box = { left: area.x(position) + area.scale * 0.04, width: area.scale * 0.92 };
        drawGlyph(ctx, letter, { ...box, top, height: bottom - top });
      }
      floor += height;
    }
  },
  facts(track, position) {
    if (!Number.isFinite(track.tall[position])) return [[track.label, "not read", ""]];
    const parts = [...track.bases].map((base, row) => [`${base} ${percent(this.share(track, row, position))}`, ""]);
    return [[track.label, "", "head"], ["expected", parts, "parts"]];
  },
  columns: (track) => [...track.bases].map((base) => `${track.label}, ${base}`),
  cells(track, position) {
    return [0, 1, 2, 3].map((row) => percent(this.share(track, row, position)));
  },
  profile: (track) => track.tall,
};

function percent(share) {
  return Number.isFinite(share) ? `${(100 * share).toFixed(share > 0.1 ? 0 : 1)}%` : "–";
}
