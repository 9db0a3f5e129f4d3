// The stepper: input, kernel and output side by side, a window that slides, and its arithmetic.
// `data` is one whole sweep, computed by Python; stepping, hovering and playing stay in the page.

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".stepper");
  root.stepper ??= new Stepper(root);
  root.stepper.send = setTriggerValue;
  root.stepper.show(data);
  return () => root.stepper.leave();
}

const ROOM_FOR_A_TERM = 180; // pixels, as the following
const [SMALLEST, LARGEST] = [8, 64]; // a cell
const [SIGN, CAPTION, GUESS] = [84, 112, 220]; // what stands between, above and in place of grids
const HINT = "To change a number, double-click it or press Enter on it; Shift and an arrow key move to its neighbour.";
const LONGEST_SENTENCE = 9; // terms; a longer sum is told by its ends

class Stepper {
  constructor(root) {
    this.root = root;
    this.find = partsOf(root);
    this.undone = [];
    this.report = new Report((serial) => this.send("edits", { ...this.edits, serial }));
    this.grids = {
      input: new Grid("Input", {
        hover: (row, col) => this.hover("input", row, col),
        pick: (row, col) => this.pin("input", row, col),
        edit: (row, col, value) => this.edit("input", row, col, value),
        tell: (wrong) => this.message(wrong),
      }),
      kernel: new Grid("Kernel", {
        hover: (row, col) => this.hover("kernel", row, col),
        pick: (row, col) => this.pin("kernel", row, col),
        edit: (row, col, value) => this.edit("kernel", row, col, value),
        tell: (wrong) => this.message(wrong),
      }),
      applied: new Grid("Flipped kernel", { hover: (row, col) => this.hover("applied", row, col) }),
      output: new Grid("Output", {
        hover: (row, col) => this.hover("output", row, col),
        pick: (row, col) => this.pickOutput(row, col),
      }),
    };
    for (const [name, grid] of Object.entries(this.grids)) this.find(name).append(grid.element);
    this.player = new Player(root, this.find("transport"), (step) => this.stepTo(step));
    // What else on the page follows the steps hears of each, and may ask where the window stands.
    this.callStep = () => document.dispatchEvent(new CustomEvent("stepper-step", { detail: { step: this.step } }));
    document.addEventListener("stepper-asked", this.callStep);
    this.find("undo").addEventListener("click", () => this.undo());
    this.find("reset").addEventListener("click", () => this.sendEdits({ input: [], kernel: [] }));
    opensDialog(this.find("share"), () => this.send("share", this.player.standing()));
    this.find("reveal").addEventListener("click", () => this.reveal([this.step]));
    this.find("reveal-all").addEventListener("click", () => this.reveal(this.data.output.values.keys()));
    this.find("guess").addEventListener("submit", (event) => this.checkValue(event));
    this.find("guess-size").addEventListener("submit", (event) => this.checkSize(event));
    this.find("reveal-size").addEventListener("click", () => this.send("reveal_size", true));
    this.width = root.clientWidth;
    this.observer = new ResizeObserver(([{ contentRect }]) => {
      this.width = contentRect.width;
      this.fit();
    });
    this.observer.observe(root);
  }

  get step() {
    return this.player.step;
  }

  leave() {
    this.player.leave();
    document.removeEventListener("stepper-asked", this.callStep);
    this.report.leave();
    this.observer.disconnect();
  }

  // ---- a new sweep ------------------------------------------------------------------------

  show(data) {
    const before = this.data;
    this.theme = themeOf(this.root);
    if (before === data) return this.paint(); // only the theme has changed
    this.data = data;
    const arrived = !before || before.arrival !== data.arrival;
    if (this.report.hear(data.answered, arrived)) this.edits = data.edits;
    Object.assign(data.input, describeInput(data.input, data.hide === "size"));
    Object.assign(data.output, describeOutput(data.output));
    this.terms = unpack(data.terms);
    this.totals = unpack(data.totals);
    const { rows, cols } = data.scatter ? data.input : data.output;
    if (arrived) this.undone = [];
    const start = arrived ? data.step - 1 : undefined;
    this.player.set({ steps: rows * cols, wide: cols, start, asleep: data.hide === "size" });
    this.revealed = new Set();
    this.pinned = this.hovered = null;
    for (const grid of Object.values(this.grids)) grid.picture = null; // the old one is not drawn again
    this.frame();
    this.fit();
    this.paint();
  }

  // Which parts there are, and what they are called.
  frame() {
    const { data } = this;
    const secret = data.hide === "size";
    this.find("kernel-figure").hidden = !data.kernel;
    this.find("applied-figure").hidden = !data.applied;
    this.find("output-figure").hidden = secret;
    this.find("guess-size").hidden = !secret;
    this.find("working").hidden = secret;
    const [[rows], [cols]] = [data.window_rows, data.window_cols];
    const holes = rows[1] - rows[0] > 1 || cols[1] - cols[0] > 1;
    this.grids.input.element.classList.toggle("holes", holes && !data.scatter);
    this.grids.output.element.classList.toggle("holes", holes && data.scatter);
    for (const [name, text] of Object.entries(data.signs)) setText(this.find(name), text);
    for (const [name, text] of Object.entries(data.captions)) {
      setText(this.find(`${name}-caption`), secret && name === "output" ? "" : unbroken(text)); // it tells the size
    }
    this.find("legend").replaceChildren(...data.legend.filter(([kind]) => !(secret && kind === "uncovered")).map(([kind, text]) => legendItem(kind, text)));
    this.find("undo").disabled = this.undone.length === 0;
    this.find("reset").hidden = this.edits.input.length + this.edits.kernel.length === 0;
    this.find("undo").hidden = this.find("reset").hidden && this.undone.length === 0;
    this.find("reveal-all").hidden = data.hide !== "values";
    this.message("");
    this.light();
    this.buildTerms();
  }

  paint() {
    const { data, theme } = this;
    const { limits } = data;
    this.grids.input.draw({ ...data.input, editable: (index) => data.input.kinds[index] === 0 }, limits.input, theme);
    if (data.kernel) this.grids.kernel.draw({ ...data.kernel, names: gridNames(data.kernel), editable: () => true }, limits.kernel, theme);
    if (data.applied) this.grids.applied.draw({ ...data.applied, names: gridNames(data.applied) }, limits.kernel, theme);
    if (data.hide === "size") return;
    this.grids.output.draw({ ...data.output, values: this.outputsAt(this.step) }, limits.output, theme);
    this.reached = this.step;
    this.player.goTo(this.step);
  }

  // The largest cells with which everything fits, side by side if that keeps the numbers legible.
  fit() {
    const { data, width } = this;
    if (!data || !width) return;
    const secret = data.hide === "size";
    const columns = [data.input, data.kernel ?? data.applied, secret ? null : data.output].filter(Boolean);
    const stackedKernels = data.applied ? data.kernel.rows * 2 + 2 : 0; // one above the other
    const rows = Math.max(stackedKernels, ...columns.map((grid) => grid.rows));
    const room = width - SIGN * 2 - 8 - (secret ? GUESS : 0);
    const needs = (size) => columns.reduce((sum, { cols }) => sum + Math.max(cols * (size + 1) + 2, CAPTION), 0);
    const tall = Math.max(Math.floor((Math.min(windowHeight(this.root), 1200) - 430) / rows) - 1, 22);
    let beside = Math.min(tall, LARGEST);
    while (beside > SMALLEST && needs(beside) > room) beside -= 1;
    const widest = Math.max(...columns.map((grid) => grid.cols));
    const stacked = Math.max(Math.min(tall, LARGEST, Math.floor((width - 8) / widest) - 1), SMALLEST);
    const stack = width < 700 && (needs(beside) > room || (beside < 20 && stacked > beside));
    this.root.classList.toggle("stacked", stack);
    for (const grid of Object.values(this.grids)) grid.resize(stack ? stacked : beside);
  }

  // ---- stepping ---------------------------------------------------------------------------

  stepTo(step) {
    const { data } = this;
    this.fillOutput();
    const window = this.window(step);
    const { input, output } = this.grids;
    const [from, to] = data.scatter ? [output, input] : [input, output];
    from.select(window.cells);
    to.select([step]);
    const [row, col] = this.outputPlace(step);
    from.outline(...window.box);
    to.outline(row, col, row, col);
    if (output.current !== step && !data.scatter) {
      const focused = output.element.contains(this.root.getRootNode().activeElement);
      output.moveTabStop(step);
      if (focused) output.cells[step].focus({ preventScroll: true });
    }
    this.tell();
    this.callStep();
  }

  // Outputs up to a step have their numbers, later ones none.
  outputsAt(step) {
    if (this.data.scatter) return this.canvasAt(step);
    return this.data.output.values.map((value, i) => (i <= step && this.open(i) ? value : null));
  }

  fillOutput() {
    const { data } = this;
    const { output } = this.grids;
    if (data.scatter) {
      this.canvasAt(this.step).forEach((value, index) => output.setValue(index, value));
      return;
    }
    const [low, high] = this.step > this.reached ? [this.reached + 1, this.step] : [this.step + 1, this.reached];
    for (let i = low; i <= high; i += 1) output.setValue(i, i <= this.step && this.open(i) ? data.output.values[i] : null);
    this.reached = this.step;
    if (data.hide === "values") output.mark("secret", [...data.output.values.keys()].filter((i) => i <= this.step && !this.open(i)));
  }

  // What stands in each cell of a scattering's canvas after a step: the last sum that reached it.
  canvasAt(step) {
    const { data } = this;
    const cells = Array(data.output.rows * data.output.cols).fill(data.hide === "values" ? null : data.bias);
    if (data.hide === "values" && !this.open(step)) return cells;
    const size = this.termCells.length;
    for (let i = 0; i <= step; i += 1) {
      this.window(i).cells.forEach((cell, k) => {
        cells[cell] = this.totals[i * size + k];
      });
    }
    return cells;
  }

  // The cells that step reads (scattering: writes), row by row, and their bounding box.
  window(step) {
    const { data } = this;
    const rows = data.window_rows[this.outputPlace(step)[0]];
    const cols = data.window_cols[this.outputPlace(step)[1]];
    const across = data.scatter ? data.output.cols : data.input.cols;
    const cells = rows.flatMap((row) => cols.map((col) => row * across + col));
    return { cells, box: [rows[0], cols[0], rows.at(-1), cols.at(-1)] };
  }

  outputPlace(step) {
    const { wide } = this.player;
    return [Math.floor(step / wide), step % wide];
  }

  open(step) {
    return this.data.hide === "nothing" || this.revealed.has(step);
  }

  // ---- the arithmetic ---------------------------------------------------------------------

  buildTerms() {
    const { data } = this;
    const [rows, cols] = data.window_size;
    const box = this.find("terms");
    box.style.setProperty("--cols", cols);
    // Too many to spell out: the products alone, the rest where the pointer is.
    this.many = cols > 5 || cols * ROOM_FOR_A_TERM > this.width;
    box.classList.toggle("many", this.many);
    box.classList.toggle("weighted", Boolean(data.kernel));
    const shape = `${rows * cols} ${box.className}`;
    if (shape === this.termShape) return;
    this.termShape = shape;
    this.termCells = Array.from({ length: rows * cols }, (_, k) => {
      const cell = document.createElement("div");
      cell.className = "term";
      cell.addEventListener("pointerenter", () => this.tellTerm(k));
      cell.addEventListener("pointerleave", () => this.light());
      for (const name of data.kernel ? ["x", "sign", "w", "product"] : ["x", "product"]) {
        const part = document.createElement("span");
        part.className = name;
        cell.append(part);
        cell[name] = part;
      }
      if (data.kernel) cell.sign.textContent = "×";
      return cell;
    });
    box.replaceChildren(...this.termCells);
  }

  // Everything that is said about the current step, from numbers that came with the sweep.
  tell() {
    const { data, step } = this;
    const open = this.open(step);
    const size = this.termCells.length;
    const { cells } = this.window(step);
    const winner = data.winners && open ? data.winners[step][0] * data.window_size[1] + data.winners[step][1] : -1;
    const powers = data.operation === "lp" && !data.winners;
    this.termCells.forEach((cell, k) => {
      const x = data.scatter ? data.input.values[step] : data.input.values[cells[k]];
      const outside = !data.scatter && data.input.kinds[cells[k]] === 3;
      cell.classList.toggle("outside", outside);
      cell.classList.toggle("winner", k === winner);
      chip(cell.x, outside ? null : x, data.limits.input, this.theme);
      if (data.kernel) {
        chip(cell.w, data.weights[k], data.limits.kernel, this.theme);
        const product = open ? this.terms[step * size + k] : null;
        if (this.many) chip(cell.product, open ? product : "?", this.data.limits.input * this.data.limits.kernel, this.theme);
        else setText(cell.product, `= ${open ? brief(product) : "?"}`);
      } else {
        setText(cell.product, !outside && powers && open ? `→ ${brief(this.terms[step * size + k])}` : k === winner ? "largest" : "");
      }
    });
    const sentence = this.sentence();
    setText(this.find("status"), sentence);
    this.tellTotals(open);
    this.find("guess").hidden = open || data.scatter;
    this.find("reveal").hidden = open || !data.scatter;
  }

  tellTerm(k) {
    const { data, step } = this;
    if (!data.kernel || !this.open(step)) return;
    const x = data.scatter ? data.input.values[step] : data.input.values[this.window(step).cells[k]];
    const product = this.terms[step * this.termCells.length + k];
    setText(this.find("readout"), `${spoken(x)} × ${spoken(data.weights[k])} = ${spoken(product)}`);
  }

  // The running sum, one line a row of the window, and the result.
  tellTotals(open) {
    const { data, step } = this;
    const [rows] = data.window_size;
    const lines = [];
    if (!data.winners && !data.scatter) {
      for (let row = 0; row < rows; row += 1) {
        lines.push([rows > 1 ? `after row ${row + 1}` : "sum", open ? spoken(this.totals[step * rows + row]) : "?"]);
      }
      if (rows > 6) lines.splice(1, lines.length - 3, ["…", ""]);
      if (data.bias) lines.push(["+ bias", spoken(data.bias)]);
      if (data.divisors) lines.push(["÷ cells", spoken(data.divisors[step])]);
      if (data.operation === "lp") lines.push([`root, 1/${spoken(data.norm)}`, ""]);
    }
    if (!data.scatter) lines.push(["output", open ? spoken(data.output.values[step]) : "?"]);
    const box = this.find("totals");
    while (box.children.length > lines.length) box.lastChild.remove();
    while (box.children.length < lines.length) {
      const line = document.createElement("div");
      line.append(document.createElement("span"), document.createElement("b"));
      box.append(line);
    }
    lines.forEach(([label, value], i) => {
      setText(box.children[i].firstChild, label);
      setText(box.children[i].lastChild, value);
    });
  }

  sentence() {
    const { data, step } = this;
    const [row, col] = this.outputPlace(step);
    const { cells } = this.window(step);
    const open = this.open(step);
    if (data.scatter) {
      const x = data.input.values[step];
      return `Input (${row + 1}, ${col + 1}) = ${spoken(x)}, times the kernel, is added to ${cells.length} cells of the output.`;
    }
    const seen = cells.map((cell, k) => [cell, k]).filter(([cell]) => data.input.kinds[cell] !== 3);
    const words = seen.map(([cell, k]) => {
      const x = spoken(data.input.values[cell]);
      if (data.kernel) return `${x}×${spoken(data.weights[k])}`;
      return data.operation === "lp" ? `|${x}|^${spoken(data.norm)}` : x;
    });
    if (words.length > LONGEST_SENTENCE) words.splice(3, words.length - 4, "…");
    const result = open ? spoken(data.output.values[step]) : "?";
    const name = `Output (${row + 1}, ${col + 1})`;
    const sum = words.join(" + ");
    if (data.operation === "max") return `${name} = max(${words.join(", ")}) = ${result}`;
    if (data.operation === "avg") return `${name} = (${sum}) / ${spoken(data.divisors[step])} = ${result}`;
    if (data.operation === "lp") {
      if (data.winners) return `${name} = max(${words.map((word) => word.replace(/\^.*/, "")).join(", ")}) = ${result}`;
      return `${name} = (${sum})^(1/${spoken(data.norm)}) = ${result}`;
    }
    return `${name} = ${sum}${data.bias ? ` + bias ${spoken(data.bias)}` : ""} = ${result}`;
  }

  // ---- hovering and pinning ---------------------------------------------------------------

  hover(where, row, col) {
    this.hovered = row === null ? null : [where, row, col];
    this.light();
  }

  pin(where, row, col) {
    const same = this.pinned && this.pinned.join() === [where, row, col].join();
    this.pinned = same ? null : [where, row, col];
    this.light();
  }

  pickOutput(row, col) {
    if (this.data.scatter) return this.pin("output", row, col);
    const step = row * this.player.wide + col;
    this.player.pauseAt(step);
    if (!this.open(step)) this.reveal([step]);
  }

  // Mark what belongs to the cell that is hovered, or else pinned, and say it.
  light() {
    const [where, row, col] = this.hovered ?? this.pinned ?? [];
    const { input, kernel, applied, output } = this.grids;
    const lit = { input: [], kernel: [], applied: [], output: [] };
    const related = where ? this.related(where, row, col) : null;
    Object.assign(lit, related?.cells);
    input.mark("lit", lit.input);
    kernel.mark("lit", lit.kernel);
    applied.mark("lit", lit.applied);
    output.mark("lit", lit.output);
    for (const [name, grid] of Object.entries(this.grids)) {
      grid.mark("pinned", this.pinned?.[0] === name ? [this.pinned[1] * grid.cols + this.pinned[2]] : []);
    }
    setText(this.find("readout"), related?.text ?? HINT);
  }

  related(where, row, col) {
    const { data } = this;
    const grid = { input: data.input, kernel: data.kernel, applied: data.applied, output: data.output }[where];
    const index = row * grid.cols + col;
    const name = where === "kernel" || where === "applied" ? `weight (${row + 1}, ${col + 1})` : `(${grid.names[index]})`;
    const many = (cells, what) => `${cells.length} ${what}${cells.length === 1 ? "" : "s"}`;
    if (where === "output" && !data.scatter) {
      const { cells } = this.window(index);
      return { cells: { input: cells, output: [index] }, text: `Output ${name} reads ${many(cells, "cell")} of the input.` };
    }
    if (where === "input" && data.scatter) {
      const { cells } = this.window(index);
      return { cells: { input: [index], output: cells }, text: `Input ${name} adds to ${many(cells, "output")}.` };
    }
    if (where === "input" || where === "output") {
      const found = crossing(data.window_rows, row, data.window_cols, col);
      const key = data.scatter ? "input" : "output";
      const text = data.scatter ? `Output ${name} collects from ${many(found, "input")}.` : `Input ${name} is read by ${many(found, "output")}.`;
      return { cells: { [where]: [index], [key]: data.hide === "size" ? [] : found }, text: data.hide === "size" ? "" : text };
    }
    const [h, w] = data.window_size;
    const turned = Boolean(data.applied) && where === "kernel";
    const [i, j] = turned ? [h - 1 - row, w - 1 - col] : [row, col];
    const touched = data.window_rows.flatMap((rows) => data.window_cols.map((cols) => rows[i] * (data.scatter ? data.output.cols : data.input.cols) + cols[j]));
    const mirror = (h - 1 - row) * w + (w - 1 - col);
    const own = { [where]: [index], ...(data.applied && { [where === "kernel" ? "applied" : "kernel"]: [mirror] }) };
    const key = data.scatter ? "output" : "input";
    const text = data.hide === "size" ? "" : data.scatter ? `The ${name} reaches ${many(touched, "output")}.` : `The ${name} touches ${many(touched, "cell")} of the input.`;
    return { cells: { ...own, [key]: touched }, text };
  }

  // ---- editing, predicting, the link ------------------------------------------------------

  edit(where, row, col, value) {
    const { edits } = this;
    const at = where === "input" ? [this.data.input.input_rows[row], this.data.input.input_cols[col]] : [row, col];
    const kept = edits[where].filter(([r, c]) => r !== at[0] || c !== at[1]);
    this.sendEdits({ ...edits, [where]: [...kept, [...at, value]] });
  }

  sendEdits(edits) {
    this.undone.push(this.edits);
    this.setEdits(edits);
  }

  undo() {
    if (this.undone.length) this.setEdits(this.undone.pop());
  }

  setEdits(edits) {
    this.edits = edits;
    this.report.tell();
  }

  message(text) {
    setText(this.find("message"), text);
  }

  reveal(steps) {
    for (const step of steps) this.revealed.add(step);
    this.paint();
  }

  checkValue(event) {
    event.preventDefault();
    const box = this.find("guess").querySelector("input");
    const guess = readNumber(box.value);
    if (guess === null) return this.message(noNumber(box.value));
    const right = this.data.output.values[this.step];
    if (Math.abs(guess - right) > 0.005 * Math.max(1, Math.abs(right))) {
      return this.message(`${spoken(guess)} is not it yet. Try again, or reveal it.`);
    }
    box.value = "";
    this.reveal([this.step]);
    this.message("Right.");
  }

  checkSize(event) {
    event.preventDefault();
    const typed = [...this.find("guess-size").querySelectorAll("input")].map((box) => box.value.trim());
    const unread = typed.find((text) => !/^\d+$/.test(text));
    if (unread !== undefined) return this.message(`Type rows and columns as whole numbers, such as 5. Received: ${unread || "nothing"}.`);
    const [rows, cols] = typed.map(Number);
    const { output } = this.data;
    if (rows === output.rows && cols === output.cols) {
      this.send("reveal_size", true);
      return this.message("Right.");
    }
    const axis = rows !== output.rows && cols !== output.cols ? "Neither axis is" : rows !== output.rows ? "The rows are not" : "The columns are not";
    return this.message(`${axis} right yet. Try again, or reveal the size.`);
  }
}

// Names for screen readers, and how cells look that are not plain inputs: which are not read tells the output's size.
function describeInput({ rows, cols, kinds, input_rows, input_cols, uncovered_rows, uncovered_cols }, secret) {
  const names = [];
  const classes = [];
  for (let row = 0; row < rows; row += 1) {
    for (let col = 0; col < cols; col += 1) {
      const kind = ["input", "padding", "stretch", "outside"][kinds[row * cols + col]];
      const idle = !secret && (uncovered_rows.includes(input_rows[row]) || uncovered_cols.includes(input_cols[col]));
      classes.push(kind === "input" && idle ? "input uncovered" : kind);
      names.push({
        input: `row ${input_rows[row] + 1}, column ${input_cols[col] + 1}`,
        padding: "padding",
        stretch: "inserted zero",
        outside: "outside",
      }[kind]);
    }
  }
  return { names, classes };
}

// Rows and columns are counted from the first that the padding does not cut away.
function describeOutput({ rows, cols, crop: [[top, bottom], [left, right]] }) {
  const names = [];
  const classes = [];
  for (let row = 0; row < rows; row += 1) {
    for (let col = 0; col < cols; col += 1) {
      const cut = row < top || row >= rows - bottom || col < left || col >= cols - right;
      classes.push(cut ? "cut" : "output");
      names.push(cut ? "cut away by the padding" : `row ${row - top + 1}, column ${col - left + 1}`);
    }
  }
  return { names, classes };
}
