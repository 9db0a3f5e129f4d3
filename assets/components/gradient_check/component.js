// The check: each gradient by its rule, by finite differences, and the difference of the two, cell by cell.

export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".check");
  root.check ??= new Check(root);
  root.check.show(data);
  return () => root.check.observer.disconnect();
}

const [SMALLEST, READABLE, LARGEST] = [6, 30, 56]; // a cell, in pixels; in the second any number can be read
const HINT = "Point at a cell, or walk there with the arrow keys, to read its three numbers.";

class Check {
  constructor(root) {
    this.root = root;
    this.find = partsOf(root);
    this.rows = new Map();
    this.observer = new ResizeObserver(() => this.fit());
    this.observer.observe(root);
  }

  show(data) {
    this.data = data;
    setText(this.find("intro"), data.intro);
    setText(this.find("verdict"), data.verdict);
    this.find("checks").replaceChildren(...data.checks.map((check) => this.row(check)));
    this.fit();
    this.paint();
    this.tell(null);
  }

  // A heading and three grids; those that were there before are kept, with their focus.
  row({ title, grids }) {
    if (!this.rows.has(title)) {
      const [element, heading, line] = ["div", "h4", "div"].map((tag) => document.createElement(tag));
      heading.textContent = title;
      line.className = "row";
      const hover = (row, col) => this.tell(row === null ? null : title, row, col);
      const made = grids.map(([name]) => new Grid(`${title}: ${name}`, { hover, walks: true }));
      made.forEach((grid, i) => {
        const [figure, caption] = [document.createElement("figure"), document.createElement("figcaption")];
        caption.textContent = grids[i][0];
        figure.append(caption, grid.element);
        line.append(figure);
      });
      element.append(heading, line);
      this.rows.set(title, { element, grids: made });
    }
    return this.rows.get(title).element;
  }

  paint() {
    const theme = themeOf(this.root);
    for (const { title, grids, kinks, limit } of this.data.checks) {
      this.rows.get(title).grids.forEach((grid, i) => {
        const picture = grids[i][1];
        const names = gridNames(picture).map((name, index) => (kinks.includes(index) ? `${name}, no slope` : name));
        const classes = names.map((_, index) => (kinks.includes(index) ? "kink" : "input"));
        grid.draw({ ...picture, names, classes }, limit, theme);
      });
    }
  }

  // A cell's three numbers, which are marked in all three grids.
  tell(title, row, col) {
    const check = this.data.checks.find((one) => one.title === title);
    const index = check ? row * check.grids[0][1].cols + col : null;
    for (const one of this.data.checks) {
      for (const grid of this.rows.get(one.title).grids) grid.mark("lit", one === check ? [index] : []);
    }
    const numbers = check?.grids.map(([name, { values }]) => `${name.toLowerCase()} ${spoken(values[index])}`).join(", ");
    setText(this.find("readout"), check ? `${title} (${row + 1}, ${col + 1}): ${numbers}.` : HINT);
  }

  // Three grids beside one another, or fewer where they could not be read.
  fit() {
    const width = this.root.clientWidth;
    if (!this.data || !width) return;
    const cols = Math.max(...this.data.checks.map(({ grids }) => grids[0][1].cols));
    const side = (beside) => Math.floor((width - 24 * (beside - 1) - 2) / beside / cols) - 1;
    const beside = width < 700 ? 1 : [3, 2, 1].find((count) => side(count) >= READABLE) ?? 1;
    for (const { title } of this.data.checks) for (const grid of this.rows.get(title).grids) grid.resize(clamp(side(beside), SMALLEST, LARGEST));
  }
}
