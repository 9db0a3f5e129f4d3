// The player: buttons, two sliders and keys that move through the steps of a sweep, and the step in
// the page's link. What a step shows is its owner's business.

const KEYS = { ArrowRight: "next", ArrowLeft: "previous", ArrowUp: "up", ArrowDown: "down", Home: "first", End: "last", " ": "play" };
const SPEEDS = [0.5, 1, 2, 4, 8, 15, 30, 60]; // steps a second
const PLAYER = `
  <div class="player" role="group" aria-label="Player">
    <button type="button" data-player="first">First</button>
    <button type="button" data-player="previous">Previous</button>
    <button type="button" data-player="play" class="primary">Play</button>
    <button type="button" data-player="next">Next</button>
    <button type="button" data-player="last">Last</button>
  </div>
  <label class="scrubber">Step <input type="range" data-player="step" min="1" value="1" aria-label="Step"><span class="count" data-player="count"></span></label>
  <label class="pace">Speed <input type="range" data-player="speed" min="0" max="7" value="2" aria-label="Speed" aria-valuetext="2 steps a second"></label>`;

class Player {
  // Keys are heard anywhere in `root`; the controls go first into `host`; `onStep(step)` shows a step, from 0.
  constructor(root, host, onStep) {
    this.root = root;
    this.onStep = onStep;
    this.step = 0;
    this.steps = this.wide = 1;
    this.asleep = false;
    host.insertAdjacentHTML("afterbegin", PLAYER);
    this.controls = [...host.children].slice(0, 3);
    const parts = new Map([...host.querySelectorAll("[data-player]")].map((part) => [part.dataset.player, part]));
    this.find = (name) => parts.get(name);
    for (const name of ["first", "previous", "play", "next", "last"]) this.find(name).addEventListener("click", () => this[name]());
    this.find("step").addEventListener("input", (event) => this.pauseAt(Number(event.target.value) - 1));
    this.find("speed").addEventListener("input", () => this.showSpeed());
    root.addEventListener("keydown", (event) => this.onKey(event));
    this.link = new LinkPart(root, () => ({ step: this.step === 0 ? null : this.step + 1 }));
  }

  // A new sweep: how many steps it has, how many a row of outputs; asleep, there is nothing to play.
  // It begins at `start`, or else stays at the row and column where it was, or at the end.
  set({ steps, wide, start, asleep = false }) {
    this.pause();
    const [row, col] = [Math.floor(this.step / this.wide), this.step % this.wide];
    if (start !== undefined) this.step = clamp(start, 0, steps - 1);
    else if (this.steps > 1 && this.step === this.steps - 1) this.step = steps - 1;
    else this.step = Math.min(row, Math.ceil(steps / wide) - 1) * wide + Math.min(col, wide - 1);
    Object.assign(this, { steps, wide, asleep });
    for (const control of this.controls) control.hidden = asleep;
    this.find("step").max = asleep ? 1 : steps;
  }

  leave() {
    this.pause();
    this.link.leave();
  }

  first() { this.pauseAt(0); }
  last() { this.pauseAt(this.steps - 1); }
  next() { this.pauseAt(this.step + 1); }
  previous() { this.pauseAt(this.step - 1); }
  up() { this.pauseAt(this.step - this.wide >= 0 ? this.step - this.wide : this.step); }
  down() { this.pauseAt(this.step + this.wide < this.steps ? this.step + this.wide : this.step); }

  pauseAt(step) {
    this.pause();
    this.goTo(step);
  }

  goTo(step) {
    if (this.asleep) return;
    this.step = clamp(step, 0, this.steps - 1);
    this.onStep(this.step);
    const slider = this.find("step");
    slider.value = this.step + 1;
    slider.setAttribute("aria-valuetext", `${this.step + 1} of ${this.steps}`);
    this.find("count").textContent = `${this.step + 1} / ${this.steps}`;
  }

  onKey(event) {
    const action = KEYS[event.key];
    const target = event.target;
    if (!action || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey || this.asleep) return;
    if (target.matches("input[type=text]")) return;
    // The speed slider keeps its own keys; a button outside the player keeps its space bar.
    if (target === this.find("speed") && action !== "play") return;
    if (action === "play" && target.matches("button") && !target.closest(".player")) return;
    event.preventDefault();
    event.stopPropagation();
    this[action]();
  }

  play() {
    if (this.timer) return this.pause();
    if (this.step === this.steps - 1) this.goTo(0);
    this.find("play").textContent = "Pause";
    this.announce("off");
    let due = performance.now() + 1000 / this.speed();
    const tick = (now) => {
      if (now >= due) {
        this.goTo(this.step + 1);
        due = Math.max(due + 1000 / this.speed(), now);
      }
      if (this.step >= this.steps - 1) return this.pause();
      this.timer = requestAnimationFrame(tick);
    };
    this.timer = requestAnimationFrame(tick);
  }

  pause() {
    if (!this.timer) return;
    cancelAnimationFrame(this.timer);
    this.timer = null;
    this.find("play").textContent = "Play";
    this.announce("polite");
  }

  // While it plays, a screen reader is not told every step.
  announce(how) {
    this.root.querySelector("[role=status]")?.setAttribute("aria-live", how);
  }

  speed() {
    return SPEEDS[this.find("speed").value];
  }

  showSpeed() {
    this.find("speed").setAttribute("aria-valuetext", `${this.speed()} steps a second`);
  }

  // What the link needs to open as the page stands: the step, and how far a shift's front end has moved the input.
  standing() {
    const link = new URLSearchParams(location.search);
    return { step: this.step + 1, down: link.get("down"), right: link.get("right") };
  }
}
