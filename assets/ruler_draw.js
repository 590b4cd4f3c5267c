// What every ruler draws besides its tracks: axis, bases, selection, mini-map; and the colours it draws with.
//
// A function draws into a context whose unit is the CSS pixel; `area` is explained in ruler_tracks.js.

// Colours and fonts of the theme as canvas understands them; paper is white whatever the theme.
function readLook(root, { colours, printing, probe }) {
  const ctx = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const rgb = (colour) => {
    ctx.clearRect(0, 0, 1, 1);
    ctx.fillStyle = colour;
    ctx.fillRect(0, 0, 1, 1);
    return [...ctx.getImageData(0, 0, 1, 1).data].slice(0, 3);
  };
  const themed = getComputedStyle(root);
  const own = (name, fallback) => themed.getPropertyValue(name).trim() || fallback;
  const text = rgb(printing ? "#000" : own("--st-text-color", "#31333f"));
  const background = rgb(printing ? "#fff" : own("--st-background-color", "#fff"));
  const [red, green, blue] = background;
  root.classList.toggle("dark", 0.299 * red + 0.587 * green + 0.114 * blue < 128);
  root.style.setProperty("--raises-base", colours.raises);
  root.style.setProperty("--lowers-base", colours.lowers);
  const mixed = (share) => `rgb(${text.map((value, index) => share * value + (1 - share) * background[index])})`;
  const resolved = (name) => {
    probe.style.color = `var(${name})`; // canvas knows no var(), an element does
    return getComputedStyle(probe).color;
  };
  const font = themed.fontFamily;
  return {
    text: mixed(1),
    faint: mixed(0.72),
    grid: mixed(0.16),
    wash: mixed(0.06),
    raises: resolved("--raises"),
    lowers: resolved("--lowers"),
    line: resolved("--line"),
    accent: resolved("--accent"),
    background: mixed(0),
    bases: colours.nucleotides,
    tokens: colours.tokens,
    small: `${TEXT_PX}px ${font}`,
    letter: `600 13px ${font}`,
  };
}

// A cleared context in CSS pixels, with as many real pixels as the screen has.
function contextOf(canvas, width, height) {
  const dpr = Math.max(1, window.devicePixelRatio || 1);
  const [wide, high] = [Math.round(width * dpr), Math.round(height * dpr)];
  if (canvas.width !== wide || canvas.height !== high) {
    canvas.width = wide;
    canvas.height = high;
  }
  const ctx = canvas.getContext("2d");
  ctx.setTransform(dpr, 0, 0, dpr, 0, 0);
  ctx.dpr = dpr;
  ctx.clearRect(0, 0, width, height);
  return ctx;
}

function drawSelection(ctx, area, { selection, look }) {
  if (!selection) return;
  const left = Math.max(area.left, area.x(selection.start));
  const right = Math.min(area.left + area.width, area.x(selection.end));
  if (right <= left) return;
  const width = Math.max(2, right - left);
  ctx.fillStyle = look.accent;
  ctx.globalAlpha = 0.14;
  ctx.fillRect(left, 0, width, area.height);
  ctx.globalAlpha = 1;
  ctx.fillRect(left, 0, width, 2);
}

function drawAxis(ctx, area, { look, width, length }) {
  ctx.font = look.small;
  ctx.textBaseline = "middle";
  ctx.textAlign = "center";
  const step = niceStep(area.scale, Math.max(44, ctx.measureText(place(length)).width + 22));
  const marks = [];
  for (let mark = Math.ceil((area.first + 1) / step) * step; mark <= area.last; mark += step) marks.push(mark);
  const first = area.first + (area.start > area.first + 0.5 ? 2 : 1);
  if (!marks.length || (marks[0] - first) * area.scale > 34) marks.unshift(first);
  for (const mark of marks) {
    const centre = area.x(mark - 0.5);
    if (centre < area.left - 0.5 || centre > area.left + area.width + 0.5) continue;
    ctx.fillStyle = look.grid;
    ctx.fillRect(Math.round(centre) - 0.5, AXIS - 5, 1, 4);
    ctx.fillStyle = look.faint;
    const text = mark.toLocaleString("en");
    const half = ctx.measureText(text).width / 2;
    ctx.fillText(text, clamp(centre, half, width - half), AXIS / 2 - 2);
  }
}

// Letters on tinted cells; only cells where letters have no room, and a word where cells have none.
function drawBases(ctx, area, { look, sequence }) {
  ctx.textAlign = "center";
  ctx.textBaseline = "middle";
  if (area.scale < 1.5) {
    ctx.font = look.small;
    ctx.fillStyle = look.faint;
    ctx.fillText("zoom in to see the letters", area.left + area.width / 2, area.top + BASES / 2 - 1);
    return;
  }
  clipped(ctx, area, () => {
    const gap = area.scale >= 5 ? 0.75 : 0;
    const readable = area.scale >= READABLE_PX;
    for (let position = area.first; position < area.last; position += 1) {
      ctx.globalAlpha = readable ? 0.26 : 0.8;
      ctx.fillStyle = look.bases[sequence[position]] ?? look.faint;
      ctx.fillRect(area.x(position), area.top + 1, area.scale - gap, BASES - 3);
    }
    ctx.globalAlpha = 1;
    if (!readable) return;
    ctx.font = area.scale >= 11 ? look.letter : look.small;
    ctx.fillStyle = look.text;
    for (let position = area.first; position < area.last; position += 1) {
      ctx.fillText(sequence[position], area.x(position + 0.5) - gap / 2, area.top + BASES / 2);
    }
  });
}

// The whole sequence in little, with a frame around what is visible.
function drawMini(canvas, plot, { look, width, length, profile, selection, view, highlight }) {
  const ctx = contextOf(canvas, width, MINI);
  const scale = plot / length;
  const x = (position) => GUTTER + position * scale;
  ctx.fillStyle = look.wash;
  ctx.fillRect(GUTTER, 0, plot, MINI);
  const box = { left: GUTTER, top: 2, width: plot, height: MINI - 4 };
  const area = { ...box, start: 0, end: length, scale, first: 0, last: length, x };
  if (profile) signedBars(ctx, profile.values, area, { y: verticalScale(profile.range, area), look });
  else highlight.drawMini(ctx, area);
  highlight.drawMarks(ctx, x);
  if (selection) {
    ctx.fillStyle = look.accent;
    ctx.fillRect(x(selection.start), 0, Math.max(2, (selection.end - selection.start) * scale), 3);
  }
  const [left, right] = [x(view.start), x(view.end)];
  ctx.fillStyle = look.text;
  ctx.globalAlpha = 0.12;
  ctx.fillRect(GUTTER, 0, left - GUTTER, MINI);
  ctx.fillRect(right, 0, GUTTER + plot - right, MINI);
  ctx.globalAlpha = 1;
  ctx.strokeStyle = look.accent;
  ctx.lineWidth = 1.5;
  ctx.strokeRect(left + 0.75, 0.75, Math.max(3, right - left - 1.5), MINI - 1.5);
}
