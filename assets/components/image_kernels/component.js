// Before and after side by side under a divider, and a loupe that spells out one pixel of the result.
// Pixels, products' sums and grey levels come from Python; here they are looked up and drawn.

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".kernels");
  root.kernels ??= new ImageKernels(root);
  root.kernels.send = setTriggerValue;
  root.kernels.show(data);
  return () => root.kernels.leave();
}

const LONGEST_SENTENCE = 9; // terms; a longer sum is told by its ends
const [SMALLEST_CELL, LARGEST_CELL] = [14, 56];
const [GAP, BESIDE_GRIDS, SUM] = [24, 48, 112]; // between the columns; the signs, the sum beside the loupe's grids
const FIRST = [0.42, 0.6]; // where the loupe stands at first, as shares of the picture: not under the divider
const [THIN_CELL, LONGEST_THIN] = [25, 5];
const SMALLEST_WINDOW = 16; // pixels of the screen
const [SMALLEST_VIEW, SMALLEST_LEFT] = [64, 280]; // pixels of the screen: a thin picture is stretched, its names are not cut
const MOVES = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };

// A grid whose cells are as grey as the pixels they tell of.
class PixelGrid extends Grid {
  paint(index, cell = this.cells[index]) {
    super.paint(index, cell);
    const value = this.picture.values[index];
    if (value !== null) cell.setAttribute("aria-label", `${this.picture.names[index]}, value ${exactly(value)}`);
    const level = this.picture.greys?.[index];
    if (level === undefined) return;
    Object.assign(cell.style, { backgroundColor: `rgb(${level} ${level} ${level})`, color: level < 118 ? "#fff" : "#000" });
    cell.drawn = undefined;
  }

  // A large whole number is told to its last digit, if that can be read.
  fitted(value) {
    const text = exactly(value);
    const size = this.size / (0.62 * text.length);
    return Number.isInteger(value) && Math.abs(value) >= 1e6 && size >= 7.5 ? { text, size } : super.fitted(value);
  }
}

// Every digit of a whole number, as far as there is one for each; of others six digits, and two decimals of large ones.
function exactly(value) {
  if (typeof value !== "number" || Math.abs(value) > Number.MAX_SAFE_INTEGER) return spoken(value);
  if (Number.isInteger(value)) return String(value);
  return Math.abs(value) < 1e4 ? spoken(value) : String(Number(value.toFixed(2)));
}

class ImageKernels {
  constructor(root) {
    this.root = root;
    this.find = partsOf(root);
    this.channel = 0;
    this.report = new Report((serial) => this.sendKernel(serial));
    this.pixels = new PixelGrid("Pixels", {});
    this.kernel = new Grid("Kernel", {
      edit: (row, col, value) => this.edit(row, col, value),
      tell: (wrong) => this.message(wrong),
    });
    this.thin = { column: new Grid("Column", {}), row: new Grid("Row", {}) };
    for (const [name, grid] of Object.entries(this.thin)) this.find(name).append(grid.element);
    this.find("pixels").append(this.pixels.element);
    this.find("kernel").append(this.kernel.element);
    this.listen();
    this.divide(50);
    this.delivered = () => this.unpackDeliveries();
    DELIVERIES.addEventListener("delivered", this.delivered);
    this.observer = new ResizeObserver(() => this.fit());
    this.observer.observe(root);
    this.resized = () => this.fit();
    addEventListener("resize", this.resized);
    // Where the loupe stands, counted from 1; nothing until somebody moves it.
    this.link = new LinkPart(root, () => (this.moved ? { step: this.pixel + 1 } : {}));
  }

  leave() {
    DELIVERIES.removeEventListener("delivered", this.delivered);
    removeEventListener("resize", this.resized);
    this.observer.disconnect();
    this.report.leave();
    this.link.leave();
    cancelAnimationFrame(this.frame);
  }

  listen() {
    const target = this.find("target");
    target.addEventListener("pointermove", (event) => !this.held && event.pointerType !== "touch" && this.follow(event));
    target.addEventListener("click", (event) => this.pick(event));
    target.addEventListener("keydown", (event) => this.onKey(event));
    const divider = this.find("divider");
    divider.addEventListener("pointerdown", (event) => divider.setPointerCapture(event.pointerId));
    divider.addEventListener("pointermove", (event) => divider.hasPointerCapture(event.pointerId) && this.drag(event));
    divider.addEventListener("keydown", (event) => this.onDividerKey(event));
    for (const [name, share] of [["all-before", 100], ["half", 50], ["all-after", 0]]) {
      this.find(name).addEventListener("click", () => this.divide(share));
    }
    this.find("channels").addEventListener("change", (event) => {
      this.channel = Number(event.target.value);
      this.tell();
    });
    opensDialog(this.find("share"), () => this.send("share", { step: this.pixel + 1 }));
  }

  // ---- what comes from Python -------------------------------------------------------------

  show(bytes) {
    this.theme = themeOf(this.root);
    if (bytes === this.bytes) return this.tell(); // only the theme has changed
    const before = this.data;
    this.bytes = bytes;
    const data = (this.data = unparcel(bytes));
    this.parts();
    paintLevels(this.find("after"), data.levels);
    const arrived = !before || before.arrival !== data.arrival;
    // Numbers for a kernel of another size are void as well.
    const resized = data.step.weights?.length !== this.weights?.length;
    if (this.report.hear(data.answered, arrived || resized)) this.weights = data.step.weights;
    if (arrived) this.start(data);
    else if (before.size.join() !== data.size.join()) this.stay(before.size);
    this.unpackDeliveries();
    this.words();
    this.fit();
  }

  parts() {
    const { data } = this;
    const names = data.channels;
    if (this.channel >= names.length) this.channel = 0;
    const box = this.find("channels");
    box.hidden = names.length === 0;
    const choices = names.map((name, i) => {
      const [label, field] = [document.createElement("label"), document.createElement("input")];
      Object.assign(field, { type: "radio", name: "channel", value: i, checked: i === this.channel });
      label.append(field, name);
      return label;
    });
    if (box.children.length !== names.length + 1) box.replaceChildren(box.firstElementChild, ...choices);
    this.find("kernel-figure").hidden = this.find("sign").hidden = data.step.kind !== "filter";
  }

  start(data) {
    const [rows, cols] = data.size;
    this.moved = this.held = data.at > 0;
    this.pixel = this.moved ? Math.min(data.at, rows * cols) - 1 : this.pixelAt(FIRST);
  }

  // On a picture of another size the loupe keeps its place, which has another number there.
  stay([rows, cols]) {
    const [row, col] = [Math.floor(this.pixel / cols), this.pixel % cols];
    this.pixel = this.pixelAt(this.moved ? [(row + 0.5) / rows, (col + 0.5) / cols] : FIRST);
  }

  // The pixel at shares of the picture.
  pixelAt([down, right]) {
    const [rows, cols] = this.data.size;
    return Math.floor(rows * down) * cols + Math.floor(cols * right);
  }

  // The picture and the exact values come by themselves; what belongs to another result waits.
  unpackDeliveries() {
    if (!this.data) return;
    const picture = DELIVERIES.slots.get("picture");
    if (picture?.name === this.data.picture && picture !== this.source) {
      this.source = picture;
      paintLevels(this.find("before"), picture.picture);
    }
    const values = DELIVERIES.slots.get("values");
    this.exact = values?.name === this.data.values ? values : null;
    this.tell();
  }

  words() {
    const { data } = this;
    setText(this.find("before-name"), data.before);
    setText(this.find("after-name"), data.after);
    this.find("before").setAttribute("aria-label", data.before);
    this.find("after").setAttribute("aria-label", data.after);
    this.find("target").setAttribute("aria-label", "Loupe: arrow keys move it a pixel, with Shift ten; Enter holds it");
    const [title, description, source] = data.about;
    setText(this.find("title"), data.chain.length > 1 ? `Step ${data.chain.length}: ${title}.` : `${title}.`);
    setText(this.find("description"), description);
    setText(this.find("source"), source);
    for (const name of ["credit", "range", "cost"]) setText(this.find(name), data[name]);
    this.message("");
  }

  // ---- sizes ------------------------------------------------------------------------------

  fit() {
    const { data } = this;
    const width = this.root.clientWidth;
    if (!data || !width) return;
    const beside = width >= 720;
    this.root.classList.toggle("stacked", !beside);
    const [rows, cols] = data.size;
    const tall = clamp(windowHeight(this.root) - 316, 200, 1400);
    const wide = beside ? width * 0.48 : width;
    const scale = Math.min(wide / cols, tall / rows);
    const viewer = this.find("viewer");
    const size = [Math.max(Math.round(rows * scale), SMALLEST_VIEW), Math.max(Math.round(cols * scale), SMALLEST_VIEW)];
    viewer.style.height = `${size[0]}px`;
    viewer.style.width = `${size[1]}px`;
    const [, h, w] = data.levels.shape;
    const after = this.find("after").style;
    after.width = `${(100 * w * data.factor) / cols}%`;
    after.height = `${(100 * h * data.factor) / rows}%`;
    viewer.classList.toggle("pixelated", scale * data.factor > 1);
    this.scale = [size[0] / rows, size[1] / cols];
    const left = Math.max(size[1], SMALLEST_LEFT);
    this.find("left").style.width = `${left}px`;
    this.fitCells(beside ? width - left - GAP : width, tall - 170);
    this.tell();
  }

  // The largest cells with which pixels, kernel and sum lie beside one another; where those would be
  // too small for numbers the sum goes below, and on a phone the kernel below the pixels.
  fitCells(wide, tall) {
    const { rows, cols, kind } = this.data.step;
    const narrow = this.root.classList.contains("stacked");
    const below = kind === "filter" && (narrow || cols > 5);
    const grids = kind === "filter" ? 2 : 1;
    const beside = Math.floor((wide - (below ? BESIDE_GRIDS : BESIDE_GRIDS + SUM)) / (cols * grids)) - 1;
    const stack = narrow && beside < 24;
    const high = Math.floor((below ? tall - 50 : tall) / rows) - 1;
    const size = stack ? Math.min(Math.floor((wide - 4) / cols) - 1, 40) : Math.min(beside, narrow ? LARGEST_CELL : high);
    const { classList } = this.find("loupe");
    classList.toggle("below", below);
    classList.toggle("wrapped", stack);
    this.pixels.resize(clamp(size, SMALLEST_CELL, LARGEST_CELL));
    this.kernel.resize(this.pixels.size);
  }

  // ---- before and after -------------------------------------------------------------------

  // `share` of the width, in per cent, shows the picture before.
  divide(share) {
    this.share = clamp(Math.round(share), 0, 100);
    this.find("veil").style.clipPath = `inset(0 0 0 ${this.share}%)`;
    const divider = this.find("divider");
    divider.style.left = `${this.share}%`;
    divider.setAttribute("aria-valuenow", this.share);
    divider.setAttribute("aria-valuetext", `${this.share} % before, ${100 - this.share} % after`);
    for (const [name, at] of [["all-before", 100], ["half", 50], ["all-after", 0]]) {
      this.find(name).setAttribute("aria-pressed", String(this.share === at));
    }
  }

  drag(event) {
    const box = this.find("viewer").getBoundingClientRect();
    this.divide((100 * (event.clientX - box.left)) / box.width);
  }

  onDividerKey(event) {
    const step = event.shiftKey ? 10 : 1;
    const next = {
      ArrowLeft: this.share - step, ArrowDown: this.share - step, ArrowRight: this.share + step, ArrowUp: this.share + step,
      PageDown: this.share - 10, PageUp: this.share + 10, Home: 0, End: 100,
    }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    this.divide(next);
  }

  // ---- the loupe --------------------------------------------------------------------------

  follow(event) {
    const box = this.find("viewer").getBoundingClientRect();
    const [rows, cols] = this.data.size;
    const row = clamp(Math.floor(((event.clientY - box.top) / box.height) * rows), 0, rows - 1);
    const col = clamp(Math.floor(((event.clientX - box.left) / box.width) * cols), 0, cols - 1);
    this.moveTo(row, col);
  }

  // A click holds the loupe, so that the pointer may leave; another lets it go. A finger sets it.
  pick(event) {
    if (event.pointerType !== "touch" && this.held) this.held = false;
    else this.held = event.pointerType !== "touch";
    this.follow(event);
    this.hint();
  }

  onKey(event) {
    const { data } = this;
    const step = (event.shiftKey ? 10 : 1) * data.factor;
    const [row, col] = this.place();
    if (MOVES[event.key]) {
      const [down, right] = MOVES[event.key];
      this.held = true;
      this.moveTo(row + down * step, col + right * step);
    } else if (event.key === "Home" || event.key === "End") this.moveTo(row, event.key === "Home" ? 0 : data.size[1]);
    else if (event.key === "Enter") {
      this.held = !this.held;
      this.hint();
    } else return;
    event.preventDefault();
  }

  moveTo(row, col) {
    const [rows, cols] = this.data.size;
    const next = clamp(row, 0, rows - 1) * cols + clamp(col, 0, cols - 1);
    if (next === this.pixel) return;
    this.pixel = next;
    this.moved = true;
    cancelAnimationFrame(this.frame);
    this.frame = requestAnimationFrame(() => this.tell());
  }

  // The pixel of the picture, and the one of the result that covers it.
  place() {
    const cols = this.data.size[1];
    return [Math.floor(this.pixel / cols), this.pixel % cols];
  }

  output() {
    const [, h, w] = this.data.levels.shape;
    const [row, col] = this.place();
    return [Math.min(Math.floor(row / this.data.factor), h - 1), Math.min(Math.floor(col / this.data.factor), w - 1)];
  }

  // Everything the loupe says, from what Python has sent.
  tell() {
    const { data } = this;
    if (!data || this.pixel === undefined || !this.pixels.size) return;
    const seen = this.look();
    const { step } = data;
    this.pixels.draw(seen, 255, this.theme);
    this.pixels.mark("pinned", step.kind === "max" && seen.result !== null ? [seen.values.indexOf(seen.result)] : []);
    if (step.kind === "filter") {
      const limit = Math.max(...this.weights.map(Math.abs));
      const editable = () => true;
      this.kernel.draw({ rows: step.rows, cols: step.cols, values: [...this.weights], names: gridNames(step), editable }, limit, this.theme);
    }
    this.drawThin();
    setText(this.find("pixels-caption"), step.reads_picture ? "Pixels" : `Result of step ${step.index}`);
    setText(this.find("status"), this.sentence(seen));
    const { level } = seen;
    setText(this.find("level-words"), seen.result === null ? "" : this.levelWords(seen));
    const value = this.find("value");
    const text = seen.result === null ? "…" : Number.isInteger(seen.result) ? exactly(seen.result) : brief(seen.result);
    setText(value, text);
    value.style.fontSize = `${Math.min(22, Math.max(12, 150 / text.length))}px`;
    const chipOfLevel = this.find("level");
    setText(chipOfLevel, String(level));
    Object.assign(chipOfLevel.style, { background: `rgb(${level} ${level} ${level})`, color: level < 118 ? "#fff" : "#000" });
    this.outline();
    this.hint();
  }

  // The column and the row that do what the kernel does; long ones are only counted, in words.
  drawThin() {
    const [column, row] = this.data.thin ?? [[], []];
    const shown = column.length > 0 && Math.max(column.length, row.length) <= LONGEST_THIN;
    this.find("thin").hidden = !shown;
    if (!shown) return;
    for (const [name, values, size] of [["column", column, [column.length, 1]], ["row", row, [1, row.length]]]) {
      const [rows, cols] = size;
      this.thin[name].resize(THIN_CELL);
      this.thin[name].draw({ rows, cols, values, names: gridNames({ rows, cols }) }, Math.max(...values.map(Math.abs)), this.theme);
    }
  }

  // What lies under the window of one output, and what comes of it.
  look() {
    const { data } = this;
    const { step } = data;
    const [row, col] = this.output();
    const [, h, w] = data.levels.shape;
    const at = (this.channel * h + row) * w + col;
    const source = step.reads_picture ? this.source?.picture : this.exact?.source;
    const [values, names, classes, greys] = [[], [], [], []];
    const [, rows, cols] = source?.shape ?? [];
    for (let i = 0; i < step.rows; i += 1) {
      for (let j = 0; j < step.cols; j += 1) {
        const [r, c] = [row * step.stride + i - step.before[0], col * step.stride + j - step.before[1]];
        const outside = r < 0 || c < 0 || r >= rows || c >= cols;
        const nearest = (this.channel * rows + clamp(r, 0, rows - 1)) * cols + clamp(c, 0, cols - 1);
        const value = !source ? null : outside && step.border === "zeros" ? 0 : this.rounded(source.values[nearest]);
        values.push(value);
        names.push(outside ? "beyond the border" : `row ${r + 1}, column ${c + 1}`);
        classes.push(outside ? "padding" : "");
        if (step.reads_picture && value !== null) greys.push(value);
      }
    }
    const result = this.exact ? this.rounded(this.exact.result.values[at]) : null;
    return { row, col, rows: step.rows, cols: step.cols, values, names, classes, greys, result, level: data.levels.values[at] };
  }

  // As many decimals as are sure in 32 bits.
  rounded(value) {
    return Number.isInteger(value) ? value : Number(value.toFixed(this.data.decimals));
  }

  sentence({ row, col, values, result }) {
    const { data } = this;
    const { step } = data;
    const name = `${data.channels.length ? `${data.channels[this.channel]} output` : "Output"} (${row + 1}, ${col + 1})`;
    if (result === null || values.includes(null)) return `${name} …`;
    const words = values.map((value, k) => (step.kind === "filter" ? `${exactly(value)}×${spoken(this.weights[k])}` : exactly(value)));
    if (words.length > LONGEST_SENTENCE) words.splice(0, words.length, ...told(words, step.kind === "max" ? values.indexOf(result) : 0));
    const sum = words.join(" + ");
    const bias = step.bias ? ` + bias ${spoken(step.bias)}` : "";
    if (step.kind === "max") return `${name} = max(${words.join(", ")}) = ${exactly(result)}.`;
    if (step.kind === "avg") return `${name} = (${sum}) / ${step.rows * step.cols} = ${exactly(result)}.`;
    if (step.divisor !== 1) return `${name} = (${sum}) / ${spoken(step.divisor)}${bias} = ${exactly(result)}.`;
    return `${name} = ${sum}${bias} = ${exactly(result)}.`;
  }

  levelWords({ result, level }) {
    const { least, most, inside, below, above } = this.data.level;
    const words = least !== null && result < least ? below : most !== null && result > most ? above : inside;
    return words.replace("{value}", exactly(result)).replace("{level}", level);
  }

  // A frame around the window, large enough to be found.
  outline() {
    const { data, scale } = this;
    const { step } = data;
    const [row, col] = this.output();
    const frame = this.find("window").style;
    for (const [from, size, at, count, before, scaled] of [["top", "height", row, step.rows, step.before[0], scale[0]], ["left", "width", col, step.cols, step.before[1], scale[1]]]) {
      const unit = (data.factor / step.stride) * scaled; // of the screen for one pixel that the step reads
      const [length, least] = [count * unit, Math.max(count * unit, SMALLEST_WINDOW)];
      frame[from] = `${(at * step.stride - before) * unit - (least - length) / 2 - 2}px`;
      frame[size] = `${least + 4}px`;
    }
  }

  hint() {
    const hold = this.held ? "The loupe is held: click the picture to let it go." : "Point at the picture; a click holds the loupe.";
    const change = this.data.step.kind === "filter" ? " To change a weight, double-click it or press Enter on it." : "";
    setText(this.find("hint"), hold + change);
  }

  // ---- editing ----------------------------------------------------------------------------

  edit(row, col, value) {
    const { step } = this.data;
    this.weights = this.weights.map((weight, k) => (k === row * step.cols + col ? value : weight));
    this.report.tell();
  }

  sendKernel(serial) {
    const { index, rows, cols } = this.data.step;
    this.send("edits", { serial, step: index, rows, cols, weights: this.weights });
  }

  message(text) {
    setText(this.find("message"), text);
  }
}

// The ends of a long row of terms, and the one at `index` if it is between them.
function told(words, index) {
  const last = words.length - 1;
  if (index < 3 || index === last) return [...words.slice(0, 3), "…", words[last]];
  return [...words.slice(0, 3), ...(index > 3 ? ["…"] : []), words[index], ...(index < last - 1 ? ["…"] : []), words[last]];
}

// Draw grey levels, (1, H, W), or red, green and blue, (3, H, W).
function paintLevels(canvas, { shape: [channels, rows, cols], values }) {
  if (canvas.image?.width !== cols || canvas.image.height !== rows) canvas.image = new ImageData(cols, rows);
  const pixels = canvas.image.data;
  const size = rows * cols;
  const [green, blue] = channels === 3 ? [size, 2 * size] : [0, 0];
  for (let i = 0, to = 0; i < size; i += 1, to += 4) {
    pixels[to] = values[i];
    pixels[to + 1] = values[i + green];
    pixels[to + 2] = values[i + blue];
    pixels[to + 3] = 255;
  }
  if (canvas.width !== cols || canvas.height !== rows) Object.assign(canvas, { width: cols, height: rows });
  canvas.getContext("2d").putImageData(canvas.image, 0, 0);
}
