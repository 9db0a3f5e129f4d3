// A training as it goes: buttons for the run, curves, and what is inside the network. Python trains and computes; this
// asks for the next picture when it has drawn the last one, and tells what a person presses or draws.

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".train");
  root.training ??= new Training(root);
  root.training.send = setTriggerValue;
  root.training.show(data);
  return () => root.training.leave();
}

const PATIENCE = 1000; // milliseconds until a message that had no answer is sent again, twice as many each time
const CALM = 1000; // between two pictures for those who asked for little motion
const REST = 90; // between two messages while someone draws
const VOICE = 8000; // between two announcements while it trains
const SMOOTH = [[0, "none"], [0.6, "0.6"], [0.9, "0.9"], [0.97, "0.97"]];
const VIEW = ["log", "smooth", "curve", "tab", "of", "example", "draw"]; // of which only the last word counts

class Training {
  constructor(root) {
    this.root = root;
    this.find = partsOf(root);
    this.pending = []; // [serial, name, value] that Python has not answered yet
    this.serial = this.ticks = 0;
    this.panels = new Map();
    this.charts = { loss: new Curves(this.find("loss")), shares: new Curves(this.find("shares")) };
    for (const name of ["step", "epoch", "rewind", "stop"]) this.find(name).addEventListener("click", () => this.tell(name, ""));
    opensDialog(this.find("share"), () => this.tell("share", ""));
    this.find("train").addEventListener("click", () => this.tell(this.moves ? "pause" : "train", ""));
    this.find("smooth").append(...SMOOTH.map(([value, title]) => new Option(title, value)));
    this.find("log").addEventListener("change", (event) => this.tell("log", event.target.checked ? "1" : "0"));
    for (const name of ["smooth", "curve", "of"]) this.find(name).addEventListener("change", (event) => this.tell(name, event.target.value));
    this.find("tabs").addEventListener("keydown", (event) => this.onTabKey(event));
    this.wake = () => !document.hidden && this.data?.pace && this.post();
    document.addEventListener("visibilitychange", this.wake);
    this.observer = new ResizeObserver(() => this.data && this.drawCurves());
    this.observer.observe(this.find("loss"));
  }

  leave() {
    for (const timer of [this.looking, this.insisting, this.resting]) clearTimeout(timer);
    document.removeEventListener("visibilitychange", this.wake);
    this.observer.disconnect();
  }

  get moves() {
    return ["running", "waiting"].includes(this.data?.state);
  }

  show(data) {
    this.theme = themeOf(this.root);
    this.root.dataset.moves = String(data.pace > 0);
    const news = data !== this.data;
    this.data = data;
    if (news) {
      this.serial = Math.max(this.serial, data.answered);
      this.pending = this.pending.filter(([serial]) => serial > data.answered);
    }
    this.controls();
    this.drawCurves();
    this.drawTable();
    this.tabs();
    this.panel();
    this.speak();
    if (news) {
      this.comeBack();
      this.wait();
    }
  }

  // A page that was loaded again asks for the runs it had: this browser tab remembers which they were.
  comeBack() {
    const { id, asked } = this.data.browser;
    const kept = sessionStorage.getItem("runs");
    if (kept && kept !== id && kept !== asked) {
      if (!this.pending.some(([, name]) => name === "adopt")) this.tell("adopt", kept);
    } else sessionStorage.setItem("runs", id);
  }

  // ---- speaking with Python ---------------------------------------------------------------

  tell(name, value) {
    if (VIEW.includes(name)) this.pending = this.pending.filter(([, other]) => other !== name);
    this.pending.push([(this.serial += 1), name, value]);
    this.post();
  }

  post(patience = PATIENCE) {
    this.sent = performance.now();
    this.send("say", { commands: this.pending, tick: (this.ticks += 1) });
    clearTimeout(this.insisting);
    this.insisting = setTimeout(() => (this.pending.length > 0 || this.data.pace) && !document.hidden && this.post(2 * patience), patience);
  }

  // The next picture is asked for when this one has been drawn.
  wait() {
    clearTimeout(this.looking);
    clearTimeout(this.insisting);
    if ((!this.data.pace && this.pending.length === 0) || document.hidden) return;
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches ? CALM : 0;
    const since = performance.now() - (this.sent ?? 0);
    this.looking = setTimeout(() => this.post(), Math.max(20, Math.max(this.data.pace || 500, calm) - since));
  }

  // What is drawn is told about ten times a second.
  drawn(bytes) {
    this.ink = btoa(String.fromCharCode(...bytes));
    this.resting ??= setTimeout(() => {
      this.resting = undefined;
      this.tell("draw", this.ink);
    }, REST);
  }

  // ---- what stands above ------------------------------------------------------------------

  controls() {
    const { state, problem, late, facts, curves, ended } = this.data;
    const begun = state !== "empty" && state !== "failed";
    const stuck = ended || (Boolean(problem) && !begun);
    setText(this.find("train"), this.moves ? "Pause" : "Train");
    this.find("train").disabled = stuck;
    for (const name of ["step", "epoch"]) this.find(name).disabled = this.moves || stuck;
    for (const name of ["rewind", "stop"]) this.find(name).disabled = !begun;
    this.find("facts").replaceChildren(...facts.map(([term, value]) => {
      const fact = make("div");
      fact.append(make("dt", term), make("dd", value));
      return fact;
    }));
    setText(this.find("now"), this.data.status);
    this.find("now").style.setProperty("--lines", this.data.networks.length);
    setText(this.find("late"), late);
    this.find("log").checked = curves.log;
    this.find("smooth").value = String(curves.smooth);
    this.find("curve").value = curves.curve;
  }

  // What a screen reader hears: each change of state, and now and then how it goes.
  speak() {
    const { state, status, problem } = this.data;
    const heard = `${state} ${problem}`;
    if (heard === this.heard && (state !== "running" || performance.now() - this.spoke < VOICE)) {
      if (state === "running" || status === this.said) return;
    }
    Object.assign(this, { heard, said: status, spoke: performance.now() });
    setText(this.find("voice"), state === "running" && status.startsWith("Nothing") ? "Training." : status);
  }

  // ---- curves -----------------------------------------------------------------------------

  drawCurves() {
    const { log, curve, runs, changes, goal, reached } = this.data.curves;
    const read = runs.map((run) => Object.fromEntries(Object.entries(run).map(([name, value]) => [name, ["letter", "title"].includes(name) ? value : unpack(value)])));
    const series = (train, test) => read.flatMap((run, i) => [
      { kind: "training", run: i, letter: run.letter, xs: run.epoch, ys: run[train] },
      { kind: "test", run: i, letter: run.letter, xs: run.test_epoch, ys: run[test] },
    ]);
    this.charts.loss.draw({ series: series("loss", "test_loss"), log, marks: changes });
    const error = curve === "error";
    this.charts.shares.draw({
      series: series("share", "test_share"), log: log && error, bounds: error ? undefined : [0, 100], marks: changes, goal,
    });
    this.find("loss").setAttribute("aria-label", "Loss over epochs");
    this.find("shares").setAttribute("aria-label", `${error ? "Error" : "Accuracy"} in percent over epochs`);
    const keys = runs.flatMap(({ letter, title }, i) => ["training", "test"].map((kind) => [kind, i, [letter, kind].filter(Boolean).join(" "), title]));
    const written = JSON.stringify([keys, changes, reached]);
    if (written === this.keys) return;
    this.keys = written;
    this.find("keys").replaceChildren(
      ...keys.map(([kind, run, name, title]) => key(kind, run, runs.length > 1 && kind === "test" ? `${name} (${title})` : name)),
      key("goal", 0, reached),
      ...(changes.length > 0 ? [make("span", `Dotted: ${changes.map(([, words], i) => `${i + 1} ${words}`).join(", ")}`)] : []),
    );
  }

  drawTable() {
    const { head, rows } = this.data.table;
    const written = JSON.stringify([head, rows]);
    if (written === this.tabled) return;
    this.tabled = written;
    this.find("table").replaceChildren(table(head, rows));
  }

  // ---- tabs -------------------------------------------------------------------------------

  tabs() {
    const list = this.find("tabs");
    if (!list.hasChildNodes()) {
      list.append(...this.data.tabs.map(([name, title]) => {
        const tab = button(title, () => this.choose(name));
        tab.dataset.tab = name;
        tab.id = `tab-${name}`;
        tab.setAttribute("role", "tab");
        tab.setAttribute("aria-controls", "panel");
        return tab;
      }));
    }
    this.markTab(this.wanted ?? this.data.tab);
  }

  markTab(chosen) {
    for (const tab of this.find("tabs").children) {
      tab.setAttribute("aria-selected", String(tab.dataset.tab === chosen));
      tab.tabIndex = tab.dataset.tab === chosen ? 0 : -1;
    }
    this.find("panel").setAttribute("aria-labelledby", `tab-${chosen}`);
  }

  choose(name) {
    this.wanted = name;
    this.markTab(name);
    this.tell("tab", name);
  }

  onTabKey(event) {
    const tabs = [...this.find("tabs").children];
    const at = tabs.indexOf(event.target);
    const next = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: tabs.length - 1 }[event.key];
    if (at < 0 || next === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    const tab = tabs[(next + tabs.length) % tabs.length];
    tab.focus();
    this.choose(tab.dataset.tab);
  }

  // ---- what is inside ---------------------------------------------------------------------

  panel() {
    const { tab, panel, networks, of } = this.data;
    this.find("whose").hidden = networks.length === 1 || tab === "compare";
    const titles = JSON.stringify(networks);
    if (titles !== this.titles) this.find("of").replaceChildren(...networks.map(([name, title]) => new Option(title, name)));
    this.titles = titles;
    this.find("of").value = of;
    if (this.wanted === tab) this.wanted = undefined;
    const host = this.find("panel");
    if (!this.panels.has(tab)) this.panels.set(tab, new PANELS[tab](this));
    const shown = this.panels.get(tab);
    if (host.firstChild !== shown.element) host.replaceChildren(shown.element);
    shown.show(panel, this.theme);
  }
}

// ---- small makers -------------------------------------------------------------------------

function make(kind, text = "", style = "") {
  const made = document.createElement(kind);
  made.textContent = text;
  if (style) made.className = style;
  return made;
}

function button(text, press, style = "") {
  const made = make("button", text, style);
  made.type = "button";
  made.addEventListener("click", press);
  return made;
}

// A sample of a curve, with what it is.
function key(kind, run, text) {
  const item = make("span", "", "item");
  const sample = document.createElementNS(CHART, "svg");
  const line = document.createElementNS(CHART, "path");
  sample.setAttribute("class", `chart key ${kind} run${run}`);
  sample.setAttribute("viewBox", "0 0 30 10");
  sample.setAttribute("aria-hidden", "true");
  line.setAttribute("d", "M0,5 H30");
  line.setAttribute("class", `curve ${kind} run${run}`);
  sample.append(line);
  item.append(sample, text);
  return item;
}

function table(head, rows, caption = "") {
  const made = make("table");
  if (caption) made.append(make("caption", caption));
  const line = (cells, kind) => {
    const row = make("tr");
    row.append(...cells.map((text, i) => Object.assign(make(kind === "head" || i === 0 ? "th" : "td", text), kind === "head" ? { scope: "col" } : i === 0 ? { scope: "row" } : {})));
    return row;
  };
  const [top, body] = [make("thead"), make("tbody")];
  top.append(line(head, "head"));
  body.append(...rows.map((cells) => line(cells, "body")));
  made.append(top, body);
  return made;
}

// As many children as there are things, made where they lack.
function keep(parent, count, maker) {
  while (parent.children.length > count) parent.lastChild.remove();
  while (parent.children.length < count) parent.append(maker(parent.children.length));
  return [...parent.children];
}

// ---- pictures -----------------------------------------------------------------------------

const SHADES = new Map(); // theme → the colours of all bytes

function shades(theme) {
  if (!SHADES.has(theme)) {
    SHADES.set(theme, Array.from({ length: 256 }, (_, level) => colours(level - 128, 127, theme).background.match(/\d+/g).map(Number)));
  }
  return SHADES.get(theme);
}

function inks(theme) {
  const [paper, ink] = theme === "dark" ? [[15, 20, 25], [255, 255, 255]] : [[255, 255, 255], [0, 0, 0]];
  return Array.from({ length: 256 }, (_, level) => mix(paper, ink, level / 255));
}

// Bytes as colours, a pixel each; the style sheet makes the canvas as large as it is to be.
function paint(canvas, levels, rows, cols, palette) {
  if (canvas.width !== cols || canvas.height !== rows) Object.assign(canvas, { width: cols, height: rows });
  const brush = canvas.getContext("2d");
  const image = brush.createImageData(cols, rows);
  levels.forEach((level, i) => {
    const [r, g, b] = palette[level];
    image.data.set([r, g, b, 255], i * 4);
  });
  brush.putImageData(image, 0, 0);
}

function picture(size, style = "") {
  const canvas = make("canvas", "", `pixels ${style}`);
  canvas.setAttribute("aria-hidden", "true");
  canvas.style.width = size;
  return canvas;
}

// ---- kernels and gradients ----------------------------------------------------------------

class Kernels {
  constructor() {
    this.element = make("div", "", "kernels");
    this.note = make("p", "", "note");
    this.list = make("div", "", "list");
    this.list.setAttribute("role", "listbox");
    this.list.setAttribute("aria-orientation", "horizontal");
    this.detail = make("div", "", "detail");
    this.grids = ["Weights", "Gradient"].map((title) => {
      const figure = make("figure");
      const caption = make("figcaption");
      const grid = new Grid(title, {});
      figure.append(caption, grid.element);
      this.detail.append(figure);
      return { caption, grid, title, figure };
    });
    this.element.append(this.note, this.list, this.detail);
    this.at = 0;
    this.list.addEventListener("keydown", (event) => this.onKey(event));
    this.list.addEventListener("click", (event) => this.choose([...this.list.children].indexOf(event.target.closest("[role=option]"))));
  }

  show(panel, theme) {
    const { names, rows, cols, note } = panel;
    Object.assign(this, { panel, theme });
    const gradients = panel.gradients ? unpackBytes(panel.gradients) : null;
    setText(this.note, names.length === 0 ? note : `${note}: weights to ±${brief(panel.weight_limit)}${gradients ? `; below each its gradient in the last batch, to ±${brief(panel.gradient_limit)}` : ""}. Blue is positive, orange negative.`);
    this.list.setAttribute("aria-label", `${note}${gradients ? ", each above its gradient" : ""}`);
    this.at = clamp(this.at, 0, Math.max(names.length - 1, 0));
    const weights = names.length > 0 ? unpackBytes(panel.weights) : null;
    const size = names.length > 16 ? "max(34px, 3cqw)" : names.length > 8 ? "max(40px, 4.2cqw)" : "max(44px, 4.9cqw)";
    const options = keep(this.list, names.length, () => {
      const option = make("div");
      option.setAttribute("role", "option");
      option.append(picture(size), picture(size, "gradient"));
      return option;
    });
    options.forEach((option, i) => {
      const part = (values) => values.subarray(i * rows * cols, (i + 1) * rows * cols);
      option.setAttribute("aria-label", names[i]);
      for (const canvas of option.children) canvas.style.width = size;
      paint(option.firstChild, part(weights), rows, cols, shades(theme));
      option.lastChild.hidden = !gradients;
      if (gradients) paint(option.lastChild, part(gradients), rows, cols, shades(theme));
    });
    this.choose(this.at, false);
  }

  onKey(event) {
    const last = this.panel.names.length - 1;
    const next = { ArrowRight: this.at + 1, ArrowLeft: this.at - 1, Home: 0, End: last }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    this.choose(clamp(next, 0, last), true);
  }

  // The chosen one in numbers.
  choose(index, focus) {
    if (index < 0) return;
    const { names, rows, cols, numbers, gradient_numbers, weight_limit, gradient_limit } = this.panel;
    this.at = index;
    [...this.list.children].forEach((option, i) => {
      option.setAttribute("aria-selected", String(i === index));
      option.tabIndex = i === index ? 0 : -1;
      if (focus && i === index) option.focus();
    });
    this.detail.hidden = !numbers;
    if (!numbers) return;
    [[numbers, weight_limit], [gradient_numbers, gradient_limit]].forEach(([packed, most], i) => {
      const { caption, grid, title, figure } = this.grids[i];
      figure.hidden = !packed;
      if (!packed) return;
      const values = Array.from(unpack(packed).subarray(index * rows * cols, (index + 1) * rows * cols), (value) => (Number.isFinite(value) ? value : null));
      grid.resize(Math.floor(clamp(innerWidth * 0.15, 168, 300) / Math.max(rows, cols, 3)));
      setText(caption, i === 0 ? names[index] : title);
      grid.element.setAttribute("aria-label", `${title} of ${names[index]}`);
      this.named ??= {};
      grid.draw({ rows, cols, values, names: (this.named[`${rows}×${cols}`] ??= gridNames({ rows, cols })) }, most, this.theme);
    });
  }
}

// ---- what the network makes of one picture --------------------------------------------------

// The classes with a bar each, and every layer's maps.
class Seen {
  constructor() {
    this.bars = make("ol", "", "bars");
    this.bars.tabIndex = 0;
    this.bars.setAttribute("aria-label", "Probabilities");
    this.layers = make("div", "", "layers");
  }

  show({ classes, probabilities, percents, best, layers }, theme) {
    const rows = keep(this.bars, classes.length, () => {
      const row = make("li");
      row.append(make("span"), make("i"), make("b"));
      return row;
    });
    rows.forEach((row, i) => {
      const [name, bar, share] = row.children;
      setName(name, classes[i]);
      setText(share, percents[i]);
      bar.style.setProperty("--share", probabilities[i]);
      row.classList.toggle("best", i === best);
    });
    keep(this.layers, layers.length, () => {
      const row = make("div", "", "layer");
      row.append(make("p"), make("div", "", "maps"));
      return row;
    }).forEach((row, i) => this.layer(row, layers[i], theme));
  }

  layer(row, { title, range, rows, cols, count, values }, theme) {
    const [name, maps] = row.children;
    setText(name, `${title}, ${range}`);
    maps.setAttribute("role", "img");
    maps.setAttribute("aria-label", title);
    const levels = unpackBytes(values);
    const size = rows === 1 ? `min(100%, ${cols * 14}px)` : count > 8 ? "max(40px, 4.2cqw)" : "max(48px, 5.2cqw)";
    keep(maps, count, () => picture(size)).forEach((canvas, i) => {
      canvas.style.width = size;
      canvas.style.height = rows === 1 ? "18px" : "";
      paint(canvas, levels.subarray(i * rows * cols, (i + 1) * rows * cols), rows, cols, shades(theme));
    });
  }
}

// What a panel shows, or the sentence that says why there is nothing to show.
class Panel {
  constructor(className) {
    this.element = make("div", "", className);
    this.problem = make("p", "", "note");
    this.body = make("div");
    this.element.append(this.problem, this.body);
  }

  // Whether there is something to show.
  hasSomething(panel) {
    setText(this.problem, panel.problem ?? "");
    this.problem.hidden = !panel.problem;
    this.body.hidden = Boolean(panel.problem);
    return !panel.problem;
  }
}

class Maps extends Panel {
  constructor(training) {
    super("seen");
    this.seen = new Seen();
    this.picture = picture("min(100%, 11rem)", "example");
    this.verdict = make("p", "", "verdict");
    const go = (by) => training.tell("example", String(clamp(this.at + by, 1, this.count)));
    this.field = make("input");
    Object.assign(this.field, { type: "number", min: 1, step: 1, ariaLabel: "Example" });
    this.field.addEventListener("change", () => this.field.value && training.tell("example", this.field.value));
    this.of = make("span");
    const ways = make("div", "", "ways");
    ways.append(button("Previous", () => go(-1)), this.field, this.of, button("Next", () => go(1)));
    const [top, left] = [make("div", "", "top"), make("div")];
    left.append(this.picture, this.verdict);
    top.append(left, this.seen.bars);
    this.body.append(ways, top, this.seen.layers);
  }

  show(panel, theme) {
    if (!this.hasSomething(panel)) return;
    Object.assign(this, { at: panel.example, count: panel.count });
    if (this.field.getRootNode().activeElement !== this.field) this.field.value = panel.example;
    this.field.max = panel.count;
    setText(this.of, `of ${panel.count.toLocaleString("en-GB")} test images`);
    paint(this.picture, unpackBytes(panel.image), panel.rows, panel.cols, inks(theme));
    const taken = panel.classes[panel.best];
    setText(this.verdict, taken === panel.truth ? `✓ ${taken}` : `✗ taken for ${taken}, is ${panel.truth}`);
    this.seen.show(panel, theme);
  }
}

class Draw extends Panel {
  constructor(training) {
    super("seen");
    this.seen = new Seen();
    const canvas = make("canvas", "", "pad");
    canvas.tabIndex = 0;
    canvas.setAttribute("role", "application");
    canvas.setAttribute("aria-roledescription", "drawing pad");
    this.pad = new Pad(canvas, (cells) => training.drawn(cells));
    canvas.addEventListener("contextmenu", (event) => event.preventDefault());
    this.verdict = make("p", "", "verdict");
    this.verdict.setAttribute("aria-live", "polite");
    const [top, left, tools] = [make("div", "", "top"), make("div"), make("div", "", "ways")];
    tools.append(button("Clear", () => this.pad.clear()), make("span", "Shift rubs out, as Space does on ink.", "note"));
    left.append(canvas, tools, this.verdict);
    top.append(left, this.seen.bars);
    this.body.append(top, this.seen.layers);
  }

  show(panel, theme) {
    if (!this.hasSomething(panel)) return;
    const fresh = this.pad.rows !== panel.rows || this.pad.cols !== panel.cols;
    this.pad.fit(panel.rows, panel.cols, fresh ? unpackBytes(panel.image) : undefined);
    if (theme !== this.theme) this.pad.draw();
    this.theme = theme;
    const words = panel.empty ? "Draw here, as large as the pad, or with arrow keys and Space." : `Taken for ${panel.classes[panel.best]} (${panel.percents[panel.best]})`;
    setText(this.verdict, panel.untrained ? `${words} Not trained yet: press Train.` : words);
    this.seen.show(panel, theme);
  }
}

// ---- mistakes -------------------------------------------------------------------------------

class Mistakes extends Panel {
  constructor(training) {
    super("mistakes");
    this.training = training;
    this.region = make("div", "", "region");
    this.region.tabIndex = 0;
    this.region.setAttribute("role", "region");
    this.region.setAttribute("aria-label", "Confusion matrix");
    this.title = make("p", "", "note");
    this.worst = make("div", "", "worst");
    this.body.append(this.region, this.title, this.worst);
  }

  show(panel, theme) {
    if (!this.hasSomething(panel)) return;
    const written = JSON.stringify([panel.confusion, panel.classes, theme]);
    if (written !== this.written) this.region.replaceChildren(confusion(panel, theme));
    this.written = written;
    setText(this.title, panel.worst.length > 0 ? "Most surely mistaken: is → taken for. Press one for its feature maps." : "No test image is mistaken.");
    const places = keep(this.worst, panel.worst.length, (i) => {
      const made = button("", () => this.look(i));
      made.append(picture("44px"), make("span"), make("small"));
      return made;
    });
    this.examples = panel.worst.map(({ example }) => example);
    places.forEach((place, i) => {
      const { example, image, truth, taken, sure } = panel.worst[i];
      const [canvas, name, share] = place.children;
      paint(canvas, unpackBytes(image), panel.rows, panel.cols, inks(theme));
      setText(name, `${byItsEnds(truth)} → ${byItsEnds(taken)}`);
      setText(share, sure);
      place.ariaLabel = `Example ${example}: is ${truth}, taken for ${taken} at ${sure}. Show its feature maps`;
      place.title = `${truth} → ${taken}`;
    });
  }

  look(index) {
    this.training.tell("example", String(this.examples[index]));
    this.training.choose("maps");
    this.training.find("tabs").querySelector("[aria-selected=true]").focus();
  }
}

// Rows are the true classes, columns what they were taken for; the number says it, the colour only shows where to look.
function confusion({ confusion: counts, classes, step }, theme) {
  const long = classes.some((name) => name.length > 3);
  const most = Math.max(...counts.flatMap((row, i) => row.filter((_, j) => i !== j)), 1);
  const head = ["is ↓ taken for →", ...classes.map((name, i) => (long ? String(i + 1) : name))];
  const rows = counts.map((row, i) => [classes[i], ...row.map(String)]);
  const made = table(head, rows, `Test images after step ${step}`);
  made.className = "confusion";
  [...made.tBodies[0].rows].forEach((line, i) => {
    setName(line.cells[0], classes[i], long ? `${i + 1} ` : "");
    [...line.cells].slice(1).forEach((cell, j) => {
      if (i === j) return cell.classList.add("right");
      const shade = colours(-counts[i][j], most, theme);
      if (counts[i][j] > 0) Object.assign(cell.style, { background: shade.background, color: shade.text });
      else cell.classList.add("none");
    });
  });
  return made;
}

// ---- activations ------------------------------------------------------------------------------

class Activations {
  constructor() {
    this.element = make("div", "", "activations");
    this.note = make("p", "", "note");
    this.list = make("div");
    this.element.append(this.note, this.list);
  }

  show(panel) {
    setText(this.note, panel.problem ?? `What each layer gives for 32 test images, after step ${panel.step}; the line is at 0.`);
    keep(this.list, panel.layers?.length ?? 0, () => {
      const row = make("div", "", "histogram");
      const drawing = document.createElementNS(CHART, "svg");
      drawing.setAttribute("role", "img");
      drawing.setAttribute("preserveAspectRatio", "none");
      row.append(make("p"), drawing, make("p", "", "ends"));
      return row;
    }).forEach((row, i) => histogram(row, panel.layers[i]));
  }
}

function histogram(row, { title, counts, low, high, zero }) {
  const [name, drawing, ends] = row.children;
  setText(name, title);
  setText(ends, `${low} to ${high}`);
  const most = Math.max(...counts, 1);
  drawing.setAttribute("viewBox", `0 0 ${counts.length} 1`);
  drawing.setAttribute("aria-label", `${title}: values from ${low} to ${high}`);
  const bars = counts.map((count, i) => `M${i + 0.05},1V${(1 - Math.sqrt(count / most)).toFixed(3)}H${i + 0.95}V1Z`).join("");
  const line = zero === null ? "" : `M${(zero * counts.length).toFixed(2)},0V1`;
  const paths = keep(drawing, 2, () => document.createElementNS(CHART, "path"));
  [bars, line].forEach((path, i) => paths[i].setAttribute("d", path));
  paths[1].setAttribute("class", "zero");
}

// ---- comparing --------------------------------------------------------------------------------

class Compare {
  constructor(training) {
    this.element = make("div", "", "compare");
    this.note = make("p", "", "note");
    this.region = make("div", "", "region");
    this.press = button("Measure errors on shifted digits", () => training.tell("shift", ""));
    this.told = make("p", "", "note");
    this.shifts = make("div", "", "shifts");
    this.element.append(this.note, this.region, this.press, this.told, this.shifts);
  }

  show(panel) {
    setText(this.note, panel.alone ? "Choose a second network in the sidebar, “Compare with”: both train on the same data, with the same seed and settings." : "Both train on the same pictures in the same order, with the same settings. Curves of B are dashed.");
    const written = JSON.stringify(panel);
    if (written === this.written) return;
    this.written = written;
    this.region.replaceChildren(table(["", ...panel.head], panel.rows));
    this.press.disabled = !panel.able;
    setText(this.told, panel.measured ? `Mean error of the test images shifted up, down, left and right, ${panel.measured}.` : "How well does it read test images that are shifted by 1, 2 or 3 pixels?");
    this.shifts.replaceChildren(...(panel.shifts.length > 0 ? [shifted(panel)] : []));
  }
}

function shifted({ shifts, letters }) {
  const made = table(["Shifted by", ...letters], shifts.map(([name, ...errors]) => [name, ...errors.map((error) => (error === null ? "–" : `${error} %`))]));
  [...made.tBodies[0].rows].forEach((line, i) => {
    [...line.cells].slice(1).forEach((cell, j) => {
      const bar = make("i", "", `bar run${j}`);
      bar.style.setProperty("--share", (shifts[i][j + 1] ?? 0) / 100);
      cell.append(bar);
    });
  });
  return made;
}

const PANELS = { kernels: Kernels, maps: Maps, mistakes: Mistakes, activations: Activations, draw: Draw, compare: Compare };
