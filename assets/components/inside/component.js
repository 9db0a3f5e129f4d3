// A picture's way through a network: the maps of every layer from left to right, and below them what the chosen map
// answers to. Maps are chosen here, from what Python sent; what a method finds for one, Python is asked for.

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".inside");
  root.network ??= new Inside(root);
  root.network.send = setTriggerValue;
  root.network.show(data);
  return () => root.network.leave();
}

const [CHOICE_REST, DRAWING_REST] = [120, 80]; // milliseconds until Python hears of it
const MOST_NUMBERS = 400; // cells; a larger map is drawn without its numbers
const SMALLEST_TEXT = 7; // pixels; of a number that would be smaller, the sign
const USUAL = { width: 1000, height: 600 }; // pixels, at which one is one
const MOVES = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };

class Inside {
  constructor(root) {
    this.root = root;
    this.find = partsOf(root);
    this.report = new Report(() => this.send("look", this.state()));
    this.input = new Board(this.find("picture"), { hover: (row, col) => this.tellPixel(row, col) });
    this.loupe = new Board(this.find("loupe"), { hover: (row, col) => this.tellUnit(row, col) });
    this.kernel = new Board(this.find("kernel"), {});
    this.pad = new Pad(this.find("pad"), (levels) => this.drawn(levels));
    this.listen();
    this.observer = new ResizeObserver(([{ contentRect }]) => {
      this.width = contentRect.width;
      this.fit();
    });
    this.observer.observe(root);
    this.resized = () => this.fit();
    addEventListener("resize", this.resized);
  }

  leave() {
    this.observer.disconnect();
    removeEventListener("resize", this.resized);
    this.report.leave();
  }

  listen() {
    const columns = this.find("columns");
    columns.addEventListener("click", (event) => this.under(event) && this.choose(this.under(event), true));
    columns.addEventListener("focusin", (event) => event.target.matches(":focus-visible") && this.choose(this.under(event)));
    columns.addEventListener("keydown", (event) => this.onKey(event));
    columns.addEventListener("pointerover", (event) => event.pointerType === "mouse" && this.look(this.under(event) ?? this.option));
    columns.addEventListener("pointerleave", () => this.look(this.option));
    opensDialog(this.find("share"), () => this.send("share", this.state()));
    this.find("draw").addEventListener("click", () => this.draw());
    this.find("clear").addEventListener("click", () => this.pad.clear());
    this.find("undraw").addEventListener("click", () => this.undraw());
  }

  // ---- what comes from Python -------------------------------------------------------------

  show(data) {
    const before = this.data;
    this.theme = themeOf(this.root);
    if (before !== data) this.take(data, before);
    if (this.width) this.paint(); // else once there is room
  }

  take(data, before) {
    this.data = data;
    const arrived = !before || before.arrival !== data.arrival || before.input.key !== data.input.key;
    if (this.report.hear(data.answered, arrived)) {
      Object.assign(this, { layer: data.layer, map: data.map, method: data.method });
      const ink = data.input.drawn ? data.input.ink : "";
      if (ink && (arrived || ink !== this.ink)) this.pad.rows = 0; // it shows another drawing
      this.ink = ink;
      this.asked = { class: data.input.class, n: data.input.n };
    }
    for (const column of data.columns) column.cells = unpack(column.values);
    data.input.cells = unpack(data.input.values);
    this.build();
    this.methods();
    this.panel();
    if (before?.arrival !== data.arrival) this.bring = true;
    this.fit();
  }

  // ---- choosing ---------------------------------------------------------------------------

  under(event) {
    return event.target.closest("[role=option]");
  }

  get options() {
    return [...this.root.querySelectorAll("[role=option]")];
  }

  get option() {
    return this.options.find((option) => option.layer === this.layer - 1 && option.map === this.map - 1) ?? this.options[0];
  }

  choose(option, focus = false) {
    if (focus) option.focus({ preventScroll: true });
    if (option.layer === this.layer - 1 && option.map === this.map - 1) return this.look(option);
    Object.assign(this, { layer: option.layer + 1, map: option.map + 1 });
    this.mark();
    this.tellPython(CHOICE_REST);
  }

  // To the neighbour that the eye finds: up and down within a layer, to the left and right into the next one.
  onKey(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey || !this.under(event)) return;
    const from = this.under(event);
    const own = this.options.filter((option) => option.layer === from.layer);
    const to = { Home: own[0], End: own.at(-1) }[event.key] ?? (MOVES[event.key] && this.beside(from, ...MOVES[event.key]));
    if (!to && !MOVES[event.key]) return;
    event.preventDefault();
    event.stopPropagation();
    if (!to) return;
    to.focus();
    to.scrollIntoView({ block: "nearest", inline: "nearest" });
  }

  beside(from, down, right) {
    const middle = (option) => {
      const box = option.getBoundingClientRect();
      return [box.top + box.height / 2, box.left + box.width / 2];
    };
    const here = middle(from);
    let [best, least] = [null, Infinity];
    for (const option of this.options) {
      if (option === from || (down && option.layer !== from.layer)) continue;
      const there = middle(option);
      const along = (there[0] - here[0]) * down + (there[1] - here[1]) * right;
      const across = Math.abs((there[0] - here[0]) * right) + Math.abs((there[1] - here[1]) * down);
      if (along > 4 && along + 2 * across < least) [best, least] = [option, along + 2 * across];
    }
    return best;
  }

  // ---- drawing on the picture --------------------------------------------------------------

  draw() {
    this.ink = this.data.input.ink;
    this.pad.rows = 0;
    this.picture();
    this.find("pad").focus({ preventScroll: true });
    this.tellPython(0);
  }

  drawn(levels) {
    const { levels: inks } = this.data.input;
    this.ink = Array.from(levels, (level) => inks[Math.round((level / 255) * (inks.length - 1))]).join("");
    this.tellPython(DRAWING_REST, false);
  }

  undraw() {
    this.ink = "";
    this.picture();
    this.find("draw").focus({ preventScroll: true });
    this.tellPython(0);
  }

  // ---- telling Python ----------------------------------------------------------------------

  state() {
    const { layer, map, method, ink } = this;
    return { serial: this.report.serial, layer, map, method, ink, ...this.asked, picture: this.data.input.key };
  }

  // What is drawn is to be seen at once, so that its rest is not begun anew.
  tellPython(rest, anew = true) {
    this.stale();
    this.report.tell(rest, anew);
  }

  // ---- what is seen -------------------------------------------------------------------------

  build() {
    const { columns } = this.data;
    const made = JSON.stringify(columns.map(({ name, size, count }) => [name, size, count]));
    if (made !== this.made) {
      this.made = made;
      this.find("columns").replaceChildren(...columns.map((column, layer) => this.column(column, layer)));
      this.find("jump").replaceChildren(...columns.map(({ path }, layer) => {
        const button = Object.assign(make("button", "", path), { type: "button" });
        button.addEventListener("click", () => this.bringColumn(layer));
        return button;
      }));
    }
    this.root.querySelectorAll(".column").forEach((group, layer) => this.fillColumn(group, columns[layer]));
  }

  bringColumn(layer) {
    const columns = this.find("columns");
    columns.scrollLeft = columns.children[layer].offsetLeft - columns.offsetLeft;
  }

  column(column, layer) {
    const group = make("div", "column");
    group.setAttribute("role", "group");
    const title = make("div", "title");
    title.append(make("b"), make("span"));
    const maps = make("div", column.bars ? "bars" : "maps");
    for (let map = 0; map < column.count; map += 1) {
      const option = Object.assign(make("div", column.bars ? "bar" : "tile"), { layer, map, tabIndex: -1 });
      option.setAttribute("role", "option");
      option.append(...(column.bars ? [make("b"), make("i"), make("span")] : [make("canvas"), make("span", "arrow")]));
      maps.append(option);
    }
    const note = make("div", column.bars ? "unseen" : "note");
    for (const part of [title, note]) part.setAttribute("aria-hidden", "true"); // said by the group's own name
    group.append(title, maps, note);
    return group;
  }

  fillColumn(group, column) {
    group.setAttribute("aria-label", `${column.name}, ${column.size}. ${column.path}. ${column.caption}`);
    const [title, maps, note] = group.children;
    setText(title.firstChild, column.path);
    setText(title.lastChild, `${column.short}: ${column.size}`);
    setText(note, column.caption);
    maps.classList.toggle("named", Boolean(column.bars) && column.names.some((name) => name.length > 3));
    for (const option of maps.children) {
      const name = column.names[option.map];
      option.setAttribute("aria-label", column.bars ? column.says[option.map] : `${column.name}, ${name}`);
      if (column.bars) this.fillBar(option, column, name);
      else setText(option.lastChild, column.arrows[option.map] ?? "");
    }
  }

  fillBar(option, { bars }, name) {
    const { map } = option;
    const [label, bar, value] = option.children;
    setName(label, name);
    bar.style.setProperty("--share", bars.shares[map]);
    const [true_, chosen] = [bars.truth === map, bars.chosen === map];
    const mark = chosen ? (true_ ? "✓" : bars.truth === null ? "◂" : "✗") : true_ ? "true" : "";
    setText(value, `${bars.probabilities[map]} ${mark}`);
  }

  paint() {
    this.picture();
    for (const option of this.options) {
      const column = this.data.columns[option.layer];
      if (column.bars) continue;
      const size = column.rows * column.cols;
      const cells = column.cells.subarray(option.map * size, (option.map + 1) * size);
      paintMap(option.firstChild, cells, column, column.limit, this.theme);
    }
    this.mark();
    this.paintPanel();
  }

  // The test picture as numbers, or the pad.
  picture() {
    const { input } = this.data;
    const drawing = this.ink !== "";
    setText(this.find("about"), this.data.about);
    setText(this.find("input-title"), drawing ? "Your drawing" : input.title);
    setText(this.find("input-note"), drawing ? "Drag; Shift rubs out." : input.caption);
    this.find("pad").hidden = !drawing;
    this.input.hide(drawing);
    this.find("draw").hidden = drawing || !input.drawable;
    this.find("clear").hidden = this.find("undraw").hidden = !drawing;
    if (drawing) {
      const most = input.levels.length - 1;
      const fresh = this.pad.rows !== input.rows || this.pad.cols !== input.cols;
      const levels = Uint8Array.from(this.ink, (letter) => Math.round((input.levels.indexOf(letter) / most) * 255));
      this.pad.fit(input.rows, input.cols, fresh ? levels : undefined);
      this.pad.draw();
    } else this.input.draw({ ...input, name: "Input", values: input.cells, limit: 1 }, this.theme, this.inputSide);
  }

  mark() {
    const chosen = this.option;
    for (const option of this.options) {
      option.setAttribute("aria-selected", option === chosen ? "true" : "false");
      option.tabIndex = option === chosen ? 0 : -1;
    }
    this.look(chosen);
    this.stale();
  }

  // Show a map enlarged and say what it answers; the chosen one unless the pointer is over another.
  look(option) {
    const column = this.data.columns[option.layer];
    const { map } = option;
    this.looked = { column, map };
    const size = column.rows * column.cols;
    const values = column.cells.subarray(map * size, (map + 1) * size);
    const name = `${column.name}, ${column.noun} ${column.bars ? column.names[map] : map + 1}`;
    setText(this.find("loupe-title"), name);
    const kernels = column.kernels;
    const side = column.rows === 1 ? 64 : kernels ? this.besideKernel : this.loupeSide;
    this.loupe.draw({ ...column, name, values }, this.theme, side);
    this.find("kernel-box").hidden = !kernels;
    setText(this.find("kernel-note"), kernels ? kernels.says[map] : "");
    if (kernels) {
      const all = (kernels.cells ??= unpack(kernels.values));
      const length = kernels.rows * kernels.cols;
      const weights = all.subarray(map * length, (map + 1) * length);
      this.kernel.draw({ ...kernels, name: `Kernel of map ${map + 1}`, values: weights }, this.theme, this.kernelSide);
    }
    this.say(column.says[map]);
    this.frame(this.seen(column, values));
  }

  // Where in the picture the strongest unit looks, or the unit at a row and column.
  seen(column, values, row = null, col = null) {
    if (row === null) {
      const best = values.indexOf(Math.max(...values));
      if (!values[best]) return null;
      [row, col] = [Math.floor(best / column.cols), best % column.cols];
    }
    const [top, bottom] = column.sees_rows[row];
    const [left, right] = column.sees_cols[col];
    return [top, left, bottom, right];
  }

  frame(part, covers = false) {
    const field = this.find("field");
    const { rows, cols } = this.data.input;
    const [top, left, bottom, right] = part ?? [0, 0, rows, cols];
    field.hidden = !covers && bottom - top === rows && right - left === cols; // that it sees all is no frame
    field.classList.toggle("covers", covers);
    const percent = { top: top / rows, left: left / cols, height: (bottom - top) / rows, width: (right - left) / cols };
    for (const [side, share] of Object.entries(percent)) field.style[side] = `${100 * share}%`;
  }

  tellUnit(row, col) {
    const { column, map } = this.looked;
    if (row === null) return this.look(this.option);
    const part = this.seen(column, null, row, col);
    const value = column.cells[map * column.rows * column.cols + row * column.cols + col];
    this.frame(part);
    this.say(`${column.name}, ${column.noun} ${map + 1}, unit (${row + 1}, ${col + 1}): ${brief(value)}. It sees rows ${part[0] + 1} to ${part[2]} and columns ${part[1] + 1} to ${part[3]} of the picture.`);
  }

  tellPixel(row, col) {
    const { input } = this.data;
    if (row === null) return this.look(this.option);
    this.say(`Input, row ${row + 1}, column ${col + 1}: ${brief(input.cells[row * input.cols + col])}.`);
  }

  say(words) {
    setText(this.find("status"), words);
  }

  // ---- the method's panel --------------------------------------------------------------------

  methods() {
    const box = this.find("methods");
    if (!box.children.length) {
      box.append(...this.data.methods.map(([method, title]) => {
        const button = Object.assign(make("button", "", title), { type: "button" });
        button.addEventListener("click", () => this.change(method));
        return Object.assign(button, { method });
      }));
    }
    for (const button of box.children) button.setAttribute("aria-pressed", button.method === this.method);
  }

  change(method) {
    this.method = method;
    this.methods();
    this.tellPython(0);
  }

  // Whether what Python found is for what is chosen now.
  stale() {
    const { data } = this;
    const now = [this.layer, this.map, this.method].join();
    const waits = now !== [data.layer, data.map, data.method].join();
    this.find("panel").classList.toggle("stale", waits);
    this.find("panel").setAttribute("aria-busy", waits);
  }

  panel() {
    const { panel } = this.data;
    setText(this.find("lead"), panel.lead);
    const found = this.find("found");
    const made = JSON.stringify([this.data.method, panel.rows?.length, panel.heads?.length, panel.grids?.length, panel.film?.heads.length]);
    if (made === this.panelMade) return;
    this.panelMade = made;
    this.painted = null;
    this.boards = [];
    found.replaceChildren();
    for (const [index] of (panel.grids ?? []).entries()) found.append(this.figure(index));
    const strips = panel.rows ? { ...panel, caption: "Strongest patches" } : panel.film && { ...panel.film, rows: [{ ...panel.film, name: "" }], caption: "On the way there" };
    if (strips) found.append(this.table(strips));
  }

  figure(index) {
    const figure = make("figure");
    const host = make("div");
    const board = new Board(host, { hover: (row, col) => this.tellFound(index, row, col) });
    this.boards.push(board);
    figure.append(make("figcaption"), make("div", "note"), host);
    return figure;
  }

  table({ rows, heads, caption }) {
    const table = make("table", this.data.method);
    const head = make("tr");
    head.append(make("td"), ...heads.map(() => Object.assign(make("th"), { scope: "col" })));
    const lines = rows.map((_, row) => {
      const line = make("tr");
      const name = Object.assign(make("th"), { scope: "row" });
      line.append(name, ...heads.map((_, col) => this.tableCell(row, col)));
      return line;
    });
    table.append(make("caption", "", caption), head, ...lines);
    return table;
  }

  tableCell(row, col) {
    const cell = make("td");
    const button = this.data.method === "patches" && row === 0;
    const picture = button ? Object.assign(make("button", "patch"), { type: "button" }) : make("div", "patch");
    const canvas = make("canvas");
    picture.append(canvas, make("div", "field"));
    if (button) {
      picture.addEventListener("click", () => this.open(col));
      picture.addEventListener("focus", () => this.say(this.data.panel.says[col]));
    } else {
      canvas.setAttribute("role", "img");
    }
    cell.addEventListener("pointerenter", () => this.data.panel.says && this.say(this.data.panel.says[col]));
    cell.addEventListener("pointerleave", () => this.look(this.option));
    cell.append(picture);
    return cell;
  }

  // Look at this test picture instead.
  open(index) {
    const [label, n] = this.data.panel.pictures[index];
    this.asked = { class: label, n };
    this.ink = "";
    this.tellPython(0);
  }

  paintPanel() {
    const { panel } = this.data;
    const painted = JSON.stringify([panel, this.theme, this.sized]);
    if (painted === this.painted) return; // another picture has the same strongest patches
    this.painted = painted;
    const found = this.find("found");
    (panel.grids ?? []).forEach((grid, index) => {
      const [caption, note] = found.querySelectorAll("figure")[index].children;
      setText(caption, grid.name);
      setText(note, grid.note);
      const board = this.boards[index];
      board.draw({ ...grid, values: unpack(grid.values), names: this.namesOf(panel, grid) }, this.theme, this.panelSide);
      board.grid.mark("changed", panel.changed ?? []);
    });
    const strips = panel.rows ? panel : panel.film && { ...panel.film, rows: [{ ...panel.film, name: "" }] };
    if (strips) this.paintTable(strips);
    this.hint();
  }

  // Where more is to be read than what is in sight.
  hint() {
    const found = this.find("found");
    const unread = this.boards.some(({ grid }) => !grid.element.hidden && grid.unread);
    const more = found.scrollWidth > found.clientWidth + 2;
    setText(this.find("hint"), [
      more && "There is more on the right: scroll sideways.",
      unread && "Point at a cell, or walk there with the arrow keys, to read a number that is too long for it.",
    ].filter(Boolean).join(" "));
  }

  namesOf(panel, { rows, cols }) {
    if (!panel.says || !panel.grids) return undefined;
    return gridNames({ rows, cols }).map((_, index) => {
      const [row, col] = this.square(index);
      return `square from row ${row + 1}, column ${col + 1}${panel.changed.includes(index) ? ", taken for another class" : ""}`;
    });
  }

  square(index) {
    const { first_rows: rows, first_cols: cols } = this.data.panel;
    return [rows[Math.floor(index / cols.length)], cols[index % cols.length]];
  }

  tellFound(index, row, col) {
    const { panel } = this.data;
    if (row === null) return this.look(this.option);
    const grid = panel.grids[index];
    const place = row * grid.cols + col;
    if (panel.side) {
      const [top, left] = this.square(place);
      this.frame([top, left, top + panel.side, left + panel.side], true);
      return this.say(panel.says[place]);
    }
    this.frame([row, col, row + 1, col + 1]);
    return this.say(`${grid.name}, row ${row + 1}, column ${col + 1}: ${brief(this.boards[index].picture.values[place])}.`);
  }

  paintTable({ rows, heads, frames, size, says }) {
    const [first, ...lines] = this.find("found").querySelectorAll("tr");
    first.classList.toggle("long", heads.some(([name]) => name.length > 2));
    heads.forEach(([name, value], col) => {
      const head = first.children[col + 1];
      if (head.childNodes.length < 2) head.replaceChildren(make("b"), make("span"));
      setText(head.firstChild, name);
      setText(head.lastChild, value);
    });
    rows.forEach((row, index) => {
      const [head, ...cells] = lines[index].children;
      head.hidden = !row.name;
      first.firstChild.hidden = !row.name;
      if (!head.firstChild) head.append(make("b"), make("small"));
      setText(head.firstChild, row.name);
      setText(head.lastChild, row.source);
      const values = unpack(row.values);
      const length = size[0] * size[1];
      cells.forEach((cell, col) => {
        const [canvas, field] = cell.firstChild.children;
        paintMap(canvas, values.subarray(col * length, (col + 1) * length), { rows: size[0], cols: size[1] }, row.limits[col], this.theme);
        const name = says ? `${row.name}. ${says[col]}` : heads[col].join(", ");
        if (cell.firstChild.matches("button")) cell.firstChild.setAttribute("aria-label", `Look at this picture. ${says[col]}`);
        else canvas.setAttribute("aria-label", name);
        field.hidden = !frames;
        if (!frames) return;
        const [top, left, bottom, right] = frames[col];
        field.style.inset = `${(100 * top) / size[0]}% ${100 - (100 * right) / size[1]}% ${100 - (100 * bottom) / size[0]}% ${(100 * left) / size[1]}%`;
      });
    });
  }

  // ---- sizes ----------------------------------------------------------------------------------

  // Everything grows with the room there is; on a phone the columns scroll beside one another.
  fit() {
    const { width } = this; // asking the root for it would lay out the page at once
    if (!width || !this.data) return;
    const narrow = width < 700;
    const scale = narrow ? 1.4 : clamp(Math.min(width / USUAL.width, (windowHeight(this.root) - 150) / USUAL.height), 0.85, 1.9);
    const count = this.data.panel.grids?.length ?? 0;
    const wide = this.data.columns.filter(({ bars }) => !bars).map((column) => Math.ceil(column.count / rowsFor(column.count)));
    const room = width - 190 * scale - 174 - 24 * wide.length;
    const taken = (side) => wide.reduce((sum, cols) => sum + Math.max(115, cols * (side + 5) - 5), 0);
    let tile = Math.floor(38 * scale);
    while (tile > 28 && taken(tile) > room) tile -= 1;
    this.inputSide = Math.floor(190 * scale);
    this.loupeSide = Math.floor(200 * scale);
    this.besideKernel = Math.floor((narrow ? 162 : 194) * scale);
    this.kernelSide = Math.floor(78 * scale);
    this.panelSide = Math.floor(186 * scale);
    const loupe = Math.floor(286 * scale);
    const film = this.data.method === "ideal";
    const left = width - loupe - (film ? 1.25 * this.panelSide + 70 : 160);
    const patch = narrow ? 56 : Math.floor(film ? Math.min(90 * scale, left / 6 - 6) : Math.min(54 * scale, left / 9 - 6));
    const figure = narrow ? width - 12 : Math.floor(film ? 1.2 * this.panelSide : (width - loupe - 80) / Math.max(count, 2));
    for (const [name, size] of Object.entries({ tile, patch, figure, loupe, side: this.inputSide })) {
      this.root.style.setProperty(`--${name}`, `${Math.floor(size)}px`);
    }
    this.root.querySelectorAll(".maps").forEach((maps) => maps.style.setProperty("--rows", rowsFor(maps.children.length)));
    const sized = [tile, patch, figure, this.inputSide].join();
    if (sized !== this.sized) {
      this.sized = sized;
      this.paint();
    }
    const columns = this.find("columns");
    this.find("jump").hidden = columns.scrollWidth <= columns.clientWidth + 2;
    if (this.bring) this.bringColumn(this.option.layer);
    this.bring = false;
  }
}

// Maps below one another in a column of the picture.
function rowsFor(count) {
  return count <= 16 ? 4 : 5;
}

// ---- pictures -----------------------------------------------------------------------------------

// Small cells: two digits are read more easily than three; the line of text tells the others.
class ShortGrid extends Grid {
  fitted(value) {
    const fits = super.fitted(value);
    if (typeof value !== "number" || this.size >= 32) return fits;
    const hundredths = Number(value.toFixed(2));
    const text = Math.abs(value) >= 10 ? String(Math.round(value)) : brief(hundredths || value, 2);
    const size = this.textSize(text);
    return size < SMALLEST_TEXT ? { text: value < 0 && this.size >= 9 ? "-" : "", size: this.size * 0.8 } : { text, size };
  }
}

// Cells with their numbers, or a picture of them where there are too many.
class Board {
  constructor(host, listen) {
    this.grid = new ShortGrid("", { ...listen, walks: true });
    this.canvas = make("canvas", "large");
    this.canvas.setAttribute("role", "img");
    host.prepend(this.grid.element, this.canvas);
  }

  hide(hidden) {
    this.hidden = hidden;
    if (hidden) this.grid.element.hidden = this.canvas.hidden = true;
  }

  draw({ rows, cols, values, limit, name, names }, theme, side) {
    const numbers = rows * cols <= MOST_NUMBERS;
    this.picture = { rows, cols, values };
    this.grid.element.hidden = !numbers;
    this.canvas.hidden = numbers;
    if (!numbers) {
      paintMap(this.canvas, values, { rows, cols }, limit, theme);
      this.canvas.setAttribute("aria-label", `${name}, ${rows} by ${cols}`);
      this.canvas.style.width = `${(side * cols) / Math.max(rows, cols)}px`;
      return;
    }
    this.grid.element.setAttribute("aria-label", name);
    this.grid.size ??= 1;
    this.grid.draw({ rows, cols, values: Array.from(values), names: names ?? gridNames({ rows, cols }) }, limit, theme);
    this.grid.resize(clamp(Math.floor(side / Math.max(rows, cols)) - 1, 4, 64));
  }
}

const SHADES = {};

// A pixel a value; the canvas is stretched by its style.
function paintMap(canvas, values, { rows, cols }, limit, theme) {
  const shades = (SHADES[theme] ??= Array.from({ length: 511 }, (_, i) => colours(i - 255, 255, theme).background.match(/\d+/g).map(Number)));
  const pixels = new ImageData(cols, rows);
  values.forEach((value, i) => {
    const level = limit > 0 ? Math.round(clamp(value / limit, -1, 1) * 255) : 0;
    pixels.data.set([...shades[level + 255], 255], 4 * i);
  });
  if (canvas.width !== cols || canvas.height !== rows) Object.assign(canvas, { width: cols, height: rows });
  canvas.getContext("2d").putImageData(pixels, 0, 0);
}

function make(tag, style = "", text = "") {
  const element = document.createElement(tag);
  if (style) element.className = style;
  element.textContent = text;
  return element;
}
