// The backward pass: each position of the window takes the gradient of its output back to the weights,
// the bias or the input. `data` is one whole pass, computed by Python; stepping and playing stay in the page.

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".gradients");
  root.gradients ??= new Gradients(root);
  root.gradients.send = setTriggerValue;
  root.gradients.show(data);
  return () => root.gradients.leave();
}

const [SMALLEST, LARGEST, LARGEST_ON_A_PHONE] = [2, 88, 30]; // a cell, in pixels, as the following
const [CAPTION, LETTER, SIGN, WORD, HEAD, GAP] = [132, 6.8, 48, 96, 24, 12]; // the least width of a column, of a letter, of a sign, of a word; heights
const AROUND = 250; // what stands above and below the grids on one screen, but for the player
const LONGEST_SENTENCE = 9; // terms; a longer sum is told by its ends
const HINT = "To change a number, double-click it or press Enter on it.";
const READ = "Point at a cell to read its number, or go to it with Shift and an arrow key.";
const NAMES = {
  input: "Input", kernel: "Kernel", applied: "Flipped kernel", output: "Output", gradient: "Output gradient",
  weights: "Weight gradient", bias: "Bias gradient", products: "Products", inputs: "Input gradient",
};
const EDITABLE = ["input", "kernel", "gradient"];

// Of each view: the grid under the window, the one with the current cell, and what is made.
const VIEWS = {
  forward: { reads: "input", at: "output", made: ["output"] },
  weights: { reads: "input", at: "gradient", made: ["weights", "bias", "products"] },
  scatter: { reads: "input", at: "gradient", made: ["inputs"] },
  gather: { reads: "gradient", at: "inputs", made: ["inputs"] },
};

class Gradients {
  constructor(root) {
    this.root = root;
    this.find = partsOf(root);
    this.undone = [];
    this.report = new Report((serial) => this.send("edits", { ...this.edits, serial }));
    this.grids = {};
    this.figures = {};
    for (const [name, title] of Object.entries(NAMES)) this.addGrid(name, title);
    this.player = new Player(root, this.find("transport"), (step) => this.stepTo(step));
    this.find("undo").addEventListener("click", () => this.undone.length && this.setEdits(this.undone.pop()));
    this.find("reset").addEventListener("click", () => this.change({ input: [], kernel: [], gradient: [] }));
    opensDialog(this.find("share"), () => this.send("share", this.player.standing()));
    this.find("reveal").addEventListener("click", () => this.reveal([this.step]));
    this.find("reveal-all").addEventListener("click", () => this.reveal(Array(this.data.steps).keys()));
    this.find("guess").addEventListener("submit", (event) => this.checkGuess(event));
    this.width = root.clientWidth;
    this.observer = new ResizeObserver(([{ contentRect }]) => {
      this.width = contentRect.width;
      this.fit();
    });
    this.observer.observe(root);
  }

  addGrid(name, title) {
    const grid = new Grid(title, {
      hover: (row, col) => this.hover(name, row, col),
      pick: (row, col) => this.pick(name, row, col),
      ...(EDITABLE.includes(name) && {
        edit: (row, col, value) => this.edit(name, row, col, value),
        tell: (wrong) => this.message(wrong),
      }),
    });
    const figure = document.createElement("figure");
    figure.append(document.createElement("figcaption"), grid.element);
    this.grids[name] = grid;
    this.figures[name] = figure;
  }

  get step() {
    return this.player.step;
  }

  get view() {
    return VIEWS[this.data.view];
  }

  leave() {
    this.player.leave();
    this.report.leave();
    this.observer.disconnect();
  }

  // ---- a new pass -------------------------------------------------------------------------

  show(data) {
    const before = this.data;
    this.theme = themeOf(this.root);
    if (before === data) return this.paint(); // only the theme has changed
    this.data = data;
    const arrived = !before || before.arrival !== data.arrival;
    if (this.report.hear(data.answered, arrived)) this.edits = data.edits;
    if (arrived) {
      this.undone = [];
      this.chosen = [0, 0];
      this.focus = null;
    }
    for (const name of ["terms", "totals", "bias_totals", "slopes"]) this[name] = data[name] && unpack(data[name]);
    for (const grid of Object.values(data.grids)) Object.assign(grid, describe(grid));
    const { kernel } = data.grids;
    if (kernel) this.chosen = [Math.min(this.chosen[0], kernel.rows - 1), Math.min(this.chosen[1], kernel.cols - 1)];
    this.size = data.window_rows[0].length * data.window_cols[0].length;
    this.player.set({ steps: data.steps, wide: data.wide, start: arrived ? data.step - 1 : undefined });
    this.revealed = new Set();
    this.hovered = null;
    for (const grid of Object.values(this.grids)) grid.picture = null; // the old one is not drawn again
    this.frame();
    this.fit();
    this.paint();
  }

  // Which parts there are, and what they are called.
  frame() {
    const { data, view } = this;
    const { columns } = data;
    const shape = JSON.stringify([columns, data.signs]);
    if (shape !== this.shape) { // else all stays where it is: what is moved loses the focus, and what is being typed
      this.shape = shape;
      const parts = columns.flatMap((names, i) => [...(i ? [signs(data.signs[i - 1])] : []), this.column(names)]);
      this.find("stage").replaceChildren(...parts);
    }
    for (const name of columns.flat()) {
      setText(this.figures[name].firstChild, unbroken(data.captions[name]));
      this.figures[name].classList.toggle("made", view.made.includes(name));
      const grid = this.grids[name];
      grid.frame.hidden = true;
      grid.framed = undefined;
      grid.select([]);
      grid.marks.clear();
    }
    const spread = (windows) => windows[0].some((place, i, all) => i && Math.abs(place - all[i - 1]) > 1);
    const holes = spread(data.window_rows) || spread(data.window_cols);
    for (const name of ["input", "gradient", "inputs"]) {
      const holed = holes && (name === view.reads || (name === "inputs" && data.view === "scatter"));
      this.grids[name].element.classList.toggle("holes", holed);
    }
    this.find("legend").replaceChildren(...data.legend.map(([kind, text]) => legendItem(kind, text)));
    this.find("undo").disabled = this.undone.length === 0;
    this.find("reset").hidden = EDITABLE.every((name) => this.edits[name].length === 0);
    this.find("undo").hidden = this.find("reset").hidden && this.undone.length === 0;
    this.find("reveal-all").hidden = data.hide === "nothing";
    this.message("");
  }

  column(names) {
    const column = document.createElement("div");
    column.className = "column";
    column.append(...names.map((name) => this.figures[name]));
    return column;
  }

  paint() {
    const { data } = this;
    data.columns.flat().forEach((name) => {
      const { kinds, ...picture } = data.grids[name];
      const editable = EDITABLE.includes(name) ? (index) => !kinds || kinds[index] === 0 : undefined;
      this.grids[name].draw({ ...picture, values: [...picture.values], editable }, data.limits[name], this.theme);
    });
    this.see();
    this.player.goTo(this.step);
  }

  // Whether all numbers can be read where they stand.
  see() {
    this.unread = this.data.columns.flat().some((name) => this.grids[name].picture && this.grids[name].unread);
    this.light();
  }

  // The largest cells with which everything fits on one screen; where nothing does, its width; else below one another.
  fit() {
    const { data, width } = this;
    if (!data || !width) return;
    const { columns } = data;
    const grids = (names) => names.map((name) => data.grids[name]);
    const caption = (name) => Math.max(CAPTION, Math.ceil(LETTER * data.captions[name].length));
    // A caption may reach over what stands between its column and the next.
    const beyond = (names) => (names === columns.at(-1) ? 0 : signWidth(data.signs[columns.indexOf(names)]) - GAP);
    const across = (names, size) => Math.max(...names.map((name) => caption(name) - beyond(names)), ...grids(names).map(({ cols }) => cols * (size + 1) + 2));
    const down = (names, size) => grids(names).reduce((sum, { rows }) => sum + HEAD + rows * (size + 1) + GAP, 0);
    const between = data.signs.reduce((sum, texts) => sum + signWidth(texts), 0);
    const [wide, tall] = [width - between - 10, Math.max(Math.min(windowHeight(this.root), 1300) - AROUND - this.find("transport").offsetHeight, 240)];
    const fitsAcross = (size) => width >= 600 && columns.reduce((sum, names) => sum + across(names, size), 0) <= wide;
    const fitsDown = (size) => columns.every((names) => down(names, size) <= tall);
    const fitsAlone = (size) => grids(columns.flat()).every(({ cols }) => cols * (size + 1) <= width - 12);
    const beside = largest(LARGEST, (size) => fitsAcross(size) && fitsDown(size)) ?? largest(LARGEST, fitsAcross);
    const size = beside ?? largest(LARGEST_ON_A_PHONE, fitsAlone) ?? SMALLEST;
    this.root.classList.toggle("stacked", beside === undefined);
    for (const names of columns) {
      const over = beside === undefined ? 0 : beyond(names);
      for (const name of names) this.figures[name].style.setProperty("--caption", `${caption(name) - over}px`);
    }
    for (const grid of Object.values(this.grids)) grid.resize(size);
    this.placeSigns(columns, (names, level) => {
      const top = down(names.slice(0, level), size) + HEAD;
      return [top, top + data.grids[names[level]].rows * (size + 1)];
    });
    this.see();
  }

  // A sign stands where the grids on both sides of it are beside one another.
  placeSigns(columns, ends) {
    this.find("stage").querySelectorAll(".signs").forEach((element, i) => {
      for (const [level, sign] of [...element.children].entries()) {
        const beside = columns.slice(i, i + 2).filter((names) => names[level]).map((names) => ends(names, level));
        const [from, to] = [Math.max(...beside.map(([top]) => top)), Math.min(...beside.map(([, bottom]) => bottom))];
        sign.style.top = `${(from + to) / 2}px`;
      }
    });
  }

  // ---- stepping ---------------------------------------------------------------------------

  stepTo(step) {
    const { data, view } = this;
    this.fill(step);
    const place = this.place(step);
    this.frameWindow(view.reads, data.window_rows[place[0]], data.window_cols[place[1]]);
    this.frameWindow(view.at, [place[0]], [place[1]]);
    if (data.view === "scatter") this.frameWindow("inputs", data.target_rows[place[0]], data.target_cols[place[1]]);
    const current = this.grids[view.at];
    const index = data.view === "gather" || data.view === "forward" ? step : place[0] * current.cols + place[1];
    if (current.current !== index) {
      const focused = current.element.contains(this.root.getRootNode().activeElement);
      current.moveTabStop(index);
      if (focused) current.cells[index].focus({ preventScroll: true });
    }
    this.mark(step);
    this.tell(step);
  }

  place(step) {
    const { wide } = this.player;
    return [Math.floor(step / wide), step % wide];
  }

  frameWindow(name, rows, cols) {
    const grid = this.grids[name];
    grid.select(rows.flatMap((row) => cols.map((col) => row * grid.cols + col)));
    grid.outline(Math.min(...rows), Math.min(...cols), Math.max(...rows), Math.max(...cols));
  }

  // What the steps up to this one have made.
  fill(step) {
    const { data, size } = this;
    const put = (name, values, secrets) => {
      values.forEach((value, index) => this.grids[name].setValue(index, value));
      this.grids[name].mark("secret", secrets);
    };
    const all = (name) => [...data.grids[name].values.keys()];
    if (data.view === "weights") {
      const open = this.open(step);
      put("weights", all("weights").map((k) => (open ? this.totals[step * size + k] : null)), open ? [] : all("weights"));
      put("bias", [open ? this.bias_totals[step] : null], open ? [] : [0]);
      const weight = this.chosenIndex();
      put(
        "products", all("products").map((i) => (i <= step && this.open(i) ? this.terms[i * size + weight] : null)),
        all("products").filter((i) => i <= step && !this.open(i)),
      );
    } else if (data.view === "scatter") {
      const open = this.open(step);
      const values = open ? this.canvas(step) : all("inputs").map(() => null);
      put("inputs", values, open ? [] : all("inputs"));
    } else {
      const name = this.view.at;
      const { values } = data.grids[name];
      put(
        name, values.map((value, i) => (i <= step && this.open(i) ? value : null)),
        all(name).filter((i) => i <= step && !this.open(i)),
      );
    }
  }

  // What stands in each cell of the input's gradient after a step: the last sum that reached it.
  canvas(step) {
    const { data, size } = this;
    const { kinds, values } = data.grids.inputs;
    const cells = values.map((_, index) => (kinds?.[index] === 3 ? null : 0));
    for (let i = 0; i <= step; i += 1) {
      this.targets(i).forEach((cell, k) => {
        const total = this.totals[i * size + k];
        if (!Number.isNaN(total)) cells[cell] = total;
      });
    }
    return cells;
  }

  targets(step) {
    const [row, col] = this.place(step);
    const { cols } = this.data.grids.inputs;
    return this.data.target_rows[row].flatMap((r) => this.data.target_cols[col].map((c) => r * cols + c));
  }

  // The cells under the window, in the order of the kernel's weights.
  window(step) {
    const [row, col] = this.place(step);
    const { cols } = this.data.grids[this.view.reads];
    return this.data.window_rows[row].flatMap((r) => this.data.window_cols[col].map((c) => r * cols + c));
  }

  open(step) {
    return this.data.hide === "nothing" || this.revealed.has(step);
  }

  chosenIndex() {
    return this.chosen[0] * this.data.grids.kernel.cols + this.chosen[1];
  }

  // The weight that is followed, the cell it meets now, or the cell of the input that is followed.
  mark(step) {
    const { data, grids } = this;
    if (data.view === "weights") {
      const weight = this.chosenIndex();
      grids.kernel.mark("chosen", [weight]);
      grids.weights.mark("chosen", [weight]);
      grids.input.mark("focus", [this.window(step)[weight]]);
      grids.products.mark("focus", [step]);
      setText(this.figures.products.firstChild, `g × x of weight (${this.chosen[0] + 1}, ${this.chosen[1] + 1})`);
    } else if (data.view === "scatter") {
      const at = this.focused(step);
      grids.inputs.mark("focus", at === null ? [] : [at.cell]);
      if (data.grids.kernel) grids.kernel.mark("chosen", at === null ? [] : at.indices);
    }
  }

  // The cell that a step's sentence is about: the one that was chosen, if it is in reach, else the winner, the middle or
  // the first of the window that is not cut away; with the places in the window that hand something to it.
  focused(step) {
    const { data } = this;
    const targets = this.targets(step);
    const kept = (cell) => !data.grids.inputs.kinds || data.grids.inputs.kinds[cell] === 0;
    const wanted = this.focus && this.focus[0] * data.grids.inputs.cols + this.focus[1];
    const [high, wide] = [data.window_rows[0].length, data.window_cols[0].length];
    const [i, j] = data.winners && this.open(step) ? data.winners[step] : [];
    const winner = i === undefined ? undefined : targets[i * wide + j];
    const middle = targets[Math.floor((high - 1) / 2) * wide + Math.floor((wide - 1) / 2)];
    const cell = targets.includes(wanted) && kept(wanted) ? wanted : winner ?? (kept(middle) ? middle : targets.find(kept));
    if (cell === undefined) return null;
    return { cell, indices: targets.flatMap((target, k) => (target === cell ? [k] : [])) };
  }

  // ---- what is said -----------------------------------------------------------------------

  tell(step) {
    const open = this.open(step);
    const sentence = { forward: "tellForward", weights: "tellWeights", scatter: "tellScatter", gather: "tellGather" }[this.data.view];
    setText(this.find("status"), this[sentence](step, open));
    this.find("guess").hidden = open;
    if (!open) setText(this.find("question"), `Your prediction: ${this.asked(step)}`);
  }

  named(step) {
    return `(${this.place(step).map((place) => place + 1).join(", ")})`;
  }

  tellForward(step, open) {
    const { data, size } = this;
    const { input, kernel, output } = data.grids;
    const seen = this.window(step).map((cell, k) => [cell, k]).filter(([cell]) => input.kinds[cell] !== 3);
    const words = shortened(seen.map(([cell, k]) => {
      const x = spoken(input.values[cell]);
      return kernel ? `${x}×${spoken(kernel.values[k])}` : data.operation === "lp" ? `|${x}|` : x;
    }));
    const result = open ? spoken(output.values[step]) : "?";
    const name = `Output ${this.named(step)}`;
    if (data.operation === "max" || data.norm === "∞") return `${name} = max(${words.join(", ")}) = ${result}`;
    if (data.operation === "avg") return `${name} = (${words.join(" + ")}) / ${spoken(data.divisors[step])} = ${result}`;
    if (data.operation === "lp") {
      const powers = words.map((word) => (word === "…" ? word : `${word}^${spoken(data.norm)}`));
      return `${name} = (${powers.join(" + ")})^(1/${spoken(data.norm)}) = ${result}`;
    }
    return `${name} = ${words.join(" + ")}${data.bias ? ` + bias ${spoken(data.bias)}` : ""} = ${result}`;
  }

  tellWeights(step, open) {
    const { data, size } = this;
    const k = this.chosenIndex();
    const g = spoken(data.grids.gradient.values[step]);
    const x = spoken(data.grids.input.values[this.window(step)[k]]);
    const [term, total, bias] = [this.terms[step * size + k], this.totals[step * size + k], this.bias_totals[step]].map((value) => (open ? spoken(value) : "?"));
    return `Position ${this.named(step)}: g = ${g}. Weight gradient (${this.chosen[0] + 1}, ${this.chosen[1] + 1}) += ${g} × ${x} = ${term}, now ${total}. Bias gradient += ${g}, now ${bias}.`;
  }

  tellScatter(step, open) {
    const { data, size } = this;
    const value = data.grids.gradient.values[step];
    const g = spoken(value);
    const at = this.focused(step);
    const begin = `Position ${this.named(step)}: g = ${g}${this.route(step)}.`;
    if (at === null) return `${begin} All of it falls on the padding and is cut away.`;
    const factors = at.indices.map((k) => spoken(this.slopes ? this.slopes[step * size + k] : data.grids.kernel.values[k]));
    const single = at.indices.length === 1;
    const term = this.terms[step * size + at.indices[0]];
    // What is copied, or goes whole, needs no product; whose slope is to be predicted shows none.
    const plain = data.operation === "sum" || (data.operation === "max" && term === value) || (this.slopes && !open);
    const products = data.operation === "avg" && Number(factors[0])
      ? `${g} / ${spoken(data.divisors[step])}`
      : plain ? "" : factors.map((factor) => `${g} × ${factor}`).join(" + ");
    const result = single ? (open ? spoken(term) : "?") : "";
    const added = [products, result].filter(Boolean).join(" = ");
    return `${begin} Input gradient (${this.inputName(at.cell)}) += ${added}, now ${open ? spoken(this.totals[step * size + at.indices[0]]) : "?"}.`;
  }

  // Where a position's gradient goes.
  route(step) {
    const { data } = this;
    if (data.winners && !this.open(step)) return " goes to the largest of the window";
    if (data.winners) {
      const [i, j] = data.winners[step];
      const [row, col] = this.place(step);
      const cell = data.target_rows[row][i] * data.grids.inputs.cols + data.target_cols[col][j];
      return ` goes to the largest of the window, (${this.inputName(cell)})`;
    }
    if (data.operation === "avg") return ` is shared by ${many(data.divisors[step], "cell")}`;
    if (data.operation === "sum") return " is copied to every cell of the window";
    if (data.operation === "lp") return " is spread by size and sign";
    return ", times the kernel, is added under the window";
  }

  inputName(cell) {
    const { input_rows, input_cols, cols } = this.data.grids.inputs;
    const [row, col] = [Math.floor(cell / cols), cell % cols];
    return `${(input_rows?.[row] ?? row) + 1}, ${(input_cols?.[col] ?? col) + 1}`;
  }

  tellGather(step, open) {
    const { data } = this;
    const { gradient, inputs } = data.grids;
    const seen = this.window(step).map((cell, k) => [cell, k]).filter(([cell]) => !gradient.kinds || gradient.kinds[cell] === 0);
    const words = shortened(seen.map(([cell, k]) => `${spoken(gradient.values[cell])}×${spoken(data.weights[k])}`));
    const sum = words.length ? `${words.join(" + ")} = ` : "";
    const none = words.length ? "" : ", for no g is under the window";
    return `Input gradient ${this.named(step)} = ${sum}${open ? spoken(inputs.values[step]) : "?"}${open ? none : ""}`;
  }

  // ---- predicting -------------------------------------------------------------------------

  asked(step) {
    const { view } = this.data;
    if (view === "forward") return `output ${this.named(step)}`;
    if (view === "gather") return `input gradient ${this.named(step)}`;
    const [row, col] = this.chosen;
    if (view === "weights") return `weight gradient (${row + 1}, ${col + 1}) so far`;
    const at = this.focused(step);
    return at === null ? "nothing to predict here" : `input gradient (${this.inputName(at.cell)}) so far`;
  }

  answer(step) {
    const { data, size } = this;
    if (data.view === "weights") return this.totals[step * size + this.chosenIndex()];
    if (data.view === "scatter") return this.totals[step * size + (this.focused(step)?.indices[0] ?? 0)];
    return data.grids[this.view.at].values[step];
  }

  checkGuess(event) {
    event.preventDefault();
    const box = this.find("guess").querySelector("input");
    const guess = readNumber(box.value);
    if (guess === null) return this.message(noNumber(box.value));
    const right = this.answer(this.step);
    if (Math.abs(guess - right) > 0.005 * Math.max(1, Math.abs(right))) {
      return this.message(`${spoken(guess)} is not it yet. Try again, or reveal it.`);
    }
    box.value = "";
    this.reveal([this.step]);
    this.message("Right.");
  }

  reveal(steps) {
    for (const step of steps) this.revealed.add(step);
    this.message("");
    this.stepTo(this.step);
  }

  // ---- hovering and choosing --------------------------------------------------------------

  hover(where, row, col) {
    this.hovered = row === null ? null : [where, row, col];
    this.light();
  }

  // A weight or an input is followed, by the derivation too; an output, or its gradient, is a position to go to.
  pick(where, row, col) {
    const { data } = this;
    const { input_rows, input_cols } = data.grids[where];
    const followed = [input_rows?.[row] ?? row, input_cols?.[col] ?? col];
    if (data.view === "weights" && (where === "kernel" || where === "weights")) this.chosen = [row, col];
    else if (data.view === "scatter" && where === "inputs") this.focus = [row, col];
    else if (data.view === "scatter" && where === "input") this.focus = this.onInputs(row, col);
    else if (where === this.view.at || where === "output" || where === "gradient" || where === "products") {
      if (where === "inputs") this.send("follow", followed);
      const index = row * this.grids[where].cols + col;
      if (where === "gradient" && data.view === "gather") return;
      return this.player.pauseAt(index);
    } else return;
    this.send("follow", followed);
    this.message("");
    this.stepTo(this.step);
  }

  // The place in the input's gradient that belongs to a cell of the padded input.
  onInputs(row, col) {
    const { input, inputs } = this.data.grids;
    return inputs.cut ? [row, col] : [input.input_rows[row], input.input_cols[col]];
  }

  // Mark what belongs to the cell under the pointer, and say it.
  light() {
    const related = this.hovered ? this.related(...this.hovered) : null;
    for (const [name, grid] of Object.entries(this.grids)) grid.mark("lit", related?.lit[name] ?? []);
    const choose = { weights: " Choose a weight by a click, or Enter on its gradient.", scatter: " Follow an input by a click, or Enter on its gradient." }[this.data.view] ?? "";
    const number = this.unread && this.hovered ? this.cellName(...this.hovered) : "";
    const told = [number, related?.text].filter(Boolean).join(" ");
    setText(this.find("readout"), told || (this.unread ? READ : HINT) + choose);
  }

  // What a screen reader says of a cell.
  cellName(where, row, col) {
    const grid = this.grids[where];
    return `${NAMES[where]}, ${grid.cells[row * grid.cols + col].ariaLabel}.`;
  }

  related(where, row, col) {
    const { data, view } = this;
    const index = row * data.grids[where].cols + col;
    if (where === "kernel" || where === "weights") {
      if (view.reads !== "input") return null;
      const met = data.window_rows.flatMap((rows) => data.window_cols.map((cols) => rows[row] * data.grids.input.cols + cols[col]));
      return { lit: { input: met }, text: `Weight (${row + 1}, ${col + 1}) is shared: it meets ${many(met.length, "cell")}, one at each position.` };
    }
    const steps = data.view === "gather" ? "inputs" : "output";
    if (where === steps || (where === "gradient" && steps === "output") || where === "products") {
      const word = data.view === "gather" ? "Input gradient" : "Position";
      return { lit: { [view.reads]: this.window(index) }, text: `${word} (${row + 1}, ${col + 1}) reads ${many(this.size, "cell")}.` };
    }
    if (where !== "input" && where !== "inputs" && where !== "gradient") return null;
    const windows = where === "inputs" ? [data.target_rows, data.target_cols] : [data.window_rows, data.window_cols];
    const found = crossing(windows[0], row, windows[1], col);
    const lit = data.view === "gather" ? { inputs: found } : { output: found, gradient: found };
    const name = data.grids[where].names[index];
    if (data.view === "gather") return { lit, text: `The cell (${name}) is read by ${many(found.length, "input gradient")}.` };
    const sum = data.view === "forward" ? "" : `: its gradient has ${many(found.length, "term")}`;
    return { lit, text: `The cell (${name}) is read at ${many(found.length, "position")}${sum}.` };
  }

  // ---- editing ----------------------------------------------------------------------------

  edit(where, row, col, value) {
    const { input_rows, input_cols } = this.data.grids[where];
    const at = [input_rows?.[row] ?? row, input_cols?.[col] ?? col];
    const kept = this.edits[where].filter(([r, c]) => r !== at[0] || c !== at[1]);
    this.change({ ...this.edits, [where]: [...kept, [...at, value]] });
  }

  change(edits) {
    this.undone.push(this.edits);
    this.setEdits(edits);
  }

  setEdits(edits) {
    this.edits = edits;
    this.report.tell();
  }

  message(text) {
    setText(this.find("message"), text);
  }
}

// Names for screen readers, and how cells look that are not plain.
function describe({ rows, cols, kinds, input_rows, input_cols, uncovered_rows = [], uncovered_cols = [], cut }) {
  const names = [];
  const classes = [];
  for (let row = 0; row < rows; row += 1) {
    for (let col = 0; col < cols; col += 1) {
      const kind = ["input", cut ? "cut" : "padding", "stretch", "outside"][kinds?.[row * cols + col] ?? 0];
      const [r, c] = [input_rows?.[row] ?? row, input_cols?.[col] ?? col];
      const idle = uncovered_rows.includes(r) || uncovered_cols.includes(c);
      classes.push(kind === "input" && idle ? "input uncovered" : kind);
      names.push({
        input: `row ${r + 1}, column ${c + 1}`,
        padding: "padding",
        cut: "cut away with the padding",
        stretch: "inserted zero",
        outside: "outside",
      }[kind]);
    }
  }
  return { names, classes };
}

// What stands between two columns, beside their upper grids and beside those below.
function signs(texts) {
  const element = document.createElement("div");
  element.className = "signs";
  element.setAttribute("aria-hidden", "true");
  element.style.width = `${signWidth(texts)}px`;
  for (const text of texts) element.append(Object.assign(document.createElement("span"), { textContent: text }));
  return element;
}

// The largest cell that fits.
function largest(from, fits) {
  for (let size = from; size >= SMALLEST; size -= 1) if (fits(size)) return size;
  return undefined;
}

function signWidth(texts) {
  return texts.some((text) => text.length > 2) ? WORD : SIGN;
}

function shortened(terms) {
  return terms.length > LONGEST_SENTENCE ? [...terms.slice(0, 3), "…", terms.at(-1)] : terms;
}

function many(number, what) {
  return `${number} ${what}${number === 1 ? "" : "s"}`;
}
