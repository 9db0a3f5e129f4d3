// A pad to draw on, a cell a pixel: with mouse, pen or finger, or with arrows and Space. It reports levels of ink.

const SOFT = 0.75; // cells around the pen that get ink

class Pad {
  // `told(bytes)` is called with all cells, 0 to 255, whenever one has changed.
  constructor(canvas, told) {
    this.canvas = canvas;
    this.told = told;
    this.rows = this.cols = 0;
    this.at = [0, 0];
    canvas.addEventListener("pointerdown", (event) => this.start(event));
    canvas.addEventListener("pointermove", (event) => this.pen && this.stroke(event));
    for (const end of ["pointerup", "pointercancel"]) canvas.addEventListener(end, () => (this.pen = null));
    canvas.addEventListener("keydown", (event) => this.onKey(event));
    for (const change of ["focus", "blur"]) canvas.addEventListener(change, () => this.draw());
  }

  fit(rows, cols, ink) {
    if (rows === this.rows && cols === this.cols && !ink) return;
    Object.assign(this, { rows, cols, cells: ink ?? new Uint8Array(rows * cols), at: [rows >> 1, cols >> 1] });
    this.draw();
  }

  // Thick enough to read: a cell of 8, three of 28.
  get reach() {
    return SOFT * Math.max(1, this.cols / 16);
  }

  start(event) {
    event.preventDefault();
    this.canvas.focus({ preventScroll: true });
    this.canvas.setPointerCapture(event.pointerId);
    this.rubs = event.button === 2 || event.shiftKey;
    this.pen = this.place(event);
    this.touch(...this.pen);
    this.say();
  }

  place(event) {
    const box = this.canvas.getBoundingClientRect();
    return [((event.clientY - box.top) / box.height) * this.rows - 0.5, ((event.clientX - box.left) / box.width) * this.cols - 0.5];
  }

  // From where the pen was to where it is, in small steps.
  stroke(event) {
    const next = this.place(event);
    const [down, right] = [next[0] - this.pen[0], next[1] - this.pen[1]];
    const steps = Math.max(1, Math.ceil(Math.hypot(down, right) * 3));
    for (let i = 1; i <= steps; i++) this.touch(this.pen[0] + (down * i) / steps, this.pen[1] + (right * i) / steps);
    this.pen = next;
    this.say();
  }

  touch(row, col) {
    for (let r = 0; r < this.rows; r++) {
      for (let c = 0; c < this.cols; c++) {
        const ink = clamp(1.5 - Math.hypot(r - row, c - col) / this.reach, 0, 1) * 255;
        const index = r * this.cols + c;
        this.cells[index] = this.rubs ? Math.min(this.cells[index], 255 - ink) : Math.max(this.cells[index], ink);
      }
    }
  }

  onKey(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const [row, col] = this.at;
    const moves = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
    if (moves[event.key]) {
      const [down, right] = moves[event.key];
      this.at = [clamp(row + down, 0, this.rows - 1), clamp(col + right, 0, this.cols - 1)];
      this.draw();
    } else if (event.key === " ") {
      const index = row * this.cols + col;
      this.cells[index] = this.cells[index] > 127 ? 0 : 255;
      this.say();
    } else if (event.key === "Delete" || event.key === "Backspace") this.clear();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  clear() {
    this.cells.fill(0);
    this.say();
  }

  say() {
    this.draw();
    this.told(this.cells);
  }

  draw() {
    const { canvas, rows, cols } = this;
    if (!rows) return;
    const cell = Math.max(4, Math.floor(336 / cols));
    Object.assign(canvas, { width: cols * cell, height: rows * cell });
    const brush = canvas.getContext("2d");
    const style = getComputedStyle(canvas);
    const [ink, line] = [style.color, style.borderTopColor];
    brush.fillStyle = ink;
    this.cells.forEach((level, index) => {
      brush.globalAlpha = level / 255;
      brush.fillRect((index % cols) * cell, Math.floor(index / cols) * cell, cell, cell);
    });
    brush.globalAlpha = 0.35;
    brush.strokeStyle = line;
    brush.lineWidth = 1;
    for (let i = 1; i < cols; i++) brush.strokeRect(i * cell - 0.5, -1, 0.01, rows * cell + 2);
    for (let i = 1; i < rows; i++) brush.strokeRect(-1, i * cell - 0.5, cols * cell + 2, 0.01);
    brush.globalAlpha = 1;
    const spot = this.cells[this.at[0] * cols + this.at[1]];
    const inked = `row ${this.at[0] + 1}, column ${this.at[1] + 1}, ink ${Math.round((spot / 255) * 100)} %`;
    canvas.setAttribute("aria-label", `Drawing pad of ${rows} by ${cols} cells. Arrows move, Space paints, Delete clears. Now at ${inked}.`);
    if (!canvas.matches(":focus-visible")) return;
    brush.strokeStyle = style.outlineColor;
    brush.lineWidth = Math.max(2, cell / 12);
    brush.strokeRect(this.at[1] * cell + 1, this.at[0] * cell + 1, cell - 2, cell - 2);
  }
}
