// Where a question is answered: its pictures, the field or the choices, the verdict, and what comes next.
// What is sent here before the solution is told holds no answer; the browser keeps the progress that Python made.

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".quiz");
  root.quiz ??= new Quiz(root);
  root.quiz.send = setTriggerValue;
  root.quiz.show(data);
  return () => root.quiz.leave();
}

const REST = 350; // milliseconds in which a second Enter does not skip what has just appeared
const QUESTION = ".st-key-quiz_question"; // Streamlit shows its text, above this front end
const SHORT = 14; // letters of the longest choice where all stand beside one another
const [LARGEST_CELL, SMALLEST_CELL, ROOM] = [40, 22, 300]; // pixels: of a grid's cell, and of what a grid may take

class Quiz {
  constructor(root) {
    this.root = root;
    this.find = partsOf(root);
    this.grids = [];
    this.pending = [];
    this.report = new Report(() => this.send("say", { commands: this.pending }));
    this.find("form").addEventListener("submit", (event) => {
      event.preventDefault();
      if (!this.waiting() && !this.isDone()) this.answer();
    });
    this.find("reveal").addEventListener("click", () => this.act("reveal", { turn: this.data.turn }));
    opensDialog(this.find("share"), () => this.send("share", true));
    this.find("over").addEventListener("click", () => this.ask(true));
    this.find("remain").addEventListener("click", () => this.ask(false));
    this.find("forget").addEventListener("click", () => {
      this.ask(false);
      this.act("over", "");
    });
    this.find("choices").addEventListener("keydown", (event) => this.chooseByKey(event));
    this.find("typed").addEventListener("input", () => this.complain(""));
    root.addEventListener("keydown", (event) => event.key === "Enter" && event.repeat && event.preventDefault());
    this.observer = new ResizeObserver(() => this.fit());
    this.observer.observe(root);
  }

  leave() {
    this.report.leave();
    this.observer.disconnect();
  }

  // ---- speaking with Python ----------------------------------------------------------------

  act(name, value) {
    if (this.waiting()) return;
    this.acted = true;
    this.tell(name, value);
  }

  tell(name, value) {
    this.pending.push([this.report.serial + 1, name, value]);
    this.report.tell();
  }

  waiting() {
    return this.pending.some(([, name]) => name !== "stored");
  }

  // Starting over is asked for twice.
  ask(sure) {
    this.find("sure").hidden = !sure;
    this.find("over").hidden = sure;
    this.find(sure ? "remain" : "over").focus();
  }

  answer() {
    const { data } = this;
    const picked = this.find("choices").querySelector(":checked");
    const text = data.choices ? picked?.value : this.find("typed").value.trim();
    if (text) this.act("answer", { turn: data.turn, text });
    else {
      this.complain(data.choices ? "Choose one of the answers first." : data.empty);
      (data.choices ? this.find("choices").querySelector("input") : this.find("typed")).focus();
    }
  }

  // ---- drawing -----------------------------------------------------------------------------

  show(data) {
    const before = this.data;
    this.data = data;
    this.report.hear(data.answered);
    this.pending = this.pending.filter(([serial]) => serial > data.answered);
    this.root.classList.toggle("done", this.isDone());
    setText(this.find("asked"), data.asked);
    this.find("over").hidden = !data.begun || !this.find("sure").hidden;
    this.drawPictures();
    this.drawForm(before);
    this.drawVerdict();
    this.drawNext();
    this.keep();
    if (this.acted && this.pending.length === 0) {
      this.acted = false;
      this.lead(before?.question !== data.question);
    }
  }

  isDone() {
    return this.data.stage === "done";
  }

  drawForm(before) {
    const { data } = this;
    const fresh = before?.question !== data.question;
    const [typed, choices] = [this.find("typed"), this.find("choices")];
    this.find("form").hidden = data.stage === "none";
    for (const part of ["label", "typed"]) this.find(part).hidden = Boolean(data.choices);
    choices.hidden = !data.choices;
    setText(this.find("label"), data.label);
    setText(this.find("legend"), data.label);
    setText(this.find("check"), data.check);
    if (fresh) typed.value = data.typed;
    typed.readOnly = this.isDone();
    if (data.choices) this.drawChoices(fresh);
    this.find("check").hidden = this.isDone();
    this.find("reveal").hidden = !data.reveal || this.isDone();
    if (fresh || this.acted) this.complain(data.problem); // what was found wrong here stays otherwise
  }

  drawChoices(fresh) {
    const { choices, typed } = this.data;
    const box = this.find("choices");
    const picked = fresh || this.isDone() ? typed : box.querySelector(":checked")?.value;
    const offered = JSON.stringify(choices);
    if (fresh || offered !== this.offered) box.replaceChildren(this.find("legend"), ...choices.map(choiceOf));
    this.offered = offered;
    box.classList.toggle("short", choices.every(({ text }) => text.length <= SHORT));
    for (const input of box.querySelectorAll("input")) {
      input.checked = input.value === picked;
      input.disabled = this.isDone() && !input.checked;
      input.closest("label").classList.toggle("solved", Number(input.value) === this.data.solved);
    }
  }

  complain(problem) {
    const typed = this.find("typed");
    setText(this.find("problem"), problem);
    this.find("problem").hidden = !problem;
    if (problem) typed.setAttribute("aria-invalid", "true");
    else typed.removeAttribute("aria-invalid");
    const describing = problem ? "problem verdict asked" : "verdict asked";
    for (const part of ["typed", "choices"]) this.find(part).setAttribute("aria-describedby", describing);
  }

  drawVerdict() {
    const { verdict } = this.data;
    const box = this.find("verdict");
    const told = JSON.stringify(verdict);
    if (told === this.told) return;
    this.told = told;
    box.className = `verdict ${verdict?.tone ?? ""}`;
    box.replaceChildren(...(verdict ? [paragraph(verdict.title, "title"), ...verdict.lines.map((line) => paragraph(line))] : []));
  }

  drawNext() {
    const { next } = this.data;
    const row = this.find("after");
    row.hidden = next.length === 0;
    const shown = JSON.stringify(next);
    if (shown === this.nextShown) return;
    this.nextShown = shown;
    this.appeared = performance.now();
    row.replaceChildren(
      ...next.map(([name, label], place) => {
        const button = document.createElement("button");
        Object.assign(button, { type: "button", textContent: label, className: place === 0 ? "primary" : "" });
        if (place === 0) button.setAttribute("aria-describedby", "verdict");
        button.addEventListener("click", ({ detail }) => {
          if (detail > 0 || performance.now() - this.appeared > REST) this.act(name, this.data.turn);
        });
        return button;
      }),
    );
  }

  // The focus goes where the person needs it next.
  lead(fresh) {
    const { data } = this;
    const [first] = this.find("after").children;
    if (first && data.stage !== "ask") first.focus();
    else if (data.choices) {
      const inputs = this.find("choices");
      (inputs.querySelector(":checked") ?? inputs.querySelector("input")).focus();
    } else if (data.stage !== "none") {
      this.find("typed").focus();
      this.find("typed").select();
    } else this.find("verdict").focus();
    (fresh ? document.querySelector(QUESTION) : this.find("verdict"))?.scrollIntoView({ block: "nearest" });
  }

  chooseByKey(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || this.isDone()) return;
    const inputs = [...this.find("choices").querySelectorAll("input")];
    const place = /^[1-9]$/.test(event.key) ? Number(event.key) - 1 : LETTERS.indexOf(event.key.toLowerCase());
    if (event.key === "Enter") {
      event.preventDefault();
      this.find("form").requestSubmit();
    } else if (inputs[place] && event.key.length === 1) {
      event.preventDefault();
      inputs[place].checked = true;
      inputs[place].focus();
      this.complain("");
    }
  }

  // ---- pictures ----------------------------------------------------------------------------

  drawPictures() {
    const { pictures } = this.data;
    const box = this.find("pictures");
    box.hidden = pictures.length === 0;
    const theme = themeOf(this.root);
    const drawn = JSON.stringify([pictures, theme]);
    if (drawn === this.drawn) return;
    this.drawn = drawn;
    this.grids = [];
    box.replaceChildren(...pictures.map((picture) => this.figure(picture, theme)));
    this.fit();
  }

  figure(picture, theme) {
    const figure = document.createElement("figure");
    const caption = document.createElement("figcaption");
    caption.textContent = picture.title;
    figure.append(caption);
    if (picture.image) figure.append(Object.assign(document.createElement("img"), { src: picture.image, alt: picture.alt }));
    else {
      const grid = new Grid(picture.title, {});
      grid.element.addEventListener("keydown", (event) => walk(grid, event));
      this.grids.push([grid, picture]);
      const limit = Math.max(...picture.values.map((value) => Math.abs(value) || 0));
      grid.draw({ ...picture, names: gridNames(picture) }, limit, theme);
      figure.append(grid.element);
    }
    return figure;
  }

  fit() {
    const wide = this.root.clientWidth;
    if (!wide) return;
    for (const [grid, { rows, cols }] of this.grids) {
      const largest = Math.floor(Math.min(wide - 8, 12 * LARGEST_CELL) / cols) - 1;
      grid.resize(Math.min(LARGEST_CELL, largest, Math.max(SMALLEST_CELL, Math.floor(ROOM / rows))));
    }
  }

  // ---- the browser's storage ---------------------------------------------------------------

  // What the browser kept is brought to Python once; afterwards Python's word is kept.
  keep() {
    const { key, text, wanted } = this.data.storage;
    let [kept, trouble] = ["", ""];
    try {
      kept = localStorage.getItem(key) ?? "";
      if (text !== null && kept !== text) localStorage.setItem(key, text);
    } catch {
      trouble = "This browser keeps no progress, as its storage is full or blocked: download it under Share and export.";
    }
    if (wanted && !this.pending.some(([, name]) => name === "stored")) this.tell("stored", { key, text: kept });
    setText(this.find("storage"), trouble);
  }
}

const LETTERS = "abcdefghi";

function choiceOf({ text, image, alt }, place) {
  const label = document.createElement("label");
  const [input, letter, words] = ["input", "b", "span"].map((tag) => document.createElement(tag));
  Object.assign(input, { type: "radio", name: "choice", value: String(place) });
  letter.textContent = image ? text : `(${LETTERS[place]})`;
  words.textContent = text;
  label.className = image ? "choice picture" : "choice";
  label.append(input, letter, image ? Object.assign(document.createElement("img"), { src: image, alt }) : words);
  return label;
}

function paragraph(text, kind = "") {
  return Object.assign(document.createElement("p"), { textContent: text, className: kind });
}

function walk(grid, event) {
  const way = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[event.key];
  if (!way || event.shiftKey || event.ctrlKey || event.altKey || event.metaKey) return;
  event.preventDefault();
  grid.focusNeighbour(grid.current, ...way);
}
