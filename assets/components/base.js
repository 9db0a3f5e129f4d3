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

function clamp(value, low, high) {
  return Math.max(low, Math.min(value, high));
}

// Numbers in base 64, eight bytes each: JSON would take five times as long.
function unpack(text) {
  return new Float64Array(Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)).buffer);
}

function themeOf(element) {
  const style = getComputedStyle(element);
  const rgb = style.getPropertyValue("background-color").match(/\d+/g).map(Number);
  return luminance(rgb) > 0.4 ? "light" : "dark";
}
