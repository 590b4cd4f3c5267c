// The ruler: one sequence with tracks, to zoom, move, read and select by mouse, touch and keyboard.
//
// Positions are 0-based and ranges half-open inside; people read them counted from 1. Text of users reaches the page
// by textContent and fillText alone. Python joins the ruler_*.js files and this one into one module.

const views = new Map(); // by key: zoom and cursor live as long as the browser tab
const rulers = new WeakMap();

class Ruler {
  constructor(root) {
    this.root = root;
    this.rows = [];
    this.focused = false;
    this.highlight = new Highlight(this);
    this.editor = new Editor(this);
    this.build();
    this.watch();
    this.input = new Input(this);
  }

  // The elements

  build() {
    const button = (label, children, action) =>
      element("button", { type: "button", "aria-label": label, title: label, onclick: action }, children);
    const sign = (text) => element("span", { class: "sign", "aria-hidden": "true" }, [text]);
    this.buttons = {
      out: button("Zoom out", [sign("−")], () => this.zoomBy(1 / ZOOM)),
      in: button("Zoom in", [sign("+")], () => this.zoomBy(ZOOM)),
      fit: button("Show the whole sequence", ["Fit"], () => this.fit()),
      wrapped: button("Wrapped view, for reading and printing", ["Wrapped"], () => this.toggleWrapped()),
      table: button("Table of what is visible", ["Table"], () => this.toggleTable()),
      clear: button("Clear the selection", ["✕"], () => this.select(null)),
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
    this.probe = element("span", { hidden: true });
    const manners = { tabindex: "0", role: "application", "aria-roledescription": "sequence ruler" };
    this.stage = element("div", { class: "stage", "aria-describedby": "hint", ...manners }, [this.mini, this.rowsBox]);
    this.tooltip = element("div", { class: "tooltip", hidden: true, "aria-hidden": "true" });
    this.hint = element("p", { class: "hint", id: "hint" });
    this.live = element("div", { class: "hush live", role: "status", "aria-live": "polite" });
    const region = { id: "table", role: "region", "aria-label": "Visible positions" };
    this.table = element("div", { class: "table hush", ...region });
    this.root.replaceChildren(
      element("div", { class: "bar", role: "toolbar", "aria-label": "View of the sequence" }, [
        element("span", { class: "group" }, [out, into, fit]),
        this.editor.box,
        this.status,
        this.chosen,
        element("span", { class: "space" }),
        element("span", { class: "group" }, [wrapped, table]),
      ]),
      this.stage,
      this.tooltip,
      this.highlight.legend,
      this.hint,
      this.live,
      this.table,
      this.probe,
    );
  }

  watch() {
    this.announce = debounced(150, (text) => (this.live.textContent = text));
    this.fillTable = debounced(200, () => this.table.replaceChildren(tableOf(this, this.visible())));
    this.sendLater = debounced(300, () => this.sendSelection());
    this.sizes = new ResizeObserver(([entry]) => {
      const width = Math.floor(entry.contentRect.width);
      if (width && width !== this.width) {
        this.width = width;
        this.showHover(null);
        this.relay();
      }
    });
    this.sizes.observe(this.stage);
    this.near = new IntersectionObserver(
      (entries) => {
        for (const entry of entries) {
          const row = this.rows.find((other) => other.box === entry.target);
          if (row) row.near = entry.isIntersecting;
        }
        this.redraw();
      },
      { root: this.rowsBox, rootMargin: "600px" },
    );
  }

  destroy() {
    this.input.stop();
    this.sizes.disconnect();
    this.near.disconnect();
    cancelAnimationFrame(this.frame);
  }

  // Data

  update(data, send) {
    const started = performance.now();
    performance.mark("ruler:start");
    this.send = send;
    this.key = data.key;
    const edited = data.edit && data.edit.name === this.editor.name;
    const another = this.sequence !== undefined && !edited && !alike(this.sequence, data.sequence);
    this.sequence = data.sequence;
    this.length = data.sequence.length;
    this.bases = data.bases;
    this.editor.adopt(data.edit);
    this.wantedHeight = data.height;
    this.colours = data.colours;
    this.tracks = data.tracks.filter((track) => KINDS[track.kind]).map((track) => ({ ...track }));
    for (const track of this.tracks) KINDS[track.kind].prepare(track, this.sequence, this.bases);
    const known = views.get(this.key);
    const same = known && (edited || known.length === this.length);
    const kept = same ? known : { start: 0, end: this.length, cursor: null, length: this.length };
    this.view = { wrapped: known?.wrapped ?? false, wrapScale: known?.wrapScale ?? WRAP_PX.usual, ...kept };
    this.resize(this.length);
    this.editor.again();
    this.highlight.adopt(this.tracks);
    this.adopt(data, another);
    const values = this.tracks.reduce((found, track) => found ?? KINDS[track.kind].profile(track), null);
    this.profile = values && { values, range: bounds(values) };
    this.buttons.wrapped.setAttribute("aria-pressed", String(this.view.wrapped));
    const tracks = plural(this.tracks.length, this.tracks.length === 1 ? "track" : "tracks");
    this.stage.setAttribute("aria-label", `Sequence of ${plural(this.length, "nucleotides")} with ${tracks}`);
    this.hint.replaceChildren(...hintParts(this));
    this.look = readLook(this.root, this);
    this.width = Math.floor(this.stage.clientWidth);
    if (another) this.showHover(null);
    this.started = started;
    this.relay({ now: true });
  }

  // What a page asks for is taken at first, when it changes, and for another sequence (where what was selected before
  // means nothing), except where the page merely repeats what it had from us.
  adopt({ selected, current }, another) {
    if (this.selection?.end > this.length) this.selection = null; // an edit took it away
    const name = selected ? `${selected.start}-${selected.end}` : "";
    const first = this.asked === undefined;
    const repeated = name === this.asked || name === this.sent;
    this.asked = name;
    if (first) {
      this.selection = current;
    } else if (another || !repeated) {
      const had = this.selection;
      this.selection = selected;
      if (selected || had) this.sendSelection();
      if (selected && !this.sees(selected.start)) this.reveal(selected.start);
    }
  }

  // Layout

  plotWidth() {
    return Math.max(40, this.width - GUTTER - MARGIN);
  }

  layout(captions) {
    let top = AXIS + BASES;
    const total = (grows) =>
      this.tracks
        .filter((track) => Boolean(KINDS[track.kind].grows) === grows)
        .reduce((sum, track) => sum + KINDS[track.kind].height(track), 0);
    const map = this.length > MINI_FROM ? MINI + 6 : 0;
    const room = this.wantedHeight - top - map - total(false) - this.tracks.length * (CAPTION + GAP);
    const stretch = this.wantedHeight && total(true) ? Math.max(0.35, room / total(true)) : 1;
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

  // Lay the rows out anew, after new data, another width, another mode: one row that shows the view, or wrapped rows
  // that cover the sequence.
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

  // Drawing

  redraw({ now = false } = {}) {
    cancelAnimationFrame(this.frame);
    this.writeState();
    if (now) this.draw();
    else this.frame = requestAnimationFrame(() => this.draw());
  }

  draw() {
    if (!this.width) return;
    for (const row of this.rows) this.drawRow(row);
    if (!this.mini.hidden) drawMini(this.mini, this.plotWidth(), this);
    this.highlight.draw();
    this.mark(this.cursorBox, this.focused ? this.view.cursor : null);
    if (this.started === undefined) return;
    const { started } = this;
    this.started = undefined;
    performance.measure("ruler:draw", "ruler:start");
    requestAnimationFrame(() => (this.root.dataset.drawnMs = (performance.now() - started).toFixed(1)));
  }

  drawRow(row) {
    if (!row.near && !this.printing) {
      if (row.canvas.width) row.canvas.width = row.canvas.height = 0; // far away: give its memory back
      return;
    }
    const { layout } = row;
    const ctx = contextOf(row.canvas, this.width, layout.height);
    const whole = this.area(row, { top: 0, height: layout.height });
    drawSelection(ctx, whole, this);
    drawAxis(ctx, whole, this);
    drawBases(ctx, this.area(row, { top: AXIS, height: BASES }), this);
    for (const { track, kind, top, height } of layout.places) {
      kind.draw(ctx, track, this.area(row, { top, height }), this.look);
    }
  }

  // What the view is, in words and in data attributes.
  writeState() {
    const { view, selection, root, buttons, length } = this;
    const { first, last } = this.visible();
    const mode = view.wrapped ? "wrapped" : "single";
    const selected = selection ? `${selection.start}-${selection.end}` : "";
    Object.assign(root.dataset, { start: first, end: last, length, mode, cursor: view.cursor ?? "", selected });
    const all = first === 0 && last === length;
    const part = `${place(first)}–${place(last - 1)} of ${plural(length, "nt")}`;
    this.status.textContent = all ? plural(length, "nt") : part;
    const { wrapped, wrapScale } = view;
    const limits = {
      out: wrapped ? wrapScale <= WRAP_PX.least : all,
      fit: wrapped ? wrapScale === WRAP_PX.usual : all,
      in: wrapped ? wrapScale >= WRAP_PX.most : this.span <= this.held(0),
    };
    // Not `disabled`, which would take the focus away from whoever reaches a limit by keyboard.
    for (const [name, reached] of Object.entries(limits)) buttons[name].setAttribute("aria-disabled", String(reached));
    this.chosen.hidden = !selection;
    if (selection) this.chosenText.textContent = `Selected ${rangeText(this.sequence, selection)}`;
  }

  visible() {
    if (this.view.wrapped) return { first: 0, last: this.length };
    return { first: Math.floor(this.view.start + 1e-6), last: Math.ceil(this.view.end - 1e-6) };
  }

  // View

  get span() {
    return this.view.end - this.view.start;
  }

  get middle() {
    return this.view.wrapped ? 0 : Math.floor((this.view.start + this.view.end) / 2);
  }

  sees(position) {
    if (position === null) return false;
    return this.view.wrapped || (position >= this.view.start && position < this.view.end);
  }

  // The nearest span that a view may have.
  held(span) {
    return clamp(span, Math.min(MIN_SPAN, this.length), this.length);
  }

  setView(start, span) {
    const held = this.held(span);
    this.view.start = clamp(start, 0, this.length - held);
    this.view.end = this.view.start + held;
    this.save();
    this.redraw();
    this.fillTable();
    this.highlight.refresh();
  }

  // Another number of letters, after an edit: the view stays, and one that showed everything still does.
  resize(length) {
    const { view } = this;
    const all = view.start === 0 && view.end === view.length;
    this.length = length;
    view.length = length;
    const span = all ? length : Math.min(view.end - view.start, length);
    view.start = clamp(view.start, 0, length - span);
    view.end = view.start + span;
    if (view.cursor !== null) view.cursor = clamp(view.cursor, 0, length - 1);
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
    const fixed = anchor ?? (this.sees(view.cursor) ? view.cursor + 0.5 : view.start + this.span / 2);
    const exact = this.held(this.span / factor);
    const wanted = anchor === null ? Math.round(exact) : exact; // buttons and keys keep whole nucleotides
    const start = fixed - ((fixed - view.start) * wanted) / this.span;
    this.setView(anchor === null ? Math.round(start) : start, wanted);
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
    this.setView(Math.round(position + 0.5 - this.span / 2), this.span);
  }

  toggleWrapped() {
    this.view.wrapped = !this.view.wrapped;
    this.buttons.wrapped.setAttribute("aria-pressed", String(this.view.wrapped));
    this.showHover(null);
    this.save();
    this.relay();
    this.highlight.refresh();
  }

  print(printing) {
    this.printing = printing;
    this.look = readLook(this.root, this);
    this.draw();
  }

  // Cursor, hover, tooltip

  setFocused(focused) {
    this.focused = focused;
    this.hint.replaceChildren(...hintParts(this));
    this.redraw();
    if (focused) return;
    this.showHover(null);
    this.stage.classList.remove("by-pointer");
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

  placeCursor(position) {
    this.view.cursor = clamp(position, 0, this.length - 1);
    this.save();
    this.redraw();
  }

  moveCursor(position) {
    this.placeCursor(position);
    this.announce(spoken(this, this.view.cursor));
    this.showHover(this.view.cursor, { byKey: true, token: this.highlight.under(this.view.cursor) });
    if (this.view.wrapped) this.rowOf(this.view.cursor)?.box.scrollIntoView({ block: "nearest" });
  }

  showHover(position, { y = null, byKey = false, token = null } = {}) {
    const found = this.mark(this.hover, position);
    const turned = this.highlight.point(found && token?.track ? token : null);
    if (byKey) this.hover.hidden = true;
    this.tooltip.hidden = !found;
    if (!found) {
      this.hovered = null;
      return;
    }
    if (turned || position !== this.hovered) this.tooltip.replaceChildren(...tooltipParts(this, position));
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

  // Where in the sequence a pointer is; null outside the drawing.
  locate(event) {
    const target = this.root.getRootNode().elementFromPoint(event.clientX, event.clientY);
    const box = target?.closest?.(".row") ?? (this.view.wrapped ? null : this.rows[0]?.box);
    const row = this.rows.find((other) => other.box === box);
    if (!row) return null;
    const { left, top } = row.canvas.getBoundingClientRect();
    const area = this.area(row, { top: 0, height: 0 });
    const exact = area.start + (event.clientX - left - GUTTER) / area.scale;
    const position = clamp(Math.floor(exact), area.first, area.last - 1);
    const inside = exact >= area.start && exact < area.end;
    return { exact: clamp(exact, area.start, area.end), position, inside, row, y: event.clientY - top };
  }

  // What of a track lies under a pointer, such as a motif hit.
  pick(spot) {
    const found = spot?.row.layout.places.find(({ top, height }) => spot.y >= top && spot.y < top + height);
    return found?.kind.pick?.(found.track, spot.position, spot.y - found.top) ?? null;
  }

  // Selection

  select(range, { later = false } = {}) {
    const same = range?.start === this.selection?.start && range?.end === this.selection?.end;
    this.selection = range;
    this.redraw();
    if (same) return;
    this.announce(range ? `Selected ${rangeText(this.sequence, range)}` : "Selection cleared");
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

  // The table

  toggleTable() {
    const shown = this.table.classList.toggle("hush") === false;
    this.buttons.table.setAttribute("aria-expanded", String(shown));
    if (shown) this.table.setAttribute("tabindex", "0");
    else this.table.removeAttribute("tabindex");
    this.table.replaceChildren(tableOf(this, this.visible()));
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
