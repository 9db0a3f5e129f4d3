// A chart of curves over epochs, linear or logarithmic. What it draws, and how smooth, is Python's.

const CHART = "http://www.w3.org/2000/svg";
const [LEFT, RIGHT, TOP, BOTTOM] = [58, 16, 8, 24]; // pixels around the curves
const DECADE = [1, 2, 5];

class Curves {
  constructor(svg) {
    this.svg = svg;
    svg.addEventListener("pointermove", (event) => this.point(event.offsetX));
    svg.addEventListener("pointerleave", () => this.point(undefined));
  }

  point(at) {
    this.at = at;
    if (this.given) this.draw(this.given);
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
    if (this.at !== undefined) this.read(clamp((this.at - LEFT) / (width - LEFT - RIGHT), 0, 1) * last, x, y, width, height);
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

  // The values at the pointer: of each curve that of the nearest epoch it has.
  read(epoch, x, y, width, height) {
    const heights = [];
    const found = this.given.series.filter(({ xs }) => xs.length > 0).map(({ kind, letter, xs, ys }) => {
      const nearest = xs.reduce((best, one, i) => (Math.abs(one - epoch) < Math.abs(xs[best] - epoch) ? i : best), 0);
      heights.push(y(ys[nearest]));
      return `${[letter, kind].filter(Boolean).join(" ")} ${brief(ys[nearest])}`;
    });
    if (found.length === 0) return;
    this.make("path", { d: `M${x(epoch)},${TOP} V${height - BOTTOM}`, class: "pointer" });
    const clear = Math.max(...heights) < height / 2 ? height - BOTTOM - 8 : TOP + 12; // where no curve is
    this.text(width - RIGHT, clear, `Epoch ${Number(epoch.toFixed(1))}: ${found.join(", ")}`, "end").setAttribute("class", "reading");
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
