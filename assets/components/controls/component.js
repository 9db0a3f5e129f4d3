// A page's settings as one light form. Python says which controls there are and between which ends
// they move; what a person changes is sent back, and stays as it is until Python has answered.

export default function ({ data, parentElement, setTriggerValue }) {
  const form = parentElement.querySelector("form");
  form.controls ??= new Controls(form);
  form.controls.send = setTriggerValue;
  form.controls.show(data);
  return () => form.controls.leave();
}

const REST = 40; // milliseconds between two messages while a slider is dragged

class Controls {
  constructor(form) {
    this.form = form;
    this.made = new Map();
    this.pending = new Map(); // name → { value, serial }: changes that Python has not answered yet
    this.serial = 0;
    form.addEventListener("submit", (event) => event.preventDefault());
    form.addEventListener("input", (event) => this.changed(event.target));
    form.addEventListener("change", (event) => event.target.reportValidity() && this.changed(event.target));
  }

  show({ items, answered }) {
    this.serial = Math.max(this.serial, answered);
    for (const [name, { serial }] of this.pending) if (serial <= answered) this.pending.delete(name);
    place(this.form, this.build(items));
  }

  leave() {
    if (this.timer) this.flush();
    clearTimeout(this.again);
  }

  // The elements of a list of items; one that was there before is kept, with its focus.
  build(items) {
    return items.map((item) => {
      const key = `${item.kind}/${item.name}`;
      if (!this.made.has(key)) this.made.set(key, MAKERS[item.kind](item));
      const control = this.made.get(key);
      if (item.kind === "fold") place(control.inner, this.build(item.items));
      else control.update({ ...item, value: this.pending.get(item.name)?.value ?? item.value });
      return control.element;
    });
  }

  changed(field) {
    const value = field.type === "checkbox" ? (field.checked ? "1" : "0") : field.value;
    const control = this.made.get(field.dataset.key);
    if (!field.checkValidity() || value === "" || value === control.shown) return;
    control.tell?.(value);
    control.shown = value;
    this.serial += 1;
    this.pending.set(field.name, { value, serial: this.serial });
    if (performance.now() - (this.flushed ?? -REST) > REST) this.flush();
    else this.timer ??= setTimeout(() => this.flush(), REST);
    if (control.once) field.value = control.shown = "";
  }

  flush() {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.flushed = performance.now();
    this.post();
    for (const [name] of this.pending) if (this.made.get(`menu/${name}`)) this.pending.delete(name);
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
    if (changes.length > 0) this.send("changes", { serial: this.serial, changes });
  }
}

// ---- one maker a kind: gives its element and `update(item)` -----------------------------------

const MAKERS = { slider, number, select, menu, toggle, fold };

function slider(item) {
  const element = node("label", "slider");
  const [text, value] = [node("span"), node("b")];
  const field = input("range", item);
  element.append(text, value, field);
  const control = {
    element,
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

function number(item) {
  const element = node("label", "number");
  const text = node("span");
  const field = input("number", item);
  field.required = true;
  element.append(text, field);
  const control = {
    element,
    update({ label, least, most, step, value }) {
      set(text, "textContent", label);
      Object.assign(field, { min: least, max: most, step: "any" });
      field.dataset.step = step;
      if (field.getRootNode().activeElement !== field || Number(field.value) !== Number(value)) set(field, "value", String(value));
      control.shown = String(value);
    },
  };
  // The field takes any number; its arrow keys go in useful steps.
  field.addEventListener("keydown", (event) => {
    const way = { ArrowUp: 1, ArrowDown: -1 }[event.key];
    if (!way) return;
    event.preventDefault();
    const next = Number(field.value) + way * Number(field.dataset.step);
    field.value = String(Number(Math.min(Math.max(next, Number(field.min)), Number(field.max)).toPrecision(6)));
    field.dispatchEvent(new Event("input", { bubbles: true }));
  });
  return control;
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
  const update = control.update;
  control.once = true;
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
    update({ label, value }) {
      set(text, "textContent", label);
      set(field, "checked", value === true || value === "1");
      control.shown = field.checked ? "1" : "0";
    },
  };
  return control;
}

function fold({ label }) {
  const element = node("details");
  const title = node("summary");
  const inner = node("div");
  title.textContent = label;
  element.append(title, inner);
  return { element, inner };
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

function place(parent, children) {
  if (children.some((child, i) => parent.children[i] !== child) || parent.children.length !== children.length) {
    parent.replaceChildren(...children);
  }
}
