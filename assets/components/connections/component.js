// Dense or convolutional: the connections of a layer as lines coloured by the weight they carry, the
// same as the entries of a matrix, and what they cost. Python says who is connected through which
// weight; hovering, stepping through the units and changing the view stay in the page.

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".connections");
  root.connections ??= new Connections(root);
  root.connections.send = setTriggerValue;
  root.connections.show(data);
  return () => root.connections.leave();
}

const DASHES = ["", "9 4", "2 4", "12 4 2 4", "5 3"]; // of the lines, by the row of the kernel
const SQUARE = { smallest: 14, largest: 56 }; // a cell
const [ABOVE, AROUND] = [30, 330]; // a caption; everything but the stage
const SLOPE = 0.22; // of planes side by side, so that the lines of a row do not lie on one another
const [LEAST_ROOM, MOST_ROOM] = [260, 760]; // the stage's height
const LONGEST_SUM = 9; // terms that a sentence spells out
const SVG = "http://www.w3.org/2000/svg";

class Connections {
  constructor(root) {
    this.root = root;
    this.find = partsOf(root);
    this.report = new Report((serial) => this.send("look", { serial, ...this.look, unrolled: Number(this.look.unrolled) }));
    this.pointed = null; // what the pointer or the focus is on: { output }, { input }, { weight } or { output, input }
    this.entry = { output: 0, input: 0 }; // where the keyboard is in the matrix
    this.grids = {
      input: new Grid("Input", { hover: (...place) => this.point("input", place) }),
      output: new Grid("Output", {
        hover: (...place) => this.point("output", place),
        pick: (row, col) => this.player.pauseAt(row * this.grids.output.cols + col),
      }),
      weights: new WeightGrid("Weights", { hover: (...place) => this.point("weights", place) }),
    };
    for (const [name, grid] of Object.entries(this.grids)) this.find(name).append(grid.element);
    this.player = new Player(root, this.find("transport"), () => this.pointEntry(null));
    this.find("bar").addEventListener("change", (event) => this.choose(event.target));
    this.find("bar").addEventListener("keydown", (event) => event.stopPropagation()); // its radio buttons have the arrows
    this.find("bar").addEventListener("submit", (event) => event.preventDefault());
    opensDialog(this.find("share"), () => this.send("share", this.player.standing()));
    this.listenToMatrix(this.find("entries"));
    this.width = this.find("stage").clientWidth;
    this.observer = new ResizeObserver(([{ contentRect }]) => {
      if (Math.abs(contentRect.width - this.width) < 1) return;
      this.width = contentRect.width;
      this.arrange();
      this.mark();
    });
    this.observer.observe(this.find("stage").parentElement);
  }

  leave() {
    this.player.leave();
    this.report.leave();
    this.observer.disconnect();
  }

  // ---- what Python sends, and what is chosen here -------------------------------------------

  show(data) {
    const before = this.data;
    this.theme = themeOf(this.root);
    const arrived = before?.arrival !== data.arrival;
    this.data = data;
    if (this.report.hear(data.answered, arrived)) this.look = { ...data.look };
    this.weights = unpack(data.weights);
    this.places = new Int16Array(unpackBytes(data.places).buffer);
    this.units = data.output.rows * data.output.cols;
    this.inputs = data.input.rows * data.input.cols;
    this.kind = data.look.kind;
    this.pointed = null;
    this.entry = { output: Math.min(this.entry.output, this.units - 1), input: Math.min(this.entry.input, this.inputs - 1) };
    this.nameEntry();
    this.player.set({ steps: this.units, wide: data.output.cols, start: arrived ? data.step - 1 : undefined, asleep: this.look.view === "counts" });
    this.arrange();
    this.showCounts();
    setText(this.find("note"), data.note);
    this.player.goTo(this.player.step);
  }

  choose(field) {
    const checked = { units: field.checked ? "all" : "one", unrolled: field.checked };
    this.look[field.name] = checked[field.name] ?? field.value;
    this.report.tell();
    this.player.set({ steps: this.units, wide: this.data.output.cols, asleep: this.look.view === "counts" });
    this.arrange();
    this.player.goTo(this.player.step);
  }

  // ---- where everything is ------------------------------------------------------------------

  arrange() {
    const { look, data } = this;
    if (!data || !this.width) return;
    const counting = look.view === "counts";
    const matrix = look.view === "matrix";
    for (const name of ["kind", "view"]) this.find("bar").elements[name].value = look[name];
    this.find("bar").elements.units.checked = look.units === "all";
    this.find("bar").elements.unrolled.checked = look.unrolled;
    const list = data.input.rows === 1; // already
    for (const name of ["units", "unrolled"]) {
      this.find("bar").elements[name].parentElement.hidden = look.view !== "connections" || (list && name === "unrolled");
    }
    this.root.querySelector("[data-name=kind]").hidden = counting;
    this.find("stage").hidden = this.find("status").hidden = this.find("note").hidden = counting;
    this.find("counts").hidden = !counting;
    this.find("matrix").hidden = !matrix;
    if (counting) return;
    this.flat = (look.unrolled || list) && !matrix;
    const [shape, sizes] = matrix ? ["beside", this.sizesBesideMatrix()] : this.flat ? ["unrolled", this.sizesUnrolled()] : this.sizesSideBySide();
    this.side = shape === "side";
    this.find("stage").className = `stage ${shape}`;
    this.slope = sizes.slope ?? 0;
    this.find("stage").style.setProperty("--gap", `${sizes.gap ?? 0}px`);
    this.find("stage").style.setProperty("--slope", this.slope);
    this.drawGrids(sizes);
    this.describe();
    this.entrySize = sizes.matrix;
    if (matrix) this.drawMatrix();
    const [svg, stage] = [this.find("svg"), this.find("stage")];
    svg.setAttribute("width", 0); // so that the old drawing does not keep the stage large
    svg.setAttribute("height", 0);
    svg.setAttribute("width", stage.scrollWidth);
    svg.setAttribute("height", stage.scrollHeight);
    this.drawLabels();
    this.drawAllLines();
  }

  get room() {
    return clamp(windowHeight(this.root) - AROUND, LEAST_ROOM, MOST_ROOM);
  }

  sizesSideBySide() {
    const { input, output, unit_weights: own } = this.data;
    const narrow = this.width < 640;
    if (narrow) {
      const widest = Math.max(input.cols, output.cols, own.cols);
      const size = clamp(Math.floor((this.width - 8) / widest) - 1, 8, 40);
      return ["stacked", { input: size, output: size, weights: Math.min(size, 34), gap: 110 }];
    }
    const gap = Math.round(this.width * 0.17);
    const panel = Math.max(this.width * 0.2, 130);
    const across = Math.floor((this.width - gap - panel - 56) / (input.cols + output.cols)) - 1;
    const tall = Math.max(...[input, output].map(({ rows, cols }) => rows + SLOPE * cols), own.rows);
    const down = Math.floor((this.room - ABOVE) / tall) - 1;
    const size = clamp(Math.min(across, down), SQUARE.smallest, SQUARE.largest);
    const weights = clamp(Math.min(Math.floor(panel / own.cols) - 1, size), SQUARE.smallest, SQUARE.largest);
    return ["side", { input: size, output: size, weights, gap, slope: SLOPE }];
  }

  sizesUnrolled() {
    const { rows, cols } = this.data.unit_weights;
    const size = clamp(Math.floor((this.width - 8) / Math.max(this.inputs, this.units)) - 1, 11, 44);
    const weights = clamp(Math.min(Math.floor((this.room * 0.33) / rows) - 1, Math.floor((this.width - 8) / cols) - 1), 11, 40);
    const gap = clamp(this.room - 2 * (size + ABOVE + 24) - rows * (weights + 1) - ABOVE, 110, 320);
    return { input: size, output: size, weights, gap };
  }

  sizesBesideMatrix() {
    const { input, output, unit_weights: own } = this.data;
    const narrow = this.width < 640;
    const times = this.kind === "dense" ? 1 : 1.5; // a kernel has fewer cells, and letters in them
    const size = narrow ? 22 : clamp(Math.floor((this.room - 3 * ABOVE) / (input.rows + output.rows + times * own.rows)) - 1, 11, 34);
    const beside = narrow ? 0 : Math.max(input.cols, output.cols, own.cols * times, 200 / (size + 1)) * (size + 1) + 16;
    const across = (this.width - beside - 44) / this.inputs;
    const down = (this.room - ABOVE - 22) / this.units;
    return { input: size, output: size, weights: Math.floor(size * times), matrix: clamp(Math.floor(narrow ? across : Math.min(across, down)), 4, 40) };
  }

  drawGrids(sizes) {
    const { input, output, unit_weights: own } = this.data;
    const flat = (grid) => (this.flat ? { ...grid, rows: 1, cols: grid.rows * grid.cols } : grid);
    for (const [name, grid] of Object.entries(this.grids)) {
      grid.picture = null; // the old one is not drawn again
      grid.resize(sizes[name]);
    }
    const lower = (grid) => `${Math.round(this.slope * grid.cols * (sizes.input + 1))}px`; // a plane's right side
    this.find("input").style.paddingBottom = lower(input);
    this.find("output").style.paddingBottom = lower(output);
    this.grids.input.draw({ ...flat(input), names: gridNames(input) }, input.limit, this.theme);
    this.grids.output.draw({ ...flat(output), names: gridNames(output) }, output.limit, this.theme);
    this.drawWeights();
  }

  // The weights of the unit that is marked: they differ from unit to unit unless they are shared.
  drawWeights() {
    const { rows, cols } = this.data.unit_weights;
    const first = this.firstWeight(this.unit);
    const values = Array.from({ length: rows * cols }, (_, i) => this.weights[first + i]);
    const colours = values.map((_, i) => this.colour(first + i));
    const letters = values.map((_, i) => this.letter(i));
    const names = gridNames({ rows, cols }).map((name, i) => (letters[i] ? `${letters[i]}, ${name}` : name));
    this.grids.weights.draw({ rows, cols, values, names, colours, letters }, 0, this.theme);
  }

  describe() {
    const { input, output, unit_weights: own } = this.data;
    const size = ({ rows, cols }) => `${rows} × ${cols}`;
    const each = own.rows * own.cols;
    const far = input.rows > 1 && input.cols > 1 ? `: x₁₁ is beside x₁₂, but ${number(input.cols, "place")} away from x₂₁` : "";
    const unrolled = this.flat && input.rows > 1;
    setText(this.find("input-caption"), unrolled ? `Input, unrolled into ${this.inputs}${far}` : `Input ${size(input)}`);
    const units = this.kind === "dense" ? `${this.units} hidden units, in no order` : `Hidden units ${size(output)}`;
    setText(this.find("output-caption"), this.flat ? `${this.units} hidden units` : units);
    setText(this.find("matrix-caption"), `Matrix ${this.units} × ${this.inputs}: a row for each unit, a column for each input`);
    setText(this.find("weights-caption"), {
      conv: `Kernel: ${each} weights for all units`,
      local: `Kernel of ${this.name("h", this.unit)} alone`,
      dense: `Weights of ${this.name("h", this.unit)} alone`,
    }[this.kind]);
  }

  // ---- weights ------------------------------------------------------------------------------

  get unit() {
    return this.pointed?.output ?? this.player.step;
  }

  firstWeight(unit) {
    const { rows, cols } = this.data.unit_weights;
    return this.kind === "conv" ? 0 : unit * rows * cols;
  }

  colour(weight) {
    const colours = this.data.colours[this.theme];
    return colours[weight % colours.length];
  }

  // Shared weights have letters; there are too many of the others.
  letter(weight) {
    return this.kind === "conv" ? String.fromCharCode(97 + weight) : "";
  }

  dash(weight) {
    return this.kind === "conv" ? DASHES[Math.floor(weight / this.data.unit_weights.cols)] : "";
  }

  // x₂₂ as in the lecture, counted from 1; of larger pictures x(2, 10).
  name(letter, index) {
    const grid = { x: this.data.input, h: this.data.output, w: this.data.unit_weights }[letter];
    const [row, col] = [Math.floor(index / grid.cols) + 1, (index % grid.cols) + 1];
    if (row > 9 || col > 9) return `${letter}(${row}, ${col})`;
    return letter + String.fromCharCode(0x2080 + row, 0x2080 + col);
  }

  place(grid, index) {
    return `(${Math.floor(index / grid.cols) + 1}, ${(index % grid.cols) + 1})`;
  }

  // "a = w₁₁ = 1" of a shared weight, "the weight 0.3" of any other.
  weightInWords(weight) {
    const value = spoken(this.weights[weight]);
    return this.kind === "conv" ? `${this.letter(weight)} = ${this.name("w", weight)} = ${value}` : `a weight of its own, ${value}`;
  }

  // Connections as [output, input, weight], of what is asked for.
  connected({ output, input, weight }) {
    const found = [];
    const outputs = output === undefined ? [0, this.units] : [output, output + 1];
    const inputs = input === undefined ? [0, this.inputs] : [input, input + 1];
    for (let o = outputs[0]; o < outputs[1]; o += 1) {
      for (let i = inputs[0]; i < inputs[1]; i += 1) {
        const place = this.places[o * this.inputs + i];
        if (place >= 0 && (weight === undefined || weight === place)) found.push([o, i, place]);
      }
    }
    return found;
  }

  // ---- pointing -----------------------------------------------------------------------------

  point(grid, [row, col]) {
    if (row === null) this.pointed = null;
    else {
      const index = row * this.grids[grid].cols + col;
      const here = grid === "output" && index === this.player.step; // marked already
      this.pointed = here ? null : { input: { input: index }, output: { output: index }, weights: { weight: this.firstWeight(this.player.step) + index } }[grid];
    }
    this.mark();
  }

  // Show what is pointed at, or else the unit that the player is at.
  mark() {
    if (!this.data || this.look.view === "counts") return;
    const pointed = this.pointed ?? { output: this.player.step };
    const found = this.connected(pointed);
    const one = (index) => (index === undefined ? [] : [index]);
    const outputs = new Set([...found.map(([output]) => output), ...one(pointed.output)]);
    const inputs = new Set([...found.map(([, input]) => input), ...one(pointed.input)]);
    const first = this.firstWeight(this.unit);
    if (this.weightsOf !== first || this.kind !== this.weightsKind) this.drawWeights();
    [this.weightsOf, this.weightsKind] = [first, this.kind];
    this.grids.input.select(inputs);
    this.grids.output.select(outputs);
    this.frame(pointed, [...inputs]);
    this.light("input", this.grids.input.frame.hidden ? inputs : []);
    this.light("output", outputs);
    this.light("weights", new Set(found.map(([, , weight]) => weight - first)));
    this.followFocus();
    this.describe();
    this.drawMarked(found, pointed);
    setText(this.find("status"), this.tell(pointed, found));
  }

  // Mark cells, unless they are all: that says nothing.
  light(name, indices) {
    const grid = this.grids[name];
    grid.mark("lit", indices.size === grid.cells.length ? [] : indices);
  }

  // A frame around the window of a unit where it has no holes.
  frame(pointed, inputs) {
    const { grids, data } = this;
    const [rows, cols] = [inputs.map((i) => Math.floor(i / data.input.cols)), inputs.map((i) => i % data.input.cols)];
    const [top, left, bottom, right] = [Math.min(...rows), Math.min(...cols), Math.max(...rows), Math.max(...cols)];
    const whole = pointed.input === undefined && pointed.weight === undefined && (bottom - top + 1) * (right - left + 1) === inputs.length;
    if (whole && !this.flat) grids.input.outline(top, left, bottom, right);
    else grids.input.frame.hidden = true;
  }

  // The player moves the focus along where it is on the outputs.
  followFocus() {
    const { output } = this.grids;
    if (this.pointed || output.current === this.player.step) return;
    const focused = output.element.contains(this.root.getRootNode().activeElement);
    output.moveTabStop(this.player.step);
    if (focused) output.cells[this.player.step].focus({ preventScroll: true });
  }

  neighbours(index) {
    const { rows, cols } = this.data.input;
    const [row, col] = [Math.floor(index / cols), index % cols];
    const around = [[row - 1, col], [row + 1, col], [row, col - 1], [row, col + 1]];
    return around.filter(([r, c]) => r >= 0 && r < rows && c >= 0 && c < cols).map(([r, c]) => r * cols + c);
  }

  // ---- in words -----------------------------------------------------------------------------

  tell(pointed, found) {
    if (pointed.weight !== undefined) return this.tellWeight(pointed.weight, found);
    if (pointed.input === undefined) return this.tellUnit(pointed.output, found);
    return pointed.output === undefined ? this.tellInput(pointed.input, found) : this.tellEntry(pointed, found);
  }

  tellUnit(output, found) {
    const { data } = this;
    const start = `Output ${this.place(data.output, output)}`;
    const value = spoken(data.output.values[output]);
    if (this.kind === "conv" && found.length > 0 && found.length <= LONGEST_SUM) {
      const sum = found.map(([, input, weight]) => `${this.letter(weight)}·${this.name("x", input)}`).join(" + ");
      return `${start} = ${sum} = ${value}, through ${number(found.length, "connection")}.`;
    }
    const through = this.kind === "conv" ? "through shared weights" : "each through a weight of its own";
    return `${start} = ${value}: connected to ${found.length} of ${number(this.inputs, "input")}, ${through}.`;
  }

  tellInput(input, found) {
    const start = `Input ${this.place(this.data.input, input)} is connected to ${found.length} of ${number(this.units, "unit")}`;
    const shared = this.kind === "conv" && found.length <= LONGEST_SUM;
    const through = found.length === 0 ? "" : shared ? `, through ${found.map(([, , weight]) => this.letter(weight)).join(", ")}` : ", each through a weight of its own";
    const { rows, cols } = this.data.input;
    const far = this.flat && rows > 1 ? ` In the list, its neighbours above and below are ${number(cols, "place")} away.` : "";
    return `${start}${this.kind === "conv" && !shared ? "" : through}.${far}`;
  }

  tellWeight(weight, found) {
    if (this.kind === "conv") {
      return `${this.weightInWords(weight)} is the weight of ${number(found.length, "connection")}, in as many units.`;
    }
    if (found.length === 0) return "This weight would lead into the padding: nothing uses it.";
    const [[output, input]] = found;
    return `The weight ${spoken(this.weights[weight])} has one connection only, from input ${this.place(this.data.input, input)} to output ${this.place(this.data.output, output)}.`;
  }

  tellEntry({ output, input }, found) {
    const { data } = this;
    const where = `Row ${output + 1} (output ${this.place(data.output, output).slice(1, -1)}), column ${input + 1} (input ${this.place(data.input, input).slice(1, -1)})`;
    return found.length === 0 ? `${where} holds 0: not connected.` : `${where} holds ${this.weightInWords(found[0][2])}.`;
  }

  // ---- lines --------------------------------------------------------------------------------

  // A point of a cell in the stage, as shares of the cell's side.
  within(name, index, right, down) {
    const { element, cols, size } = this.grids[name];
    const x = (index % cols) * (size + 1) + right * size;
    const y = Math.floor(index / cols) * (size + 1) + down * size;
    return [element.offsetLeft + x, element.offsetTop + y + this.slope * x];
  }

  // Where lines begin and end: at the cell's side towards them.
  spot(name, index) {
    const first = name === "input" ? 1 : 0;
    return this.side ? this.within(name, index, first, 0.5) : this.within(name, index, 0.5, first);
  }

  // One path for each colour and dash, however many lines it has.
  paths(found, width) {
    const ends = new Map();
    for (const [output, input, weight] of found) {
      const key = this.kind === "conv" ? weight : weight % this.data.colours[this.theme].length;
      if (!ends.has(key)) ends.set(key, { weight, steps: [] });
      const [[x1, y1], [x2, y2]] = [this.inputSpots[input], this.outputSpots[output]];
      ends.get(key).steps.push(`M${x1} ${y1}L${x2} ${y2}`);
    }
    return [...ends.values()].map(({ weight, steps }) =>
      draw("path", { d: steps.join(""), stroke: this.colour(weight), "stroke-width": width, "stroke-dasharray": this.dash(weight) }));
  }

  drawAllLines() {
    const connections = this.look.view === "connections";
    this.inputSpots = connections ? Array.from({ length: this.inputs }, (_, i) => this.spot("input", i)) : [];
    this.outputSpots = connections ? Array.from({ length: this.units }, (_, o) => this.spot("output", o)) : [];
    this.find("base").replaceChildren(...(connections && this.look.units === "all" ? this.paths(this.connected({}), 1.5) : []));
  }

  drawMarked(found, pointed) {
    const marked = this.find("marked");
    this.find("svg").classList.toggle("faded", this.pointed !== null);
    if (this.look.view === "matrix") return marked.replaceChildren(...this.entryMarks(found, pointed));
    const lines = this.paths(found, 3);
    const badges = this.kind === "conv" && pointed.weight === undefined ? this.badges(found, pointed) : [];
    marked.replaceChildren(...lines, ...badges, ...(this.flat && this.data.input.rows > 1 ? this.arcs(pointed.input ?? 0) : []));
  }

  // From an input to those that were its neighbours before it was unrolled.
  arcs(input) {
    const [x, top] = this.within("input", input, 0.5, 0);
    const y = top - 20; // above the labels
    return this.neighbours(input).map((other) => {
      const [end] = this.within("input", other, 0.5, 0);
      const high = y - (Math.abs(other - input) > 1 ? 26 : 10);
      return draw("path", { d: `M${x} ${y}C${x} ${high} ${end} ${high} ${end} ${y}`, class: "arc" });
    });
  }

  // Letters where the lines begin: in the inputs of a unit, or in the units of an input.
  badges(found, pointed) {
    const [name, end] = pointed.output === undefined ? ["output", 0] : ["input", 1];
    const side = clamp(this.grids[name].size * 0.4, 12, 20);
    if (this.grids[name].size < 16) return [];
    return found.flatMap((connection) => {
      const [x, y] = this.within(name, connection[end], 0, 0);
      const colour = this.colour(connection[2]);
      return [
        draw("rect", { x, y, width: side, height: side, fill: colour, class: "badge" }),
        write(this.letter(connection[2]), x + side / 2, y + side * 0.77, { fill: textOn(colour), "font-size": side * 0.8 }),
      ];
    });
  }

  // ---- matrix -------------------------------------------------------------------------------

  drawMatrix() {
    const canvas = this.find("canvas");
    const [size, scale] = [this.entrySize, devicePixelRatio];
    const [width, height] = [this.inputs * size + 1, this.units * size + 1];
    Object.assign(canvas, { width: width * scale, height: height * scale });
    Object.assign(canvas.style, { width: `${width}px`, height: `${height}px` });
    const pen = canvas.getContext("2d");
    pen.scale(scale, scale);
    this.ruleMatrix(pen, size);
    const letters = this.kind === "conv" && size >= 12;
    pen.font = `600 ${size * 0.78}px ${getComputedStyle(this.root).fontFamily}`;
    pen.textAlign = "center";
    for (const [output, input, weight] of this.connected({})) {
      const colour = this.colour(weight);
      pen.fillStyle = colour;
      pen.fillRect(input * size + 1, output * size + 1, size - 1, size - 1);
      if (letters) {
        pen.fillStyle = textOn(colour);
        pen.fillText(this.letter(weight), (input + 0.5) * size + 0.5, output * size + size * 0.76);
      }
    }
    const grid = this.find("entries");
    grid.setAttribute("aria-rowcount", this.units);
    grid.setAttribute("aria-colcount", this.inputs);
  }

  // Faint lines around every entry, strong ones around the blocks: a row of units by a row of inputs.
  ruleMatrix(pen, size) {
    const { input, output } = this.data;
    const [width, height] = [this.inputs * size + 1, this.units * size + 1];
    const inks = getComputedStyle(this.find("canvas"));
    const rule = (colour, across, down) => {
      pen.fillStyle = colour;
      for (let i = 0; i <= this.inputs; i += across) pen.fillRect(i * size, 0, 1, height);
      for (let o = 0; o <= this.units; o += down) pen.fillRect(0, o * size, width, 1);
    };
    if (size >= 7) rule(inks.color, 1, 1);
    rule(inks.borderTopColor, input.cols, output.cols);
  }

  // Outlines: the marked entries, and lightly the row of the unit or the column of the input.
  entryMarks(found, { output, input }) {
    const { offsetLeft, offsetTop } = this.find("entries");
    const size = this.entrySize;
    const box = (row, col, rows, cols, name) => draw("rect", {
      x: offsetLeft + col * size - 0.5, y: offsetTop + row * size - 0.5, width: cols * size + 2, height: rows * size + 2, class: name,
    });
    const bands = [];
    if (output !== undefined) bands.push(box(output, 0, 1, this.inputs, "band"));
    if (input !== undefined) bands.push(box(0, input, this.units, 1, "band"));
    const pointed = output !== undefined && input !== undefined ? [box(output, input, 1, 1, "mark")] : [];
    return [...bands, ...(this.pointed ? found.map(([o, i]) => box(o, i, 1, 1, "mark")) : []), ...pointed];
  }

  listenToMatrix(grid) {
    const at = (event) => {
      const [input, output] = placeIn(this.find("canvas"), event).map((length) => Math.floor(length / this.entrySize));
      return input >= 0 && input < this.inputs && output >= 0 && output < this.units ? { output, input } : null;
    };
    grid.addEventListener("pointermove", (event) => {
      const entry = at(event);
      if (entry?.output !== this.pointed?.output || entry?.input !== this.pointed?.input) this.pointEntry(entry);
    });
    grid.addEventListener("pointerdown", (event) => this.pointEntry(at(event)));
    grid.addEventListener("pointerleave", () => this.pointEntry(null));
    grid.addEventListener("blur", () => this.pointEntry(null));
    grid.addEventListener("focus", () => grid.matches(":focus-visible") && this.moveEntry(this.entry));
    grid.addEventListener("click", (event) => {
      const entry = at(event);
      if (!entry) return;
      this.player.pauseAt(entry.output);
      this.moveEntry(entry);
    });
    grid.addEventListener("keydown", (event) => this.onMatrixKey(event));
  }

  onMatrixKey(event) {
    const { output, input } = this.entry;
    const far = event.ctrlKey || event.metaKey;
    const moves = {
      ArrowLeft: [output, input - 1], ArrowRight: [output, input + 1], ArrowUp: [output - 1, input], ArrowDown: [output + 1, input],
      Home: [far ? 0 : output, 0], End: [far ? this.units - 1 : output, this.inputs - 1],
    };
    if (event.altKey) return;
    if (event.key === "Enter") {
      this.player.pauseAt(output);
      this.moveEntry(this.entry);
    } else if (moves[event.key]) {
      const [row, col] = moves[event.key];
      this.moveEntry({ output: clamp(row, 0, this.units - 1), input: clamp(col, 0, this.inputs - 1) });
    } else return;
    event.preventDefault();
    event.stopPropagation();
  }

  moveEntry(entry) {
    this.entry = entry;
    this.nameEntry();
    this.pointEntry(entry);
  }

  // The one cell that a screen reader finds in the matrix is where the keyboard is.
  nameEntry() {
    const { output, input } = this.entry;
    const place = this.places[output * this.inputs + input];
    this.find("entry-row").setAttribute("aria-rowindex", output + 1);
    this.find("entry").setAttribute("aria-colindex", input + 1);
    this.find("entry").setAttribute("aria-label", `row ${output + 1}, column ${input + 1}, value ${place < 0 ? 0 : spoken(this.weights[place])}`);
  }

  pointEntry(entry) {
    this.pointed = entry;
    this.mark();
  }

  // ---- labels and counts --------------------------------------------------------------------

  // Where the rows begin in what is unrolled, and at the sides of the matrix.
  drawLabels() {
    const { input, output } = this.data;
    const starts = (grid) => Array.from({ length: grid.rows }, (_, row) => row * grid.cols);
    const labels = [];
    if (this.flat) {
      for (const [name, letter, grid] of [["input", "x", input], ["output", "h", output]]) {
        const { element, size } = this.grids[name];
        const below = name === "output";
        for (const index of starts(grid)) {
          const [x] = this.within(name, index, 0, 0);
          labels.push(write(this.name(letter, index), x, element.offsetTop + (below ? size + 16 : -5), { "text-anchor": "start", class: "label" }));
        }
      }
    } else if (this.look.view === "matrix") {
      const { offsetLeft, offsetTop } = this.find("entries");
      const size = this.entrySize;
      for (const index of starts(input)) labels.push(write(this.name("x", index), offsetLeft + index * size + 1, offsetTop - 5, { "text-anchor": "start", class: "label" }));
      for (const index of starts(output)) labels.push(write(this.name("h", index), offsetLeft - 5, offsetTop + index * size + 13, { "text-anchor": "end", class: "label" }));
    }
    this.find("labels").replaceChildren(...labels);
  }

  showCounts() {
    const { rows, decades, lecture } = this.data.counts;
    setText(this.find("lecture"), lecture);
    const described = JSON.stringify(rows);
    if (this.counted === described) return;
    this.counted = described;
    this.find("counts").style.setProperty("--decades", decades);
    const marks = ["1", "thousand", "million", "billion", "trillion"].map((name, i) => node("span", name, { left: `${(300 * i) / decades}%` }));
    this.find("axis").replaceChildren(...marks);
    let last = "";
    const lines = rows.flatMap(([quantity, kind, count, share, how]) => {
      const line = node("tr");
      const bar = node("td", "", {}, "scale");
      const track = node("div", "", {}, "track");
      track.append(node("div", "", { width: `max(3px, calc((100% - var(--beside)) * ${share}))` }, `bar ${kind.split(" ")[0].toLowerCase()}`), node("b", count));
      bar.append(track);
      const head = node("th", kind);
      head.scope = "row";
      line.append(head, bar, node("td", how));
      if (quantity === last) return [line];
      last = quantity;
      const title = node("th", quantity);
      Object.assign(title, { scope: "rowgroup", colSpan: 3 });
      const first = node("tr", "", {}, "quantity");
      first.append(title);
      return [first, line];
    });
    this.find("rows").replaceChildren(...lines);
  }
}

// A grid whose cells have the colour of a weight, and its letter.
class WeightGrid extends Grid {
  paint(index, cell = this.cells[index]) {
    super.paint(index, cell);
    const colour = this.picture.colours[index];
    cell.style.backgroundColor = colour;
    cell.style.color = textOn(colour);
    cell.drawn = null; // the next painting writes its own again
    cell.dataset.letter = this.picture.letters[index];
  }
}

// The better of black and white on a colour such as #1f5fa8.
function textOn(colour) {
  const light = luminance([1, 3, 5].map((start) => parseInt(colour.slice(start, start + 2), 16)));
  return 1.05 / (light + 0.05) > (light + 0.05) / 0.05 ? "#fff" : "#000";
}

function number(count, noun) {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

function draw(tag, attributes) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
}

function write(text, x, y, attributes) {
  const element = draw("text", { x, y, "text-anchor": "middle", ...attributes });
  element.textContent = text;
  return element;
}

function node(tag, text = "", style = {}, name = "") {
  const element = document.createElement(tag);
  if (text) element.textContent = text;
  Object.assign(element.style, style);
  if (name) element.className = name;
  return element;
}
