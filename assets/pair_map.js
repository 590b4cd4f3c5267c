// A square map of pairs of nucleotides: rows from top to bottom, columns from left to right. Wheel (with Ctrl, or with
// the focus), + and - zoom; drag moves; arrows move a cursor; a click or Enter chooses a pair and tells Python.

const LEFT = 46; // room for letters and numbers
const TOP = 8;
const BELOW = 34;
const RIGHT = 6;
const LEAST = 8; // cells that are always visible
const STEP = 1.5;
const LETTER_CELL = 9; // pixels of a cell from which on its letter is written
const DRAG = 4;

const limitTo = (value, low, high) => Math.min(Math.max(value, low), high);
const numberText = (value) => (Number.isFinite(value) ? String(Number(value.toPrecision(3))) : "not read");

function numbersOf(text) {
  const characters = atob(text);
  const bytes = new Uint8Array(characters.length);
  for (let index = 0; index < bytes.length; index += 1) bytes[index] = characters.charCodeAt(index);
  return new Float32Array(bytes.buffer);
}

function rgbOf(colour) {
  const ctx = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  ctx.fillStyle = colour;
  ctx.fillRect(0, 0, 1, 1);
  return [...ctx.getImageData(0, 0, 1, 1).data].slice(0, 3);
}

const mix = (one, other, share) => one.map((value, index) => share * value + (1 - share) * other[index]);

class PairMap {
  constructor(root) {
    this.root = root;
    this.canvas = root.querySelector("canvas");
    this.said = root.querySelector(".said");
    this.view = null;
    this.cursor = null;
    this.aborter = new AbortController();
    const { signal } = this.aborter;
    const on = (target, type, action) =>
      target.addEventListener(type, action.bind(this), { signal, passive: false });
    on(this.canvas, "wheel", this.onWheel);
    on(this.canvas, "pointerdown", this.onDown);
    on(this.canvas, "pointermove", this.onMove);
    on(this.canvas, "pointerup", this.onUp);
    on(this.canvas, "pointercancel", () => (this.drag = null));
    on(this.canvas, "pointerleave", this.onLeave);
    on(this.canvas, "keydown", this.onKey);
    on(root.querySelector(".in"), "click", () => this.zoom(STEP));
    on(root.querySelector(".out"), "click", () => this.zoom(1 / STEP));
    on(root.querySelector(".fit"), "click", () => this.fit());
    this.watcher = new ResizeObserver(() => this.draw());
    this.watcher.observe(root);
  }

  destroy() {
    this.aborter.abort();
    this.watcher.disconnect();
  }

  update(data, send) {
    this.send = send;
    const same = this.data && this.data.values === data.values;
    if (!same) this.values = numbersOf(data.values);
    this.data = data;
    this.length = data.sequence.length;
    if (!this.view || this.view.of !== this.length) this.fit();
    this.chosen = data.chosen;
    this.canvas.setAttribute(
      "aria-label",
      `${data.label}. Arrow keys move over the pairs, Enter chooses one, plus and minus zoom.`,
    );
    this.paint();
    this.draw();
  }

  // Colours of all cells, once for each set of numbers and theme; where cells are smaller than pixels, the largest of
  // those that share one.
  paint() {
    const themed = getComputedStyle(this.root);
    this.text = rgbOf(themed.getPropertyValue("--st-text-color").trim() || "#31333f");
    this.background = rgbOf(themed.getPropertyValue("--st-background-color").trim() || "#fff");
    const [red, green, blue] = this.background;
    const dark = 0.299 * red + 0.587 * green + 0.114 * blue < 128;
    const base = rgbOf(this.data.colour);
    this.full = dark ? mix(base, [227, 204, 255], 0.46) : base;
    this.accent = themed.getPropertyValue("--st-primary-color").trim() || "#4c5fd5";
    this.root.querySelector(".ramp").style.background =
      `linear-gradient(to right, rgb(${this.background}), rgb(${this.full}))`;
    this.root.querySelector(".most").textContent = `${this.data.clipped ? "≥ " : ""}${numberText(this.data.limit)}`;
    this.root.querySelector(".unit").textContent = this.data.unit;
    const unread = mix(this.text, this.background, 0.22);
    const { length } = this;
    const picture = new ImageData(length, length);
    for (let index = 0; index < this.values.length; index += 1) {
      const share = limitTo(this.values[index] / this.data.limit, 0, 1);
      const colour = Number.isFinite(this.values[index]) ? mix(this.full, this.background, share) : unread;
      picture.data.set([...colour, 255], 4 * index);
    }
    this.image = new OffscreenCanvas(length, length);
    this.image.getContext("2d").putImageData(picture, 0, 0);
  }

  get side() {
    return Math.max(120, Math.min(this.root.clientWidth, 720) - LEFT - RIGHT);
  }

  get cell() {
    return this.side / this.view.span;
  }

  fit() {
    this.view = { of: this.length, row: 0, column: 0, span: this.length };
    if (this.image) this.draw();
  }

  // Zoom by a factor around a cell, which stays where it is.
  zoom(factor, at = null) {
    const { view, length } = this;
    const span = limitTo(view.span / factor, Math.min(LEAST, length), length);
    const middle = at ?? { row: view.row + view.span / 2, column: view.column + view.span / 2 };
    for (const axis of ["row", "column"]) {
      const start = middle[axis] - ((middle[axis] - view[axis]) / view.span) * span;
      view[axis] = limitTo(start, 0, length - span);
    }
    view.span = span;
    this.draw();
  }

  move(rows, columns) {
    const { view, length } = this;
    view.row = limitTo(view.row + rows, 0, length - view.span);
    view.column = limitTo(view.column + columns, 0, length - view.span);
    this.draw();
  }

  draw() {
    if (!this.image || !this.root.clientWidth) return;
    const { canvas, side, view, cell } = this;
    const [width, height] = [LEFT + side + RIGHT, TOP + side + BELOW];
    const dpr = Math.max(1, window.devicePixelRatio || 1);
    canvas.width = Math.round(width * dpr);
    canvas.height = Math.round(height * dpr);
    canvas.style.width = `${width}px`;
    canvas.style.height = `${height}px`;
    const ctx = canvas.getContext("2d");
    ctx.setTransform(dpr, 0, 0, dpr, 0, 0);
    ctx.imageSmoothingEnabled = false;
    if (cell * dpr >= 1) ctx.drawImage(this.image, view.column, view.row, view.span, view.span, LEFT, TOP, side, side);
    else this.drawPooled(ctx, dpr);
    ctx.strokeStyle = `rgb(${mix(this.text, this.background, 0.3)})`;
    ctx.lineWidth = 1;
    ctx.strokeRect(LEFT - 0.5, TOP - 0.5, side + 1, side + 1);
    this.drawAxes(ctx);
    if (this.chosen) this.frame(ctx, this.chosen, 2.5);
    if (this.cursor) this.frame(ctx, this.cursor, 1.5);
  }

  drawPooled(ctx, dpr) {
    const { view, side, length } = this;
    const pixels = Math.floor(side * dpr);
    const picture = new ImageData(pixels, pixels);
    const edge = (pixel, start) => Math.floor(start + (pixel * view.span) / pixels);
    for (let y = 0; y < pixels; y += 1) {
      const [top, bottom] = [edge(y, view.row), Math.max(edge(y, view.row) + 1, edge(y + 1, view.row))];
      for (let x = 0; x < pixels; x += 1) {
        const [left, right] = [edge(x, view.column), Math.max(edge(x, view.column) + 1, edge(x + 1, view.column))];
        let largest = 0;
        for (let row = top; row < Math.min(bottom, length); row += 1) {
          for (let column = left; column < Math.min(right, length); column += 1) {
            const value = this.values[row * length + column];
            if (value > largest) largest = value;
          }
        }
        const share = limitTo(largest / this.data.limit, 0, 1);
        picture.data.set([...mix(this.full, this.background, share), 255], 4 * (y * pixels + x));
      }
    }
    const pooled = new OffscreenCanvas(pixels, pixels);
    pooled.getContext("2d").putImageData(picture, 0, 0);
    ctx.drawImage(pooled, LEFT, TOP, side, side);
  }

  drawAxes(ctx) {
    const { view, cell, side, data } = this;
    const font = getComputedStyle(this.root).fontFamily;
    ctx.fillStyle = `rgb(${mix(this.text, this.background, 0.8)})`;
    ctx.font = `11px ${font}`;
    const letters = cell >= LETTER_CELL;
    let step = 1;
    for (const candidate of [1, 2, 5, 10, 20, 50, 100, 200, 500]) {
      step = candidate;
      if (candidate * cell >= 36) break;
    }
    const inside = (start, position) => position >= Math.ceil(start - 0.5) && (position - start + 0.5) * cell <= side;
    for (let position = 0; position < this.length; position += 1) {
      const numbered = (position + 1) % step === 0;
      if (!letters && !numbered) continue;
      if (inside(view.row, position)) {
        const y = TOP + (position - view.row + 0.5) * cell;
        ctx.textAlign = "right";
        ctx.textBaseline = "middle";
        if (letters) ctx.fillText(data.sequence[position], LEFT - 5, y);
        if (numbered) ctx.fillText(String(position + 1), LEFT - (letters ? 18 : 5), y);
      }
      if (inside(view.column, position)) {
        const x = LEFT + (position - view.column + 0.5) * cell;
        ctx.textAlign = "center";
        ctx.textBaseline = "top";
        if (letters) ctx.fillText(data.sequence[position], x, TOP + side + 3);
        if (numbered) ctx.fillText(String(position + 1), x, TOP + side + (letters ? 15 : 3));
      }
    }
    ctx.textAlign = "left";
    ctx.textBaseline = "alphabetic";
  }

  frame(ctx, { row, column }, width) {
    const { view, cell, side } = this;
    const [x, y] = [LEFT + (column - view.column) * cell, TOP + (row - view.row) * cell];
    ctx.save();
    ctx.beginPath();
    ctx.rect(LEFT - 2, TOP - 2, side + 4, side + 4);
    ctx.clip();
    ctx.strokeStyle = this.accent;
    ctx.lineWidth = width;
    ctx.globalAlpha = 0.45;
    ctx.beginPath();
    ctx.moveTo(LEFT, y + cell / 2);
    ctx.lineTo(x, y + cell / 2);
    ctx.moveTo(x + cell / 2, y + cell);
    ctx.lineTo(x + cell / 2, TOP + side);
    ctx.stroke();
    ctx.globalAlpha = 1;
    ctx.strokeRect(x - width / 2, y - width / 2, cell + width, cell + width);
    ctx.restore();
  }

  // What people do

  at(event) {
    const box = this.canvas.getBoundingClientRect();
    const { view, cell } = this;
    const column = view.column + (event.clientX - box.left - LEFT) / cell;
    const row = view.row + (event.clientY - box.top - TOP) / cell;
    const within = (value, start) => value >= start && value < start + view.span;
    return { row, column, inside: within(row, view.row) && within(column, view.column) };
  }

  point(cell) {
    this.cursor = cell;
    this.say(cell ?? this.chosen);
    this.draw();
  }

  say(cell) {
    const { data } = this;
    if (!cell) {
      const [rows, columns] = [data.rows, data.columns].map((text) => text.toLowerCase());
      this.said.textContent = `Rows: ${rows}. Columns: ${columns}. Click a cell to see the pair.`;
      return;
    }
    const name = (position) => `${data.sequence[position]}${position + 1}`;
    const value = numberText(this.values[cell.row * this.length + cell.column]);
    this.said.textContent = `${data.rows} ${name(cell.row)} · ${data.columns} ${name(cell.column)} · ${value}`;
  }

  choose(cell) {
    chosenAt = performance.now();
    this.chosen = cell;
    this.say(cell);
    this.draw();
    this.send("pair", cell);
  }

  onWheel(event) {
    if (!event.ctrlKey && !event.metaKey && this.root.getRootNode().activeElement !== this.canvas) return;
    event.preventDefault();
    const at = this.at(event);
    if (at.inside) this.zoom(Math.exp(-limitTo(event.deltaY, -100, 100) / 300), at);
  }

  onDown(event) {
    const at = this.at(event);
    if (event.button !== 0 || !at.inside) return;
    this.canvas.setPointerCapture(event.pointerId);
    this.drag = { x: event.clientX, y: event.clientY, at, moved: false };
  }

  onMove(event) {
    const { drag } = this;
    if (drag) {
      const [x, y] = [event.clientX - drag.x, event.clientY - drag.y];
      if (!drag.moved && Math.hypot(x, y) < DRAG) return;
      drag.moved = true;
      this.move(-y / this.cell, -x / this.cell);
      Object.assign(drag, { x: event.clientX, y: event.clientY });
      return;
    }
    const still = this.pointer?.x === event.clientX && this.pointer?.y === event.clientY;
    this.pointer = { x: event.clientX, y: event.clientY };
    if (still) return; // the page moved below a resting pointer, which must not undo what keys did
    const at = this.at(event);
    this.point(at.inside ? { row: Math.floor(at.row), column: Math.floor(at.column) } : null);
  }

  onLeave(event) {
    if (this.pointer?.x === event.clientX && this.pointer?.y === event.clientY) return;
    this.point(null);
  }

  onUp() {
    const { drag } = this;
    this.drag = null;
    if (drag && !drag.moved) this.choose({ row: Math.floor(drag.at.row), column: Math.floor(drag.at.column) });
  }

  onKey(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const by = event.shiftKey ? 10 : 1;
    const moves = { ArrowUp: [-by, 0], ArrowDown: [by, 0], ArrowLeft: [0, -by], ArrowRight: [0, by] };
    const actions = {
      "+": () => this.zoom(STEP, this.cursor),
      "=": () => this.zoom(STEP, this.cursor),
      "-": () => this.zoom(1 / STEP, this.cursor),
      0: () => this.fit(),
      Enter: () => this.cursor && this.choose(this.cursor),
      " ": () => this.cursor && this.choose(this.cursor),
      Escape: () => this.choose(null),
    };
    const action = event.key in moves ? () => this.step(...moves[event.key]) : actions[event.key];
    if (!action) return;
    event.preventDefault();
    event.stopPropagation();
    action();
  }

  step(rows, columns) {
    const { view, length } = this;
    const middle = (start) => Math.floor(start + view.span / 2);
    const from = this.cursor ?? this.chosen ?? { row: middle(view.row), column: middle(view.column) };
    const cell = {
      row: limitTo(from.row + rows, 0, length - 1),
      column: limitTo(from.column + columns, 0, length - 1),
    };
    for (const axis of ["row", "column"]) {
      view[axis] = limitTo(view[axis], cell[axis] + 1 - view.span, cell[axis]);
      view[axis] = limitTo(view[axis], 0, length - view.span);
    }
    this.point(cell);
  }
}

const pairMaps = new WeakMap();

// When a pair was chosen last: what Python shows of it may set this map anew, which must not lose the keyboard.
const REFOCUS_MS = 10_000;
let chosenAt = -Infinity;

// Streamlit calls this after every run of the script with new data or another theme, and what it returns at the end.
export default function show({ data, parentElement, setStateValue }) {
  const root = parentElement.querySelector(".pairs");
  const anew = !pairMaps.has(root);
  if (anew) pairMaps.set(root, new PairMap(root));
  const map = pairMaps.get(root);
  map.update(data, setStateValue);
  const idle = document.activeElement === null || document.activeElement === document.body;
  if (anew && idle && performance.now() - chosenAt < REFOCUS_MS) map.canvas.focus({ preventScroll: true });
  map.say(map.cursor ?? map.chosen);
  return () => {
    map.destroy();
    pairMaps.delete(root);
  };
}
