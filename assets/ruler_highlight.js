// What the token tracks of a ruler share: one token highlighted wherever it stands, and the legend that names them.
//
// Tokens are the same when their letters are, whatever the tokenizer: "TTA" and "##TTA". A highlight lies on a canvas
// of its own above each row, so that pointing does not draw the tracks anew.

const LEGEND_MOST = 14;

class Highlight {
  constructor(ruler) {
    this.ruler = ruler;
    this.tracks = [];
    this.names = [];
    this.pointed = null; // {name, track, index}: under the pointer or the cursor; {name}: in the legend
    this.pinned = null; // a name that stays
    this.current = 0; // the track that the keyboard reads
    this.buttons = new Map();
    this.heading = element("span", { class: "heading" });
    const manners = { role: "toolbar", "aria-label": "Tokens in view", onkeydown: (event) => this.onKey(event) };
    this.legend = element("div", { class: "tokens", hidden: true, ...manners });
    this.refresh = debounced(120, () => this.fill());
  }

  // Number the tokens of all tracks by their letters; special tokens take no part.
  adopt(all) {
    const before = this.tracks;
    this.tracks = all.filter((track) => track.kind === "tokens");
    this.current = clamp(this.current, 0, Math.max(0, this.tracks.length - 1));
    this.numbers = new Map();
    this.names = [];
    for (const track of this.tracks) {
      track.ids = new Int32Array(track.starts.length);
      track.pointed = -1;
      tokens.within(track, 0, Infinity, (index) => {
        const name = tokens.letters(track, index);
        const { colour, unknown } = track.styles[track.numbers[index]];
        let id = this.numbers.get(name);
        if (id === undefined) this.numbers.set(name, (id = this.names.push({ name, colour, unknown: true }) - 1));
        if (!unknown) this.names[id].unknown = false;
        track.ids[index] = id;
      });
    }
    this.pointed = this.again(before);
    this.legend.hidden = !this.tracks.length;
    this.fill();
  }

  // What was pointed at, in new tracks: a rerun of the page, such as after a click, leaves the highlight as it was.
  again(before) {
    const { pointed } = this;
    if (!pointed?.track) return pointed;
    const track = this.tracks[before.indexOf(pointed.track)];
    const { index, name } = pointed;
    if (!track || index >= track.starts.length || tokens.letters(track, index) !== name) return null;
    track.pointed = index;
    return { ...pointed, track };
  }

  get any() {
    return this.tracks.length > 0;
  }

  get id() {
    return this.numbers?.get(this.pointed?.name ?? this.pinned);
  }

  // Pointing

  // Give whether this is another token than before.
  point(token) {
    const { pointed } = this;
    const name = token && (token.name ?? this.names[token.track.ids[token.index]].name);
    const same = token?.track === pointed?.track && token?.index === pointed?.index;
    if (same && name === (pointed?.name ?? null)) return false;
    this.pointed = token && { ...token, name };
    for (const track of this.tracks) track.pointed = token?.track === track ? token.index : -1;
    this.show();
    return true;
  }

  // The token that the keyboard's cursor reads: of its track the one that began last.
  under(position) {
    const track = this.tracks[this.current];
    const index = track && tokens.at(track, position).pop();
    return index === undefined ? null : { track, index, start: track.starts[index], end: track.ends[index] };
  }

  // Another track for the keyboard.
  turn(by) {
    const { ruler } = this;
    this.current = clamp(this.current + by, 0, this.tracks.length - 1);
    ruler.moveCursor(ruler.sees(ruler.view.cursor) ? ruler.view.cursor : ruler.middle);
    const track = this.tracks[this.current];
    const found = tokens.at(track, ruler.view.cursor).reverse();
    const texts = found.slice(0, TOLD_MOST).map((index) => tokens.described(track, index));
    ruler.announce(`${track.label}: ${texts.join(", ") || "left out"}`);
  }

  pin(name) {
    this.pinned = this.pinned === name ? null : name;
    for (const [other, button] of this.buttons) button.setAttribute("aria-pressed", String(other === this.pinned));
    this.ruler.announce(this.pinned ? `Every ${name} is highlighted` : "Highlight cleared");
    this.show();
  }

  // Drawing

  show() {
    const { ruler } = this;
    if (!ruler.look || !ruler.width) return;
    this.draw();
    if (!ruler.mini.hidden) drawMini(ruler.mini, ruler.plotWidth(), ruler);
  }

  draw() {
    const { ruler, id } = this;
    ruler.root.dataset.highlight = id === undefined ? "" : this.names[id].name;
    for (const row of ruler.rows) this.drawOver(row);
  }

  drawOver(row) {
    const { ruler, id, pointed } = this;
    if (id === undefined || !row.near) {
      if (row.over?.width) row.over.width = row.over.height = 0;
      return;
    }
    if (!row.over) {
      row.over = element("canvas", { class: "over", "aria-hidden": "true" });
      row.canvas.after(row.over);
    }
    const { look } = ruler;
    const ctx = contextOf(row.over, ruler.width, row.layout.height);
    row.over.style.height = row.canvas.style.height;
    row.over.style.top = `${row.canvas.offsetTop}px`;
    ctx.font = look.small;
    ctx.textBaseline = "middle";
    for (const { track, kind, top, height } of row.layout.places) {
      if (kind !== tokens) continue;
      const area = ruler.area(row, { top, height });
      ctx.globalAlpha = tokens.isSmall(track, area) ? 0.7 : 0.36; // the others step back, and can still be read
      ctx.fillStyle = look.background;
      ctx.fillRect(area.left, area.top + track.chips, area.width, area.height - track.chips);
      ctx.globalAlpha = 1;
      clipped(ctx, area, () => {
        tokens.within(track, area.start, area.end, (index) => {
          if (track.ids[index] !== id) return;
          const own = pointed?.track === track && pointed.index === index;
          tokens.drawBox(ctx, track, index, { area, look, how: own ? "own" : "lit" });
        });
      });
    }
  }

  // Without scores the mini-map shows the first tokenizer.
  drawMini(ctx, area) {
    const [track] = this.tracks;
    if (!track) return;
    ctx.globalAlpha = 0.55;
    tokens.drawStrips(ctx, { ...track, used: 1, chips: 0, lane: area.height + 1 }, area, this.ruler.look);
    ctx.globalAlpha = 1;
  }

  // Where the highlighted token stands, on the mini-map.
  drawMarks(ctx, x) {
    const { id } = this;
    if (id === undefined) return;
    ctx.fillStyle = this.ruler.look.text;
    for (const track of this.tracks) {
      tokens.within(track, 0, Infinity, (index) => {
        if (track.ids[index] === id) ctx.fillRect(x(track.starts[index]) - 0.5, MINI - 10, 1.5, 10);
      });
    }
  }

  // Legend

  // The tokens of the visible window, all tracks together: [[id, count], ...], the most frequent first.
  counted() {
    const { first, last } = this.ruler.visible();
    const counts = new Int32Array(this.names.length);
    this.strange = false;
    for (const track of this.tracks) {
      tokens.within(track, first, last, (index) => {
        counts[track.ids[index]] += 1;
        if (track.styles[track.numbers[index]].unknown) this.strange = true;
      });
    }
    const found = [];
    counts.forEach((count, id) => count && found.push([id, count]));
    const size = ([id]) => this.names[id].name.length;
    return found.sort((one, other) => other[1] - one[1] || size(other) - size(one) || one[0] - other[0]);
  }

  fill() {
    if (!this.any || !this.ruler.view) return;
    const found = this.counted();
    const focused = this.legend.getRootNode().activeElement?.dataset?.token;
    const kept = this.buttons;
    this.buttons = new Map();
    for (const [id, count] of found.slice(0, LEGEND_MOST)) {
      const { name } = this.names[id];
      this.buttons.set(name, this.entry(kept.get(name), this.names[id], count));
    }
    this.heading.textContent = found.length
      ? `Tokens in view, all tracks together: ${plural(found.length, "different")}, the most frequent first`
      : "No tokens in view";
    const rest = [];
    if (found.length > LEGEND_MOST) rest.push(`+${plural(found.length - LEGEND_MOST, "more")}`);
    if (this.strange) rest.push("hatched: not in the vocabulary");
    const texts = rest.map((text) => element("span", { class: "rest" }, [text]));
    this.legend.replaceChildren(this.heading, ...this.buttons.values(), ...texts);
    this.stopAt(this.buttons.get(focused) ?? this.buttons.values().next().value);
    this.buttons.get(focused)?.focus({ preventScroll: true });
  }

  // One stop for the Tab key; the arrow keys go on from there.
  stopAt(wanted) {
    for (const button of this.buttons.values()) button.tabIndex = button === wanted ? 0 : -1;
  }

  onKey(event) {
    const all = [...this.buttons.values()];
    const at = all.indexOf(event.target);
    const [before, after, last] = [Math.max(0, at - 1), Math.min(at + 1, all.length - 1), all.length - 1];
    const places = { ArrowRight: after, ArrowDown: after, ArrowLeft: before, ArrowUp: before, Home: 0, End: last };
    if (at < 0 || !(event.key in places)) return;
    event.preventDefault();
    const next = all[places[event.key]];
    this.stopAt(next);
    next.focus();
  }

  entry(button, { name, colour, unknown }, count) {
    const made = button ?? this.button(name);
    made.classList.toggle("unknown", unknown);
    made.style.setProperty("--token", this.ruler.colours.tokens[colour]);
    made.setAttribute("aria-pressed", String(name === this.pinned));
    made.setAttribute("aria-label", `${name}${unknown ? ", unknown," : ""} ${plural(count, "in view")}: highlight`);
    made.lastChild.textContent = count.toLocaleString("en");
    return made;
  }

  button(name) {
    const show = () => this.point({ name });
    const hide = () => this.point(null);
    const actions = { onpointerenter: show, onpointerleave: hide, onfocus: show, onblur: hide };
    const told = { title: "Point to highlight it everywhere, click to keep it highlighted", "data-token": name };
    return element("button", { type: "button", ...told, ...actions, onclick: () => this.pin(name) }, [
      element("span", { class: "swatch" }, [name]),
      element("span", { class: "count" }),
    ]);
  }
}
