// What a ruler says in words: hint, tooltip, live text, table. All of it becomes text nodes, never markup.

function hintParts({ focused, highlight, editor }) {
  const key = (text) => element("kbd", {}, [text]);
  if (matchMedia("(pointer: coarse)").matches) return ["Pinch to zoom, drag to move, tap to select."];
  const control = key(/Mac|iPhone|iPad/.test(navigator.platform) ? "⌘" : "Ctrl");
  const zoom = ["Zoom: ", ...(focused ? [] : [control, " + "]), "wheel or ", key("+"), " ", key("−")];
  const move = [" · Move: drag or ", key("←"), " ", key("→"), " ", key("Home"), " ", key("End")];
  const track = highlight.any ? [" · Track: ", key("↑"), " ", key("↓")] : [];
  const select = [" · Select: click or ", key("Enter"), ", a range with ", key("Shift")];
  const clear = [" · ", key("Esc"), focused ? " clears, then frees the wheel" : " clears"];
  const typed = ["Edit: ", key("A"), " ", key("C"), " ", key("G"), " ", key("T"), " at the cursor, ", key("Insert")];
  const removed = [" to insert, ", key("Del"), " ", key("⌫"), ", ", control.cloneNode(true), " + ", key("Z"), " "];
  const edit = editor.on ? [...typed, ...removed, key("Y"), ", ", key("V"), " · "] : [];
  return [...edit, ...zoom, ...move, ...track, ...select, ...clear];
}

// The facts of all tracks at a position; those under a title of their own come last.
function factsAt(tracks, position) {
  const groups = tracks.map((track) => KINDS[track.kind].facts(track, position));
  const titled = (group) => group[0]?.[2] === "head";
  return [...groups.filter((group) => !titled(group)), ...groups.filter(titled)].flat();
}

function spoken({ sequence, tracks }, position) {
  const plain = (text) => (Array.isArray(text) ? text.map(([part]) => part).join(", ") : text);
  const facts = factsAt(tracks, position).map(([name, text]) => (text.length ? `${name} ${plain(text)}` : name));
  return [`Position ${place(position)}, ${sequence[position]}`, ...facts].join("; ");
}

function tooltipParts({ sequence, tracks }, position) {
  const list = element("dl");
  const coloured = (tag, text, colour) => element(tag, { class: colour || null }, [text]);
  for (const [name, text, key] of factsAt(tracks, position)) {
    if (key === "head") {
      list.append(element("dt", { class: "head-line" }, [name]));
    } else if (key === "parts") {
      const parts = text.map(([part, colour]) => coloured("span", part, colour));
      list.append(element("dd", { class: "parts" }, [`${name} `, ...parts]));
    } else {
      list.append(element("dt", {}, [name]), coloured("dd", text, key));
    }
  }
  return [element("div", { class: "head" }, [`${sequence[position]} at position ${place(position)}`]), list];
}

function rangeText(sequence, { start, end }) {
  const text = sequence.slice(start, end);
  const short = text.length > 24 ? `${text.slice(0, 23)}…` : text;
  if (end - start === 1) return `${place(start)} ${short}`;
  return `${place(start)}–${place(end - 1)} ${short} (${plural(end - start, "nt")})`;
}

function tableOf({ sequence, tracks, view }, { first, last }) {
  const end = Math.min(last, first + TABLE_ROWS);
  const columns = tracks.flatMap((track) => KINDS[track.kind].columns(track));
  const head = ["Position", "Base", ...columns].map((name) => element("th", { scope: "col" }, [name]));
  const rows = [];
  for (let position = first; position < end; position += 1) {
    const cells = tracks.flatMap((track) => KINDS[track.kind].cells(track, position));
    const data = [sequence[position], ...cells].map((text) => element("td", {}, [text]));
    rows.push(element("tr", {}, [element("th", { scope: "row" }, [place(position)]), ...data]));
  }
  const how = view.wrapped ? "leave the wrapped view and zoom in" : "zoom in";
  const rest = `; the first ${TABLE_ROWS} of ${plural(last - first, "visible")}, ${how} for the others`;
  const caption = `Positions ${place(first)} to ${place(end - 1)} of ${plural(sequence.length, "nt")}`;
  return element("table", {}, [
    element("caption", {}, [end < last ? caption + rest : caption]),
    element("thead", {}, [element("tr", {}, head)]),
    element("tbody", {}, rows),
  ]);
}
