// A lecture: one scene at a time, its words beside its picture, on the page or all over the screen.
// Every scene is here before it is shown, but for what a question holds back: that comes when it is asked for.

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".lecture");
  root.lecture ??= new Lecture(root);
  root.lecture.send = setTriggerValue;
  root.lecture.show(data);
  return () => root.lecture.leave();
}

const LETTERS = "ABCDEF";
const SHORT = 8; // letters of a choice: four of these stand in a row
const DOES = {
  PageDown: "on", ArrowRight: "on", " ": "on", ArrowDown: "down", PageUp: "back", ArrowLeft: "back", ArrowUp: "up",
  Home: "first", End: "last", b: "blank", ".": "blank", o: "overview", q: "qr", n: "notes", f: "full", Escape: "escape",
};
const SHORTCUTS = ["overview", "qr", "notes", "full"]; // on the page, while the focus is here
const MOVES = ["on", "back", "down", "up", "first", "last"];
const OWN_KEYS = "input, textarea, select, [contenteditable]";
const CHOSEN = "[type=range], [type=radio], [type=checkbox]"; // nothing is typed in these
const [PATIENCE, AGAIN] = [400, 3000]; // milliseconds until it is said that the server is awaited, and until it is asked again

class Lecture {
  constructor(root) {
    this.root = root;
    this.find = partsOf(root);
    this.place = [0, 0]; // scene and step, from 0
    this.answers = new Map();
    this.asked = { answers: [], notes: false, report: null, serial: 0 };
    this.began = Date.now();
    this.typed = ""; // digits
    this.pictures = new ScenePictures(this.find("stage"), (slot) => DELIVERIES.slots.get(slot), (...report) => this.report(...report));
    for (const button of root.querySelectorAll("[data-do]")) button.addEventListener("click", () => this[button.dataset.do]());
    this.find("choices").addEventListener("input", (event) => this.count(event.target));
    this.find("cards").addEventListener("click", (event) => this.pick(event.target.closest("button")));
    this.delivered = () => this.data && this.paintPicture();
    DELIVERIES.addEventListener("delivered", this.delivered);
    this.heard = (event) => this.onKey(event);
    document.addEventListener("keydown", this.heard, true); // before anything on the page, wherever the focus is
    this.channel = new BroadcastChannel(`lecture ${(sessionStorage.lectureChannel ??= crypto.getRandomValues(new Uint32Array(2)).join("-"))}`);
    this.channel.onmessage = ({ data }) => this.hear(data);
    this.clock = setInterval(() => this.tellTime(), 5000);
  }

  leave() {
    this.stopPresenting();
    this.pictures.leave();
    DELIVERIES.removeEventListener("delivered", this.delivered);
    document.removeEventListener("keydown", this.heard, true);
    this.channel.close();
    clearInterval(this.clock);
    clearTimeout(this.linkTimer);
    clearTimeout(this.soonTimer);
    clearTimeout(this.typedTimer);
    this.stopAsking();
  }

  // ---- what Python sends --------------------------------------------------------------------------

  show(data) {
    const before = this.data;
    this.data = data;
    if (before?.id !== data.id) this.open();
    for (const [scene, answer] of Object.entries(data.answers)) this.answers.set(Number(scene), answer);
    if (data.notes) this.notesOf = data.notes;
    if (before?.id !== data.id || before.arrival !== data.arrival) this.start(data.scene - 1, data.step - 1);
    else if (this.waiting) this.go(...this.waiting, true);
    const { drawn } = data;
    if (drawn && drawn.serial !== this.drawn) {
      this.drawn = drawn.serial;
      const picture = this.picture(drawn.key);
      if (picture) picture.data = drawn.data;
      this.pictures.update(drawn.key, drawn.data);
    }
    const theme = themeOf(this.root);
    if (this.theme && this.theme !== theme) {
      for (const key of this.pictures.hosts.keys()) this.pictures.update(key, this.picture(key)?.data);
    }
    this.theme = theme;
    this.tellNotes();
  }

  // Another lecture.
  open() {
    this.stopAsking();
    this.answers.clear();
    this.notesOf = null;
    Object.assign(this.asked, { answers: [], notes: false, report: null });
    this.tally = JSON.parse(sessionStorage.getItem(`tally ${this.data.id}`) ?? "{}");
    for (const key of [...this.pictures.hosts.keys()]) this.pictures.drop(key);
    this.find("progress").max = this.scenes.length;
    this.find("cards").replaceChildren(...this.scenes.map((scene, i) => this.card(scene, i)));
  }

  start(scene, step) {
    const at = clamp(scene, 0, this.scenes.length - 1);
    this.go(at, clamp(step, 0, this.scenes[at].stops - 1));
    if (this.data.present || sessionStorage.getItem("presenting") === this.data.id) this.present();
  }

  get scenes() {
    return this.data.scenes;
  }

  get scene() {
    return this.scenes[this.place[0]];
  }

  // The steps of a scene that are here, from the one with which it begins.
  stepsOf(scene) {
    return [...this.scenes[scene].steps, ...(this.answers.get(scene)?.steps ?? [])];
  }

  picture(key) {
    const scene = Number(key.split("/")[0]);
    return { ...DELIVERIES.slots.get(`${this.data.id}/${scene}`)?.pictures, ...this.answers.get(scene)?.pictures }[key];
  }

  // What a picture reports that Python alone can answer.
  report(key, name, value) {
    if (name === "share" || name === "follow") return; // what stands beside a page's picture is not here
    this.ask({ report: { key, name, value } });
  }

  ask(more) {
    Object.assign(this.asked, more);
    this.asked.serial = Date.now();
    this.send("ask", { ...this.asked, id: this.data.id });
    Object.assign(this.asked, { answers: [], report: null }); // what has come is kept here
  }

  // ---- moving -------------------------------------------------------------------------------------

  on() {
    const [scene, step] = this.place;
    if (step + 1 < this.scene.stops) this.go(scene, step + 1, true);
    else if (scene + 1 < this.scenes.length) this.go(scene + 1, 0, true);
  }

  back() {
    const [scene, step] = this.place;
    if (step > 0) this.go(scene, step - 1);
    else if (scene > 0) this.go(scene - 1, this.lastOpen(scene - 1));
  }

  // A scene that is taller than the screen is scrolled first.
  down() {
    if (!this.scroll(1)) this.on();
  }

  up() {
    if (!this.scroll(-1)) this.back();
  }

  scroll(way) {
    const box = this.find("scene");
    const before = box.scrollTop;
    box.scrollBy(0, way * box.clientHeight * 0.8);
    return Math.abs(box.scrollTop - before) > 1;
  }

  first() {
    this.go(0, 0);
  }

  last() {
    const scene = this.scenes.length - 1;
    this.go(scene, this.lastOpen(scene));
  }

  // The last step of a scene that has been shown, or would be without asking.
  lastOpen(scene) {
    return this.stepsOf(scene).length - 1;
  }

  go(scene, step, forward = false) {
    if (step >= this.stepsOf(scene).length) return this.askFor(scene, step);
    this.stopAsking();
    this.place = [scene, step];
    this.paint();
    if (step === 0) this.find("scene").scrollTop = 0;
    else if (forward) this.seek();
    if (forward && this.stepsOf(scene)[step].play) this.play();
    clearTimeout(this.linkTimer);
    this.linkTimer = setTimeout(() => this.writeLink(), 300); // after Streamlit has written the rest
  }

  // Bring into view what the step is about, where not all of the scene is seen: its picture, if it is another or moves,
  // is the last to be, and so is seen best.
  seek() {
    const [at, step] = this.place;
    const [before, now] = this.stepsOf(at).slice(step - 1, step + 1);
    const pictured = now.play || now.picture !== before.picture;
    const told = now.words.length && [...this.find("later").children].findLast((part) => !part.matches(".coming"));
    for (const part of [now.answer && this.find("choices"), told, pictured && this.find("stage")]) {
      if (part) part.scrollIntoView({ block: "nearest" });
    }
  }

  async play() {
    const [key] = this.wanted();
    const picture = key && this.picture(key);
    if (!picture?.front) return;
    await this.pictures.prepare(picture);
    if (key === this.wanted()[0]) this.pictures.play(key, true);
  }

  // An answer is asked for, again and again, for the server may just be starting, and shown as soon as it comes.
  askFor(scene, step) {
    if (this.place[0] !== scene) this.go(scene, this.lastOpen(scene));
    this.stopAsking();
    this.waiting = [scene, step];
    const ask = () => this.ask({ answers: [scene] });
    ask();
    this.askTimer = setInterval(ask, AGAIN);
    this.waitTimer = setTimeout(() => setText(this.find("status"), "Waiting for the server …"), PATIENCE);
  }

  stopAsking() {
    this.waiting = null;
    clearTimeout(this.waitTimer);
    clearInterval(this.askTimer);
  }

  writeLink() {
    const url = new URL(location.href);
    for (const [name, at] of [["scene", this.place[0]], ["step", this.place[1]]]) {
      if (at === 0) url.searchParams.delete(name);
      else url.searchParams.set(name, at + 1);
    }
    if (!this.presenting) url.searchParams.delete("present");
    if (url.href !== location.href) history.replaceState(history.state, "", url);
  }

  // ---- painting -----------------------------------------------------------------------------------

  paint() {
    const { scene } = this;
    const [at, step] = this.place;
    const steps = this.stepsOf(at).slice(0, step + 1);
    setText(this.find("title"), scene.title);
    drawWords(this.find("words"), steps[0].words);
    this.paintLater();
    this.paintQuestion(steps.some(({ answer }) => answer));
    this.paintPicture();
    this.tellPlace();
    this.find("progress").value = at + 1;
    this.root.querySelector("[data-do=back]").disabled = at + step === 0;
    this.root.querySelector("[data-do=on]").disabled = at === this.scenes.length - 1 && step === scene.stops - 1;
    this.tellTime();
    this.tellNotes();
    this.paintQr();
  }

  // The words of the steps. Those to come have their room already, so that the picture stays where it is; of what is held
  // back only its length is known.
  paintLater() {
    const [at, step] = this.place;
    const here = this.stepsOf(at).map(({ words }) => words);
    const held = this.answers.has(at) ? [] : this.scene.held.map((blocks) => blocks.map((length) => ["p", ["text", "anon ".repeat(length / 5 + 1)]]));
    this.find("later").replaceChildren(...[...here, ...held].flatMap((words, i) => {
      if (i === 0 || !words.length) return [];
      const part = document.createElement("div");
      drawWords(part, words);
      part.classList.toggle("coming", i > step);
      part.inert = i > step;
      return part;
    }));
  }

  tellPlace() {
    const [at, step] = this.place;
    const { stops } = this.scene;
    const place = `Scene ${at + 1} of ${this.scenes.length}${stops > 1 ? `, step ${step + 1} of ${stops}` : ""}`;
    setText(this.find("status"), this.typed ? `Enter: scene ${this.typed}` : place);
  }

  paintQuestion(answered) {
    const { question } = this.scene;
    const list = this.find("choices");
    this.find("question").hidden = !question;
    if (!question) return list.replaceChildren();
    const name = `${this.data.id}/${this.place[0]}`;
    if (list.dataset.of !== name || !list.children.length) {
      list.dataset.of = name;
      drawWords(this.find("ask"), question.ask);
      list.replaceChildren(...question.choices.map((words, i) => this.choice(words, i)));
      list.classList.toggle("short", question.choices.every((words) => plainWords(words).trim().length <= SHORT));
      this.paintTally();
    }
    const right = answered ? this.answers.get(this.place[0]).right : -1;
    [...list.children].forEach((item, i) => {
      item.classList.toggle("right", i === right);
      item.querySelector(".mark").textContent = i === right ? "✓ right" : "";
    });
  }

  choice(words, i) {
    const item = document.createElement("li");
    item.innerHTML = '<b class="letter"></b><div class="said"></div><span class="mark"></span><input type="text" inputmode="numeric" size="3" maxlength="4" autocomplete="off"><span class="votes"><i></i></span>';
    item.querySelector(".letter").textContent = LETTERS[i];
    drawWords(item.querySelector(".said"), words);
    item.querySelector("input").setAttribute("aria-label", `Hands for ${LETTERS[i]}`);
    item.querySelector("input").value = this.tally[this.place[0]]?.[i] ?? "";
    return item;
  }

  // The show of hands: numbers that the lecturer types, as bars.
  count(input) {
    input.value = input.value.replace(/\D/g, "");
    this.tally[this.place[0]] = [...this.find("choices").querySelectorAll("input")].map(({ value }) => value);
    sessionStorage.setItem(`tally ${this.data.id}`, JSON.stringify(this.tally));
    this.paintTally();
  }

  paintTally() {
    const hands = [...this.find("choices").querySelectorAll("input")].map(({ value }) => Number(value));
    const most = Math.max(...hands, 1);
    [...this.find("choices").children].forEach((item, i) => {
      item.querySelector(".votes i").style.width = `${(100 * hands[i]) / most}%`;
    });
  }

  // The keys of the pictures that are or may soon be wanted, the shown one first.
  wanted() {
    const [at, step] = this.place;
    const of = (scene) => (scene < 0 || scene >= this.scenes.length ? [] : this.stepsOf(scene).map(({ picture }) => picture));
    const here = of(at);
    if (this.scene.question && !this.answers.has(at)) return [...new Set([here[step], ...here])]; // the next scene's may tell the answer
    return [...new Set([here[step], ...here, of(at + 1)[0], of(at + 1)[1], of(at - 1).at(-1)])].filter((key, i) => i === 0 || key);
  }

  paintPicture() {
    const [key, ...soon] = this.wanted();
    const picture = key && this.picture(key);
    const stage = this.find("stage");
    this.find("own").hidden = !picture?.front;
    if (picture) this.find("own").href = picture.link;
    // Without a picture the stage keeps its size behind the words: the next picture is prepared there, and none laid out anew.
    if (!key && this.root.matches(".pictured")) {
      [stage.style.width, stage.style.height] = [`${stage.offsetWidth}px`, `${stage.offsetHeight}px`];
    } else if (key) stage.style.width = stage.style.height = "";
    this.root.classList.toggle("pictured", Boolean(key));
    stage.querySelector(".elsewhere")?.remove();
    if (picture?.front) this.pictures.prepare(picture);
    else if (picture) stage.append(this.elsewhere(picture));
    this.pictures.show(key, new Set([key, ...soon]));
    // The next ones, once this one is painted.
    clearTimeout(this.soonTimer);
    this.soonTimer = setTimeout(() => {
      for (const next of soon) if (this.picture(next)?.front) this.pictures.prepare(this.picture(next));
    }, 60);
  }

  // A page that has no place in a scene: a link, and its QR code.
  elsewhere({ title, link, code, caveat }) {
    const box = document.createElement("div");
    box.className = "elsewhere";
    const anchor = document.createElement("a");
    anchor.href = link;
    anchor.target = "_blank";
    anchor.textContent = `Open ${title} in its page`;
    box.append(anchor);
    if (code) {
      const canvas = document.createElement("canvas");
      canvas.setAttribute("role", "img");
      canvas.setAttribute("aria-label", `QR code of the page ${title}`);
      drawCode(canvas, code);
      box.append(canvas, caveat);
    }
    return box;
  }

  tellTime() {
    setText(this.find("clock"), this.presenting ? new Date().toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" }) : "");
  }

  // ---- presenting ---------------------------------------------------------------------------------

  full() {
    if (this.presenting && this.root.getRootNode().fullscreenElement) this.stopPresenting();
    else this.present();
  }

  present() {
    this.presenting = true;
    this.root.classList.add("presenting");
    this.find("stage").classList.add("filled");
    sessionStorage.setItem("presenting", this.data.id);
    if (navigator.userActivation?.isActive) this.root.requestFullscreen?.().catch(() => {}); // it covers the page all the same
    this.setApart(true);
    this.pictures.fitAll();
    this.tellTime();
    this.find("title").focus({ preventScroll: true });
  }

  stopPresenting() {
    if (!this.presenting) return;
    this.presenting = false;
    this.root.classList.remove("presenting");
    this.find("stage").classList.remove("filled");
    sessionStorage.removeItem("presenting");
    this.linkTimer = setTimeout(() => this.writeLink(), 0);
    if (document.fullscreenElement) document.exitFullscreen();
    this.setApart(false);
    this.closeAll();
    this.pictures.fitAll();
    this.tellTime();
    this.root.querySelector("[data-do=full]").focus();
  }

  // The rest of the page can neither be reached nor read while it is covered.
  setApart(apart) {
    for (const element of this.apart ?? []) element.inert = false;
    this.apart = [];
    let node = this.root.getRootNode().host;
    while (apart && node && node !== document.body) {
      for (const other of node.parentElement?.children ?? []) {
        if (other === node || other.inert || other.matches("script, style")) continue;
        other.inert = true;
        this.apart.push(other);
      }
      node = node.parentElement;
    }
  }

  onKey(event) {
    if (this.presenting && this.byNumber(event)) return;
    const does = DOES[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (!does || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    const target = event.composedPath()[0];
    const inside = event.composedPath().includes(this.root);
    const paging = event.key === "PageDown" || event.key === "PageUp";
    if (!this.presenting) {
      if (target.matches?.(OWN_KEYS)) return;
      if (!this.over() && !paging && does !== "full" && !(inside && SHORTCUTS.includes(does))) return;
    } else if (this.left(event, target, paging)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (!this.inOverview(event)) this.act(does);
  }

  // What a key does: where something lies over the scene, one that moves takes only that away.
  act(does) {
    if (MOVES.includes(does) && this.find("choices").contains(this.root.getRootNode().activeElement)) this.find("title").focus({ preventScroll: true });
    if (MOVES.includes(does) && this.over()) this.closeAll();
    else this[does]();
  }

  // What is left to the element with the focus: all but a clicker's keys where a text is typed, from which Escape leads
  // away; up and down in a picture; Enter everywhere.
  left(event, target, paging) {
    if (typedIn(target)) {
      if (event.key === "Escape") setTimeout(() => target.isConnected && target.matches(":focus") && this.find("title").focus({ preventScroll: true }));
      return !paging;
    }
    if (event.key === "Escape") return false;
    const upright = event.key === "ArrowUp" || event.key === "ArrowDown";
    return upright && event.composedPath().includes(this.find("stage"));
  }

  // Digits, then Enter, go to the scene of that number; in a grid or a field they are typed. True if the key was for this.
  byNumber(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return false;
    const digit = /^\d$/.test(event.key) && !event.composedPath().some((at) => typedIn(at) || at.matches?.("[role=grid]"));
    const { typed } = this;
    const chosen = event.key === "Enter" && typed;
    clearTimeout(this.typedTimer);
    this.typed = digit ? `${typed}${event.key}`.slice(-3) : "";
    if (digit) this.typedTimer = setTimeout(() => this.forgetTyped(), AGAIN);
    if (digit || typed) this.tellPlace();
    if (chosen) {
      this.closeAll();
      this.go(clamp(Number(typed), 1, this.scenes.length) - 1, 0);
    }
    if (!digit && !chosen) return false;
    event.preventDefault();
    event.stopImmediatePropagation();
    return true;
  }

  forgetTyped() {
    this.typed = "";
    this.tellPlace();
  }

  escape() {
    if (this.over()) this.closeAll();
    else this.stopPresenting();
  }

  over() {
    return ["overview", "qr", "blank"].find((name) => !this.find(name).hidden);
  }

  closeAll() {
    for (const name of ["overview", "qr", "blank"]) this.cover(name, false);
  }

  // Lay something over the scene, and give the focus back afterwards.
  cover(name, open) {
    const part = this.find(name);
    if (part.hidden === !open) return;
    if (open) {
      this.closeAll();
      this.before = this.root.getRootNode().activeElement;
    }
    part.hidden = !open;
    if (open) (part.querySelector("[aria-current=true]") ?? part).focus();
    else this.before?.focus?.({ preventScroll: true });
  }

  blank() {
    this.cover("blank", this.find("blank").hidden);
  }

  // ---- overview -----------------------------------------------------------------------------------

  overview() {
    [...this.find("cards").children].forEach((item, i) => item.firstChild.setAttribute("aria-current", i === this.place[0]));
    this.cover("overview", this.find("overview").hidden);
  }

  card(scene, i) {
    const item = document.createElement("li");
    const button = document.createElement("button");
    button.type = "button";
    const number = document.createElement("b");
    number.textContent = i + 1;
    const title = document.createElement("span");
    title.textContent = scene.title;
    const about = document.createElement("small");
    about.textContent = [scene.question && "question", scene.stops > 1 && `${scene.stops} steps`].filter(Boolean).join(", ");
    button.append(number, title, about);
    item.append(button);
    return item;
  }

  pick(button) {
    if (!button) return;
    this.cover("overview", false);
    this.go([...this.find("cards").children].indexOf(button.parentElement), 0);
  }

  // The arrows move over the cards, row by row as they lie; true if the key was for them.
  inOverview(event) {
    if (this.find("overview").hidden) return false;
    const cards = [...this.find("cards").children].map((item) => item.firstChild);
    const at = Math.max(0, cards.indexOf(this.root.getRootNode().activeElement));
    const wide = Math.max(1, cards.filter((card) => card.offsetTop === cards[0].offsetTop).length);
    const moves = { ArrowRight: 1, PageDown: 1, ArrowLeft: -1, PageUp: -1, ArrowDown: wide, ArrowUp: -wide, Home: -at, End: cards.length - 1 - at };
    if (event.key === " ") cards[at].click();
    else if (event.key in moves) cards[at + moves[event.key]]?.focus();
    else return false;
    return true;
  }

  // ---- QR code ------------------------------------------------------------------------------------

  qr() {
    this.cover("qr", this.find("qr").hidden);
    this.paintQr();
  }

  paintQr() {
    if (this.find("qr").hidden) return;
    const { code, address, caveat } = this.scene;
    this.find("code").hidden = !code;
    if (code) drawCode(this.find("code"), code);
    this.find("code").setAttribute("aria-label", `QR code of scene ${this.place[0] + 1}`);
    setText(this.find("address"), address);
    setText(this.find("caveat"), caveat);
  }

  // ---- notes in a second window -------------------------------------------------------------------

  notes() {
    const page = DELIVERIES.slots.get("fronts")?.["notes.html"];
    if (!page) return;
    const url = URL.createObjectURL(new Blob([page.replace("<html ", `<html data-channel="${this.channel.name}" `)], { type: "text/html" }));
    window.open(url, this.channel.name.replace(/\W/g, ""), "popup,width=900,height=700");
  }

  // The window with the notes says hello every second, with the time at which its clock began: so it is found again
  // after a reload, and goes on counting.
  hear({ key, began }) {
    if (key === "hello") {
      this.noted = true;
      this.began = began ?? this.began;
      if (!this.notesOf && Date.now() - this.asked.serial > AGAIN) this.ask({ notes: true });
    } else if (key === "restart") this.began = Date.now();
    else if (key in DOES) this.act(DOES[key]);
    this.tellNotes();
  }

  tellNotes() {
    if (!this.noted) return;
    const [at, step] = this.place;
    this.channel.postMessage({
      place: this.find("status").textContent, title: this.scene.title, notes: drawnWords(this.notesOf?.[at]), next: drawnWords(this.coming(at, step)),
      began: this.began, theme: this.theme ?? "light",
    });
  }

  // What the next press brings, as words to draw.
  coming(at, step) {
    const steps = this.stepsOf(at);
    const told = (text) => ["p", ["strong", ["text", text]]];
    if (step + 1 < this.scene.stops) {
      const next = steps[step + 1];
      if (!next) return [told("Next: the answer")];
      return next.words.length ? [told("Next: "), ...next.words] : [told(next.play ? "Next: the picture moves" : "Next: another picture")];
    }
    const scene = this.scenes[at + 1];
    return scene ? [told(`Next scene: ${scene.title}`), ...scene.steps[0].words] : [told("This is the last scene.")];
  }
}

function typedIn(element) {
  return element.matches?.(OWN_KEYS) && !element.matches(CHOSEN);
}

// A QR code, a string of 0 and 1 a row, black on white in both themes, as cameras want it.
function drawCode(canvas, rows) {
  const quiet = 4;
  canvas.width = canvas.height = rows.length + 2 * quiet;
  const pen = canvas.getContext("2d");
  pen.fillStyle = "white";
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.fillStyle = "black";
  rows.forEach((row, i) => [...row].forEach((dark, j) => dark === "1" && pen.fillRect(j + quiet, i + quiet, 1, 1)));
}
