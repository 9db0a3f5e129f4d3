// The receptive field: a tower of layers along one axis, or all maps in two, with what the chosen unit
// sees of every layer below. Python sent each layer's windows and fields; choosing a unit only looks
// them up. Coverage and the effective field are computed there, and drawn here.

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".receptive");
  root.receptive ??= new Receptive(root);
  root.receptive.send = setTriggerValue;
  root.receptive.show(data);
  return () => root.receptive.leave();
}

const SVG = "http://www.w3.org/2000/svg";
const WAYS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
const MOST_CIRCLES = 40; // units on a line; more are a bar
const MOST_EDGES = 180; // between two lines; more are a band alone
const TALLEST_LINE = 92; // pixels
const [CAPTION, WIDEST_NAME] = [46, 122]; // above a map
const AROUND = 330; // pixels of the window that are not the picture
const [GUTTER_LEFT, GUTTER_RIGHT, NARROW] = [150, 160, 620];
const CLIENT_REST = 350; // milliseconds until Python hears of the unit that is looked at

const LEGENDS = {
  tower: [["chosen", "chosen unit"], ["seen", "seen by it"], ["padding", "padding"], ["beyond", "the part of its field that falls on padding"]],
  maps: [["chosen", "chosen unit"], ["seen", "seen by it"], ["beyond", "the part of its field that falls on padding"]],
  coverage: [["beyond", "never seen"]],
  effective: [["field", "theoretical field"], ["beyond", "the part of it that falls on padding"]],
};

class Receptive {
  constructor(root) {
    this.root = root;
    this.find = partsOf(root);
    this.report = new Report(() => this.send("look", this.look()));
    this.stage = this.find("stage");
    this.grid = new Grid("Coverage of the input", {});
    this.find("layer").addEventListener("change", (event) => this.choose({ layer: Number(event.target.value) }));
    for (const name of ["row", "col"]) {
      this.find(name).addEventListener("change", () => this.fields()); // a number that is none is taken back
      this.find(name).addEventListener("input", ({ target }) => target.checkValidity() && target.value && this.choose({ [name]: Number(target.value) }));
    }
    this.find("axis").addEventListener("change", (event) => this.change({ axis: event.target.value }));
    opensDialog(this.find("share"), () => this.send("share", this.look()));
    this.stage.addEventListener("keydown", (event) => this.onKey(event));
    this.stage.addEventListener("pointerdown", (event) => this.pick(event));
    this.stage.addEventListener("pointermove", (event) => event.buttons === 1 && this.pick(event));
    this.width = root.clientWidth;
    this.observer = new ResizeObserver(([{ contentRect }]) => {
      if (Math.abs(this.width - contentRect.width) < 1) return;
      this.width = contentRect.width;
      this.draw();
    });
    this.observer.observe(root);
  }

  leave() {
    this.report.leave();
    this.observer.disconnect();
  }

  show(data) {
    const before = this.data;
    this.theme = themeOf(this.root);
    if (before === data) return this.draw(); // only the theme has changed
    this.data = data;
    // A unit that Python has not heard of yet stays; else Python knows it, or which is nearest in a new stack.
    if (this.report.hear(data.answered, !before || before.arrival !== data.arrival)) {
      this.unit = { ...data.unit };
      Object.assign(this, { view: data.view, axis: data.axis });
    }
    this.table();
    this.choices();
    this.choose({}, false);
  }

  // ---- what is looked at ------------------------------------------------------------------

  // The unit nearest to the one asked for, counted from 1.
  choose(wanted, tell = true) {
    const unit = { ...this.unit, ...wanted };
    unit.layer = clamp(unit.layer, 1, this.data.layers.length - 1);
    const [rows, cols] = this.data.layers[unit.layer].size;
    if (wanted.layer && wanted.layer !== this.unit.layer && !wanted.row) Object.assign(unit, this.above(unit));
    unit.row = clamp(unit.row, 1, rows);
    unit.col = clamp(unit.col, 1, cols);
    const moved = ["layer", "row", "col"].some((name) => unit[name] !== this.unit[name]);
    this.unit = unit;
    if (tell && moved) this.tellPython();
    this.draw();
  }

  // In another layer: the unit whose field lies nearest to where the old one's does.
  above({ layer, row, col }) {
    const place = (axis, at) => {
      const [from, to] = [this.data.layers[this.unit.layer], this.data.layers[layer]];
      return Math.round((from.start[axis] + (at - 1) * from.jump[axis] - to.start[axis]) / to.jump[axis]) + 1;
    };
    return { row: place(0, row), col: place(1, col) };
  }

  change(look) {
    Object.assign(this, look);
    this.tellPython();
    this.choices();
    this.draw();
  }

  // The link, a figure and the pictures that Python makes follow once the unit rests.
  tellPython() {
    this.report.tell(this.view === "tower" || this.view === "maps" ? CLIENT_REST : 40);
  }

  look() {
    return { serial: this.report.serial, ...this.unit, view: this.view, axis: this.axis };
  }

  onKey(event) {
    const way = WAYS[event.key];
    const end = { Home: 1, End: Infinity }[event.key];
    if ((!way && !end) || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const across = this.view === "maps" || this.axis === "cols" ? "col" : "row";
    if (end) this.choose({ [across]: end });
    else if (way[0] && (event.altKey || this.view === "tower")) this.choose({ layer: this.unit.layer - way[0] });
    else if (event.altKey) return;
    else if (this.view === "tower") this.choose({ [across]: this.unit[across] + way[1] });
    else this.choose({ row: this.unit.row + way[0], col: this.unit.col + way[1] });
    event.preventDefault();
    event.stopPropagation();
  }

  pick(event) {
    const drawn = this.stage.firstElementChild;
    const found = drawn && this.picture?.unitAt(...placeIn(drawn, event));
    if (found) this.choose(found);
  }

  // ---- looking up what a unit sees --------------------------------------------------------

  along(axis) {
    return this.data[axis] ?? this.data.cols; // rows are sent only if they differ
  }

  // For the input and each layer up to the unit's: which units it sees, and the ends of its field with the padding.
  cone(axis) {
    const { windows, below } = this.along(axis);
    const top = this.unit.layer;
    const unit = this.unit[axis === "cols" ? "col" : "row"] - 1;
    const found = [];
    let units = [unit];
    for (let map = top; map >= 0; map -= 1) {
      const size = this.data.layers[map].size[axis === "cols" ? 1 : 0];
      if (map < top) {
        const { starts, offsets } = windows[map];
        const seen = new Set(units.flatMap((above) => offsets.map((offset) => starts[above] + offset)));
        units = [...seen].filter((one) => one >= 0 && one < size).sort((a, b) => a - b);
      }
      const [first, jump, extent] = map < top ? below[top][map] : [0, 1, 1];
      found[map] = { units, size, whole: [first + unit * jump, first + unit * jump + extent - 1], extent };
    }
    return found;
  }

  // ---- drawing ----------------------------------------------------------------------------

  draw() {
    if (!this.data || !this.width) return;
    this.fields();
    this.cones = { rows: this.cone("rows"), cols: this.cone("cols") };
    const computed = this.view === "coverage" || this.view === "effective";
    this.stage.hidden = computed;
    for (const name of ["coverage", "effective"]) this.find(name).hidden = this.view !== name;
    this.find("axis-choice").hidden = this.view !== "tower";
    this.height = clamp(windowHeight(this.root) - AROUND, 260, 820);
    if (this.view === "coverage") this.drawCoverage();
    else if (this.view === "effective") this.drawEffective();
    else {
      this.picture = this.view === "tower" ? new Tower(this) : new Maps(this);
      this.stage.replaceChildren(this.picture.element);
      const layers = this.view === "tower" ? "the left and right arrow keys move the unit, up and down change its layer" : "the arrow keys move the unit, Alt with up and down changes its layer";
      this.stage.setAttribute("aria-label", `${this.view === "tower" ? "Tower of layers" : "Maps of all layers"}: ${layers}`);
    }
    setText(this.find("status"), this.view === "coverage" && this.fresh("coverage") ? this.data.coverage.sentence : this.sentence());
    const legend = [...LEGENDS[this.view]];
    if (this.view === "effective" && this.data.effective?.shaded) legend.push(["shade", this.data.effective.shaded]);
    this.find("legend").replaceChildren(...legend.map(([kind, text]) => legendItem(kind, text)));
  }

  // Buttons and menus, with their values as they are now.
  choices() {
    const { views, axes_titles: axes, layers } = this.data;
    const box = this.find("views");
    if (box.children.length === 0) {
      box.append(...views.map(([view, title]) => {
        const button = document.createElement("button");
        Object.assign(button, { type: "button", textContent: title });
        button.addEventListener("click", () => this.change({ view }));
        return button;
      }));
      this.find("axis").replaceChildren(...axes.map(([axis, title]) => new Option(title, axis)));
    }
    [...box.children].forEach((button, i) => button.setAttribute("aria-pressed", String(views[i][0] === this.view)));
    this.find("axis").value = this.axis;
    const names = layers.map(({ name }, i) => `${i}: ${name}`).slice(1).reverse();
    const menu = this.find("layer");
    if (menu.names !== names.join()) {
      menu.names = names.join();
      menu.replaceChildren(...names.map((name, i) => new Option(name, names.length - i)));
    }
  }

  fields() {
    const { unit, data } = this;
    const [rows, cols] = data.layers[unit.layer].size;
    this.find("layer").value = unit.layer;
    for (const [name, most] of [["row", rows], ["col", cols]]) {
      const field = this.find(name);
      field.max = most;
      if (Number(field.value) !== unit[name]) field.value = unit[name];
    }
  }

  sentence() {
    const { unit, data } = this;
    const [rows, cols] = [this.cones.rows[0], this.cones.cols[0]];
    const who = `Unit (row ${unit.row}, column ${unit.col}) of layer ${unit.layer}, ${data.layers[unit.layer].name},`;
    if (rows.units.length === 0 || cols.units.length === 0) return `${who} sees padding alone.`;
    const part = (word, { units }) => {
      if (units.length === 1) return `${word} ${units[0] + 1}`;
      return `${holes(units) ? `${units.length} of the ` : ""}${word}s ${units[0] + 1} to ${units.at(-1) + 1}`;
    };
    const beyond = [
      [-rows.whole[0], "row", "above"], [rows.whole[1] - rows.size + 1, "row", "below"],
      [-cols.whole[0], "column", "to the left"], [cols.whole[1] - cols.size + 1, "column", "to the right"],
    ].filter(([count]) => count > 0).map(([count, word, where]) => `${count} ${word}${count === 1 ? "" : "s"} ${where}`);
    const padded = beyond.length ? ` The field goes on over padding: ${beyond.join(", ")}.` : "";
    return `${who} sees ${part("row", rows)} and ${part("column", cols)} of the input: a field of ${rows.extent}×${cols.extent}.${padded}`;
  }

  // The recurrence's table and the answers; they change with the stack alone.
  table() {
    const text = JSON.stringify(this.data.table);
    if (this.tabled === text) return;
    this.tabled = text;
    const [head = [], ...rows] = this.data.table;
    const [top, body] = [node("thead"), node("tbody")];
    top.append(node("tr", ...head.map((cell) => tableCell(cell, "col"))));
    body.append(...rows.map((cells) => node("tr", ...cells.map((cell, i) => tableCell(cell, i === 0 ? "row" : "")))));
    this.find("table").replaceChildren(top, body);
    const answers = this.data.notes.map(([title, words]) => node("details", node("summary", title), node("p", words)));
    this.find("notes").replaceChildren(...answers);
  }

  // Whether what Python computed belongs to the unit that is looked at now.
  fresh(name) {
    const made = this.data[name];
    return Boolean(made) && ["layer", "row", "col"].every((part) => made[part] === undefined || made[part] === this.unit[part]);
  }

  drawCoverage() {
    const { coverage, layers } = this.data;
    const box = this.find("coverage-picture");
    this.find("coverage").classList.toggle("stale", !this.fresh("coverage"));
    if (!coverage) return;
    const [rows, cols] = layers[0].size;
    const never = (index) => coverage.unseen[0].includes(Math.floor(index / cols)) || coverage.unseen[1].includes(index % cols);
    if (coverage.values) {
      const cells = [...coverage.values.keys()];
      const classes = cells.map((index) => (never(index) ? "uncovered" : ""));
      this.grid.draw({ rows, cols, values: coverage.values, names: gridNames({ rows, cols }), classes }, coverage.most, this.theme);
      this.grid.resize(Math.floor(clamp(Math.min(this.width / cols, this.height / rows) - 1, 9, 64)));
      if (box.firstChild !== this.grid.element) box.replaceChildren(this.grid.element);
      return;
    }
    const canvas = box.querySelector("canvas") ?? document.createElement("canvas");
    canvas.setAttribute("role", "img");
    canvas.ariaLabel = `How often each input is seen. ${coverage.sentence}`;
    const counts = [coverage.rows.map(Number), coverage.cols.map(Number)];
    const value = (row, col) => (counts[0][row] * counts[1][col]) / coverage.most;
    const scale = Math.min((this.width - 8) / cols, this.height / rows);
    paintHeat(canvas, { rows, cols, scale, value, theme: this.theme });
    const pen = canvas.getContext("2d");
    pen.fillStyle = hatching(pen, this.theme);
    for (const row of coverage.unseen[0]) pen.fillRect(0, row * scale, cols * scale, scale);
    for (const col of coverage.unseen[1]) pen.fillRect(col * scale, 0, scale, rows * scale);
    box.replaceChildren(canvas);
  }

  drawEffective() {
    const { effective } = this.data;
    this.find("effective").classList.toggle("stale", !this.fresh("effective"));
    if (!effective) return;
    this.find("numbers").replaceChildren(...effective.numbers.flatMap(([label, value]) => [node("dt", label), node("dd", value)]));
    const [heat, profile] = [this.find("heat"), this.find("profile")];
    for (const picture of [heat, profile]) picture.toggleAttribute("hidden", !effective.shades);
    if (!effective.shades) return;
    this.drawHeat(heat, effective);
    const beside = this.width < NARROW ? this.width : this.width - heat.clientWidth - 32;
    new Profile(profile, effective.profiles[1], this.data.layers[0].size[1], Math.min(beside, 620), this.width < NARROW ? 150 : Math.max(this.height - 230, 130));
  }

  // The field with its padding; inside, how much each input counts.
  drawHeat(canvas, { first, shape, shades, whole }) {
    const bytes = unpackBytes(shades);
    const [top, left, rows, cols] = whole;
    const side = Math.min(this.height, this.width < NARROW ? this.width : this.width * 0.5);
    const scale = side / Math.max(rows, cols);
    const at = (row, col) => {
      const [i, j] = [row + top - first[0], col + left - first[1]];
      return i >= 0 && i < shape[0] && j >= 0 && j < shape[1] ? bytes[i * shape[1] + j] / 255 : 0;
    };
    paintHeat(canvas, { rows, cols, scale, value: at, theme: this.theme });
    canvas.ariaLabel = `How much each input of the field counts for the unit. ${this.data.effective.numbers.map((pair) => pair.join(": ")).join("; ")}`;
    const pen = canvas.getContext("2d");
    const [height, width] = this.data.layers[0].size;
    const bounds = [clamp(-top, 0, rows), clamp(-left, 0, cols), clamp(height - top, 0, rows), clamp(width - left, 0, cols)].map((one) => one * scale);
    pen.fillStyle = hatching(pen, this.theme);
    const beyond = new Path2D();
    beyond.rect(0, 0, cols * scale, rows * scale);
    beyond.rect(bounds[1], bounds[0], bounds[3] - bounds[1], bounds[2] - bounds[0]);
    pen.fill(beyond, "evenodd");
    pen.lineWidth = 2;
    pen.strokeStyle = this.theme === "light" ? "#1a1a1a" : "#e8edf2";
    pen.strokeRect(1, 1, cols * scale - 2, rows * scale - 2);
  }
}

// ---- the tower: one line of units a layer ---------------------------------------------------------

class Tower {
  constructor(owner) {
    this.owner = owner;
    const { data, width, height, axis } = owner;
    this.axis = axis === "cols" ? 1 : 0;
    this.cone = owner.cones[axis];
    this.windows = owner.along(axis).windows;
    this.narrow = width < NARROW;
    this.row = clamp(height / data.layers.length, this.narrow ? 42 : 22, TALLEST_LINE);
    this.height = this.row * data.layers.length;
    const [left, right] = this.narrow ? [6, 6] : [GUTTER_LEFT, GUTTER_RIGHT];
    [this.low, this.high] = this.ends(owner.along(axis).below);
    this.scale = (width - left - right) / (this.high - this.low);
    this.left = left;
    this.element = make("svg", { viewBox: `0 0 ${width} ${this.height}`, width, height: this.height, "aria-hidden": "true" });
    this.element.append(hatchPattern());
    const band = make("g");
    const edges = make("g");
    this.element.append(band, edges);
    for (let map = 0; map < data.layers.length; map += 1) this.element.append(this.line(map));
    for (let map = owner.unit.layer; map > 0; map -= 1) {
      band.append(this.band(map));
      edges.append(...this.edges(map));
    }
  }

  // Where over the input everything lies that is drawn: the padding of each map, and the fields of each layer.
  ends(below) {
    const [firsts, lasts] = [[], []];
    this.owner.data.layers.forEach(({ start, jump, size }, map) => {
      const [at, step, count] = [start, jump, size].map((pair) => pair[this.axis]);
      const [before, after] = this.padding(map);
      firsts.push(at - (before + 0.5) * step);
      lasts.push(at + (count + after - 0.5) * step);
      const [first, , extent] = below[map][0] ?? [0, 1, 1];
      firsts.push(first - 0.5);
      lasts.push(first + (count - 1) * step + extent - 0.5);
    });
    return [Math.min(...firsts), Math.max(...lasts)];
  }

  x(map, unit) {
    const { start, jump } = this.owner.data.layers[map];
    return this.left + (start[this.axis] + unit * jump[this.axis] - this.low) * this.scale;
  }

  y(map) {
    return this.height - (map + (this.narrow ? 0.36 : 0.5)) * this.row;
  }

  pitch(map) {
    return this.owner.data.layers[map].jump[this.axis] * this.scale;
  }

  radius(map) {
    return Math.min(this.pitch(map) * 0.42, this.row * (this.narrow ? 0.26 : 0.38), 22);
  }

  // Padding before and after a map: what the layer above it reads beyond its ends.
  padding(map) {
    return this.windows[map]?.padding ?? [0, 0];
  }

  line(map) {
    const { data, unit } = this.owner;
    const size = data.layers[map].size[this.axis];
    const [before, after] = this.padding(map);
    const group = make("g", { class: map > unit.layer ? "idle" : "" });
    group.append(...this.labels(map));
    if (map < unit.layer) group.append(...this.beyond(map));
    const drawn = size + before + after <= MOST_CIRCLES && this.radius(map) >= 3;
    group.append(...(drawn ? this.circles(map, size, before, after) : this.bar(map, size, before, after)));
    return group;
  }

  circles(map, size, before, after) {
    const seen = new Set(map <= this.owner.unit.layer ? this.cone[map].units : []);
    const chosen = map === this.owner.unit.layer;
    const found = [];
    for (let one = -before; one < size + after; one += 1) {
      const kind = one < 0 || one >= size ? "padding" : seen.has(one) ? (chosen ? "chosen" : "seen") : "";
      const [x, y, r] = [this.x(map, one), this.y(map), this.radius(map)];
      found.push(make("circle", { cx: x, cy: y, r, class: `unit ${kind}` }));
      if (r >= 11 && kind !== "padding") found.push(make("text", { x, y: y + 5, class: `count ${kind}` }, String(one + 1)));
    }
    return found;
  }

  bar(map, size, before, after) {
    const thick = Math.min(this.row * (this.narrow ? 0.4 : 0.55), 18);
    const box = (from, to, kind) => {
      const half = this.pitch(map) / 2;
      const x = this.x(map, from) - half;
      const wide = Math.max(this.x(map, to) + half - x, kind === "chosen" ? 4 : 1);
      return make("rect", { x, y: this.y(map) - thick / 2, width: wide, height: thick, class: `unit ${kind}` });
    };
    const found = [box(0, size - 1, "")];
    if (before) found.push(box(-before, -1, "padding"));
    if (after) found.push(box(size, size + after - 1, "padding"));
    if (map <= this.owner.unit.layer) {
      const kind = map === this.owner.unit.layer ? "chosen" : "seen";
      found.push(...runs(this.cone[map].units).map(([from, to]) => box(from, to, kind)));
    }
    return found;
  }

  // The part of the field that lies on padding, hatched.
  beyond(map) {
    const { whole, size } = this.cone[map];
    const half = this.pitch(map) / 2;
    const thick = Math.max(this.radius(map) * 2, 8);
    return [[whole[0], Math.min(-1, whole[1])], [Math.max(size, whole[0]), whole[1]]].filter(([from, to]) => to >= from).map(([from, to]) =>
      make("rect", { x: this.x(map, from) - half, y: this.y(map) - thick / 2, width: (to - from) * this.pitch(map) + 2 * half, height: thick, class: "beyond" }));
  }

  band(map) {
    const corners = [map, map - 1].map((at) => {
      const { units } = this.cone[at];
      if (units.length === 0) return null;
      const half = Math.min(this.pitch(at) / 2, Math.max(this.radius(at) * 1.2, 2));
      return [this.x(at, units[0]) - half, this.x(at, units.at(-1)) + half];
    });
    if (corners.includes(null)) return make("g");
    const [[a, b], [c, d]] = corners;
    const [above, below] = [this.y(map), this.y(map - 1)];
    return make("path", { class: "band", d: `M${a},${above} L${b},${above} L${d},${below} L${c},${below} Z` });
  }

  edges(map) {
    const { starts, offsets } = this.windows[map - 1];
    const { size } = this.cone[map - 1];
    const [units, paths] = [this.cone[map].units, { edge: [], "edge padded": [] }];
    if (units.length * offsets.length > MOST_EDGES || this.pitch(map - 1) < 5) return [];
    for (const unit of units) {
      for (const offset of offsets) {
        const below = starts[unit] + offset;
        const kind = below >= 0 && below < size ? "edge" : "edge padded";
        paths[kind].push(`M${this.x(map, unit)},${this.y(map)} L${this.x(map - 1, below)},${this.y(map - 1)}`);
      }
    }
    return Object.entries(paths).map(([kind, lines]) => make("path", { class: kind, d: lines.join(" ") }));
  }

  labels(map) {
    const { data, unit, width } = this.owner;
    const name = map === 0 ? "Input" : `${map}  ${data.layers[map].name}`;
    const right = map <= unit.layer ? this.seenText(map) : "";
    const y = this.narrow ? this.y(map) - this.row * 0.36 : this.y(map) + 5;
    return [
      make("text", { x: this.narrow ? 2 : 4, y, class: map === unit.layer ? "name now" : "name" }, name),
      make("text", { x: width - 4, y, class: "told" }, right),
    ];
  }

  seenText(map) {
    const { units, extent } = this.cone[map];
    if (map === this.owner.unit.layer) return `unit ${units[0] + 1} of ${this.cone[map].size}`;
    if (units.length === 0) return "padding alone";
    const among = holes(units) ? `${units.length} of ` : "";
    const ends = units.length === 1 ? `${units[0] + 1}` : `${among}${units[0] + 1}–${units.at(-1) + 1}`;
    return map === 0 ? `${ends} · field ${extent}` : ends;
  }

  unitAt(x, y) {
    const { data } = this.owner;
    const layer = Math.floor((this.height - y) / this.row);
    if (layer < 1 || layer >= data.layers.length) return null;
    const { start, jump } = data.layers[layer];
    const at = Math.round(((x - this.left) / this.scale + this.low - start[this.axis]) / jump[this.axis]) + 1;
    return this.axis === 1 ? { layer, col: at, row: this.owner.unit.row } : { layer, row: at, col: this.owner.unit.col };
  }
}

// ---- the maps: every layer in two dimensions ------------------------------------------------------

class Maps {
  constructor(owner) {
    this.owner = owner;
    const { data, width, height } = owner;
    this.element = make("svg", { width, "aria-hidden": "true" });
    this.element.append(hatchPattern());
    const places = data.layers.length > 4 && width >= NARROW ? this.inputFirst(width, height) : this.evenly(0, width, height, data.layers);
    this.tiles = places.map(([left, top, side], map) => this.tile(map, left, top, side));
    this.element.setAttribute("height", Math.max(...places.map(([, top, side]) => top + side + 4)));
    this.element.append(...this.tiles.map(({ element }) => element));
  }

  // The input as large as it can be, the other maps beside it.
  inputFirst(width, height) {
    const side = Math.min(height - CAPTION, width * 0.4);
    return [[4, CAPTION, side], ...this.evenly(side + 28, width - side - 28, height, this.owner.data.layers.slice(1))];
  }

  // Squares in rows, as large as they can be: [left, top, side] each.
  evenly(from, width, height, maps) {
    const fits = (columns) => Math.min(width / columns - 12, height / Math.ceil(maps.length / columns) - CAPTION);
    let columns = Math.min(2, maps.length);
    const most = Math.min(maps.length, Math.floor(width / WIDEST_NAME));
    for (let one = 1; one <= most; one += 1) if (fits(one) > fits(columns)) columns = one;
    const pitch = width / columns;
    const side = width < NARROW / 2 || fits(columns) < 36 ? Math.min(pitch - 12, 150) : fits(columns);
    return maps.map((_, i) => [from + (i % columns) * pitch + (pitch - side) / 2, Math.floor(i / columns) * (side + CAPTION) + CAPTION, side]);
  }

  tile(map, left, top, side) {
    const { data, unit, cones } = this.owner;
    const [rows, cols] = data.layers[map].size;
    const seen = map <= unit.layer;
    const lows = ["rows", "cols"].map((axis) => this.ends(axis, map));
    const scale = side / Math.max(lows[0][1] - lows[0][0], lows[1][1] - lows[1][0]);
    const [x0, y0] = [left - lows[1][0] * scale, top - lows[0][0] * scale];
    const element = make("g", { class: seen ? "" : "idle" });
    const box = (row, col, height, width, kind) => make("rect", { x: x0 + col * scale, y: y0 + row * scale, width: width * scale, height: height * scale, class: kind });
    const title = map === 0 ? "Input" : `${map}  ${data.layers[map].name}`;
    element.append(make("text", { x: left, y: top - 24, class: map === unit.layer ? "name now" : "name" }, title));
    element.append(make("text", { x: left, y: top - 7, class: "size" }, this.told(map, rows, cols, side < 190)));
    if (seen && map < unit.layer) {
      const [whole, across] = [cones.rows[map].whole, cones.cols[map].whole];
      element.append(box(whole[0], across[0], whole[1] - whole[0] + 1, across[1] - across[0] + 1, "beyond"));
    }
    element.append(box(0, 0, rows, cols, "map"));
    if (seen) {
      const kind = map === unit.layer ? "chosen" : "seen";
      for (const [a, b] of runs(cones.rows[map].units)) {
        for (const [c, d] of runs(cones.cols[map].units)) element.append(box(a, c, b - a + 1, d - c + 1, kind));
      }
    }
    if (scale >= 6) element.append(this.lines(rows, cols, x0, y0, scale));
    return { element, map, x0, y0, scale, rows, cols, left, top };
  }

  // From the first row or column to behind the last that any field of the unit's layer reaches.
  ends(axis, map) {
    const { data, unit } = this.owner;
    const at = axis === "cols" ? 1 : 0;
    const size = data.layers[map].size[at];
    if (map >= unit.layer) return [0, size];
    const [first, jump, extent] = this.owner.along(axis).below[unit.layer][map];
    return [Math.min(0, first), Math.max(size, first + (data.layers[unit.layer].size[at] - 1) * jump + extent)];
  }

  lines(rows, cols, x0, y0, scale) {
    const [right, bottom] = [x0 + cols * scale, y0 + rows * scale];
    const across = Array.from({ length: rows + 1 }, (_, i) => `M${x0},${y0 + i * scale} H${right}`);
    const down = Array.from({ length: cols + 1 }, (_, i) => `M${x0 + i * scale},${y0} V${bottom}`);
    return make("path", { class: "lines", d: across.concat(down).join(" ") });
  }

  told(map, rows, cols, short) {
    const { cones, unit } = this.owner;
    const size = `${rows}×${cols}`;
    if (map >= unit.layer || short) return size;
    const ends = ({ units }) => (units.length === 0 ? "none" : units.length === 1 ? `${units[0] + 1}` : `${units[0] + 1}–${units.at(-1) + 1}`);
    return `${size}: rows ${ends(cones.rows[map])}, cols ${ends(cones.cols[map])}`;
  }

  unitAt(x, y) {
    for (const { map, x0, y0, scale, rows, cols } of this.tiles) {
      const [row, col] = [Math.floor((y - y0) / scale), Math.floor((x - x0) / scale)];
      if (map > 0 && row >= 0 && row < rows && col >= 0 && col < cols) return { layer: map, row: row + 1, col: col + 1 };
    }
    return null;
  }
}

// ---- the fall-off: what was measured along the columns, and the Gaussian --------------------------

class Profile {
  constructor(element, { first, sums, whole, gaussian }, size, width, height) {
    const [left, bottom, top] = [8, 24, 22];
    const count = Math.max(gaussian.length, 1);
    const x = (place) => left + ((place - whole + 0.5) / count) * (width - 2 * left);
    const y = (value) => height - bottom - value * (height - bottom - top);
    const thick = ((width - 2 * left) / count) * 0.8;
    const bars = sums.map((value, i) => `M${x(first + i) - thick / 2},${y(0)} V${y(value)} h${thick} V${y(0)} Z`);
    const curve = gaussian.map((value, i) => `${i ? "L" : "M"}${x(whole + i)},${y(value)}`);
    for (const [name, value] of Object.entries({ viewBox: `0 0 ${width} ${height}`, width, height })) element.setAttribute(name, value);
    const name = (place) => `column ${place + 1}${place < 0 || place >= size ? " (padding)" : ""}`.replace("-", "−");
    element.ariaLabel = `Sums of the columns, measured as bars, beside the Gaussian of the theory as a line, from ${name(whole)} to ${name(whole + count - 1)}`;
    element.replaceChildren(
      make("path", { class: "bars", d: bars.join(" ") }),
      make("path", { class: "curve", d: curve.join(" ") }),
      make("line", { class: "base", x1: left, x2: width - left, y1: y(0), y2: y(0) }),
      make("text", { class: "size", x: left, y: 15 }, "Column sums: measured (bars), Gaussian (line)"),
      make("text", { class: "size", x: left, y: height - 6 }, name(whole)),
      make("text", { class: "told size", x: width - left, y: height - 6 }, name(whole + count - 1)),
    );
  }
}

// ---- small tools ----------------------------------------------------------------------------------

function node(tag, ...children) {
  const element = document.createElement(tag);
  element.append(...children);
  return element;
}

// A value with its working below it; a head has the scope of a row or a column.
function tableCell([value, working], scope) {
  const cell = node(scope ? "th" : "td", value);
  if (scope) cell.scope = scope;
  if (working) cell.append(node("small", working));
  return cell;
}

function make(name, attributes = {}, text = "") {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  if (text) element.textContent = text;
  return element;
}

// Whether units are left out between the first and the last.
function holes(units) {
  return units.at(-1) - units[0] >= units.length;
}

// Ascending whole numbers as runs of neighbours, [first, last].
function runs(units) {
  const found = [];
  for (const unit of units) {
    if (found.length > 0 && unit === found.at(-1)[1] + 1) found.at(-1)[1] = unit;
    else found.push([unit, unit]);
  }
  return found;
}

function hatchPattern() {
  const defs = make("defs");
  const pattern = make("pattern", { id: "hatch", width: 6, height: 6, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" });
  pattern.append(make("line", { x1: 0, x2: 0, y1: 0, y2: 6, class: "hatch" }));
  defs.append(pattern);
  return defs;
}

function hatching(pen, theme) {
  const tile = document.createElement("canvas");
  tile.width = tile.height = 8;
  const brush = tile.getContext("2d");
  brush.strokeStyle = theme === "light" ? "#767676" : "#9a9a9a";
  brush.lineWidth = 1.5;
  brush.stroke(new Path2D("M-2,2 L2,-2 M0,8 L8,0 M6,10 L10,6"));
  return pen.createPattern(tile, "repeat");
}

// A picture of shares from 0 to 1, a square a value.
function paintHeat(canvas, { rows, cols, scale, value, theme }) {
  const shades = Array.from({ length: 256 }, (_, i) => colours(i / 255, 1, theme).background.match(/\d+/g).map(Number));
  const pixels = new ImageData(cols, rows);
  for (let row = 0; row < rows; row += 1) {
    for (let col = 0; col < cols; col += 1) {
      pixels.data.set([...shades[Math.round(value(row, col) * 255)], 255], 4 * (row * cols + col));
    }
  }
  const small = document.createElement("canvas");
  Object.assign(small, { width: cols, height: rows });
  small.getContext("2d").putImageData(pixels, 0, 0);
  Object.assign(canvas, { width: Math.round(cols * scale), height: Math.round(rows * scale) });
  const pen = canvas.getContext("2d");
  pen.imageSmoothingEnabled = false;
  pen.drawImage(small, 0, 0, canvas.width, canvas.height);
}
