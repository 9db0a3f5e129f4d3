// The norms of the window on which the stepper stands, against p: from the sum to the maximum.
// All numbers came from Python; the stepper tells each step.

export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".norms");
  root.norms ??= new Norms(root);
  root.norms.show(data);
  return () => root.norms.leave();
}

const HIGH = 240; // pixels, as the style says
const [LEFT, RIGHT, TOP, BOTTOM] = [14, 14, 26, 46]; // room around the curve
const LETTER = 8; // pixels, about

class Norms {
  constructor(root) {
    this.find = partsOf(root);
    this.chart = this.find("chart");
    this.step = 0;
    this.follow = ({ detail }) => {
      this.step = detail.step;
      this.draw();
    };
    document.addEventListener("stepper-step", this.follow);
    this.observer = new ResizeObserver(() => this.draw());
    this.observer.observe(this.chart);
  }

  leave() {
    document.removeEventListener("stepper-step", this.follow);
    this.observer.disconnect();
  }

  show(data) {
    this.data = data;
    this.norms = unpack(data.norms);
    this.means = unpack(data.means);
    document.dispatchEvent(new CustomEvent("stepper-asked"));
    this.draw();
  }

  draw() {
    const { data, chart } = this;
    const wide = chart.clientWidth;
    if (!data || !wide) return;
    const stops = data.stops.length;
    const step = clamp(this.step, 0, this.means.length - 1);
    const values = [...this.norms.subarray(step * stops, (step + 1) * stops)];
    const mean = this.means[step];
    const x = (i) => LEFT + (i / (stops - 1)) * (wide - LEFT - RIGHT);
    const y = (value) => TOP + (1 - (values[0] ? value / values[0] : 0)) * (HIGH - TOP - BOTTOM);
    const points = values.map((value, i) => [x(i), y(value)]);
    const [sum, largest] = [values[0], values.at(-1)];
    const drawn = [
      svg("line", { class: "axis", x1: 0, x2: wide, y1: y(0), y2: y(0) }),
      svg("line", { class: "reference", x1: 0, x2: wide, y1: y(largest), y2: y(largest) }),
      svg("line", { class: "reference", x1: 0, x2: wide, y1: y(mean), y2: y(mean) }),
      svg("polyline", { class: "curve", points: points.map((point) => point.join()).join(" ") }),
      ...points.map(([cx, cy], i) => svg("circle", { class: i === data.here ? "dot here" : "dot", cx, cy, r: i === data.here ? 7 : 3.5 })),
      svg("text", { x: 0, y: y(sum) - 10 }, `Σ|x| = ${brief(sum)}`),
      svg("text", { x: wide, y: y(largest) - 10, "text-anchor": "end" }, `max|x| = ${brief(largest)}`),
      svg("text", { x: wide, y: y(mean) + 16, "text-anchor": "end" }, `mean|x| = ${brief(mean)}`),
      ...this.ticks(x),
      svg("text", { x: wide / 2, y: HIGH - 4, "text-anchor": "middle" }, "p"),
    ];
    chart.setAttribute("viewBox", `0 0 ${wide} ${HIGH}`);
    chart.replaceChildren(...drawn);
    const place = `(${Math.floor(step / data.cols) + 1}, ${(step % data.cols) + 1})`;
    const spelled = values.map((value, i) => `p ${data.stops[i]}: ${spoken(value)}`).join(", ");
    chart.setAttribute("aria-label", `Norms of the window of output ${place}. ${spelled}. Mean of |x| ${spoken(mean)}.`);
    const here = data.here === null ? "" : ` With p = ${data.stops[data.here]} it is ${spoken(values[data.here])}.`;
    setText(this.find("caption"), `Lₚ of the window of output ${place}, over its |x|.${here}`);
  }

  // As many stops as there is room for; the ends and the current one always.
  ticks(x) {
    const { stops, here } = this.data;
    const shown = new Map();
    const free = (i) => [...shown.keys()].every((j) => Math.abs(x(i) - x(j)) > (LETTER * (stops[i].length + stops[j].length)) / 2 + 4);
    for (const i of [here ?? 0, 0, stops.length - 1, ...stops.keys()]) if (!shown.has(i) && free(i)) shown.set(i, stops[i]);
    return [...shown].map(([i, text]) => svg("text", { x: x(i), y: HIGH - BOTTOM + 20, "text-anchor": "middle", ...(i === here && { class: "bold" }) }, text));
  }
}

function svg(tag, attributes, text) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  if (text !== undefined) element.textContent = text;
  return element;
}
