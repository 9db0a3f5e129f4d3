// A page's settings as one light form. Python says which controls there are and between which ends
// they move; what a person changes is sent back, and stays as it is until Python has answered.

export default function ({ data, parentElement, setTriggerValue }) {
  const form = parentElement.querySelector("form");
  form.controls ??= new Controls(form);
  form.controls.send = setTriggerValue;
  form.controls.show(data);
  return () => form.controls.leave();
}

// Milliseconds: between two messages, and how long at most the next one waits for Python's answer, so that
// a slider that is dragged does not set off runs that overtake one another.
const [REST, PATIENCE] = [40, 500];
const LONGEST_BESIDE = 16; // letters of a title beside a row's buttons; longer ones stand above them

class Controls {
  constructor(form) {
    this.form = form;
    this.made = new Map();
    this.pending = new Map(); // name → { value, serial }: changes that Python has not answered yet
    this.serial = this.sent = this.answered = 0;
    form.addEventListener("submit", (event) => event.preventDefault());
    form.addEventListener("input", (event) => this.changed(event.target));
    form.addEventListener("change", (event) => event.target.reportValidity?.() !== false && this.changed(event.target));
  }

  show({ items, answered }) {
    this.answered = answered;
    this.serial = Math.max(this.serial, answered);
    for (const [name, { serial }] of this.pending) if (serial <= answered) this.pending.delete(name);
    place(this.form, this.build(items));
    if (this.timer) this.flushSoon();
  }

  leave() {
    if (this.timer) this.flush();
    clearTimeout(this.again);
  }

  // The elements of a list of items; one that was there before is kept, with its focus.
  build(items) {
    return items.map((item) => {
      const key = `${item.kind}/${item.name}`;
      if (!this.made.has(key)) this.made.set(key, Object.assign(MAKERS[item.kind](item), { name: item.name }));
      const control = this.made.get(key);
      if (item.kind === "fold") place(control.inner, this.build(item.items));
      control.update({ ...item, value: this.pending.get(item.name)?.value ?? item.value });
      return control.element;
    });
  }

  changed(field) {
    const control = this.made.get(field.dataset.key);
    if (!control || field.checkValidity?.() === false) return;
    const value = control.read();
    if (value === null || value === control.shown) return;
    control.tell?.(value);
    control.shown = value;
    this.serial += 1;
    this.pending.set(control.name, { value, serial: this.serial });
    this.flushSoon();
    control.forget?.();
  }

  flushSoon() {
    const waited = performance.now() - (this.flushed ?? -PATIENCE);
    const due = this.sent > this.answered ? PATIENCE : REST;
    clearTimeout(this.timer);
    this.timer = undefined;
    if (waited >= due) this.flush();
    else this.timer = setTimeout(() => this.flush(), due - waited);
  }

  flush() {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.flushed = performance.now();
    this.post();
    for (const [name] of this.pending) if (this.made.has(`menu/${name}`) || this.made.has(`action/${name}`)) this.pending.delete(name);
    this.insist(1000);
  }

  // A message that Streamlit dropped for another of the same moment is sent again, ever more patiently.
  insist(patience) {
    clearTimeout(this.again);
    if (this.pending.size === 0) return;
    this.again = setTimeout(() => {
      if (this.pending.size > 0) this.post();
      this.insist(2 * patience);
    }, patience);
  }

  post() {
    const changes = [...this.pending].map(([name, { value }]) => [name, value]);
    if (changes.length === 0) return;
    this.sent = this.serial;
    this.send("changes", { serial: this.serial, changes });
  }
}

// ---- one maker a kind: gives its element, `update(item)` and `read()`: what to send, null for nothing ----

const MAKERS = { slider, stops, number, select, menu, toggle, line: lines, lines, stack, action, fold };

function slider(item) {
  const element = node("label", "slider");
  const [text, value] = [node("span"), node("b")];
  const field = input("range", item);
  element.append(text, value, field);
  const control = {
    element,
    read: () => field.value,
    tell: (shown) => set(value, "textContent", shown),
    update({ label, least, most, value: now }) {
      set(text, "textContent", label);
      set(field, "ariaLabel", label);
      set(field, "min", String(Math.min(least, most)));
      set(field, "max", String(most));
      set(field, "value", String(now));
      set(field, "disabled", least === most);
      control.shown = String(now);
      control.tell(now);
    },
  };
  return control;
}

// A slider over a few values that need not be evenly spaced.
function stops(item) {
  const element = node("label", "slider");
  const [text, value] = [node("span"), node("b")];
  const field = input("range", item);
  element.append(text, value, field);
  let found = [];
  const control = {
    element,
    read: () => found[field.value][0],
    tell: (shown) => {
      const title = found.find(([stop]) => stop === shown)[1];
      set(value, "textContent", title);
      field.setAttribute("aria-valuetext", title);
    },
    update({ label, stops: given, value: now }) {
      found = given;
      set(text, "textContent", label);
      set(field, "ariaLabel", label);
      set(field, "min", "0");
      set(field, "max", String(found.length - 1));
      set(field, "value", String(found.findIndex(([stop]) => stop === now)));
      control.shown = now;
      control.tell(now);
    },
  };
  return control;
}

function number(item) {
  const element = node("label", "number");
  const text = node("span");
  const field = input("number", item);
  field.required = true;
  const told = note(field, `note-${item.name}`);
  element.append(text, field, told);
  let typing = false; // what is half typed stays, whatever Python answers to its beginning
  const control = {
    element,
    read: () => field.value || null,
    update({ label, least, most, step, value }) {
      set(text, "textContent", label);
      set(field, "ariaLabel", label);
      Object.assign(field, { min: least, max: most, step: "any" });
      field.dataset.step = step;
      if (!typing && Number(field.value || NaN) !== Number(value)) set(field, "value", String(value));
      control.shown = String(value);
    },
  };
  // What cannot be is mended when the field is left or entered: the nearest that can, or what there was.
  field.addEventListener("change", () => {
    typing = false;
    const [typed, least, most] = [field.value, field.min, field.max].map(Number);
    set(told, "textContent", field.value === "" ? "" : beyond(typed, least, most));
    set(field, "value", field.value === "" ? control.shown : String(Math.min(Math.max(typed, least), most)));
  });
  field.addEventListener("input", () => {
    typing = true;
    set(told, "textContent", "");
  });
  field.addEventListener("blur", () => {
    typing = false;
  });
  // The field takes any number; its arrow keys go in useful steps.
  field.addEventListener("keydown", (event) => {
    const way = { ArrowUp: 1, ArrowDown: -1 }[event.key];
    if (!way) return;
    event.preventDefault();
    const next = Number(field.value) + way * Number(field.dataset.step);
    field.value = String(Number(Math.min(Math.max(next, Number(field.min)), Number(field.max)).toPrecision(6)));
    field.dispatchEvent(new Event("input", { bubbles: true }));
    typing = false;
  });
  return control;
}

// Where a field says what it did to a number; it is read aloud, and again with the field.
function note(field, id) {
  const element = node("em");
  element.id = id;
  element.setAttribute("aria-live", "polite");
  field.setAttribute("aria-describedby", id);
  return element;
}

function beyond(number, least, most) {
  if (number > most) return `The most is ${most}.`;
  return number < least ? `The least is ${least}.` : "";
}

function select(item) {
  const element = node("label", "select");
  const text = node("span");
  const field = node("select");
  Object.assign(field, { name: item.name });
  field.dataset.key = `${item.kind}/${item.name}`;
  element.append(text, field);
  const control = {
    element,
    read: () => field.value || null,
    update({ label, options, value }) {
      set(text, "textContent", label);
      const words = JSON.stringify(options);
      if (control.words !== words) {
        control.words = words;
        field.replaceChildren(...options.map(([option, title]) => new Option(title, option)));
      }
      set(field, "value", value);
      control.shown = value;
    },
  };
  return control;
}

// A list to pick an action from; nothing stays picked.
function menu(item) {
  const control = select(item);
  const field = control.element.lastChild;
  const update = control.update;
  // In a closed list the arrows would pick at once, and picking here changes everything: they open it.
  field.addEventListener("keydown", (event) => {
    if (!/^(Arrow|Home|End|Page|.$)/.test(event.key) || event.key === " " || !field.showPicker) return;
    event.preventDefault();
    if (event.key.startsWith("Arrow")) field.showPicker();
  });
  control.forget = () => {
    field.value = control.shown = "";
  };
  control.update = (now) => update({ ...now, options: [["", "Choose …"], ...now.options], value: "" });
  return control;
}

function toggle(item) {
  const element = node("label", "toggle");
  const field = input("checkbox", item);
  const text = node("span");
  element.append(field, text);
  const control = {
    element,
    read: () => (field.checked ? "1" : "0"),
    update({ label, value }) {
      set(text, "textContent", label);
      set(field, "checked", value === true || value === "1");
      control.shown = field.checked ? "1" : "0";
    },
  };
  return control;
}

// One line of text or several, sent when typing rests; what is wrong with them stands below.
function lines(item) {
  const element = node("label", "lines");
  const [text, wrong, field] = [node("span"), node("em"), node(item.kind === "line" ? "input" : "textarea")];
  Object.assign(field, { name: item.name, spellcheck: false });
  field.dataset.key = `${item.kind}/${item.name}`;
  wrong.setAttribute("role", "alert");
  element.append(text, field, wrong);
  let rest;
  field.addEventListener("input", (event) => {
    event.stopPropagation();
    clearTimeout(rest);
    rest = setTimeout(() => field.dispatchEvent(new Event("change", { bubbles: true })), 400);
  });
  const control = {
    element,
    read: () => field.value,
    update({ label, rows, value, error }) {
      set(text, "textContent", label);
      if (rows) set(field, "rows", rows);
      if (field.getRootNode().activeElement !== field) set(field, "value", value);
      field.setAttribute("aria-invalid", String(Boolean(error)));
      set(wrong, "textContent", error);
      control.shown = value;
    },
  };
  return control;
}

// A button; what it is pressed for is its name.
function action(item) {
  const element = node("button");
  element.type = "button";
  element.dataset.key = `${item.kind}/${item.name}`;
  element.addEventListener("click", () => element.dispatchEvent(new Event("change", { bubbles: true })));
  const control = {
    element,
    read: () => "1",
    forget: () => {
      control.shown = undefined;
    },
    update: ({ label }) => set(element, "textContent", label),
  };
  return control;
}

// Rows that are added, moved and removed, each of a kind with that kind's numbers: "conv_3_1~max_2".
function stack(item) {
  const element = node("fieldset", "stack");
  const title = node("legend");
  const [list, add] = [node("ol"), node("button")];
  add.type = "button";
  const told = node("em");
  told.setAttribute("aria-live", "polite");
  element.append(title, list, told, add);
  element.dataset.key = `${item.kind}/${item.name}`;
  let rows = [];
  let described = item;
  const kindOf = (row) => described.kinds.find(({ name }) => name === row[0]);
  const spelled = () => rows.map((row) => row.join("_")).join("~");
  const change = (next) => {
    rows = next;
    draw();
    control.shown = null; // also what is again as it was is told: what was said of it before is over
    element.dispatchEvent(new Event("change", { bubbles: true }));
  };
  const swap = (from, to) => {
    const next = [...rows];
    [next[from], next[to]] = [next[to], next[from]];
    change(next);
    list.children[to].querySelector(to < from ? ".up" : ".down").focus();
  };
  const remove = (index) => {
    change(rows.filter((_, i) => i !== index));
    (list.children[Math.min(index, rows.length - 1)]?.querySelector(".remove") ?? add).focus();
  };
  add.addEventListener("click", () => {
    const last = rows.at(-1) ?? [described.kinds[0].name, ...described.kinds[0].fields.map(({ start }) => start)];
    change([...rows, [...last]]);
    list.lastChild.querySelector("select").focus();
  });
  const draw = () => {
    const shape = JSON.stringify([rows.map(([kind]) => kind), described.kinds]);
    if (list.drawn !== shape) {
      list.drawn = shape;
      list.replaceChildren(...rows.map((row, index) => stackRow(row, index, described, { kindOf, change, swap, remove, say: (words) => set(told, "textContent", words), rows: () => rows })));
    }
    rows.forEach((row, index) => {
      const fields = list.children[index].querySelectorAll("input");
      const focused = element.getRootNode().activeElement;
      fields.forEach((field, k) => (field === focused && field.typing) || set(field, "value", String(row[k + 1])));
    });
    add.disabled = rows.length >= described.most;
  };
  const control = {
    element,
    read: spelled,
    update(now) {
      described = now;
      set(title, "textContent", now.label);
      set(add, "textContent", `Add a ${now.noun}`);
      element.classList.toggle("long-titles", now.kinds.some((kind) => kind.title.length > LONGEST_BESIDE));
      rows = now.value.split("~").filter(Boolean).map((row) => row.split("_"));
      control.shown = now.value;
      draw();
    },
  };
  return control;
}

function stackRow(row, index, { kinds, noun }, { kindOf, change, swap, remove, say, rows }) {
  const element = node("li");
  const name = `${noun} ${index + 1}`;
  const choice = node("select");
  choice.ariaLabel = `Kind of ${name}`;
  choice.append(...kinds.map((kind) => new Option(kind.title, kind.name, false, kind.name === row[0])));
  const replace = (next) => change(rows().map((old, i) => (i === index ? next : old)));
  choice.addEventListener("change", (event) => {
    event.stopPropagation();
    const kind = kinds.find((one) => one.name === choice.value);
    const before = new Map(kindOf(row).fields.map(({ label }, k) => [label, rows()[index][k + 1]]));
    replace([kind.name, ...kind.fields.map(({ label, start }) => before.get(label) ?? start)]);
    element.parentElement?.children[index]?.querySelector("select").focus();
  });
  const button = (className, sign, label, disabled, press) => {
    const made = node("button", className);
    Object.assign(made, { type: "button", textContent: sign, ariaLabel: `${label} ${name}`, title: label, disabled });
    made.addEventListener("click", press);
    return made;
  };
  const head = node("div", "head");
  head.append(
    choice,
    button("up", "↑", "Move up", index === 0, () => swap(index, index - 1)),
    button("down", "↓", "Move down", index === rows().length - 1, () => swap(index, index + 1)),
    button("remove", "×", "Remove", false, () => remove(index)),
  );
  const numbers = node("div", "numbers");
  kindOf(row).fields.forEach(({ label, least, most }, k) => {
    const box = node("label");
    const field = node("input");
    Object.assign(field, { type: "number", min: least, max: most, step: 1, required: true, value: row[k + 1] });
    field.ariaLabel = `${label} of ${name}`;
    const text = node("span");
    text.textContent = label;
    box.append(text, field);
    // What is half typed would cut the layers after it: a number counts once it is left or entered.
    field.addEventListener("input", (event) => {
      event.stopPropagation();
      field.typing = true;
    });
    field.addEventListener("change", (event) => {
      event.stopPropagation();
      field.typing = false;
      const said = field.value === "" ? "" : beyond(Number(field.value), least, most);
      say(said && `${label} of ${name}: ${said[0].toLowerCase()}${said.slice(1)}`);
      const number = Math.min(Math.max(Math.round(Number(field.value)), least), most);
      field.value = field.value === "" || Number.isNaN(number) ? rows()[index][k + 1] : number;
      replace(rows()[index].map((old, i) => (i === k + 1 ? field.value : old)));
    });
    numbers.append(box);
  });
  element.append(head, numbers);
  return element;
}

function fold() {
  const element = node("details");
  const title = node("summary");
  const inner = node("div");
  element.append(title, inner);
  return { element, inner, update: ({ label }) => set(title, "textContent", label) };
}

function node(tag, className = "") {
  const element = document.createElement(tag);
  element.className = className;
  return element;
}

function input(type, { kind, name }) {
  const field = node("input");
  Object.assign(field, { type, name });
  field.dataset.key = `${kind}/${name}`;
  return field;
}

// Write only what differs: an untouched field keeps its focus and the caret.
function set(element, property, value) {
  if (element[property] !== value) element[property] = value;
}

// Elements that stay are not moved: the one that has the focus keeps it.
function place(parent, children) {
  for (const child of [...parent.children]) if (!children.includes(child)) child.remove();
  children.forEach((child, i) => parent.children[i] !== child && parent.insertBefore(child, parent.children[i] ?? null));
}
