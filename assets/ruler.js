// The ruler: one sequence with tracks, to zoom, move, read and select by mouse, touch and keyboard.
//
// Positions are 0-based and ranges half-open inside; people read them counted from 1. Text of users reaches the page
// by textContent and fillText alone. Python joins ruler_glyphs.js, ruler_tracks.js and this file into one module.

const GUTTER = 48; // left of the drawing: numbers of the scales, row labels
const MARGIN = 8; // right of it
const CAPTION = 20;
const GAP = 10;
const AXIS = 20;
const BASES = 20;
const MIN_SPAN = 10; // nucleotides that are always visible
const MINI_FROM = 200; // longer sequences get a mini-map
const WRAP_PX = { least: 7, usual: 12, most: 26 };
const TABLE_ROWS = 200;
const views = new Map(); // by key: zoom and cursor live as long as the browser tab
const rulers = new WeakMap();

function element(tag, attributes = {}, children = []) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (value === true) made.setAttribute(name, "");
    else if (value !== false && value !== null) made.setAttribute(name, value);
  }
  made.append(...children);
  return made;
}

const clamp = (value, low, high) => Math.min(Math.max(value, low), high);
const plural = (count, one) => `${count.toLocaleString("en")} ${one}`;
const place = (position) => (position + 1).toLocaleString("en");

function debounced(milliseconds, action) {
  let timer;
  return (...values) => {
    clearTimeout(timer);
    timer = setTimeout(() => action(...values), milliseconds);
  };
}

// 1, 2 or 5 times a power of ten, so that labels lie at least `room` pixels apart.
function niceStep(scale, room) {
  for (let power = 1; ; power *= 10) {
    for (const step of [1, 2, 5]) if (step * power * scale >= room) return step * power;
  }
}

class Ruler {
  constructor(root) {
    this.root = root;
    this.rows = [];
    this.pointers = new Map();
    this.build();
    this.listen();
  }

  // --- the elements ------------------------------------------------------------------------------------------------

  build() {
    const button = (name, label, children, action) =>
      element("button", { type: "button", "data-do": name, "aria-label": label, title: label, onclick: action }, children);
    const sign = (text) => element("span", { class: "sign", "aria-hidden": "true" }, [text]);
    this.buttons = {
      out: button("out", "Zoom out", [sign("−")], () => this.zoomBy(1 / 1.6)),
      in: button("in", "Zoom in", [sign("+")], () => this.zoomBy(1.6)),
      fit: button("fit", "Show the whole sequence", ["Fit"], () => this.fit()),
      wrapped: button("wrapped", "Wrapped view, for reading and printing", ["Wrapped"], () => this.toggleWrapped()),
      table: button("table", "Table of what is visible", ["Table"], () => this.toggleTable()),
      clear: button("clear", "Clear the selection", ["✕"], () => this.select(null)),
    };
    this.buttons.wrapped.setAttribute("aria-pressed", "false");
    this.buttons.table.setAttribute("aria-expanded", "false");
    this.buttons.table.setAttribute("aria-controls", "table");
    this.status = element("span", { class: "status" });
    this.chosenText = element("span");
    this.chosen = element("span", { class: "chosen", hidden: true }, [this.chosenText, this.buttons.clear]);
    const { out, in: into, fit, wrapped, table } = this.buttons;
    this.mini = element("canvas", { class: "mini", hidden: true, "aria-hidden": "true" });
    this.rowsBox = element("div", { class: "rows" });
    this.hover = element("div", { class: "hover", hidden: true });
    this.cursorBox = element("div", { class: "cursor", hidden: true });
    this.stage = element(
      "div",
      { class: "stage", tabindex: "0", role: "application", "aria-roledescription": "sequence ruler", "aria-describedby": "hint" },
      [this.mini, this.rowsBox, this.hover, this.cursorBox],
    );
    this.tooltip = element("div", { class: "tooltip", hidden: true, "aria-hidden": "true" });
    this.hint = element("p", { class: "hint", id: "hint" });
    this.live = element("div", { class: "hush live", role: "status", "aria-live": "polite" });
    this.table = element("div", { class: "table hush", id: "table", role: "region", "aria-label": "Visible positions" });
    this.root.replaceChildren(
      element("div", { class: "bar", role: "toolbar", "aria-label": "View of the sequence" }, [
        element("span", { class: "group" }, [out, into, fit]),
        this.status,
        this.chosen,
        element("span", { class: "space" }),
        element("span", { class: "group" }, [wrapped, table]),
      ]),
      this.stage,
      this.tooltip,
      this.hint,
      this.live,
      this.table,
    );
    this.writeHint();
  }

  writeHint() {
    const key = (text) => element("kbd", {}, [text]);
    const apple = /Mac|iPhone|iPad/.test(navigator.platform);
    if (matchMedia("(pointer: coarse)").matches) {
      this.hint.replaceChildren("Pinch to zoom, drag to move, tap to select.");
      return;
    }
    const wheel = this.focused ? ["wheel"] : [key(apple ? "⌘" : "Ctrl"), " + wheel"];
    this.hint.replaceChildren(
      "Zoom: ", ...wheel, " or ", key("+"), " ", key("−"), " · Move: drag or ", key("←"), " ", key("→"), " ", key("Home"),
      " ", key("End"), " · Select: click or ", key("Enter"), ", a range with ", key("Shift"), " · ", key("Esc"),
      this.focused ? " clears, then frees the wheel" : " clears",
    ); // prettier-ignore
  }

  listen() {
    const { stage, mini } = this;
    this.aborter = new AbortController();
    const signal = this.aborter.signal;
    const on = (target, type, action, options = {}) =>
      target.addEventListener(type, action.bind(this), { signal, ...options });
    on(stage, "keydown", this.onKey);
    on(stage, "focus", () => this.setFocused(true));
    on(stage, "blur", () => this.setFocused(false));
    on(stage, "wheel", this.onWheel, { passive: false });
    on(stage, "pointerdown", this.onDown);
    on(stage, "pointermove", this.onMove);
    on(stage, "pointerup", this.onUp);
    on(stage, "pointercancel", this.onCancel);
    on(stage, "pointerleave", (event) => {
      if (!this.pointers.size && event.pointerType !== "touch") this.showHover(null);
    });
    on(mini, "pointerdown", this.onMini);
    on(mini, "pointermove", (event) => mini.hasPointerCapture(event.pointerId) && this.onMini(event));
    on(window, "beforeprint", () => this.print(true));
    on(window, "afterprint", () => this.print(false));
    this.announce = debounced(150, (text) => (this.live.textContent = text));
    this.fillTable = debounced(200, () => this.writeTable());
    this.sendLater = debounced(300, () => this.sendSelection());
    this.sizes = new ResizeObserver(([entry]) => {
      const width = Math.floor(entry.contentRect.width);
      if (width && width !== this.width) {
        this.width = width;
        this.relay();
      }
    });
    this.sizes.observe(stage);
    this.near = new IntersectionObserver(
      (entries) => {
        for (const entry of entries) {
          const row = this.rows.find((other) => other.box === entry.target);
          if (row) row.near = entry.isIntersecting;
        }
        this.redraw();
      },
      { rootMargin: "600px" },
    );
  }

  destroy() {
    this.aborter.abort();
    this.sizes.disconnect();
    this.near.disconnect();
    cancelAnimationFrame(this.frame);
  }

  // --- data --------------------------------------------------------------------------------------------------------

  update(data, send) {
    const started = performance.now();
    performance.mark("ruler:start");
    this.send = send;
    this.key = data.key;
    const fresh = data.sequence !== this.sequence;
    const resized = this.length !== undefined && this.length !== data.sequence.length;
    this.sequence = data.sequence;
    this.length = data.sequence.length;
    this.bases = data.bases;
    this.wantedHeight = data.height;
    this.colours = data.colours;
    this.tracks = data.tracks.filter((track) => KINDS[track.kind]).map((track) => ({ ...track }));
    for (const track of this.tracks) KINDS[track.kind].prepare(track, this.sequence, this.bases);
    const known = views.get(this.key);
    const kept = known && known.length === this.length ? known : { start: 0, end: this.length, cursor: null };
    this.view = { wrapped: known?.wrapped ?? false, wrapScale: known?.wrapScale ?? WRAP_PX.usual, ...kept };
    this.view.length = this.length;
    if (resized) this.selection = null; // it meant positions of another sequence
    this.adopt(data);
    this.profile = this.tracks.reduce((found, track) => found ?? KINDS[track.kind].profile(track), null);
    this.profileRange = this.profile && bounds(this.profile);
    this.buttons.wrapped.setAttribute("aria-pressed", String(this.view.wrapped));
    const tracks = plural(this.tracks.length, this.tracks.length === 1 ? "track" : "tracks");
    this.stage.setAttribute("aria-label", `Sequence of ${plural(this.length, "nucleotides")} with ${tracks}`);
    this.look = this.readLook();
    this.width = Math.floor(this.stage.clientWidth);
    if (fresh) this.showHover(null);
    this.started = started;
    this.relay({ now: true });
  }

  // What a page asks for is taken at first and when it changes, except where it merely repeats what it had from us.
  adopt({ selected, current }) {
    const name = selected ? `${selected.start}-${selected.end}` : "";
    const first = this.asked === undefined;
    if (first) this.selection = current;
    if (first || name === this.asked || name === this.sent) {
      this.asked = name;
      return;
    }
    this.asked = name;
    this.selection = selected;
    this.sendSelection();
    if (selected && (selected.end <= this.view.start || selected.start >= this.view.end)) this.reveal(selected.start);
  }

  readLook() {
    const probe = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
    const style = getComputedStyle(this.root);
    const rgb = (colour) => {
      probe.clearRect(0, 0, 1, 1);
      probe.fillStyle = colour;
      probe.fillRect(0, 0, 1, 1);
      return [...probe.getImageData(0, 0, 1, 1).data];
    };
    const printing = this.printing;
    const own = (name, fallback) => style.getPropertyValue(name).trim() || fallback;
    const text = rgb(printing ? "#000" : own("--st-text-color", "#31333f"));
    const background = rgb(printing ? "#fff" : own("--st-background-color", "#fff"));
    const dark = 0.299 * background[0] + 0.587 * background[1] + 0.114 * background[2] < 128;
    this.root.classList.toggle("dark", dark);
    const mixed = (share) => `rgb(${text.slice(0, 3).map((value, i) => share * value + (1 - share) * background[i])})`;
    this.root.style.setProperty("--raises-base", this.colours.raises);
    this.root.style.setProperty("--lowers-base", this.colours.lowers);
    const { fontFamily } = getComputedStyle(this.root);
    const mine = (name) => {
      this.hover.style.color = `var(${name})`; // an element of ours resolves what CSS mixes
      return getComputedStyle(this.hover).color;
    };
    return {
      text: mixed(1), faint: mixed(0.72), grid: mixed(0.16), wash: mixed(0.06),
      raises: mine("--raises"), lowers: mine("--lowers"), line: mine("--line"), accent: mine("--accent"),
      bases: this.colours.nucleotides, small: `${TEXT_PX}px ${fontFamily}`, letter: `600 13px ${fontFamily}`,
    }; // prettier-ignore
  }

  // --- layout ------------------------------------------------------------------------------------------------------

  plotWidth() {
    return Math.max(40, this.width - GUTTER - MARGIN);
  }

  layout(captions) {
    let top = AXIS + BASES;
    const fixed = this.tracks.reduce((sum, track) => sum + (KINDS[track.kind].grows ? 0 : KINDS[track.kind].height(track)), 0);
    const growing = this.tracks.filter((track) => KINDS[track.kind].grows);
    const usual = growing.reduce((sum, track) => sum + KINDS[track.kind].height(track), 0);
    const others = top + fixed + this.tracks.length * (CAPTION + GAP) + (this.length > MINI_FROM ? 40 : 0);
    const stretch = this.wantedHeight && usual ? Math.max(0.35, (this.wantedHeight - others) / usual) : 1;
    const places = this.tracks.map((track) => {
      const kind = KINDS[track.kind];
      const caption = top + GAP - 4;
      top += GAP + (captions ? CAPTION : 2);
      const height = Math.round(kind.height(track) * (kind.grows ? stretch : 1));
      const found = { track, kind, caption, top, height };
      top += height;
      return found;
    });
    return { places, height: top + 4 };
  }

  // Lay the rows out anew: after new data, another width, another mode. One row follows the view; wrapped rows cover all.
  relay({ now = false } = {}) {
    if (!this.width || !this.tracks) return;
    const { wrapped, wrapScale } = this.view;
    this.root.classList.toggle("wrapped", wrapped);
    this.mini.hidden = wrapped || this.length <= MINI_FROM;
    const starts = [0];
    let perRow = this.length;
    if (wrapped) {
      const fitting = Math.floor(this.plotWidth() / wrapScale);
      perRow = Math.max(10, fitting - (fitting % 10));
      for (let start = perRow; start < this.length; start += perRow) starts.push(start);
    }
    this.near.disconnect();
    while (this.rows.length > starts.length) this.rows.pop().box.remove();
    starts.forEach((start, index) => this.layRow(index, { start, end: Math.min(this.length, start + perRow), perRow }));
    this.redraw({ now });
    this.fillTable();
  }

  layRow(index, { start, end, perRow }) {
    let row = this.rows[index];
    if (!row) {
      const canvas = element("canvas", { "aria-hidden": "true" });
      const box = element("div", { class: "row" }, [canvas]);
      row = { canvas, box, captions: element("div", { "aria-hidden": "true" }) };
      box.append(row.captions);
      this.rowsBox.append(box);
      this.rows.push(row);
    }
    Object.assign(row, { start, end, layout: this.layout(index === 0), near: !this.view.wrapped || index < 4 });
    row.scale = this.plotWidth() / perRow;
    row.canvas.style.height = `${row.layout.height}px`;
    row.captions.replaceChildren(...(index === 0 ? row.layout.places.map((found) => this.caption(found)) : []));
    if (this.view.wrapped) this.near.observe(row.box);
  }

  caption({ track, kind, caption }) {
    const parts = [element("span", { class: "name" }, [track.label])];
    if (track.unit) parts.push(element("span", { class: "unit" }, [track.unit]));
    const legend = kind.legend?.(track);
    if (legend && this.width > 420) parts.push(legend);
    return element("div", { class: "caption", style: `top:${caption}px`, title: track.label }, parts);
  }

  area(row, { top, height }) {
    const [start, end] = this.view.wrapped ? [row.start, row.end] : [this.view.start, this.view.end];
    const scale = this.view.wrapped ? row.scale : this.plotWidth() / (end - start);
    return {
      left: GUTTER, top, width: (end - start) * scale, height, start, end, scale,
      first: Math.max(0, Math.floor(start)), last: Math.min(this.length, Math.ceil(end)),
      x: (position) => GUTTER + (position - start) * scale,
    }; // prettier-ignore
  }

  // --- drawing -----------------------------------------------------------------------------------------------------

  redraw({ now = false } = {}) {
    cancelAnimationFrame(this.frame);
    if (now) this.draw();
    else this.frame = requestAnimationFrame(() => this.draw());
  }

  draw() {
    if (!this.width || !this.view) return;
    for (const row of this.rows) this.drawRow(row);
    this.drawMini();
    this.placeCursor();
    this.writeState();
    if (this.started === undefined) return;
    const { started } = this;
    this.started = undefined;
    performance.measure("ruler:draw", "ruler:start");
    requestAnimationFrame(() => (this.root.dataset.drawnMs = (performance.now() - started).toFixed(1)));
  }

  context(canvas, width, height) {
    const dpr = Math.max(1, window.devicePixelRatio || 1);
    const [pixelsWide, pixelsHigh] = [Math.round(width * dpr), Math.round(height * dpr)];
    if (canvas.width !== pixelsWide || canvas.height !== pixelsHigh) {
      canvas.width = pixelsWide;
      canvas.height = pixelsHigh;
    }
    const ctx = canvas.getContext("2d");
    ctx.setTransform(dpr, 0, 0, dpr, 0, 0);
    ctx.dpr = dpr;
    ctx.clearRect(0, 0, width, height);
    return ctx;
  }

  drawRow(row) {
    if (!row.near && !this.printing) {
      if (row.canvas.width) row.canvas.width = row.canvas.height = 0; // far away: give its memory back
      return;
    }
    const { layout } = row;
    const ctx = this.context(row.canvas, this.width, layout.height);
    const whole = this.area(row, { top: 0, height: layout.height });
    this.drawSelection(ctx, whole);
    this.drawAxis(ctx, whole);
    this.drawBases(ctx, this.area(row, { top: AXIS, height: BASES }));
    for (const { track, kind, top, height } of layout.places) {
      kind.draw(ctx, track, this.area(row, { top, height }), this.look);
    }
  }

  drawSelection(ctx, area) {
    if (!this.selection) return;
    const left = Math.max(area.left, area.x(this.selection.start));
    const right = Math.min(area.left + area.width, area.x(this.selection.end));
    if (right <= left) return;
    const width = Math.max(2, right - left);
    ctx.fillStyle = this.look.accent;
    ctx.globalAlpha = 0.14;
    ctx.fillRect(left, 0, width, area.height);
    ctx.globalAlpha = 1;
    ctx.fillRect(left, 0, width, 2);
  }

  drawAxis(ctx, area) {
    const { look } = this;
    const widest = ctx.measureText(place(this.length)).width;
    const step = niceStep(area.scale, Math.max(44, widest + 22));
    ctx.font = look.small;
    ctx.textBaseline = "middle";
    ctx.textAlign = "center";
    const marks = [];
    for (let number = Math.ceil((area.first + 1) / step) * step; number <= area.last; number += step) marks.push(number);
    const first = area.first + (area.start > area.first + 0.5 ? 2 : 1);
    if (!marks.length || (marks[0] - first) * area.scale > 34) marks.unshift(first);
    for (const number of marks) {
      const centre = area.x(number - 0.5);
      if (centre < area.left - 0.5 || centre > area.left + area.width + 0.5) continue;
      ctx.fillStyle = look.grid;
      ctx.fillRect(Math.round(centre) - 0.5, AXIS - 5, 1, 4);
      ctx.fillStyle = look.faint;
      const text = number.toLocaleString("en");
      const half = ctx.measureText(text).width / 2;
      ctx.fillText(text, clamp(centre, half, this.width - half), AXIS / 2 - 2);
    }
  }

  drawBases(ctx, area) {
    const { look } = this;
    if (area.scale < 1.5) {
      ctx.font = look.small;
      ctx.fillStyle = look.faint;
      ctx.textAlign = "center";
      ctx.textBaseline = "middle";
      ctx.fillText("zoom in to see the letters", area.left + area.width / 2, area.top + BASES / 2 - 1);
      return;
    }
    clipped(ctx, area, () => {
      const gap = area.scale >= 5 ? 0.75 : 0;
      const readable = area.scale >= 9;
      for (let position = area.first; position < area.last; position += 1) {
        const letter = this.sequence[position];
        ctx.globalAlpha = readable ? 0.26 : 0.8;
        ctx.fillStyle = look.bases[letter] ?? look.faint;
        ctx.fillRect(area.x(position), area.top + 1, area.scale - gap, BASES - 3);
      }
      ctx.globalAlpha = 1;
      if (!readable) return;
      ctx.font = area.scale >= 11 ? look.letter : look.small;
      ctx.fillStyle = look.text;
      ctx.textAlign = "center";
      ctx.textBaseline = "middle";
      for (let position = area.first; position < area.last; position += 1) {
        ctx.fillText(this.sequence[position], area.x(position + 0.5) - gap / 2, area.top + BASES / 2);
      }
    });
  }

  drawMini() {
    if (this.mini.hidden) return;
    const height = 34;
    const { look } = this;
    const ctx = this.context(this.mini, this.width, height);
    const width = this.plotWidth();
    const scale = width / this.length;
    const area = {
      left: GUTTER, top: 2, width, height: height - 4, start: 0, end: this.length, scale,
      first: 0, last: this.length, x: (position) => GUTTER + position * scale,
    }; // prettier-ignore
    ctx.fillStyle = look.wash;
    ctx.fillRect(GUTTER, 0, width, height);
    if (this.profile) signedBars(ctx, this.profile, area, { y: verticalScale(this.profileRange, area), look });
    if (this.selection) {
      ctx.fillStyle = look.accent;
      ctx.fillRect(area.x(this.selection.start), 0, Math.max(2, (this.selection.end - this.selection.start) * scale), 3);
    }
    const [left, right] = [area.x(this.view.start), area.x(this.view.end)];
    ctx.fillStyle = look.text;
    ctx.globalAlpha = 0.12;
    ctx.fillRect(GUTTER, 0, left - GUTTER, height);
    ctx.fillRect(right, 0, GUTTER + width - right, height);
    ctx.globalAlpha = 1;
    ctx.strokeStyle = look.accent;
    ctx.lineWidth = 1.5;
    ctx.strokeRect(left + 0.75, 0.75, Math.max(3, right - left - 1.5), height - 1.5);
  }

  // What the view is, in words and in data attributes.
  writeState() {
    const { view, selection, root, buttons, length } = this;
    const { first, last } = this.visible();
    Object.assign(root.dataset, {
      start: first, end: last, length, mode: view.wrapped ? "wrapped" : "single", cursor: view.cursor ?? "",
      selected: selection ? `${selection.start}-${selection.end}` : "",
    }); // prettier-ignore
    const all = first === 0 && last === length;
    this.status.textContent = all ? plural(length, "nt") : `${place(first)}–${place(last - 1)} of ${plural(length, "nt")}`;
    const limits = view.wrapped
      ? { out: view.wrapScale <= WRAP_PX.least, fit: view.wrapScale === WRAP_PX.usual, in: view.wrapScale >= WRAP_PX.most }
      : { out: all, fit: all, in: view.end - view.start <= Math.min(MIN_SPAN, length) };
    // Not `disabled`, which would take the focus away from whoever reaches a limit by keyboard.
    for (const [name, reached] of Object.entries(limits)) buttons[name].setAttribute("aria-disabled", String(reached));
    this.chosen.hidden = !selection;
    if (selection) this.chosenText.textContent = `Selected ${this.rangeText(selection)}`;
  }

  visible() {
    if (this.view.wrapped) return { first: 0, last: this.length };
    return { first: Math.floor(this.view.start + 1e-6), last: Math.ceil(this.view.end - 1e-6) };
  }

  rangeText({ start, end }) {
    const text = this.sequence.slice(start, end);
    const short = text.length > 24 ? `${text.slice(0, 23)}…` : text;
    return end - start === 1 ? `${place(start)} ${short}` : `${place(start)}–${place(end - 1)} ${short} (${plural(end - start, "nt")})`;
  }

  // --- view --------------------------------------------------------------------------------------------------------

  setView(start, span) {
    const held = clamp(span, Math.min(MIN_SPAN, this.length), this.length);
    this.view.start = clamp(start, 0, this.length - held);
    this.view.end = this.view.start + held;
    this.save();
    this.redraw();
    this.fillTable();
  }

  save() {
    views.set(this.key, this.view);
  }

  zoomBy(factor, anchor = null) {
    const { view } = this;
    if (view.wrapped) {
      view.wrapScale = clamp(view.wrapScale * factor ** 0.6, WRAP_PX.least, WRAP_PX.most);
      this.save();
      this.relay();
      return;
    }
    const span = view.end - view.start;
    const seen = view.cursor !== null && view.cursor >= view.start && view.cursor < view.end;
    const fixed = anchor ?? (seen ? view.cursor + 0.5 : view.start + span / 2);
    const wanted = clamp(span / factor, Math.min(MIN_SPAN, this.length), this.length);
    this.setView(fixed - ((fixed - view.start) * wanted) / span, wanted);
    const { first, last } = this.visible();
    this.announce(`Positions ${place(first)} to ${place(last - 1)} are visible`);
  }

  fit() {
    if (this.view.wrapped) {
      this.view.wrapScale = WRAP_PX.usual;
      this.relay();
    } else this.setView(0, this.length);
  }

  reveal(position) {
    const span = this.view.end - this.view.start;
    this.setView(position + 0.5 - span / 2, span);
  }

  toggleWrapped() {
    this.view.wrapped = !this.view.wrapped;
    this.buttons.wrapped.setAttribute("aria-pressed", String(this.view.wrapped));
    this.showHover(null);
    this.save();
    this.relay();
  }

  print(printing) {
    this.printing = printing;
    this.look = this.readLook();
    this.draw();
  }

  // --- cursor, hover, tooltip --------------------------------------------------------------------------------------

  setFocused(focused) {
    this.focused = focused;
    this.writeHint();
    this.placeCursor();
    if (!focused) this.showHover(null);
    if (!focused) this.stage.classList.remove("by-pointer");
  }

  rowOf(position) {
    return this.view.wrapped ? this.rows.find((row) => position >= row.start && position < row.end) : this.rows[0];
  }

  mark(box, position) {
    const row = position === null ? null : this.rowOf(position);
    const area = row && this.area(row, { top: 0, height: 0 });
    const left = area && area.x(position);
    box.hidden = !row || left < area.left - area.scale || left > area.left + area.width - 0.5;
    if (box.hidden) return null;
    const wide = area.scale >= 5;
    box.style.left = `${wide ? left : left + area.scale / 2 - 1}px`;
    box.style.width = `${wide ? area.scale : 2}px`;
    if (box.parentNode !== row.box) row.box.append(box);
    return { row, left: left + area.scale / 2 };
  }

  placeCursor() {
    this.mark(this.cursorBox, this.focused ? this.view?.cursor ?? null : null);
  }

  moveCursor(position) {
    this.view.cursor = clamp(position, 0, this.length - 1);
    this.save();
    this.redraw();
    this.announce(this.describe(this.view.cursor));
    this.showHover(this.view.cursor, { byKey: true });
    if (this.view.wrapped) this.rowOf(this.view.cursor)?.box.scrollIntoView({ block: "nearest" });
  }

  facts(position) {
    const groups = this.tracks.map((track) => KINDS[track.kind].facts(track, position));
    const titled = (group) => group[0]?.[2] === "head";
    return [...groups.filter((group) => !titled(group)), ...groups.filter(titled)].flat();
  }

  describe(position) {
    const said = (text) => (Array.isArray(text) ? text.map(([part]) => part).join(", ") : text);
    const facts = this.facts(position).map(([name, text]) => (text ? `${name} ${said(text)}` : name));
    return [`Position ${place(position)}, ${this.sequence[position]}`, ...facts].join("; ");
  }

  showHover(position, { y = null, byKey = false } = {}) {
    const found = this.mark(this.hover, position);
    if (byKey) this.hover.hidden = true;
    this.tooltip.hidden = !found;
    if (!found) {
      this.hovered = null;
      return;
    }
    if (position !== this.hovered) this.fillTooltip(position);
    this.hovered = position;
    const home = this.root.getBoundingClientRect();
    const row = found.row.box.getBoundingClientRect();
    const { offsetWidth: width, offsetHeight: height } = this.tooltip;
    const x = row.left - home.left + found.left;
    const right = x + 16 + width <= this.width;
    const left = right ? x + 16 : Math.max(0, x - 16 - width);
    const wanted = y === null ? row.top - home.top + AXIS + BASES + 6 : y - home.top + 14;
    const lowest = window.innerHeight - home.top - height - 8;
    this.tooltip.style.left = `${left}px`;
    this.tooltip.style.top = `${Math.max(-home.top + 8, Math.min(wanted, lowest))}px`;
  }

  fillTooltip(position) {
    const list = element("dl");
    for (const [name, text, key] of this.facts(position)) {
      const parts = key === "parts" && text.map(([part, colour]) => element("span", { class: colour || null }, [part]));
      if (key === "head") list.append(element("dt", { class: "head-line" }, [name]));
      else if (parts) list.append(element("dd", { class: "parts" }, [`${name} `, ...parts]));
      else list.append(element("dt", {}, [name]), element("dd", { class: key || null }, [text]));
    }
    const head = element("div", { class: "head" }, [`${this.sequence[position]} at position ${place(position)}`]);
    this.tooltip.replaceChildren(head, list);
  }

  // --- selection ---------------------------------------------------------------------------------------------------

  select(range, { later = false } = {}) {
    const same = range?.start === this.selection?.start && range?.end === this.selection?.end;
    this.selection = range;
    this.redraw();
    if (same) return;
    this.announce(range ? `Selected ${this.rangeText(range)}` : "Selection cleared");
    if (later) this.sendLater();
    else this.sendSelection();
  }

  selectBetween(one, other, options) {
    this.select({ start: Math.min(one, other), end: Math.max(one, other) + 1 }, options);
  }

  sendSelection() {
    const { selection } = this;
    this.sent = selection ? `${selection.start}-${selection.end}` : "";
    this.send("selection", selection ? { start: selection.start, end: selection.end } : null);
  }

  // --- keyboard, wheel, pointers -----------------------------------------------------------------------------------

  onKey(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const { view, length } = this;
    const span = view.end - view.start;
    const step = view.wrapped || span <= MINI_FROM ? 1 : Math.round(span / 50);
    const actions = {
      "+": () => this.zoomBy(1.6),
      "=": () => this.zoomBy(1.6),
      "-": () => this.zoomBy(1 / 1.6),
      _: () => this.zoomBy(1 / 1.6),
      "−": () => this.zoomBy(1 / 1.6),
      0: () => this.fit(),
      ArrowLeft: () => this.step(-step, event.shiftKey),
      ArrowRight: () => this.step(step, event.shiftKey),
      PageUp: () => this.step(-Math.max(1, Math.round(0.8 * span)), event.shiftKey),
      PageDown: () => this.step(Math.max(1, Math.round(0.8 * span)), event.shiftKey),
      Home: () => this.step(-length, event.shiftKey),
      End: () => this.step(length, event.shiftKey),
      Enter: () => this.selectCursor(),
      " ": () => this.selectCursor(),
      Escape: () => this.escape(),
    };
    const action = actions[event.key];
    if (!action) return;
    event.preventDefault();
    event.stopPropagation();
    this.stage.classList.remove("by-pointer");
    action();
  }

  // Move the cursor and the view with it: the cursor keeps its place on the screen until an end is reached.
  step(by, extends_) {
    const { view } = this;
    const seen = view.cursor !== null && (view.wrapped || (view.cursor >= view.start && view.cursor < view.end));
    const jump = Math.abs(by) >= this.length;
    const middle = view.wrapped ? 0 : Math.floor((view.start + view.end) / 2);
    const from = seen ? view.cursor : middle;
    const to = clamp(from + (seen || jump || view.wrapped ? by : 0), 0, this.length - 1);
    if (!view.wrapped) {
      const span = view.end - view.start;
      this.setView(jump ? (by < 0 ? 0 : this.length - span) : view.start + by, span);
    }
    if (extends_) {
      if (this.anchor === undefined || this.anchor === null) this.anchor = from;
      this.selectBetween(this.anchor, to, { later: true });
    } else this.anchor = null;
    this.moveCursor(to);
  }

  selectCursor() {
    if (this.view.cursor === null) this.moveCursor(Math.floor((this.view.start + this.view.end) / 2));
    this.anchor = this.view.cursor;
    this.selectBetween(this.view.cursor, this.view.cursor);
  }

  escape() {
    if (this.selection) this.select(null);
    else this.stage.blur();
    this.anchor = null;
    this.showHover(null);
  }

  onWheel(event) {
    const unit = event.deltaMode === 1 ? 16 : 1;
    const sideways = Math.abs(event.deltaX) > Math.abs(event.deltaY) || event.shiftKey;
    const { view } = this;
    const span = view.end - view.start;
    if (sideways && !view.wrapped && span < this.length && !event.ctrlKey) {
      event.preventDefault();
      const delta = event.deltaX || event.deltaY;
      this.setView(view.start + ((delta * unit) / this.plotWidth()) * span, span);
      return;
    }
    const asked = event.ctrlKey || event.metaKey;
    if (!asked && (!this.focused || view.wrapped)) return; // the page scrolls
    const factor = clamp(Math.exp(-event.deltaY * unit * (event.ctrlKey ? 0.01 : 0.002)), 1 / 1.5, 1.5);
    const stuck = factor < 1 ? span >= this.length : span <= Math.min(MIN_SPAN, this.length);
    if (!asked && stuck) return;
    event.preventDefault();
    const spot = this.locate(event);
    this.zoomBy(factor, spot ? spot.exact : null);
  }

  // Where in the sequence a pointer is; null outside the drawing.
  locate(event) {
    const target = this.root.getRootNode().elementFromPoint(event.clientX, event.clientY);
    const box = target?.closest?.(".row") ?? (this.view.wrapped ? null : this.rows[0]?.box);
    const row = this.rows.find((other) => other.box === box);
    if (!row) return null;
    const bounds_ = row.canvas.getBoundingClientRect();
    const area = this.area(row, { top: 0, height: 0 });
    const exact = area.start + (event.clientX - bounds_.left - GUTTER) / area.scale;
    const position = clamp(Math.floor(exact), area.first, area.last - 1);
    const y = event.clientY - bounds_.top;
    const inside = exact >= area.start && exact < area.end;
    return { exact: clamp(exact, area.start, area.end), position, inside, row, y };
  }

  pick(spot) {
    const found = spot?.row.layout.places.find(({ top, height }) => spot.y >= top && spot.y < top + height);
    return found?.kind.pick?.(found.track, spot.position, spot.y - found.top) ?? null;
  }

  onDown(event) {
    if (event.target === this.mini || event.button !== 0) return;
    this.stage.classList.add("by-pointer");
    this.stage.focus({ preventScroll: true });
    this.pointers.set(event.pointerId, { x: event.clientX, y: event.clientY });
    const spot = this.locate(event);
    if (this.pointers.size === 2) {
      this.drag = { pinch: this.spread(), view: { ...this.view }, middle: spot?.exact };
      return;
    }
    this.drag = { x: event.clientX, y: event.clientY, spot, start: this.view.start, moved: false, range: event.shiftKey };
  }

  spread() {
    const [one, other] = [...this.pointers.values()];
    return Math.max(24, Math.abs(one.x - other.x), Math.abs(one.y - other.y));
  }

  onMove(event) {
    const { drag } = this;
    if (this.pointers.has(event.pointerId)) this.pointers.set(event.pointerId, { x: event.clientX, y: event.clientY });
    const spot = this.locate(event);
    if (!drag) {
      this.stage.classList.toggle("picking", Boolean(this.pick(spot)));
      this.showHover(spot?.inside ? spot.position : null, { y: event.clientY });
      return;
    }
    if (drag.pinch) {
      this.pinch(drag);
      return;
    }
    const far = Math.hypot(event.clientX - drag.x, event.clientY - drag.y) > 4;
    if (!drag.moved && far) {
      drag.moved = true;
      this.stage.setPointerCapture(event.pointerId);
      this.stage.classList.add("dragging");
    }
    if (!drag.moved) return;
    if (drag.range) {
      if (spot && drag.spot) this.selectBetween(drag.spot.position, spot.position, { later: true });
    } else if (!this.view.wrapped) {
      const span = this.view.end - this.view.start;
      this.showHover(null);
      this.setView(drag.start - ((event.clientX - drag.x) / this.plotWidth()) * span, span);
    }
  }

  pinch({ pinch, view, middle }) {
    if (this.view.wrapped || this.pointers.size < 2) return;
    const span = clamp((view.end - view.start) * (pinch / this.spread()), Math.min(MIN_SPAN, this.length), this.length);
    const anchor = middle ?? (view.start + view.end) / 2;
    this.setView(anchor - ((anchor - view.start) * span) / (view.end - view.start), span);
  }

  onUp(event) {
    const { drag } = this;
    this.release(event);
    if (!drag || drag.pinch || drag.moved || !drag.spot?.inside) return;
    const { position } = drag.spot;
    const hit = this.pick(drag.spot);
    this.view.cursor = position;
    if (event.pointerType === "touch") this.showHover(position, { y: event.clientY });
    if (event.shiftKey && this.selection) {
      this.anchor ??= this.selection.start;
      this.selectBetween(this.anchor, position);
      return;
    }
    this.anchor = position;
    if (hit) this.select({ start: hit.start, end: hit.end });
    else this.selectBetween(position, position);
  }

  onCancel(event) {
    this.release(event);
  }

  release(event) {
    this.pointers.delete(event.pointerId);
    this.stage.classList.remove("dragging");
    if (!this.pointers.size) this.drag = null;
  }

  onMini(event) {
    event.preventDefault();
    event.stopPropagation();
    if (event.type === "pointerdown") {
      this.mini.setPointerCapture(event.pointerId);
      const { left } = this.mini.getBoundingClientRect();
      const at = ((event.clientX - left - GUTTER) / this.plotWidth()) * this.length;
      const inside = at >= this.view.start && at < this.view.end;
      this.grip = inside ? at - this.view.start : (this.view.end - this.view.start) / 2;
      this.stage.focus({ preventScroll: true });
    }
    const { left } = this.mini.getBoundingClientRect();
    const at = ((event.clientX - left - GUTTER) / this.plotWidth()) * this.length;
    this.setView(at - this.grip, this.view.end - this.view.start);
  }

  // --- the table ---------------------------------------------------------------------------------------------------

  toggleTable() {
    const shown = this.table.classList.toggle("hush") === false;
    this.buttons.table.setAttribute("aria-expanded", String(shown));
    if (shown) this.table.setAttribute("tabindex", "0");
    else this.table.removeAttribute("tabindex");
    this.writeTable();
  }

  writeTable() {
    const { first, last } = this.visible();
    const end = Math.min(last, first + TABLE_ROWS);
    const columns = this.tracks.flatMap((track) => KINDS[track.kind].columns(track));
    const head = ["Position", "Base", ...columns].map((name) => element("th", { scope: "col" }, [name]));
    const rows = [];
    for (let position = first; position < end; position += 1) {
      const cells = this.tracks.flatMap((track) => KINDS[track.kind].cells(track, position));
      rows.push(
        element("tr", {}, [
          element("th", { scope: "row" }, [place(position)]),
          ...[this.sequence[position], ...cells].map((text) => element("td", {}, [text])),
        ]),
      );
    }
    const how = this.view.wrapped ? "leave the wrapped view and zoom in" : "zoom in";
    const more = end < last ? `; the first ${TABLE_ROWS} of ${plural(last - first, "visible")}, ${how} for the others` : "";
    const caption = `Positions ${place(first)} to ${place(end - 1)} of ${plural(this.length, "nt")}${more}`;
    this.table.replaceChildren(
      element("table", {}, [
        element("caption", {}, [caption]),
        element("thead", {}, [element("tr", {}, head)]),
        element("tbody", {}, rows),
      ]),
    );
  }
}

// Streamlit calls this after every run of the script with new data or another theme, and what it returns at the end.
export default function show({ data, parentElement, setStateValue }) {
  const root = parentElement.querySelector(".ruler");
  if (!rulers.has(root)) rulers.set(root, new Ruler(root));
  const ruler = rulers.get(root);
  ruler.update(data, setStateValue);
  return () => {
    ruler.destroy();
    rulers.delete(root);
  };
}
