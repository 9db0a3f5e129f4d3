// Many maps: every input map with its kernel and products at this step, and the output maps they add up to.
// `data` is one whole layer, computed by Python; stepping, hovering and playing stay in the page.

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".channels");
  root.channels ??= new Channels(root);
  root.channels.send = setTriggerValue;
  root.channels.show(data);
  return () => root.channels.leave();
}

const [SMALLEST, LEGIBLE, LARGEST, LARGEST_ON_A_PHONE] = [6, 24, 56, 26]; // a cell, in pixels, as the following
const [CAPTION, NOTED, HEAD, KERNEL_HEAD] = [124, 148, 26, 26]; // width of a caption, with a note, and heights
const [GAP, ARROW, PICTURE] = [16, 46, 112]; // between maps, between input and output, of the picture in colour
const AROUND = 392; // what stands above and below the maps on one screen
const TINTS = [[1, 0, 0], [0, 1, 0], [0.25, 0.45, 1]]; // of red, green and blue, the last light enough to be seen

// A grid for the eye alone, which the line of the products says in words: nothing in it takes the focus.
class Sight extends Grid {
  constructor(listen) {
    super("", listen);
    this.element.setAttribute("aria-hidden", "true");
  }

  moveTabStop(index) {
    this.current = index;
  }
}

class Channels {
  constructor(root) {
    this.root = root;
    this.find = partsOf(root);
    this.blocks = []; // one an input map: its grid, its kernel and its products
    this.outputs = [];
    this.player = new Player(root, this.find("transport"), (step) => this.stepTo(step));
    opensDialog(this.find("share"), () => this.send("share", { step: this.player.step + 1 }));
    this.width = root.clientWidth;
    this.observer = new ResizeObserver(([{ contentRect }]) => {
      this.width = contentRect.width;
      this.fit();
    });
    this.observer.observe(root);
  }

  leave() {
    this.player.leave();
    this.observer.disconnect();
  }

  // ---- a new layer ------------------------------------------------------------------------

  show(data) {
    const before = this.data;
    this.theme = themeOf(this.root);
    if (before === data) return this.paint(); // only the theme has changed
    const place = before && this.placeOf(this.player.step);
    const atEnd = before && this.player.step === this.player.steps - 1;
    this.data = data;
    this.sums = unpack(data.sums);
    this.terms = unpack(data.terms);
    this.values = unpack(data.outputs);
    this.size = data.output.rows * data.output.cols;
    const steps = this.values.length;
    const arrived = !before || before.arrival !== data.arrival;
    const start = arrived ? data.step - 1 : atEnd ? steps - 1 : this.stepAt(...this.nearest(place));
    if (arrived) this.chosen = 0;
    this.hovered = null;
    this.player.set({ steps, wide: data.output.cols * (data.order === "places" ? data.sources.length : 1), start });
    this.frame();
    for (const grid of this.grids()) grid.picture = null; // the old one is not drawn again
    this.fit();
    this.paint();
  }

  grids() {
    return [...this.blocks.flatMap(({ grid, kernel, products }) => [grid, kernel, products]), ...this.outputs.map(({ grid }) => grid)];
  }

  nearest({ out, row, col }) {
    const { output, sources } = this.data;
    return [Math.min(out, sources.length - 1), Math.min(row, output.rows - 1), Math.min(col, output.cols - 1)];
  }

  // Which parts there are, and what they are called.
  frame() {
    const { data } = this;
    const [maps, outs] = [data.titles.length, data.sources.length];
    while (this.blocks.length < maps) this.blocks.push(new Block(this, this.blocks.length));
    while (this.outputs.length < outs) this.outputs.push(new Output(this, this.outputs.length));
    place(this.find("inputs"), this.blocks.slice(0, maps).map(({ element }) => element));
    place(this.find("outputs"), this.outputs.slice(0, outs).map(({ element }) => element));
    data.titles.forEach((title, channel) => this.blocks[channel].name(...title));
    const [[rows], [cols]] = [data.window_rows, data.window_cols];
    const holes = rows[1] - rows[0] > 1 || cols[1] - cols[0] > 1;
    for (const { grid } of this.blocks) grid.element.classList.toggle("holes", holes);
    this.inputLooks = describeInput(data.input);
    this.kernelNames = gridNames(data.kernel);
    this.outputNames = gridNames(data.output);
    const kinds = new Map([["padding", "padding"], ["uncovered", "read by no window"]]);
    const found = [...kinds].filter(([kind]) => this.inputLooks.classes.some((name) => name.includes(kind)));
    if (data.groups > 1) found.push(["idle", "not in this output's group"]);
    this.find("legend").replaceChildren(...found.map(([kind, text]) => legendItem(kind, text)));
    this.count();
    this.paintPicture();
  }

  count() {
    const entries = this.data.counts.map(([name, formula, numbers, result, dense]) => {
      const [entry, total] = [document.createElement("li"), document.createElement("b")];
      total.textContent = result;
      const lines = [[name], subscripts(formula), ["= ", numbers, " = ", total], [`dense, same size: ${dense}`]];
      for (const parts of lines) {
        const line = document.createElement("div");
        line.append(...parts);
        entry.append(line);
      }
      return entry;
    });
    this.find("counts").replaceChildren(...entries);
  }

  // The three maps as the colours of one picture.
  paintPicture() {
    const { data } = this;
    this.find("picture").hidden = !data.in_colour;
    if (!data.in_colour) return;
    const { input_rows, input_cols, cols, values } = data.input;
    const [height, width] = [Math.max(...input_rows) + 1, Math.max(...input_cols) + 1];
    const canvas = this.find("canvas");
    Object.assign(canvas, { width, height, ariaLabel: "The three input maps as the red, green and blue of one picture" });
    const image = new ImageData(width, height);
    for (let row = 0; row < height; row += 1) {
      for (let col = 0; col < width; col += 1) {
        const from = input_rows.indexOf(row) * cols + input_cols.indexOf(col);
        const to = 4 * (row * width + col);
        values.forEach((map, channel) => { image.data[to + channel] = 255 * map[from]; });
        image.data[to + 3] = 255;
      }
    }
    canvas.getContext("2d").putImageData(image, 0, 0);
  }

  paint() {
    const { data, theme } = this;
    const { step } = this.player;
    const { out } = this.placeOf(step);
    this.reached = step;
    data.sources.forEach((_, map) => {
      const values = Array.from({ length: this.size }, (_, i) => this.shown(map, i, step));
      this.outputs[map].grid.draw({ ...data.output, values, names: this.outputNames }, data.limits.output, theme);
    });
    this.paintInputs(out);
    this.player.goTo(step);
  }

  // The input maps as an output map reads them, with its kernels.
  paintInputs(out) {
    const { data } = this;
    this.out = out;
    const members = data.sources[out];
    this.blocks.slice(0, data.titles.length).forEach((block, channel) => block.draw(out, members.indexOf(channel)));
    if (!members.includes(this.chosen)) this.chosen = members[0];
  }

  // ---- size -------------------------------------------------------------------------------

  // The largest cells with which everything fits on one screen, in as many columns of maps as that takes.
  fit() {
    const { data, width } = this;
    if (!data || !width) return;
    const [maps, outs] = [data.titles.length, data.sources.length];
    const narrow = width < 700;
    const caption = data.titles.some(([, note]) => note) ? NOTED : CAPTION;
    const [wide, tall] = narrow ? [width - 8, Infinity] : [width - ARROW - 8 - (data.in_colour ? PICTURE : 0), Math.min(windowHeight(this.root), 1300) - AROUND];
    const needs = (size, across, down) => {
      const [pitch, lines] = [size + 1, Math.ceil(maps / across)];
      const below = (size < LEGIBLE ? [74, 60] : [84, 116]).map((head) => Math.max(head, data.kernel.cols * pitch));
      const map = Math.max(data.input.cols * pitch, below[0] + GAP + below[1], caption);
      const height = HEAD + data.input.rows * pitch + KERNEL_HEAD + data.kernel.rows * pitch;
      const output = Math.max(data.output.cols * pitch, CAPTION);
      const columns = Math.ceil(outs / down);
      return {
        inputs: across * (map + GAP), outputs: columns * (output + GAP),
        height: Math.max(lines * (height + GAP), down * (HEAD + data.output.rows * pitch + GAP)) - GAP,
      };
    };
    const fits = ({ inputs, outputs, height }) => height <= tall && (narrow ? Math.max(inputs, outputs) - GAP : inputs + outputs - 2 * GAP) <= wide;
    let best = { size: SMALLEST, across: Math.max(1, Math.min(maps, Math.floor(wide / 2 / (caption + GAP)))), down: Math.ceil(outs / 2) };
    search: for (let size = narrow ? LARGEST_ON_A_PHONE : LARGEST; size >= SMALLEST; size -= 1) {
      const fewest = narrow && size > LEGIBLE / 2 ? Math.min(maps, 2) : 1;
      for (const across of even(maps).filter((number) => number >= fewest)) {
        for (const down of narrow ? [outs] : even(outs)) {
          if (!fits(needs(size, across, down))) continue;
          best = { size, across, down };
          break search;
        }
      }
    }
    this.root.classList.toggle("stacked", narrow);
    this.root.classList.toggle("small", best.size < LEGIBLE);
    this.find("inputs").style.setProperty("--across", best.across);
    this.find("inputs").style.setProperty("--caption", `${caption}px`);
    this.find("outputs").style.setProperty("--across", narrow ? Math.max(1, Math.floor((wide + GAP) / (Math.max(data.output.cols * (best.size + 1), CAPTION) + GAP))) : Math.ceil(outs / best.down));
    for (const grid of this.grids()) grid.resize(best.size);
  }

  // ---- steps ------------------------------------------------------------------------------

  // Output map, row and column of a step: map by map, or all maps at one place before the next.
  placeOf(step) {
    const { order, output, sources } = this.data;
    const [out, index] = order === "places"
      ? [step % sources.length, Math.floor(step / sources.length)]
      : [Math.floor(step / this.size), step % this.size];
    return { out, index, row: Math.floor(index / output.cols), col: index % output.cols };
  }

  stepAt(out, row, col) {
    const { order, output, sources } = this.data;
    const index = row * output.cols + col;
    return order === "places" ? index * sources.length + out : out * this.size + index;
  }

  goTo(out, row, col) {
    this.player.pauseAt(this.stepAt(out, row, col));
  }

  // An output's value, if the step has reached it.
  shown(out, index, step) {
    const { cols } = this.data.output;
    return this.stepAt(out, Math.floor(index / cols), index % cols) <= step ? this.values[out * this.size + index] : null;
  }

  stepTo(step) {
    const { data } = this;
    const { out, index, row, col } = this.placeOf(step);
    const [low, high] = step > this.reached ? [this.reached + 1, step] : [step + 1, this.reached];
    for (let i = low; i <= high; i += 1) {
      const other = this.placeOf(i);
      this.outputs[other.out].grid.setValue(other.index, this.shown(other.out, other.index, step));
    }
    this.reached = step;
    if (out !== this.out) this.paintInputs(out);
    const window = this.window(row, col);
    const size = data.kernel.rows * data.kernel.cols;
    data.sources[out].forEach((channel, i) => {
      const first = ((out * data.sources[out].length + i) * this.size + index) * size;
      this.blocks[channel].step(window, this.terms.subarray(first, first + size), this.sumsAt(out, index)[i]);
    });
    this.outputs.slice(0, data.sources.length).forEach((output, map) => output.step(map === out ? [row, col] : null));
    this.keepFocus(out, index);
    this.tell();
  }

  // With the focus in an output map, it goes along with the step.
  keepFocus(out, index) {
    const { grid } = this.outputs[out];
    const focused = this.root.getRootNode().activeElement;
    const inside = this.outputs.some(({ grid: other }) => other.element.contains(focused));
    grid.moveTabStop(index);
    if (inside && focused !== grid.cells[index]) grid.cells[index].focus({ preventScroll: true });
  }

  // The cells of an input map that an output at a row and column reads, row by row, and their bounding box.
  window(row, col) {
    const { window_rows, window_cols, input } = this.data;
    const [rows, cols] = [window_rows[row], window_cols[col]];
    return { cells: rows.flatMap((r) => cols.map((c) => r * input.cols + c)), box: [rows[0], cols[0], rows.at(-1), cols.at(-1)] };
  }

  sumsAt(out, index) {
    const per = this.data.sources[out].length;
    const first = (out * this.size + index) * per;
    return this.sums.subarray(first, first + per);
  }

  // ---- the arithmetic ---------------------------------------------------------------------

  tell() {
    const { data } = this;
    const { out, index, row, col } = this.placeOf(this.player.step);
    const limit = data.limits.sums;
    const number = (value) => {
      const shown = document.createElement("b");
      chip(shown, value, limit, this.theme);
      setText(shown, spoken(value));
      return shown;
    };
    const parts = [`Output channel ${out + 1} (${row + 1}, ${col + 1}) = `];
    this.sumsAt(out, index).forEach((sum, i) => parts.push(number(sum), ` (input channel ${data.sources[out][i] + 1}) + `));
    parts.push(number(data.bias[out]), " (bias) = ", number(this.values[out * this.size + index]));
    this.find("status").replaceChildren(...parts);
    this.tellTerms();
  }

  // The products of one channel in words: of the one under the pointer, or else the chosen one.
  tellTerms() {
    const { data } = this;
    const { out, index, row, col } = this.placeOf(this.player.step);
    const members = data.sources[out];
    const channel = members.includes(this.hovered?.channel) ? this.hovered.channel : this.chosen;
    const i = members.indexOf(channel);
    const weights = data.kernel.values[out][i];
    const { cells } = this.window(row, col);
    const terms = cells.map((cell, k) => `${spoken(data.input.values[channel][cell])}×${spoken(weights[k])}`);
    setText(this.find("terms"), `Input channel ${channel + 1}: ${terms.join(" + ")} = ${spoken(this.sumsAt(out, index)[i])}`);
    this.blocks.forEach((block, other) => block.element.classList.toggle("chosen", members.length > 1 && other === channel));
    const { all, x, k } = data.stepper;
    this.find("open").href = `explore?${[all, x[channel], k[out][i]].filter(Boolean).join("&")}`;
  }

  choose(channel) {
    if (!this.data.sources[this.out].includes(channel)) return;
    this.chosen = channel;
    this.tellTerms();
  }

  // ---- what belongs together --------------------------------------------------------------

  hover(hovered) {
    this.hovered = hovered;
    this.tellTerms();
    const { lit, text } = hovered ? this.related(hovered) : { lit: new Map(), text: "" };
    for (const grid of this.grids()) grid.mark("lit", lit.get(grid) ?? []);
    setText(this.find("readout"), text);
  }

  related(hovered) {
    if (hovered.where === "output") return this.relatedToOutput(hovered);
    if (hovered.where === "input") return this.relatedToInput(hovered);
    return this.relatedToWeight(hovered);
  }

  relatedToInput({ channel, row, col }) {
    const { data } = this;
    const index = row * data.input.cols + col;
    const value = data.input.values[channel][index];
    const readers = data.sources.flatMap((members, out) => (members.includes(channel) ? [out] : []));
    const found = crossing(data.window_rows, row, data.window_cols, col);
    const lit = new Map([[this.blocks[channel].grid, [index]], ...readers.map((out) => [this.outputs[out].grid, found])]);
    const name = `Input channel ${channel + 1} (${this.inputLooks.names[index]}), value ${spoken(value)}`;
    return { lit, text: `${name}, is read by ${many(found.length, "output")} in ${each(readers, "output channel")}.` };
  }

  relatedToOutput({ out, row, col }) {
    const { data } = this;
    const { cells } = this.window(row, col);
    const members = data.sources[out];
    const index = row * data.output.cols + col;
    const lit = new Map([[this.outputs[out].grid, [index]], ...members.map((channel) => [this.blocks[channel].grid, cells])]);
    const value = this.shown(out, index, this.player.step);
    const name = `Output channel ${out + 1} (${this.outputNames[index]})${value === null ? "" : `, value ${spoken(value)},`}`;
    return { lit, text: `${name} reads ${many(cells.length, "cell")} in ${each(members, "input channel")}.` };
  }

  relatedToWeight({ channel, row, col }) {
    const { data } = this;
    const [k, block] = [row * data.kernel.cols + col, this.blocks[channel]];
    const touched = data.window_rows.flatMap((rows) => data.window_cols.map((cols) => rows[row] * data.input.cols + cols[col]));
    const lit = new Map([[block.kernel, [k]], [block.products, [k]], [block.grid, touched]]);
    const name = `Weight (${row + 1}, ${col + 1}) for input channel ${channel + 1}, value ${spoken(block.kernel.picture.values[k])}`;
    return { lit, text: `${name}, is used ${touched.length === 1 ? "once" : `${touched.length} times`}: at every place of output channel ${this.out + 1}.` };
  }
}

// One input map: its grid, the kernel with which the current output map reads it, and their products.
class Block {
  constructor(owner, channel) {
    this.owner = owner;
    this.channel = channel;
    const listen = (where) => ({
      hover: (row, col) => owner.hover(row === null ? null : { where, channel, row, col }),
      pick: () => owner.choose(channel),
    });
    this.grid = new Grid(`Input channel ${channel + 1}`, listen("input"));
    this.kernel = new Grid("", listen("kernel"));
    this.products = new Sight(listen("kernel"));
    this.element = document.createElement("figure");
    this.element.className = "block";
    this.element.innerHTML = `
      <figcaption><b></b> <small></small></figcaption>
      <div class="below">
        <div><div class="head"></div></div>
        <div><div class="head"><span>Products, </span>Σ <b class="sum"></b></div></div>
        <p class="unread"></p>
      </div>`;
    const below = this.element.querySelector(".below");
    below.before(this.grid.element);
    below.children[0].append(this.kernel.element);
    below.children[1].append(this.products.element);
    this.find = (selector) => this.element.querySelector(selector);
  }

  name(title, note) {
    setText(this.find("figcaption b"), title);
    setText(this.find("figcaption small"), note);
    this.element.classList.toggle("noted", note !== "");
  }

  // `i` counts the maps that the output map reads; -1 where this is none of them.
  draw(out, i) {
    const { data, theme, inputLooks, kernelNames } = this.owner;
    const { channel } = this;
    const idle = i < 0;
    const [limit, shade] = idle ? [4 * data.limits.input] : [data.limits.input, data.in_colour ? tinted(channel) : undefined];
    this.element.classList.toggle("idle", idle);
    this.element.classList.toggle("tinted", Boolean(shade));
    this.grid.draw({ ...data.input, values: data.input.values[channel], ...inputLooks, shade }, limit, theme);
    setText(this.find(".unread"), idle ? `Not read by output channel ${out + 1}` : "");
    if (idle) {
      this.grid.select([]);
      this.grid.frame.hidden = true;
      this.grid.framed = null;
      return;
    }
    const name = `Kernel, output ${out + 1}, input channel ${channel + 1}`;
    this.kernel.element.setAttribute("aria-label", name);
    setText(this.find(".head"), `Kernel ${out + 1} ← ${channel + 1}`);
    this.kernel.draw({ ...data.kernel, values: data.kernel.values[out][i], names: kernelNames }, data.limits.kernel, theme);
    this.products.draw({ ...data.kernel, values: Array(kernelNames.length).fill(null), names: kernelNames }, data.limits.products, theme);
  }

  step({ cells, box }, terms, sum) {
    this.grid.select(cells);
    this.grid.outline(...box);
    terms.forEach((term, k) => this.products.setValue(k, term));
    chip(this.find(".sum"), sum, this.owner.data.limits.sums, this.owner.theme);
  }
}

// One output map, whose caption leads to the same place in it.
class Output {
  constructor(owner, out) {
    this.grid = new Grid(`Output channel ${out + 1}`, {
      hover: (row, col) => owner.hover(row === null ? null : { where: "output", out, row, col }),
      pick: (row, col) => owner.goTo(out, row, col),
    });
    this.element = document.createElement("figure");
    this.button = document.createElement("button");
    this.button.type = "button";
    this.button.textContent = `Output channel ${out + 1}`;
    this.button.title = "The same place in this map";
    this.button.addEventListener("click", () => {
      const { row, col } = owner.placeOf(owner.player.step);
      owner.goTo(out, row, col);
    });
    this.element.append(this.button, this.grid.element);
  }

  // The row and column of the current output, or null where it is in another map.
  step(at) {
    this.element.classList.toggle("current", at !== null);
    this.button.setAttribute("aria-pressed", String(at !== null));
    this.grid.select(at ? [at[0] * this.grid.cols + at[1]] : []);
    if (at) return this.grid.outline(...at, ...at);
    this.grid.frame.hidden = true;
    this.grid.framed = null;
  }
}

// Names for screen readers, and how cells look that are not plain inputs.
function describeInput({ rows, cols, kinds, input_rows, input_cols, uncovered_rows, uncovered_cols }) {
  const names = [];
  const classes = [];
  for (let row = 0; row < rows; row += 1) {
    for (let col = 0; col < cols; col += 1) {
      const padding = kinds[row * cols + col] === 1;
      const unread = !padding && (uncovered_rows.includes(input_rows[row]) || uncovered_cols.includes(input_cols[col]));
      classes.push(padding ? "padding" : unread ? "input uncovered" : "input");
      names.push(padding ? "padding" : `row ${input_rows[row] + 1}, column ${input_cols[col] + 1}`);
    }
  }
  return { names, classes };
}

// From black to the full colour, as on a screen.
function tinted(channel) {
  return (value) => {
    const rgb = TINTS[channel].map((share) => Math.round(255 * share * clamp(value, 0, 1)));
    const light = luminance(rgb);
    return { background: `rgb(${rgb.join(" ")})`, text: 1.05 / (light + 0.05) > (light + 0.05) / 0.05 ? "#fff" : "#000" };
  };
}

// How many may stand beside one another in rows that are as full as can be, all in one row first.
function even(number) {
  return [...new Set(Array.from({ length: number }, (_, rows) => Math.ceil(number / (rows + 1))))];
}

function many(number, what) {
  return `${number} ${what}${number === 1 ? "" : "s"}`;
}

function each(indices, what) {
  const numbers = indices.map((index) => index + 1);
  if (numbers.length === 1) return `${what} ${numbers[0]}`;
  return `each of ${what}s ${numbers.slice(0, -1).join(", ")} and ${numbers.at(-1)}`;
}

// "F_in" with its index below the line.
function subscripts(text) {
  return text.split(/(F_\w+)/).map((part) => {
    if (!part.startsWith("F_")) return part;
    const symbol = document.createElement("span");
    const index = document.createElement("sub");
    index.textContent = part.slice(2);
    symbol.append("F", index);
    return symbol;
  });
}

function place(parent, children) {
  if (parent.children.length !== children.length || children.some((child, i) => parent.children[i] !== child)) {
    parent.replaceChildren(...children);
  }
}
