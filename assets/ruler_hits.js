// The track of motif hits: named boxes in lanes. What a track is, says ruler_tracks.js.

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
