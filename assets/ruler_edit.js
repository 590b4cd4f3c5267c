// Editing by keyboard and clipboard: letters replace or are inserted, Delete and Backspace remove, Ctrl+Z and Ctrl+Y
// turn edits back and forth.
//
// Every edit is shown at once and sent a moment later as [number, text]; the texts are those of
// lib/attribution/edits.py, and "u" and "r" undo and redo. What Python has not taken into account yet (`done` is the
// last number that it has) is sent again with the next edit and drawn over what it sends, so that fast fingers lose
// nothing.

class Editor {
  constructor(ruler) {
    this.ruler = ruler;
    this.on = false;
    this.inserting = false;
    this.pending = [];
    this.number = 0;
    this.sendLater = debounced(250, () => this.ruler.send("typed", this.pending));
    this.button = element("button", {
      type: "button", title: "What a letter that you type does (key: Insert)", onclick: () => this.toggle(),
    }); // prettier-ignore
    this.letters = [0, 1, 2, 3].map((row) =>
      element("button", { type: "button", onclick: () => this.type(this.ruler.bases[row]) }),
    );
    const remove = element("button", { type: "button", onclick: () => this.remove(this.cursor) }, ["Delete"]);
    this.about(remove, "Delete the letter at the cursor, or what is selected");
    const keep = (event) => event.preventDefault(); // a press leaves the focus where it is, so that keys go on
    const made = [this.button, ...this.letters, remove];
    this.box = element("span", { class: "group", hidden: true, role: "group", onpointerdown: keep }, made);
    this.box.setAttribute("aria-label", "Edit the sequence");
    this.toggle(false);
  }

  toggle(inserting = !this.inserting) {
    this.inserting = inserting;
    this.button.textContent = inserting ? "Typing inserts" : "Typing replaces";
    this.button.setAttribute("aria-label", `${this.button.textContent}; press to change`);
    this.ruler.announce?.(this.button.textContent);
  }

  about(button, text) {
    button.title = text;
    button.setAttribute("aria-label", text);
  }

  // What Python says about editing; another name is another start sequence.
  adopt(edit) {
    this.on = Boolean(edit);
    this.box.hidden = !this.on;
    if (!this.on) return;
    this.letters.forEach((button, row) => {
      button.textContent = this.ruler.bases[row];
      this.about(button, `${this.ruler.bases[row]} at the cursor; click a letter of the sequence to move it`);
    });
    if (this.name !== edit.name) this.pending = [];
    this.name = edit.name;
    this.number = Math.max(this.number, edit.done);
    this.pending = this.pending.filter(([number]) => number > edit.done);
  }

  // Draw the edits that Python does not know yet over what it sent.
  again() {
    for (const [, text] of this.pending) this.show(text);
  }

  onKey(event) {
    if (!this.on || event.altKey) return false;
    const key = event.key.length === 1 ? event.key.toUpperCase() : event.key;
    let action = null;
    if (event.ctrlKey || event.metaKey) {
      if (key === "Z") action = () => this.make(event.shiftKey ? "r" : "u");
      if (key === "Y") action = () => this.make("r");
    } else if ("ACGTU".includes(key)) action = () => this.type(key);
    else if (key === "Delete") action = () => this.remove(this.cursor);
    else if (key === "Backspace") action = () => this.remove(this.cursor - 1);
    else if (key === "Insert") action = () => this.toggle();
    if (!action) return false;
    event.preventDefault();
    event.stopPropagation();
    this.ruler.stage.classList.remove("by-pointer");
    action();
    return true;
  }

  onPaste(event) {
    if (!this.on) return;
    const letters = (event.clipboardData?.getData("text") ?? "").replace(/\s/g, "").toUpperCase();
    event.preventDefault();
    if (/^[ACGTUN]{1,5000}$/.test(letters)) this.type(letters);
    else this.ruler.announce("What was pasted is no sequence of A, C, G, T or U");
  }

  get cursor() {
    const { ruler } = this;
    return ruler.view.cursor ?? ruler.selection?.start ?? ruler.middle;
  }

  type(letters) {
    const at = this.cursor;
    const stored = letters.replaceAll("U", "T");
    const room = this.ruler.length - at;
    const text = this.inserting ? `i${at}.${stored}` : `s${at}.${stored.slice(0, room)}`;
    this.make(text, at + stored.length);
  }

  remove(at) {
    const { ruler } = this;
    const range = ruler.selection;
    const many = range && range.end - range.start > 1;
    const [start, end] = many ? [range.start, range.end] : [at, at + 1];
    if (start < 0 || end > ruler.length || end - start >= ruler.length) return;
    this.make(`d${start}-${end}`, start);
  }

  make(text, cursor = null) {
    const { ruler } = this;
    this.number += 1;
    this.pending.push([this.number, text]);
    this.show(text);
    if (ruler.selection && "isd".includes(text[0])) ruler.select(null);
    if (cursor !== null) {
      ruler.showHover(null);
      const fitting = Math.floor(ruler.plotWidth() / READABLE_PX);
      if (!ruler.view.wrapped && ruler.span > fitting) ruler.setView(cursor - fitting / 2, fitting); // to read them
      ruler.placeCursor(cursor);
      if (!ruler.sees(ruler.view.cursor)) ruler.reveal(ruler.view.cursor);
    }
    ruler.announce(this.spoken(text));
    ruler.relay();
    this.sendLater();
  }

  spoken(text) {
    const [, start, rest] = text.match(/^.(\d*)(.*)$/);
    const at = start && place(Number(start));
    const letters = rest.slice(1);
    if (text[0] === "s") return `Position ${at} is now ${letters}`;
    if (text[0] === "i") return `${letters} inserted at ${at}`;
    if (text[0] === "d") return `Position ${at} deleted, ${this.ruler.length} nt are left`;
    return text === "u" ? "Undone" : "Done again";
  }

  // Change what is drawn: the letters, and gaps in the tracks where there are no numbers yet.
  show(text) {
    const { ruler } = this;
    const found = text.match(/^([sid])(\d+)[.-]([ACGTN]+|\d+)$/);
    if (!found) return;
    const start = Number(found[2]);
    const letters = found[1] === "d" ? "" : ruler.bases[3] === "U" ? found[3].replaceAll("T", "U") : found[3];
    const removed = found[1] === "d" ? Number(found[3]) - start : found[1] === "s" ? letters.length : 0;
    if (start + removed > ruler.length) return;
    const spliced = (sequence) => sequence.slice(0, start) + letters + sequence.slice(start + removed);
    ruler.sequence = spliced(ruler.sequence);
    for (const track of ruler.tracks) {
      KINDS[track.kind].splice?.(track, { start, removed, added: letters.length });
      if (track.sequence) track.sequence = ruler.sequence;
    }
    ruler.resize(ruler.sequence.length);
  }
}

// A copy of numbers with some of them cut out and as many gaps put in as letters are new.
function splicedValues(values, { start, removed, added }) {
  if (removed === added) return values;
  const made = new Float32Array(values.length - removed + added).fill(NaN);
  made.set(values.subarray(0, start));
  made.set(values.subarray(start + removed), start + added);
  return made;
}
