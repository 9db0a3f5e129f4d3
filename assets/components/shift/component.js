// The shift: grids before and after the input has been moved by a few pixels. All shifts came from
// Python at once, with the marks that tell what moved along and what stayed.

export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".shift");
  root.shift ??= new Shift(root);
  root.shift.show(data);
  return () => root.shift.leave();
}

const WAYS = { ArrowLeft: [0, -1], ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowRight: [0, 1] };
const BUTTONS = { left: "ArrowLeft", up: "ArrowUp", down: "ArrowDown", right: "ArrowRight" };
const [FOLLOWED, STAYED, BORDER] = [1, 2, 4]; // bits of a mark
const [SMALLEST, LEGIBLE, LARGEST] = [12, 18, 72]; // a cell, in pixels
const [GAP, CAPTION, AROUND] = [40, 176, 330]; // between and above columns, and of everything that is not a grid
const HINT = "The arrow keys shift the input.";

class Shift {
  constructor(root) {
    this.root = root;
    this.find = partsOf(root);
    this.columns = [];
    for (const [name, key] of Object.entries(BUTTONS)) this.find(name).addEventListener("click", () => this.move(...WAYS[key]));
    this.find("home").addEventListener("click", () => this.goTo(0, 0));
    root.addEventListener("keydown", (event) => this.onKey(event));
    this.width = root.clientWidth;
    this.observer = new ResizeObserver(([{ contentRect }]) => {
      this.width = contentRect.width;
      this.fit();
    });
    this.observer.observe(root);
    this.link = new LinkPart(root, () => {
      const [down, right] = this.by;
      return down === 0 && right === 1 ? { down: null, right: null } : { down, right };
    });
  }

  leave() {
    this.link.leave();
    this.observer.disconnect();
  }

  show(data) {
    const before = this.data;
    this.theme = themeOf(this.root);
    if (before !== data) {
      this.data = data;
      if (before?.arrival !== data.arrival) this.by = this.start = data.by;
      this.build();
    }
    this.fit();
    this.goTo(...this.by);
  }

  onKey(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    if (WAYS[event.key]) this.move(...WAYS[event.key]);
    else if (event.key === "Home") this.goTo(0, 0);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  // ---- the columns ------------------------------------------------------------------------

  // Grids are kept from setting to setting, with the focus in them.
  build() {
    const { data } = this;
    setText(this.find("heading"), data.heading);
    setText(this.find("text"), data.text);
    this.find("heading").hidden = !data.heading;
    this.find("text").hidden = !data.text;
    this.find("legend").replaceChildren(...data.legend.map(([kind, text]) => legendItem(kind, text)));
    while (this.columns.length > data.columns.length) this.columns.pop().figures.forEach((figure) => figure.remove());
    while (this.columns.length < data.columns.length) this.columns.push(this.column(this.columns.length));
    data.columns.forEach((sent, i) => {
      const column = this.columns[i];
      Object.assign(column, { sent, after: unpack(sent.after), marks: unpackBytes(sent.marks) });
      const name = i === 0 ? "Pixels" : sent.title;
      column.grids.forEach((grid, late) => grid.element.setAttribute("aria-label", `${name} ${late ? "after" : "before"} the shift`));
      setText(column.figures[0].firstChild, `${sent.title} ${sent.rows} × ${sent.cols}`);
    });
  }

  column(i) {
    const grids = [0, 1].map((late) => new Grid("", { hover: (row, col) => this.light(i, late, row, col) }));
    const figures = grids.map((grid, late) => {
      const figure = document.createElement("figure");
      figure.className = late ? "after" : "before";
      figure.append(document.createElement("figcaption"), grid.element);
      return figure;
    });
    this.find("columns").append(...figures);
    return { grids, figures };
  }

  // All grids as high as one another, as far as they fit: an output lies where the pixels are that it comes
  // from. On a phone they are stacked.
  fit() {
    if (!this.data || !this.width) return;
    const { columns } = this.data;
    const cell = (rows, high) => clamp(Math.floor(high / rows) - 1, SMALLEST, LARGEST);
    const needs = (high) => columns.reduce((sum, { rows, cols }) => sum + Math.max(cols * (cell(rows, high) + 1), CAPTION) + GAP, 0);
    const tall = Math.max((Math.min(innerHeight, 1200) - AROUND) / 2, 180);
    let high = tall;
    while (high > 60 && needs(high) > this.width) high -= 4;
    const stacked = needs(high) > this.width || cell(columns[0].rows, high) < Math.min(LEGIBLE, cell(columns[0].rows, tall));
    this.root.classList.toggle("stacked", stacked);
    this.columns.forEach(({ grids, sent: { rows, cols } }) => {
      const size = stacked ? Math.min(cell(rows, tall), cell(cols, this.width - 8)) : cell(rows, high);
      for (const grid of grids) grid.resize(size);
    });
  }

  // ---- shifting ---------------------------------------------------------------------------

  move(down, right) {
    this.goTo(this.by[0] + down, this.by[1] + right);
  }

  goTo(rows, cols) {
    const { reach, ways, columns } = this.data;
    this.by = [clamp(rows, -reach, reach), clamp(cols, -reach, reach)];
    this.index = (this.by[0] + reach) * (2 * reach + 1) + this.by[1] + reach;
    for (const column of this.columns) this.draw(column);
    setText(this.find("way"), ways[this.index]);
    setText(this.find("told"), columns.map(({ sentences }) => sentences[this.index]).join(" "));
    this.light(0, 0, null);
  }

  draw({ sent, grids, figures, after, marks }) {
    const { rows, cols, before, judged, limit } = sent;
    const cells = rows * cols;
    const names = Array.from({ length: cells }, (_, i) => `row ${Math.floor(i / cols) + 1}, column ${(i % cols) + 1}`);
    const judge = this.judge(judged, sent.along[this.index]);
    const judged_cells = [...marks.subarray(this.index * cells, (this.index + 1) * cells)].map(judge);
    setText(figures[1].firstChild, `After: ${sent.sentences[this.index]}`);
    grids[0].draw({ rows, cols, values: before, names }, limit, this.theme);
    grids[1].draw({
      rows, cols,
      values: [...after.subarray(this.index * cells, (this.index + 1) * cells)],
      names: names.map((name, i) => [name, judged_cells[i].words].filter(Boolean).join(", ")),
      classes: judged_cells.map(({ kind }) => kind),
    }, limit, this.theme);
  }

  // How a mark looks, and what it says.
  judge(judged, along) {
    if (judged === "none") return (mark) => (mark & BORDER ? { kind: "entered", words: "came in" } : { kind: "", words: "" });
    if (judged === "place") return (mark) => (mark & STAYED ? { kind: "same", words: "as before" } : { kind: "other", words: "another number than before" });
    return (mark) => {
      const edge = mark & BORDER ? " edge" : "";
      const where = edge ? ", at the border" : "";
      if (!along) return { kind: edge.trim(), words: edge ? "at the border" : "" };
      return mark & FOLLOWED ? { kind: `same${edge}`, words: `moved along${where}` } : { kind: `other${edge}`, words: `did not move along${where}` };
    };
  }

  // The cell that is hovered, and its counterpart on the other side of the shift.
  light(i, late, row, col) {
    for (const { grids } of this.columns) for (const grid of grids) grid.mark("lit", []);
    if (row === null) return setText(this.find("readout"), HINT);
    const { grids, sent, after } = this.columns[i];
    const { rows, cols, before, judged, along } = sent;
    const by = judged === "none" ? this.by : judged === "along" ? along[this.index] ?? [0, 0] : [0, 0];
    const there = late ? [row - by[0], col - by[1]] : [row + by[0], col + by[1]];
    const inside = there[0] >= 0 && there[0] < rows && there[1] >= 0 && there[1] < cols;
    const [old, now] = late ? [there, [row, col]] : [[row, col], there];
    grids[late].mark("lit", [row * cols + col]);
    if (inside) grids[1 - late].mark("lit", [there[0] * cols + there[1]]);
    const place = ([r, c]) => `(${r + 1}, ${c + 1})`;
    const was = `${sent.title} ${place(old)} was ${spoken(before[old[0] * cols + old[1]])}`;
    const is = `${place(now)} is ${spoken(after[this.index * rows * cols + now[0] * cols + now[1]])}`;
    setText(this.find("readout"), inside ? `${was}; after the shift ${is}.` : late ? `${sent.title} ${is}: nothing moved there.` : `${was}: it moved out.`);
  }
}
