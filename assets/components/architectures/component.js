// A network as blocks to scale, with bars below that tell where its parameters and its compute sit. A layer is
// chosen by pointing, clicking or with the arrow keys. Every number came from Python.

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".architectures");
  root.network ??= new Network(root);
  root.network.send = setTriggerValue;
  root.network.show(data);
  return () => root.network.leave();
}

const SVG = "http://www.w3.org/2000/svg";
const KINDS = { conv: "Convolution", block: "Residual block", pool: "Pooling", dense: "Dense layer" };
const SCALE = "Rows and columns to scale; maps and dense units on a log scale.";
const LEAST_STRETCH = 0.7;
const SMALLEST_TEXT = 12; // pixels; what would be smaller is written upright
const LETTER = 0.58; // width of a letter, in its own size
const ROOMY = 96; // pixels: a column this wide has room for a caption of two lines, and for the bars' title
const SLANT = 0.6; // of the edges that go back
const LIFT = 0.3; // how far a shortcut's layers are above the main branch, as a share of the tallest block
const AROUND = 388; // pixels of the window that are not the picture: above it, and the chosen layer's facts

class Network {
  constructor(root) {
    this.root = root;
    this.find = partsOf(root);
    this.at = 0;
    const layers = this.find("layers");
    layers.addEventListener("keydown", (event) => this.onKey(event));
    layers.addEventListener("click", (event) => this.choose(this.under(event)));
    // A mouse that rests where the picture appears does not point at anything.
    layers.addEventListener("pointermove", (event) => event.pointerType === "mouse" && this.tell(this.under(event)));
    layers.addEventListener("pointerleave", () => this.tell(this.at));
    layers.addEventListener("focusin", (event) => this.choose(this.under(event)));
    opensDialog(this.find("share"), () => this.send("share", { step: this.at + 1 }));
    this.observer = new ResizeObserver(([{ contentRect }]) => contentRect.width !== this.drawnAt && this.draw());
    this.observer.observe(this.find("scroll"));
    this.link = new LinkPart(root, () => ({ step: this.at === 0 ? null : this.at + 1 }));
  }

  leave() {
    this.link.leave();
    this.observer.disconnect();
  }

  show(data) {
    if (this.data === data) return; // another theme: the colours are CSS's
    const before = this.data;
    this.data = data;
    if (before?.arrival !== data.arrival) this.at = data.step - 1;
    else if (before.network !== data.network) this.at = 0;
    this.at = clamp(this.at, 0, Math.max(data.columns.length - 1, 0));
    this.options();
    this.draw();
    this.choose(this.at);
    this.tellChanges();
    setText(this.find("totals"), data.totals);
    this.belowIsOld = true;
    requestAnimationFrame(() => setTimeout(() => this.below(), 0)); // the picture is painted first
  }

  // ---- choosing ---------------------------------------------------------------------------

  under(event) {
    return [...this.find("layers").children].indexOf(event.target.closest("[role=option]"));
  }

  onKey(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    const last = this.data.columns.length - 1;
    const next = { ArrowRight: this.at + 1, ArrowLeft: this.at - 1, Home: 0, End: last }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    this.find("layers").children[clamp(next, 0, last)]?.focus();
  }

  choose(index) {
    if (index < 0) return;
    this.at = index;
    [...this.find("layers").children].forEach((option, i) => {
      option.setAttribute("aria-selected", String(i === index));
      option.tabIndex = i === index ? 0 : -1;
    });
    this.tell(index);
  }

  // The options lie over the drawing, one a column, and carry the names.
  options() {
    const layers = this.find("layers");
    const { columns } = this.data;
    while (layers.children.length > columns.length) layers.lastChild.remove();
    while (layers.children.length < columns.length) {
      const option = element("div");
      option.setAttribute("role", "option");
      layers.append(option);
    }
    columns.forEach(({ spoken }, i) => layers.children[i].setAttribute("aria-label", spoken));
    layers.hidden = columns.length === 0;
  }

  // ---- the chosen layer -------------------------------------------------------------------

  tell(index) {
    const column = this.data.columns[index];
    setText(this.find("heading"), column?.heading ?? "This network has no layers yet.");
    if (!column || this.told === column) return;
    this.told = column;
    this.find("facts").replaceChildren(...column.facts.map(([term, value, remark]) => {
      const fact = element("div");
      fact.append(element("dt", term), element("dd", value), element("dd", remark, "remark"));
      return fact;
    }));
    this.find("link").hidden = !column.link;
    this.find("link").href = column.link;
    setText(this.find("capped"), column.capped && `The stepper shows one map, made smaller: ${column.capped}.`);
    this.find("capped").hidden = !column.capped;
    this.find("inside").replaceChildren(...column.inside.map((text) => element("li", text)));
    const seen = this.find("seen");
    seen.hidden = column.table.length === 0;
    seen.replaceChildren(...(seen.hidden ? [] : [seenTable(column)]));
    for (const row of this.find("table").querySelectorAll("tbody tr")) row.classList.toggle("chosen", row.dataset.column === String(index));
  }

  tellChanges() {
    const [sum, ...changes] = this.data.changes;
    this.find("changes").hidden = !sum;
    setText(this.find("changed"), sum ?? "");
    this.find("changed-list").replaceChildren(...changes.map((text) => element("li", text)));
  }

  // ---- what stands below the picture ------------------------------------------------------

  below() {
    if (!this.belowIsOld) return;
    this.belowIsOld = false;
    const { description, facts, source } = this.data;
    this.find("about").hidden = !description;
    setText(this.find("description"), description);
    this.find("noticed").replaceChildren(...facts.map((text) => element("li", text)));
    this.find("source").replaceChildren(cited(...source));
    this.find("table").replaceChildren(this.table());
    this.told = undefined;
    this.tell(this.at);
    if (!this.find("charts").hasChildNodes()) this.find("charts").append(...this.data.results.map(chart));
  }

  table() {
    const { head, rows, foot, was, columns } = this.data;
    const table = element("table");
    const cells = (kind, texts) => texts.map((text) => Object.assign(element(kind, text), kind === "th" ? { scope: "col" } : {}));
    const line = (children) => {
      const row = element("tr");
      row.append(...children);
      return row;
    };
    const owner = new Map(columns.flatMap(({ rows: names }, i) => names.map((name) => [name, i])));
    const body = rows.map((texts) => {
      const [name] = texts;
      const row = line(cells("td", texts));
      const heading = element("th", name, name.includes(".") ? "inner" : "");
      heading.scope = "row";
      row.firstChild.replaceWith(heading);
      row.dataset.column = owner.get(name);
      if (was[name]) {
        row.className = "changed";
        was[name].forEach((old, i) => old !== texts[3 + i] && row.children[3 + i].append(element("small", `was ${old}`)));
        heading.append(element("small", "changed"));
      }
      return row;
    });
    const sections = [["thead", [line(cells("th", head))]], ["tbody", body], ["tfoot", [line(cells("td", foot))]]];
    for (const [kind, lines] of sections) {
      const section = element(kind);
      section.append(...lines);
      table.append(section);
    }
    return table;
  }

  // ---- the picture ------------------------------------------------------------------------

  draw() {
    if (!this.data) return;
    const { data } = this;
    const wide = (this.drawnAt = this.find("scroll").clientWidth);
    const stretch = Math.max(wide / data.width, LEAST_STRETCH);
    const columns = [{ ...data.input, kind: "input" }, ...data.columns];
    const text = clamp((40 * stretch) / 3.1, SMALLEST_TEXT, innerWidth > 1600 ? 20 : 16);
    this.lay(columns, stretch, text);
    const drawing = this.find("drawing");
    drawing.replaceChildren();
    this.find("headings").replaceChildren();
    const paint = new Brush(drawing);
    data.arcs.forEach(([from, to]) => this.arc(paint, from, to));
    this.boxes.forEach((box, i) => this.block(paint, box, columns[i]));
    this.boxes.forEach((box, i) => this.caption(paint, box, columns[i]));
    data.bars.forEach((bars, i) => this.strip(paint, bars, this.strips[i]));
    const [width, height] = [Math.ceil(data.width * stretch), Math.ceil(this.height)];
    this.find("picture").style.cssText = `width:${width}px;height:${height}px`;
    drawing.setAttribute("viewBox", `0 0 ${width} ${height}`);
    [...this.find("layers").children].forEach((option, i) => {
      const { left, width: across } = this.boxes[i + 1];
      option.style.cssText = `left:${left}px;width:${across}px`;
    });
    const kinds = new Set(data.columns.map(({ kind }) => kind));
    const swatches = Object.entries(KINDS).filter(([kind]) => kinds.has(kind)).map(([kind, title]) => legendItem(kind, title));
    const changed = data.columns.some((column) => column.changed) ? [element("span", "≠ changed")] : [];
    this.find("legend").replaceChildren(...swatches, ...changed, element("span", SCALE));
  }

  // Where everything is, from top to bottom.
  lay(columns, stretch, text) {
    const { places, arcs } = this.data;
    const line = Math.round(text * 1.25);
    const letters = columns.map(({ caption: [name] }) => name.length);
    this.roomy = places[0][1] * stretch >= ROOMY;
    this.upright = !this.roomy && letters.some((count, i) => count * LETTER * text > places[i][1] * stretch);
    const names = this.upright ? Math.max(...letters) * LETTER * text + 4 : line;
    const lines = this.roomy ? 1 : 3;
    const grow = Math.min(stretch, 1.8);
    const above = arcs.length > 0 ? 44 : 6 + 7 * grow;
    const frame = (this.roomy ? 2.3 : 3.6) * line; // of a strip of bars
    const mark = columns.some(({ changed }) => changed) ? line * 0.7 : 0;
    const free = windowHeight(this.root) - AROUND - (above + mark + names + lines * line + 14 + 2 * frame);
    const tall = clamp(free * 0.2, 26, 90);
    const blocks = clamp(free - 2 * tall, 72, clamp(this.drawnAt, 72, 420));
    const bottom = above + blocks + 6 + mark;
    this.middle = above + blocks / 2;
    this.captions = { top: bottom, lines: bottom + names, line, text };
    const first = bottom + names + lines * line + 8;
    this.strips = [0, 1].map((i) => ({ top: first + i * (frame + tall), base: first + i * (frame + tall) + frame - 1.2 * line + tall, tall, line }));
    this.height = first + 2 * (frame + tall);
    this.boxes = places.map(([left, across, share, thick, deep], i) => ({
      left: left * stretch, width: across * stretch, centre: (left + across / 2) * stretch,
      middle: this.middle - (columns[i].branch === "shortcut" ? LIFT * blocks : 0),
      high: columns[i].kind === "sum" ? 18 : Math.max(share * blocks, 3),
      thick: thick * grow, deep: columns[i].kind === "sum" ? 0 : deep * grow,
    }));
  }

  block(paint, { centre, middle, high, thick, deep }, { kind, branch, changed }) {
    if (kind === "sum") {
      paint.make("circle", { cx: centre, cy: middle, r: high / 2, class: "sum" });
      return paint.text(centre, middle + 6, "+", 18, "bold");
    }
    const [left, top, up] = [centre - (thick + deep) / 2, middle - high / 2, deep * SLANT];
    const [right, bottom] = [left + thick, top + high];
    const style = `${kind}${branch === "shortcut" ? " shortcut" : ""}${changed ? " changed" : ""}`;
    const face = (name, ...corners) => paint.make("polygon", { points: corners.map((corner) => corner.join(",")).join(" "), class: `${style} ${name}` });
    if (deep > 0) {
      face("lid", [left, top], [left + deep, top - up], [right + deep, top - up], [right, top]);
      face("side", [right, top], [right + deep, top - up], [right + deep, bottom - up], [right, bottom]);
    }
    paint.make("rect", { x: left, y: top, width: thick, height: high, class: style });
  }

  // A shortcut goes over what it skips.
  arc(paint, from, to) {
    const [[x1, y1], [x2, y2]] = [from, to].map((i) => this.boxes[i]).map(({ centre, middle, high, deep }) => [centre, middle - high / 2 - deep * SLANT - 2]);
    const over = Math.max(Math.min(y1, y2) - Math.min(40, (x2 - x1) * 0.5), 2);
    paint.make("path", { d: `M${x1},${y1} C${x1},${over} ${x2},${over} ${x2},${y2}`, class: "arc" });
    paint.make("path", { d: `M${x2 - 5},${y2 - 8} L${x2},${y2} L${x2 + 5},${y2 - 8}`, class: "arc" });
  }

  caption(paint, { centre, width }, { kind, caption: [name, window, maps], size: [size, brief], changed }) {
    const { top, lines, line, text } = this.captions;
    if (changed) paint.text(centre, top, "≠", text + 2, "bold");
    if (kind === "sum") return;
    if (this.roomy) {
      paint.text(centre, top + line * 0.8, [name, window].filter(Boolean).join(" "), text, "");
      return paint.text(centre, lines + line * 0.8, size ? `${maps} @ ${size}` : maps, text, "bold");
    }
    if (this.upright) paint.upright(centre + text * 0.35, lines - 6, name, text);
    else paint.text(centre, top + line * 0.8, name, text, "");
    const fits = size.length * LETTER * text < width;
    [window, maps, fits ? size : brief].forEach((words, i) => paint.text(centre, lines + line * (i + 0.8), words, text, i === 1 ? "bold" : ""));
  }

  // The frame of the chosen layer lies over the drawing; a strip's heading lies over the frame.
  heading(words, top, size) {
    const made = element("span", words);
    made.style.cssText = `top:${top.toFixed(1)}px;font-size:${size.toFixed(1)}px`;
    this.find("headings").append(made);
  }

  strip(paint, { title, total, was, shares, percents, counts }, { top, base, tall, line }) {
    const { text } = this.captions;
    const heading = Math.max(text, 14);
    if (this.roomy) [...wrapped(title, 14), total, was].filter(Boolean).reverse().forEach((words, i) => paint.text(0, base - 4 - i * heading * 1.25, words, heading, "title"));
    else this.heading(`${title}: ${total}${was && ` (${was})`}`, top, heading);
    paint.make("path", { d: `M0,${base} H${this.boxes.at(-1).left + this.boxes.at(-1).width}`, class: "base" });
    const most = Math.max(...shares, 0) || 1;
    shares.forEach((share, i) => {
      const { centre, width } = this.boxes[i + 1];
      if (!percents[i]) return;
      const high = Math.max((share / most) * tall, 1.5);
      const across = Math.min(width * 0.6, 64);
      const size = (words) => Math.min(text, (width - 1) / (LETTER * words.length));
      paint.make("rect", { x: centre - across / 2, y: base - high, width: across, height: high, class: this.data.columns[i].kind });
      paint.text(centre, base - high - 4, percents[i], size(percents[i]), "bold");
      paint.text(centre, base + line * 0.9, counts[i], size(counts[i]), "");
    });
  }
}

// Words in lines of at most so many letters.
function wrapped(text, most) {
  const lines = [""];
  for (const word of text.split(" ")) {
    if (lines.at(-1) && lines.at(-1).length + 1 + word.length > most) lines.push(word);
    else lines.push([lines.pop(), word].filter(Boolean).join(" "));
  }
  return lines;
}

// Makes the drawing's elements.
class Brush {
  constructor(drawing) {
    this.drawing = drawing;
  }

  make(kind, attributes) {
    const made = document.createElementNS(SVG, kind);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, typeof value === "number" ? value.toFixed(1) : value);
    this.drawing.append(made);
    return made;
  }

  text(x, y, words, size, style) {
    if (words) this.make("text", { x, y, "font-size": size, class: style }).textContent = words;
  }

  upright(x, y, words, size) {
    this.make("text", { x, y, "font-size": size, class: "upright", transform: `rotate(-90 ${x} ${y})` }).textContent = words;
  }
}

// ---- tables and charts --------------------------------------------------------------------

function element(kind, text = "", style = "") {
  const made = document.createElement(kind);
  made.textContent = text;
  if (style) made.className = style;
  return made;
}

function cited(source, link) {
  if (!link) return element("span", source ? `Source: ${source}.` : "");
  const cite = element("span", "Source: ");
  cite.append(Object.assign(element("a", source), { href: link }), ".");
  return cite;
}

// Which maps each map sees, as the paper's table: a row for each input map, a column for each output map.
function seenTable({ table, maps, heading }) {
  const shown = element("table", "", "seen");
  shown.append(element("caption", `Which of the ${maps} maps below each of the ${table.length} maps sees (${heading.split(":")[0]})`));
  const head = element("tr");
  head.append(element("td"), ...table.map((_, i) => Object.assign(element("th", String(i + 1)), { scope: "col" })));
  const rows = Array.from({ length: maps }, (_, map) => {
    const row = element("tr");
    row.append(Object.assign(element("th", String(map + 1)), { scope: "row" }));
    row.append(...table.map((sees) => element("td", sees.includes(map + 1) ? "×" : "", sees.includes(map + 1) ? "sees" : "")));
    return row;
  });
  shown.append(head, ...rows);
  return shown;
}

// Horizontal bars of errors in percent; a second, hatched bar is the top-5 error.
function chart({ title, note, source, link, most, rows }) {
  const figure = element("figure");
  const table = element("table", "", "errors");
  table.append(element("caption", title));
  for (const [method, family, error, top5] of rows) {
    const row = element("tr", "", family === "convolutional" ? "convolutional" : "");
    const name = Object.assign(element("th", method), { scope: "row" });
    name.append(element("small", family));
    const bars = element("td");
    for (const [value, kind, label] of [[error, "first", top5 === null ? "" : "top-1 "], [top5, "fifth", "top-5 "]]) {
      if (value === null) continue;
      const bar = element("div", "", `bar ${kind}`);
      bar.style.setProperty("--share", value / most);
      bar.append(element("i"), element("b", `${label}${value} %`));
      bars.append(bar);
    }
    row.append(name, bars);
    table.append(row);
  }
  const remark = element("figcaption", `${note} `);
  remark.append(cited(source, link));
  figure.append(table, remark);
  return figure;
}
