// Measures and small helpers that all parts of the ruler share.

const GUTTER = 48; // left of the drawing: numbers of the scales, row labels
const MARGIN = 8; // right of it
const CAPTION = 20;
const GAP = 10;
const AXIS = 20;
const BASES = 20;
const MINI = 34; // height of the mini-map
const ZOOM = 1.6; // one step of a key or button
const MIN_SPAN = 10; // nucleotides that are always visible
const MINI_FROM = 200; // longer sequences get a mini-map
const WRAP_PX = { least: 7, usual: 12, most: 26 };
const TABLE_ROWS = 200;
const LETTER_PX = 6; // narrower than this a letter of a logo cannot be read: draw bars
const READABLE_PX = 8; // narrower than this a letter of the sequence cannot be read
const TEXT_PX = 11; // the smallest text

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

// Whether two sequences are versions of one, such as before and after a few mutations.
function alike(one, other) {
  if (one.length !== other.length) return false;
  let different = 0;
  for (let index = 0; index < one.length; index += 1) different += one[index] !== other[index] ? 1 : 0;
  return different <= Math.max(3, one.length / 10);
}

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
