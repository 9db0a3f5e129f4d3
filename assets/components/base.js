// What every front end needs: text, themes, numbers as they come from Python.

// The elements that a front end's HTML marks with data-part, by that name.
function partsOf(root) {
  const parts = new Map([...root.querySelectorAll("[data-part]")].map((part) => [part.dataset.part, part]));
  return (name) => parts.get(name);
}

function legendItem(kind, text) {
  const item = document.createElement("span");
  const swatch = document.createElement("i");
  swatch.className = kind;
  item.append(swatch, text);
  return item;
}

function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

// Sizes, each of which stays on one line.
function unbroken(text) {
  return text.replaceAll(" × ", "\u00a0×\u00a0");
}

// A long name by its two ends, which tell it from its neighbours.
function byItsEnds(name) {
  const letters = [...name];
  return letters.length > 20 ? `${letters.slice(0, 10).join("").trim()}…${letters.slice(-8).join("").trim()}` : name;
}

// A name that may be long; the whole of it is said where the pointer rests.
function setName(element, name, before = "") {
  setText(element, before + byItsEnds(name));
  element.title = byItsEnds(name) === name ? "" : name;
}

function clamp(value, low, high) {
  return Math.max(low, Math.min(value, high));
}

// Numbers in base 64, eight bytes each: JSON would take five times as long.
function unpack(text) {
  return new Float64Array(unpackBytes(text).buffer);
}

function unpackBytes(text) {
  const letters = atob(text);
  const bytes = new Uint8Array(letters.length);
  for (let i = 0; i < letters.length; i += 1) bytes[i] = letters.charCodeAt(i); // ten times as fast as Uint8Array.from
  return bytes;
}

function luminance(rgb) {
  const [r, g, b] = rgb.map((channel) => {
    const c = channel / 255;
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function themeOf(element) {
  const style = getComputedStyle(element);
  const rgb = style.getPropertyValue("background-color").match(/\d+/g).map(Number);
  return luminance(rgb) > 0.4 ? "light" : "dark";
}

// What holds a front end in a scene of a lecture, whose link is not the front end's to write; null on its own page.
function sceneHost(element) {
  const { host } = element.getRootNode();
  return host?.dataset.scene ? host : null;
}

// How high the window is, in a scene the part of it that the scene leaves.
function windowHeight(element) {
  return Number(sceneHost(element)?.dataset.height) || innerHeight;
}

// Where the pointer is in an element, in its own pixels: a scene's are magnified.
function placeIn(element, event) {
  const { left, top } = element.getBoundingClientRect();
  const zoom = element.currentCSSZoom ?? 1;
  return [(event.clientX - left) / zoom, (event.clientY - top) / zoom];
}

// A button that opens a dialog has the focus back when that is closed: Streamlit gives it to the front end as a whole,
// which cannot take it.
function opensDialog(button, open) {
  button.addEventListener("click", () => {
    button.getRootNode().host.focus = (options) => button.focus(options);
    document.addEventListener("focusout", giveBackFocus);
    open();
  });
}

// A button of a dialog is disabled while its file is made, and so loses the focus, without which no dialog hears Escape:
// it has it back as soon as it can.
function giveBackFocus({ target }) {
  const dialog = target.disabled && target.closest("[role=dialog]");
  if (!dialog) return;
  const observer = new MutationObserver(() => {
    if (target.disabled) return;
    observer.disconnect();
    if ([document.body, dialog].includes(document.activeElement)) target.focus();
  });
  observer.observe(target, { attributeFilter: ["disabled"] });
}

// What a person changes, told to Python until the data says that it was answered: Streamlit drops a message for another
// of the same moment. Each message holds all that was changed, so that none is missed, and none counts twice.
class Report {
  // `send(serial)` sends it.
  constructor(send) {
    this.send = send;
    this.serial = this.answered = 0;
  }

  // Tell of a change; after a rest, which begins anew with each change, or unless `anew` counts from the first one.
  tell(rest = 0, anew = true) {
    this.serial += 1;
    if (this.rests && !anew) return;
    clearTimeout(this.timer);
    this.rests = rest > 0;
    if (this.rests) this.timer = setTimeout(() => this.insist(), rest);
    else this.insist();
  }

  // Send it, and again, ever more patiently.
  insist(patience = 1000) {
    clearTimeout(this.timer);
    this.rests = false;
    if (this.answered >= this.serial) return;
    this.send(this.serial);
    this.timer = setTimeout(() => this.insist(2 * patience), patience);
  }

  // Whether what Python says now is the last word: it has answered all, or what arrives, as a link does, makes that void.
  hear(answered, arrived = false) {
    this.serial = Math.max(this.serial, answered);
    this.answered = arrived ? this.serial : Math.max(this.answered, answered);
    return this.answered === this.serial;
  }

  leave() {
    clearTimeout(this.timer);
  }
}

// A front end's own part of the page's link. Python writes the rest whenever it has something new, and leaves this part
// out: it is looked after as long as the front end is there, but only at rest: browsers refuse to write at every move.
class LinkPart {
  // `read()` gives the parameters by name: null for one that does not stand in the link.
  constructor(root, read) {
    const { pathname } = location; // another page's link is not for this front end to write
    let before;
    this.timer = setInterval(() => {
      const part = read();
      const moves = before !== (before = JSON.stringify(part));
      if (moves || sceneHost(root) || location.pathname !== pathname) return;
      const url = new URL(location.href);
      for (const [name, value] of Object.entries(part)) {
        if (value === null) url.searchParams.delete(name);
        else url.searchParams.set(name, value);
      }
      if (url.href !== location.href) history.replaceState(history.state, "", url);
    }, 300);
  }

  leave() {
    clearInterval(this.timer);
  }
}

// A message of bytes: the length of its header, the header as JSON, then the arrays that it describes.
const ARRAYS = { uint8: Uint8Array, int16: Int16Array, float32: Float32Array, float64: Float64Array };

function unparcel(bytes) {
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + length)));
  let start = 4 + length;
  for (const [name, type, shape] of header.arrays) {
    const size = shape.reduce((product, n) => product * n, ARRAYS[type].BYTES_PER_ELEMENT);
    const part = bytes.subarray(start, start + size);
    header[name] = { shape, values: type === "uint8" ? part : new ARRAYS[type](part.slice().buffer) }; // a copy is aligned
    start += size;
  }
  return header;
}

// What one front end of the page brings for another, by its slot; "delivered" tells that something has come.
const DELIVERIES = (window.deliveries ??= Object.assign(new EventTarget(), { slots: new Map() }));
