// How far somebody is, by kind of question and by mistake. Python counted; here it is drawn.

export default function ({ data, parentElement }) {
  const find = partsOf(parentElement);
  const begun = data.kinds.length > 0;
  find("none").hidden = begun;
  find("halves").hidden = !begun;
  find("mistakes").hidden = data.slips.length === 0;
  setText(find("untried"), begun && data.untried > 0 ? `Not asked yet: ${data.untried} other ${data.untried === 1 ? "kind" : "kinds"}.` : "");
  find("kinds").replaceChildren(
    head("Kind of question", "Level", "Three in a row", "Right at once"),
    body(data.kinds.map((kind) => [kind.title, levelOf(kind), pipsOf(kind), barOf(kind.right / kind.asked, `${kind.right} of ${kind.asked}`)])),
  );
  const most = Math.max(...data.slips.map((slip) => slip.times), 1);
  find("slips").replaceChildren(
    head("What went wrong", "How often"),
    body(data.slips.map((slip) => [slip.title, barOf(slip.times / most, `${slip.times} ${slip.times === 1 ? "time" : "times"}`)])),
  );
}

function levelOf(kind) {
  return [document.createTextNode(kind.mastered === 3 ? "3, mastered" : String(kind.level))];
}

function pipsOf(kind) {
  const pips = document.createElement("span");
  Object.assign(pips, { className: "pips", textContent: kind.pips, ariaHidden: "true" });
  return [pips, document.createTextNode(`${kind.streak} of 3`)];
}

function barOf(share, words) {
  const bar = document.createElement("span");
  bar.className = "bar";
  bar.style.setProperty("--share", `${Math.round(100 * share)}%`);
  return [bar, document.createTextNode(words)];
}

function head(...titles) {
  const element = document.createElement("thead");
  element.append(line(titles.map((title) => cell("th", "col", title))));
  return element;
}

function body(rows) {
  const element = document.createElement("tbody");
  element.append(...rows.map(([title, ...rest]) => line([cell("th", "row", title), ...rest.map((parts) => cell("td", "", ...parts))])));
  return element;
}

function line(cells) {
  const element = document.createElement("tr");
  element.append(...cells);
  return element;
}

function cell(tag, scope, ...parts) {
  const element = document.createElement(tag);
  if (scope) element.scope = scope;
  element.append(...parts);
  return element;
}
