// A chart of curves over epochs, linear or logarithmic. What it draws, and how smooth, is Python's.

const CHART = "http://www.w3.org/2000/svg";
const [LEFT, RIGHT, TOP, BOTTOM] = [58, 16, 8, 24]; // pixels around the curves
const LINE_HEIGHT = 17;
const DECADE = [1, 2, 5];

const STRIDES = { // of the keys that read the values, in points of a curve
  ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1, PageUp: 10, PageDown: -10, Home: -Infinity, End: Infinity,
};

// To whom it cannot be seen it is a slider over the epochs that tells the values.
class Curves {
  constructor(svg) {
    this.svg = svg;
    svg.setAttribute("role", "slider");
    svg.setAttribute("tabindex", "0");
    svg.addEventListener("pointermove", (event) => this.point(event.offsetX));
    svg.addEventListener("pointerleave", () => this.point(undefined));
    svg.addEventListener("keydown", (event) => this.onKey(event));
    svg.addEventListener("focus", () => svg.matches(":focus-visible") && this.goTo(this.stops.at(-1)));
    svg.addEventListener("blur", () => this.goTo(undefined));
  }

  point(at) {
    this.at = at;
    if (this.given) this.draw(this.given);
  }

  // The epochs that the keys walk: those of the curve with the most points.
  get stops() {
    return (this.given?.series ?? []).reduce((most, { xs }) => (xs.length > most.length ? xs : most), []);
  }

  onKey(event) {
    const { stops } = this;
    const by = STRIDES[event.key];
    if (by === undefined || stops.length === 0 || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    const from = this.epoch === undefined ? stops.length - 1 : nearest(stops, this.epoch);
    this.goTo(stops[clamp(from + by, 0, stops.length - 1)]);
  }

  goTo(epoch) {
    this.epoch = epoch;
    this.at = undefined; // a pointer may rest on the chart
    if (!this.given) return;
    this.draw(this.given);
    this.tell();
  }

  // What is read at an epoch, or at the last.
  tell() {
    const { stops, epoch = stops.at(-1) } = this;
    const told = {
      valuemin: 0, valuemax: stops.at(-1) ?? 0, valuenow: epoch ?? 0,
      valuetext: epoch === undefined ? "Nothing to read yet" : this.reading(epoch).lines.join(", "),
    };
    for (const [name, value] of Object.entries(told)) this.svg.setAttribute(`aria-${name}`, value);
  }

  // `series` are {kind: "training" | "test", run: 0 | 1, letter, xs, ys}; `bounds` holds the axis in, where it has ends,
  // `goal` is a height to be reached, `marks` are [epoch, …] where something was changed.
  draw(given) {
    const { series, log, bounds, marks, goal } = (this.given = given);
    const [width, height] = [this.svg.clientWidth, this.svg.clientHeight];
    if (!width || !height) return;
    this.svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    const points = series.flatMap(({ ys }) => [...ys]).filter((y) => Number.isFinite(y) && (!log || y > 0));
    const last = Math.max(1, ...series.flatMap(({ xs }) => [xs.at(-1) ?? 0]));
    const axis = log ? logarithmic(points) : linear(points, bounds);
    const x = (epoch) => LEFT + (epoch / last) * (width - LEFT - RIGHT);
    const y = (value) => height - BOTTOM - axis.share(value) * (height - TOP - BOTTOM);
    this.svg.replaceChildren();
    for (const tick of axis.ticks) {
      this.make("path", { d: `M${LEFT},${y(tick)} H${width - RIGHT}`, class: "rule" });
      this.text(LEFT - 6, y(tick) + 4.5, brief(tick), "end");
    }
    for (const tick of linear([0, last], [0, last]).ticks.filter((tick) => tick <= last)) this.text(x(tick), height - 6, brief(tick), "middle");
    this.text(0, height - 6, "Epoch", "start");
    if (goal !== undefined) this.make("path", { d: `M${LEFT},${y(goal)} H${width - RIGHT}`, class: "curve goal" });
    marks.forEach(([epoch], i) => {
      this.make("path", { d: `M${x(epoch)},${TOP} V${height - BOTTOM}`, class: "mark" });
      this.text(x(epoch) + 3, TOP + 10, String(i + 1), "start");
    });
    for (const one of series) this.curve(one, x, y, log);
    const read = this.at === undefined ? this.epoch : clamp((this.at - LEFT) / (width - LEFT - RIGHT), 0, 1) * last;
    if (read !== undefined) this.read(read, x, y, width, height);
    if (this.epoch === undefined) this.tell(); // else what is read stays as it was told
  }

  curve({ kind, run, xs, ys }, x, y, log) {
    let pen = "M";
    let path = "";
    xs.forEach((epoch, i) => {
      if (!Number.isFinite(ys[i])) pen = "M"; // a gap
      else {
        path += `${pen}${x(epoch).toFixed(1)},${y(log && ys[i] <= 0 ? 0 : ys[i]).toFixed(1)}`;
        pen = "L";
      }
    });
    if (path) this.make("path", { d: path, class: `curve ${kind} run${run}` });
    if (kind !== "test" || xs.length > 40) return;
    xs.forEach((epoch, i) => Number.isFinite(ys[i]) && this.make("circle", { cx: x(epoch), cy: y(ys[i]), r: 3, class: `dot run${run}` }));
  }

  // The values at an epoch: of each curve that of the nearest one it has. A line a run, and the points they stand at.
  reading(epoch) {
    const lines = new Map();
    const points = [];
    for (const { kind, letter, xs, ys } of this.given.series) {
      if (xs.length === 0) continue;
      const i = nearest(xs, epoch);
      points.push([xs[i], ys[i]]);
      lines.set(letter, [...(lines.get(letter) ?? []), `${[letter, kind].filter(Boolean).join(" ")} ${brief(ys[i])}`]);
    }
    const [first, ...others] = [...lines.values()].map((values) => values.join(", "));
    return { points, lines: first ? [`Epoch ${Number(epoch.toPrecision(3))}: ${first}`, ...others] : [] };
  }

  read(epoch, x, y, width, height) {
    const { points, lines } = this.reading(epoch);
    if (lines.length === 0) return;
    this.make("path", { d: `M${x(epoch)},${TOP} V${height - BOTTOM}`, class: "pointer" });
    const shown = points.filter(([, value]) => Number.isFinite(value));
    for (const [at, value] of shown) this.make("circle", { cx: x(at), cy: y(value), r: 4, class: "read" });
    const above = Math.max(...shown.map(([, value]) => y(value))) < height / 2; // the words stand where no curve is
    const top = above ? height - BOTTOM - 8 - LINE_HEIGHT * (lines.length - 1) : TOP + 12;
    lines.forEach((words, i) => this.text(width - RIGHT, top + LINE_HEIGHT * i, words, "end").setAttribute("class", "reading"));
  }

  make(kind, attributes) {
    const made = document.createElementNS(CHART, kind);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    this.svg.append(made);
    return made;
  }

  text(x, y, words, anchor) {
    const made = this.make("text", { x, y, "text-anchor": anchor });
    made.textContent = words;
    return made;
  }
}

// Where in a list the number is that is nearest to another.
function nearest(numbers, wanted) {
  return numbers.reduce((best, one, i) => (Math.abs(one - wanted) < Math.abs(numbers[best] - wanted) ? i : best), 0);
}

// Round numbers from 0, or from the least, to the greatest.
function linear(values, bounds) {
  const [low, high] = bounds ?? [Math.min(0, ...values), Math.max(...values, 0) || 1];
  const rough = (high - low) / 4;
  const decade = 10 ** Math.floor(Math.log10(rough));
  const step = decade * (DECADE.find((part) => part * decade >= rough) ?? 10);
  const ticks = [];
  for (let tick = Math.ceil(low / step) * step; tick <= high + step * 0.01; tick += step) ticks.push(Number(tick.toPrecision(6)));
  return { ticks, share: (value) => clamp((value - low) / (high - low), 0, 1) };
}

// Whole parts of decades; what is not above 0 lies on the floor.
function logarithmic(values) {
  const exponents = values.map(Math.log10);
  const low = Math.min(...exponents, 0) - 0.05;
  const high = Math.max(...exponents, low + 0.5) + 0.05;
  const parts = high - low > 3 ? [1] : DECADE;
  const ticks = [];
  for (let exponent = Math.floor(low); exponent <= high; exponent++) {
    ticks.push(...parts.map((part) => part * 10 ** exponent).filter((tick) => Math.log10(tick) >= low && Math.log10(tick) <= high));
  }
  return { ticks, share: (value) => (value > 0 ? clamp((Math.log10(value) - low) / (high - low), 0, 1) : 0) };
}
