// Pictures of a lecture's scenes: each page's own front end, mounted from what Python has delivered before it is needed.

// For each front end the smallest window it is at its best in, and how much of a page's height it leaves to others:
// width, height, pixels.
const BEST = {
  stepper: [700, 400, 230],
  connections: [760, 520, 120],
  channels: [860, 480, 120],
  receptive_field: [760, 480, 90],
  architectures: [980, 470, 120],
  gradients: [860, 560, 120],
  inside: [1000, 560, 120],
};
const [SMALLEST_ZOOM, LARGEST_ZOOM] = [0.75, 2.5];
const KEPT = 8; // pictures; each has a few hundred elements

class ScenePictures {
  // `stage` holds them; `delivered(slot)` gives what Python brought; `report(key, name, value)` tells it what one reports.
  constructor(stage, delivered, report) {
    this.stage = stage;
    this.delivered = delivered;
    this.report = report;
    this.hosts = new Map();
    this.modules = new Map();
    this.observer = new ResizeObserver(() => this.fitAll());
    this.observer.observe(stage);
  }

  leave() {
    this.observer.disconnect();
    for (const key of [...this.hosts.keys()]) this.drop(key);
  }

  // The front end of a page as a module of its own, so that none sees another's names.
  module(front) {
    if (!this.modules.has(front)) {
      const source = this.delivered("fronts")?.[front];
      if (!source) return null;
      const url = URL.createObjectURL(new Blob([source.js], { type: "text/javascript" }));
      this.modules.set(front, import(url).finally(() => URL.revokeObjectURL(url)));
    }
    return this.modules.get(front);
  }

  // Mount a picture where nobody sees it; shown, it is painted at once.
  async prepare(picture) {
    const loading = this.module(picture.front);
    if (!loading || this.hosts.has(picture.key)) return;
    const host = document.createElement("div");
    host.className = "picture";
    host.dataset.scene = picture.key;
    host.dataset.front = picture.front;
    host.inert = true;
    const source = this.delivered("fronts")[picture.front];
    const style = document.createElement("style");
    style.textContent = source.css;
    const root = host.attachShadow({ mode: "open" });
    root.innerHTML = source.html;
    root.prepend(style);
    this.hosts.set(picture.key, host);
    this.stage.append(host);
    this.fit(host);
    const { default: mount } = await loading;
    if (this.hosts.get(picture.key) !== host) return; // dropped meanwhile
    host.draw = (data) => {
      host.leave = mount({ data, parentElement: root, setTriggerValue: (name, value) => this.report(picture.key, name, value) });
    };
    host.draw(picture.data);
    requestAnimationFrame(() => this.fit(host, true));
  }

  // Show one, or none, and keep a few others.
  show(key, wanted) {
    for (const [name, host] of this.hosts) {
      const shown = name === key;
      host.classList.toggle("shown", shown);
      host.inert = !shown;
      if (!shown) host.shadowRoot.querySelector("[data-player=play]")?.textContent === "Pause" && this.press(name, "play");
    }
    for (const name of this.hosts.keys()) {
      if (this.hosts.size <= KEPT) break;
      if (name !== key && !wanted.has(name)) this.drop(name);
    }
  }

  drop(key) {
    const host = this.hosts.get(key);
    host.leave?.();
    host.remove();
    this.hosts.delete(key);
  }

  // Draw a picture anew: with what came of something it reported, or in another theme.
  update(key, data) {
    this.hosts.get(key)?.draw?.(data);
  }

  press(key, name) {
    this.hosts.get(key)?.shadowRoot.querySelector(`[data-player=${name}]`)?.click();
  }

  fitAll() {
    for (const host of this.hosts.values()) this.fit(host);
    requestAnimationFrame(() => {
      for (const host of this.hosts.values()) this.fit(host, true);
    });
  }

  // As large as the stage allows: the front end gets a window of its best size or more, and that is magnified.
  fit(host, drawn = false) {
    const [width, height] = [this.stage.clientWidth, this.stage.clientHeight];
    if (!this.stage.classList.contains("filled")) {
      host.style.zoom = "";
      delete host.dataset.height;
      return;
    }
    if (!drawn) {
      const [wide, tall, rest] = BEST[host.dataset.front];
      host.zoom = clamp(Math.min(width / wide, height / tall), SMALLEST_ZOOM, LARGEST_ZOOM);
      host.dataset.height = height / host.zoom + rest;
    } else if (host.scrollHeight * host.zoom > height) {
      host.zoom = Math.max(SMALLEST_ZOOM, (host.zoom * height) / (host.scrollHeight * host.zoom));
    }
    host.style.zoom = host.zoom;
  }
}
