// Keyboard, wheel, mouse and touch: what people do becomes calls of the ruler.
//
// The wheel belongs to the page until the ruler has the focus or Ctrl (Cmd) is held, which is also what a pinch on a
// touch pad sends.

class Input {
  constructor(ruler) {
    this.ruler = ruler;
    this.pointers = new Map();
    this.anchor = null; // where a range begins
    this.drag = null;
    this.aborter = new AbortController();
    const { signal } = this.aborter;
    const on = (target, handlers) => {
      for (const [type, action] of Object.entries(handlers)) {
        target.addEventListener(type, action.bind(this), { signal, passive: false });
      }
    };
    on(ruler.stage, {
      keydown: this.onKey,
      focus: () => ruler.setFocused(true),
      blur: () => ruler.setFocused(false),
      paste: (event) => ruler.editor.onPaste(event),
      wheel: this.onWheel,
      pointerdown: this.onDown,
      pointermove: this.onMove,
      pointerup: this.onUp,
      pointercancel: this.release,
      pointerleave: this.onLeave,
    });
    on(ruler.mini, { pointerdown: this.onMini, pointermove: this.onMini });
    on(window, { beforeprint: () => ruler.print(true), afterprint: () => ruler.print(false) });
  }

  stop() {
    this.aborter.abort();
  }

  // Keyboard

  onKey(event) {
    if (this.ruler.editor.onKey(event)) return;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const { ruler } = this;
    const page = Math.max(1, Math.round(0.8 * ruler.span));
    const step = ruler.view.wrapped || ruler.span <= MINI_FROM ? 1 : Math.round(ruler.span / 50);
    const steps = {
      ArrowLeft: -step, ArrowRight: step, PageUp: -page, PageDown: page, Home: -ruler.length, End: ruler.length,
    }; // prettier-ignore
    const actions = {
      "+": () => ruler.zoomBy(ZOOM),
      "=": () => ruler.zoomBy(ZOOM),
      "-": () => ruler.zoomBy(1 / ZOOM),
      _: () => ruler.zoomBy(1 / ZOOM),
      0: () => ruler.fit(),
      Enter: () => this.selectCursor(),
      " ": () => this.selectCursor(),
      Escape: () => this.escape(),
      ArrowUp: ruler.highlight.any && (() => ruler.highlight.turn(-1)),
      ArrowDown: ruler.highlight.any && (() => ruler.highlight.turn(1)),
    };
    const action = event.key in steps ? () => this.step(steps[event.key], event.shiftKey) : actions[event.key];
    if (!action) return;
    event.preventDefault();
    event.stopPropagation();
    ruler.stage.classList.remove("by-pointer");
    action();
  }

  // Move the cursor and the view with it: the cursor keeps its place on the screen until an end is reached.
  step(by, extending) {
    const { ruler } = this;
    const { view, length } = ruler;
    const jump = Math.abs(by) >= length;
    const seen = ruler.sees(view.cursor);
    const from = seen ? view.cursor : ruler.middle;
    const to = clamp(seen || jump ? from + by : from, 0, length - 1);
    if (!view.wrapped) ruler.setView(jump ? Math.sign(by) * length : view.start + by, ruler.span);
    if (extending) {
      this.anchor ??= from;
      ruler.selectBetween(this.anchor, to, { later: true });
    } else {
      this.anchor = null;
    }
    ruler.moveCursor(to);
  }

  // The token under the cursor, as a click on it would; the position alone where there is none, or at a second time.
  selectCursor() {
    const { ruler } = this;
    if (ruler.view.cursor === null) ruler.moveCursor(ruler.middle);
    this.anchor = ruler.view.cursor;
    const token = ruler.highlight.under(this.anchor);
    const again = token?.start === ruler.selection?.start && token?.end === ruler.selection?.end;
    if (token && !again) ruler.select({ start: token.start, end: token.end });
    else ruler.selectBetween(this.anchor, this.anchor);
  }

  escape() {
    const { ruler } = this;
    if (ruler.selection) ruler.select(null);
    else if (ruler.highlight.pinned) ruler.highlight.pin(null);
    else ruler.stage.blur();
    this.anchor = null;
    ruler.showHover(null);
  }

  // Wheel

  onWheel(event) {
    const { ruler } = this;
    const { view, span, length } = ruler;
    const pixels = event.deltaMode === 1 ? 16 : 1;
    const asked = event.ctrlKey || event.metaKey;
    const sideways = Math.abs(event.deltaX) > Math.abs(event.deltaY) || event.shiftKey;
    if (sideways && !asked && !view.wrapped && span < length) {
      event.preventDefault();
      ruler.setView(view.start + (((event.deltaX || event.deltaY) * pixels) / ruler.plotWidth()) * span, span);
      return;
    }
    if (!asked && (!ruler.focused || view.wrapped)) return; // the page scrolls
    const factor = clamp(Math.exp(-event.deltaY * pixels * (event.ctrlKey ? 0.01 : 0.002)), 1 / 1.5, 1.5);
    const stuck = factor < 1 ? span >= length : span <= Math.min(MIN_SPAN, length);
    if (!asked && stuck) return;
    event.preventDefault();
    ruler.zoomBy(factor, ruler.locate(event)?.exact ?? null);
  }

  // Mouse, pen and touch

  onDown(event) {
    const { ruler } = this;
    if (event.target === ruler.mini || event.button !== 0) return;
    ruler.stage.classList.add("by-pointer");
    ruler.stage.focus({ preventScroll: true });
    this.pointers.set(event.pointerId, { x: event.clientX, y: event.clientY });
    const spot = ruler.locate(event);
    if (this.pointers.size === 2) {
      this.drag = { pinch: this.spread(), view: { ...ruler.view }, middle: spot?.exact ?? ruler.middle };
      return;
    }
    const { clientX: x, clientY: y, shiftKey: range } = event;
    this.drag = { x, y, spot, start: ruler.view.start, moved: false, range };
  }

  onMove(event) {
    const { ruler, drag } = this;
    if (this.pointers.has(event.pointerId)) this.pointers.set(event.pointerId, { x: event.clientX, y: event.clientY });
    if (!drag) this.hover(event);
    else if (drag.pinch) this.pinch(drag);
    else if (this.moves(event, drag)) {
      if (drag.range) {
        const spot = ruler.locate(event);
        if (spot && drag.spot) ruler.selectBetween(drag.spot.position, spot.position, { later: true });
      } else if (!ruler.view.wrapped) {
        ruler.showHover(null);
        ruler.setView(drag.start - ((event.clientX - drag.x) / ruler.plotWidth()) * ruler.span, ruler.span);
      }
    }
  }

  // A drag begins four pixels away from where the pointer went down; nearer it is a click.
  moves(event, drag) {
    if (!drag.moved && Math.hypot(event.clientX - drag.x, event.clientY - drag.y) > 4) {
      drag.moved = true;
      this.ruler.stage.setPointerCapture(event.pointerId);
      this.ruler.stage.classList.add("dragging");
    }
    return drag.moved;
  }

  hover(event) {
    const { ruler } = this;
    const spot = event.target === ruler.mini ? null : ruler.locate(event);
    const token = ruler.pick(spot);
    ruler.stage.classList.toggle("picking", Boolean(token));
    ruler.showHover(spot?.inside ? spot.position : null, { y: event.clientY, token });
  }

  spread() {
    const [one, other] = [...this.pointers.values()];
    return Math.max(24, Math.abs(one.x - other.x), Math.abs(one.y - other.y));
  }

  pinch({ pinch, view, middle }) {
    const { ruler } = this;
    if (ruler.view.wrapped || this.pointers.size < 2) return;
    const before = view.end - view.start;
    const span = ruler.held((before * pinch) / this.spread());
    ruler.setView(middle - ((middle - view.start) * span) / before, span);
  }

  onUp(event) {
    const { ruler, drag } = this;
    this.release(event);
    if (!drag || drag.pinch || drag.moved || !drag.spot?.inside) return;
    const { position } = drag.spot;
    ruler.placeCursor(position);
    const hit = ruler.pick(drag.spot);
    if (event.pointerType === "touch") ruler.showHover(position, { y: event.clientY, token: hit });
    if (event.shiftKey && ruler.selection) {
      this.anchor ??= ruler.selection.start;
      ruler.selectBetween(this.anchor, position);
      return;
    }
    this.anchor = position;
    if (hit) ruler.select({ start: hit.start, end: hit.end });
    else ruler.selectBetween(position, position);
  }

  onLeave(event) {
    if (!this.pointers.size && event.pointerType !== "touch") this.ruler.showHover(null);
  }

  release(event) {
    this.pointers.delete(event.pointerId);
    this.ruler.stage.classList.remove("dragging");
    if (!this.pointers.size) this.drag = null;
  }

  // The frame of the mini-map is dragged where it is gripped; a click beside it brings its middle there.
  onMini(event) {
    const { ruler } = this;
    const { mini, view, span } = ruler;
    const begins = event.type === "pointerdown" && event.button === 0;
    if (!begins && !mini.hasPointerCapture(event.pointerId)) return;
    event.preventDefault();
    event.stopPropagation();
    const at = ((event.clientX - mini.getBoundingClientRect().left - GUTTER) / ruler.plotWidth()) * ruler.length;
    if (begins) {
      mini.setPointerCapture(event.pointerId);
      ruler.stage.classList.add("by-pointer");
      ruler.stage.focus({ preventScroll: true });
      this.grip = at >= view.start && at < view.end ? at - view.start : span / 2;
    }
    ruler.setView(at - this.grip, span);
  }
}
