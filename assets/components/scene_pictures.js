// Pictures of a lecture's scenes: each page's own front end, mounted from what Python has delivered before it is needed.

// For each front end the smallest window in which it still looks good, and how many pixels of a page's height it leaves
// to what is around it there: width, height, pixels.
const LEAST = {
  stepper: [700, 400, 175],
  connections: [760, 420, 140],
  channels: [820, 520, 140],
  receptive_field: [780, 400, 90],
  architectures: [860, 420, 120],
  gradients: [700, 420, 150],
  inside: [900, 480, 120],
  image_kernels: [760, 420, 100],
};
// On a stage lower than this a picture leaves out, that many pixels, what its sentence or the scene's words say too: a
// stepper its products and sums, channels what the layer costs.
const [LOW, SPARED] = [520, { stepper: 180, channels: 80 }];
const [SMALLEST_ZOOM, LARGEST_ZOOM] = [0.6, 2.5];
const WORDS = 24; // pixels of the scene's words for which a picture that is not magnified is legible
const GAIN = 1.02; // what is no larger than this is not worth a fitting
const FITTINGS = 6; // a front end lays itself out anew after each
const REST = 200; // milliseconds
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
    clearTimeout(this.fitting);
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

  // Mount a picture where nobody sees it; shown, it is painted at once. Resolves when it is drawn.
  prepare(picture) {
    const loading = this.module(picture.front);
    if (!loading || this.hosts.has(picture.key)) return this.hosts.get(picture.key)?.ready;
    const host = document.createElement("div");
    host.className = "picture";
    host.dataset.scene = picture.key;
    host.dataset.front = picture.front;
    host.inert = true;
    this.hosts.set(picture.key, host);
    this.stage.append(host);
    host.ready = loading.then(({ default: mount }) => this.hosts.get(picture.key) === host && this.mount(host, mount, picture));
    return host.ready;
  }

  mount(host, mount, { key, front, data }) {
    const fronts = this.delivered("fronts");
    const style = document.createElement("style");
    style.textContent = fronts[front].css + fronts["pictures.css"];
    const root = host.attachShadow({ mode: "open" });
    root.innerHTML = fronts[front].html;
    root.prepend(style);
    const setTriggerValue = (name, value) => this.report(key, name, value);
    host.draw = (data) => {
      host.slots = data.slots?.map(unpackBytes).map(unparcel) ?? [];
      host.leave = mount({ data: data.bytes ? unpackBytes(data.bytes) : data, parentElement: root, setTriggerValue });
      if (host.matches(".shown")) this.fillSlots(host);
    };
    host.draw(data);
    this.fit(host);
  }

  // What a page delivers to its front end by itself is there for the one that is shown.
  fillSlots({ slots = [] }) {
    for (const parcel of slots) DELIVERIES.slots.set(parcel.slot, parcel);
    if (slots.length) DELIVERIES.dispatchEvent(new Event("delivered"));
  }

  // Show one, or none, and keep a few others.
  show(key, wanted) {
    for (const [name, host] of this.hosts) {
      const shown = name === key;
      const appears = shown && !host.matches(".shown");
      host.classList.toggle("shown", shown);
      host.inert = !shown;
      if (appears) this.fillSlots(host);
      if (!shown) this.play(name, false);
    }
    for (const name of this.hosts.keys()) {
      if (this.hosts.size <= KEPT) break;
      if (name !== key && !wanted.has(name)) this.drop(name);
    }
  }

  drop(key) {
    const host = this.hosts.get(key);
    cancelAnimationFrame(host.fitting);
    host.leave?.();
    host.remove();
    this.hosts.delete(key);
  }

  // Draw a picture anew: with what came of something it reported, or in another theme.
  update(key, data) {
    if (data) this.hosts.get(key)?.draw?.(data);
  }

  // Start or stop a picture that has a player.
  play(key, on) {
    const button = this.hosts.get(key)?.shadowRoot?.querySelector("[data-player=play]");
    if (button && (button.textContent === "Pause") !== on) button.click();
  }

  // The one that is seen at once, the others when there is time.
  fitAll() {
    clearTimeout(this.fitting);
    for (const host of this.hosts.values()) if (host.matches(".shown")) this.fit(host);
    this.fitting = setTimeout(() => {
      for (const host of this.hosts.values()) if (!host.matches(".shown")) this.fit(host);
    }, REST);
  }

  // As large as the stage allows: the front end gets the smallest window that is good enough, which is magnified; then
  // less so, until all of it is seen. Where height is left, its words are made legible; then it gets that height, and a
  // wider window as long as they stay so: its grids then have larger cells.
  fit(host) {
    if (!host.shadowRoot) return; // as soon as it is mounted
    const filled = this.stage.classList.contains("filled");
    const { clientWidth: width, clientHeight: height } = this.stage;
    const stage = filled && `${width} × ${height}`;
    if (host.fitted === stage) return; // so it is already, or will be
    host.fitted = stage;
    cancelAnimationFrame(host.fitting);
    if (!filled) {
      host.style.zoom = "";
      delete host.dataset.height;
      return;
    }
    const [wide, tall, rest] = LEAST[host.dataset.front];
    const spared = (height < LOW && SPARED[host.dataset.front]) || 0;
    host.classList.toggle("brief", spared > 0);
    const legible = Math.max(1, parseFloat(getComputedStyle(this.stage).fontSize) / WORDS);
    const grid = host.shadowRoot.querySelector("[role=grid]");
    let best = null; // how large all of it was seen, and how
    const lay = (zoom, spare) => {
      host.dataset.height = height / zoom + spare;
      host.style.zoom = zoom;
    };
    const attempt = (zoom, spare, left) => {
      lay(zoom, spare);
      host.fitting = requestAnimationFrame(() => {
        const room = height / zoom - host.offsetHeight;
        const sizes = [host, grid ?? host].map(({ offsetHeight }) => offsetHeight * zoom);
        if (room < -1 && !best) {
          const less = Math.max(1 + room / host.offsetHeight, 0.85);
          if (left) attempt(Math.max(SMALLEST_ZOOM, zoom * less), spare + room / 2, left - 1);
        } else if (room < -1 || (best && sizes.every((size, i) => size < GAIN * best.sizes[i]))) {
          if (zoom > best.zoom && left) attempt(best.zoom * 0.99, best.spare + best.room, left - 1);
          else if (room < -1 && left > 1) attempt((zoom + best.zoom) / 2, (spare + best.spare) / 2, 1);
          else lay(best.zoom, best.spare);
        } else {
          best = { sizes, zoom, spare, room };
          if (!left || room * zoom < (GAIN - 1) * height) return;
          if (zoom < legible) attempt(Math.min(legible, zoom * Math.sqrt(1 + room / host.offsetHeight)), spare, left - 1);
          else attempt(Math.min(zoom * 0.99, Math.max(legible, zoom * 0.93)), spare + room, left - 1);
        }
      });
    };
    attempt(clamp(Math.min(width / wide, height / (tall - spared)), SMALLEST_ZOOM, LARGEST_ZOOM), rest + spared, FITTINGS);
  }
}
