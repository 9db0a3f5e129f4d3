// One dumb grid: it draws the cells it is given and reports what the pointer and the keys do.
// Everything it shows was computed by Python.

// Colours go from zero to the largest magnitude: blue for positive, orange for negative numbers,
// which all kinds of colour vision tell apart; the number or its sign says the same.
const PALETTES = {
  light: { zero: [246, 246, 244], positive: [[146, 197, 222], [33, 102, 172]], negative: [[253, 190, 112], [179, 88, 6]] },
  dark: { zero: [38, 43, 51], positive: [[42, 99, 152], [124, 196, 255]], negative: [[140, 82, 20], [255, 179, 90]] },
};

function mix(from, to, share) {
  return from.map((channel, i) => Math.round(channel + (to[i] - channel) * share));
}

// Background and the better of black and white on it, for a value on a scale that ends at `limit`.
function colours(value, limit, theme) {
  const palette = PALETTES[theme];
  const share = typeof value === "number" && limit > 0 ? Math.min(Math.abs(value) / limit, 1) : 0;
  const [middle, end] = value < 0 ? palette.negative : palette.positive;
  const rgb = share < 0.5 ? mix(palette.zero, middle, share * 2) : mix(middle, end, share * 2 - 1);
  const light = luminance(rgb);
  const text = 1.05 / (light + 0.05) > (light + 0.05) / 0.05 ? "#fff" : "#000";
  return { background: `rgb(${rgb.join(" ")})`, text };
}

// Six significant digits, no trailing zeros; what is not a number comes as text already.
function spoken(value) {
  if (typeof value !== "number") return value === null ? "" : String(value);
  return String(Number(value.toPrecision(6)) + 0);
}

// Few digits, for a small cell; a whole number keeps all of its own.
function brief(value, digits = 3) {
  if (typeof value !== "number") return spoken(value);
  const size = Math.abs(value);
  if (Number.isInteger(value) && size < 1e6) return spoken(value);
  if (size >= 1e5 || (size > 0 && size < 0.001)) return value.toExponential(0).replace("e+", "e");
  return String(Number(value.toPrecision(size >= 100 ? 4 : digits)) + 0).replace(/^(-?)0\./, "$1.");
}

const LINE = document.createElement("div");
LINE.setAttribute("role", "row");
const CELL = document.createElement("div");
CELL.setAttribute("role", "gridcell");
CELL.setAttribute("aria-selected", "false");
CELL.append(document.createElement("span"));
CELL.firstChild.setAttribute("aria-hidden", "true");

class Grid {
  // Ends the one editor that is open in any grid, and keeps what was typed or not.
  static close = null;

  // `listen` holds hover(row, col | null), pick(row, col), edit(row, col, number) and tell(what is wrong with a text
  // that was typed, or nothing any more), each optional, and `walks` where arrow keys go from cell to cell; elsewhere they step, and go from cell to cell with Shift.
  constructor(name, listen) {
    this.listen = listen;
    this.rows = this.cols = 0;
    this.cells = [];
    this.current = 0;
    this.selected = new Set();
    this.marks = new Map();
    this.element = document.createElement("div");
    this.element.className = "grid";
    this.element.setAttribute("role", "grid");
    this.element.setAttribute("aria-label", name);
    this.frame = document.createElement("div");
    this.frame.className = "frame";
    this.frame.hidden = true;
    this.frame.setAttribute("aria-hidden", "true");
    this.element.append(this.frame);
    this.listenToCells();
  }

  listenToCells() {
    const at = (event) => {
      const cell = event.target.closest?.("[role=gridcell]");
      return cell ? this.cells.indexOf(cell) : -1;
    };
    const place = (index) => [Math.floor(index / this.cols), index % this.cols];
    this.element.addEventListener("pointerover", (event) => {
      const index = at(event);
      if (index >= 0) this.listen.hover?.(...place(index));
    });
    this.element.addEventListener("pointerleave", () => this.listen.hover?.(null));
    this.element.addEventListener("focusin", (event) => {
      const index = at(event);
      if (index < 0) return;
      this.moveTabStop(index);
      if (event.target.matches(":focus-visible")) this.listen.hover?.(...place(index));
    });
    this.element.addEventListener("focusout", () => this.listen.hover?.(null));
    this.element.addEventListener("click", (event) => {
      const index = at(event);
      if (index >= 0 && !event.target.matches("input")) this.listen.pick?.(...place(index));
    });
    this.element.addEventListener("dblclick", (event) => {
      const index = at(event);
      if (index >= 0 && !event.target.matches("input")) this.startEditing(index); // in an editor it selects a word
    });
    this.element.addEventListener("keydown", (event) => this.onKey(event, at(event)));
  }

  // Keys of the cell itself; what it does not use goes on to the whole component.
  onKey(event, index) {
    if (index < 0 || event.target.matches("input")) return;
    const moves = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
    const plain = !event.ctrlKey && !event.metaKey && !event.altKey;
    if (plain && (event.shiftKey || this.listen.walks) && moves[event.key]) this.focusNeighbour(index, ...moves[event.key]);
    else if (plain && (event.key === "Enter" || event.key === "F2")) {
      if (this.editable(index) && !event.shiftKey) this.startEditing(index);
      else this.listen.pick?.(Math.floor(index / this.cols), index % this.cols);
    } else if (plain && /^[-\d.]$/.test(event.key) && this.editable(index)) this.startEditing(index, event.key);
    else if (plain && event.key === "Escape" && Grid.close) Grid.close(false);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  focusNeighbour(index, down, right) {
    const row = Math.floor(index / this.cols) + down;
    const col = (index % this.cols) + right;
    if (row < 0 || row >= this.rows || col < 0 || col >= this.cols) return index;
    this.moveTabStop(row * this.cols + col);
    this.cells[this.current].focus();
    return this.current;
  }

  moveTabStop(index) {
    this.cells[this.current]?.setAttribute("tabindex", "-1");
    this.current = index;
    this.cells[index]?.setAttribute("tabindex", "0");
  }

  // `picture` holds rows, cols, values (flat; null draws nothing), names, classes, whether a cell can be edited, and
  // `shade` where its colours are other than `colours`.
  draw(picture, limit, theme) {
    if (picture.rows !== this.rows || picture.cols !== this.cols) this.build(picture.rows, picture.cols);
    this.picture = picture;
    this.limit = limit;
    this.theme = theme;
    this.cells.forEach((cell, index) => this.paint(index, cell));
  }

  build(rows, cols) {
    const hasFocus = () => this.element.contains(this.element.getRootNode().activeElement);
    const hadFocus = hasFocus();
    const [row, col] = [Math.floor(this.current / (this.cols || 1)), this.current % (this.cols || 1)];
    this.select([]);
    Object.assign(this, { rows, cols, cells: [] });
    this.marks.clear();
    this.element.style.setProperty("--cols", cols);
    this.element.setAttribute("aria-rowcount", rows);
    this.element.setAttribute("aria-colcount", cols);
    // Rows that stay are left in place: what is taken out and put back is laid out as if it were new.
    while (this.element.children.length - 1 > rows) this.frame.previousSibling.remove();
    while (this.element.children.length - 1 < rows) this.frame.before(LINE.cloneNode());
    for (const line of [...this.element.children].slice(0, rows)) {
      while (line.children.length > cols) line.lastChild.remove();
      while (line.children.length < cols) line.append(CELL.cloneNode(true));
      this.cells.push(...line.children);
    }
    for (const cell of this.cells) cell.setAttribute("tabindex", "-1");
    this.moveTabStop(Math.min(row, rows - 1) * cols + Math.min(col, cols - 1));
    if (hadFocus && !hasFocus()) this.cells[this.current].focus();
  }

  paint(index, cell = this.cells[index]) {
    const value = this.picture.values[index];
    const name = value === null ? this.picture.names[index] : `${this.picture.names[index]}, value ${spoken(value)}`;
    const kind = this.picture.classes?.[index] ?? "";
    const { text, size } = this.fitted(value);
    const shade = value === null ? null : (this.picture.shade ?? colours)(value, this.limit, this.theme);
    const style = `font-size:${size.toFixed(1)}px;${shade ? `background-color:${shade.background};color:${shade.text}` : ""}`;
    if (cell.getAttribute("aria-label") !== name) cell.setAttribute("aria-label", name);
    if (cell.drawn !== style) cell.style.cssText = cell.drawn = style;
    if (cell.firstChild.textContent !== text) cell.firstChild.textContent = text;
    if (cell.className !== kind) cell.className = kind;
    for (const [mark, marked] of this.marks) if (marked.has(index)) cell.classList.add(mark);
  }

  // As many digits as can be read in the cell; of a number that cannot, its sign.
  fitted(value) {
    if (value === null) return { text: "", size: this.size * 0.42 };
    for (const digits of [3, 2]) {
      const text = brief(value, digits);
      const size = this.textSize(text);
      if (size >= 7.5) return { text, size };
    }
    return { text: value < 0 && this.size >= 9 ? "-" : "", size: this.size * 0.8 };
  }

  // As large as there is room for; in a large cell with more of it around.
  textSize(text) {
    const high = Math.max(this.size * 0.42, Math.min(this.size * 0.5, 15));
    return Math.min(high, (this.size * 0.94) / (0.58 * Math.max(text.length, 2)));
  }

  // Whether a number is not to be read in its cell, which is too small for it.
  get unread() {
    return this.cells.some((cell, index) => this.picture.values[index] !== null && /^-?$/.test(cell.firstChild.textContent));
  }

  resize(size) {
    if (size === this.size) return;
    this.size = size;
    this.element.style.setProperty("--cell", `${size}px`);
    this.element.classList.toggle("tiny", size < 10);
    if (this.picture) this.cells.forEach((cell, index) => this.paint(index, cell));
    if (this.framed) this.outline(...this.framed);
  }

  setValue(index, value) {
    if (this.picture.values[index] === value) return;
    this.picture.values[index] = value;
    this.paint(index);
  }

  // Say which cells are in the window; only those that change are touched.
  select(indices) {
    const next = new Set(indices);
    for (const index of this.selected) if (!next.has(index)) this.cells[index]?.setAttribute("aria-selected", "false");
    for (const index of next) if (!this.selected.has(index)) this.cells[index]?.setAttribute("aria-selected", "true");
    this.selected = next;
  }

  mark(name, indices) {
    const before = this.marks.get(name) ?? new Set();
    const next = new Set(indices);
    for (const index of before) if (!next.has(index)) this.cells[index]?.classList.remove(name);
    for (const index of next) if (!before.has(index)) this.cells[index]?.classList.add(name);
    this.marks.set(name, next);
  }

  // A frame around the window, over the holes that dilation leaves as well.
  outline(top, left, bottom, right) {
    this.framed = [top, left, bottom, right];
    const pitch = this.size + 1;
    this.frame.hidden = false;
    this.frame.style.transform = `translate(${left * pitch - 1}px, ${top * pitch - 1}px)`;
    this.frame.style.width = `${(right - left + 1) * pitch + 1}px`;
    this.frame.style.height = `${(bottom - top + 1) * pitch + 1}px`;
  }

  editable(index) {
    return Boolean(this.listen.edit && this.picture.editable?.(index));
  }

  startEditing(index, typed) {
    if (!this.editable(index)) return;
    Grid.close?.(false); // what was refused gives way
    const cell = this.cells[index];
    // The grid may have become another while somebody typed: what is typed is for the place where it was begun, if it
    // is still there.
    const [name, before] = [this.picture.names[index], this.picture.values[index]];
    const [row, col] = [Math.floor(index / this.cols), index % this.cols];
    const box = document.createElement("input");
    box.type = "text";
    box.inputMode = "decimal";
    box.setAttribute("aria-label", `New value, ${name}`);
    box.value = typed ?? spoken(before);
    cell.append(box);
    box.focus();
    if (typed === undefined) box.select();
    const close = (keep) => {
      if (Grid.close !== close) return true;
      const number = keep ? readNumber(box.value) : null;
      if (keep && number === null) {
        box.setAttribute("aria-invalid", "true");
        this.listen.tell?.(noNumber(box.value));
        return false;
      }
      Grid.close = null;
      this.listen.tell?.("");
      const hadFocus = box.getRootNode().activeElement === box;
      box.remove();
      if (hadFocus) cell.focus();
      const stays = col < this.cols && this.picture?.names[row * this.cols + col] === name;
      if (keep && stays && spoken(number) !== spoken(before)) this.listen.edit(row, col, number);
      return true;
    };
    box.addEventListener("keydown", (event) => {
      event.stopPropagation();
      const moves = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
      if (event.key === "Escape") close(false);
      else if (event.key === "Enter") close(true);
      else if (moves[event.key]) {
        if (close(true)) {
          const here = row * this.cols + col;
          const next = this.focusNeighbour(here, ...moves[event.key]);
          if (next !== here) this.startEditing(next);
        }
      } else return;
      event.preventDefault();
    });
    box.addEventListener("blur", () => close(true)); // what can't be read stays, to be mended
    Grid.close = close;
  }
}

// A number on its colour, outside a grid.
function chip(element, value, limit, theme) {
  const shade = colours(value, limit, theme);
  setText(element, brief(value));
  element.style.background = value === null ? "" : shade.background;
  element.style.color = value === null ? "" : shade.text;
}

// "-0.5", "0,5" and "1/3" are numbers; what is not gives null.
function readNumber(text) {
  const match = text.trim().replace("−", "-").match(/^(-?\d*[.,]?\d+(?:e-?\d+)?|-?\d+[.,])(?:\s*\/\s*(\d*[.,]?\d+))?$/i);
  if (!match) return null;
  const number = Number(match[1].replace(",", ".")) / Number((match[2] ?? "1").replace(",", "."));
  return Number.isFinite(number) && Math.abs(number) <= 1e6 ? Number(number.toPrecision(6)) : null;
}

// What is said of a text that gives none.
function noNumber(text) {
  return `Type a number from -1,000,000 to 1,000,000, such as -0.5 or 1/3. Received: ${text || "nothing"}.`;
}

// The places whose windows hold both the row and the column.
function crossing(windowRows, row, windowCols, col) {
  const holding = (windows, at) => windows.flatMap((window, i) => (window.includes(at) ? [i] : []));
  const cols = holding(windowCols, col);
  return holding(windowRows, row).flatMap((i) => cols.map((j) => i * windowCols.length + j));
}

function gridNames({ rows, cols }) {
  return Array.from({ length: rows * cols }, (_, i) => `row ${Math.floor(i / cols) + 1}, column ${(i % cols) + 1}`);
}
