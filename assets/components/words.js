// Words of a lecture, which Python has read from Markdown: a tree of tags.

function drawWords(host, nodes) {
  host.replaceChildren(...drawNodes(nodes ?? []));
}

// No line begins with what follows a formula without a space, such as a comma.
function drawNodes(nodes) {
  return nodes.flatMap((node, i) => {
    const glued = nodes[i - 1]?.[0] === "formula" && node[0] === "text" && !node[1].startsWith(" ");
    return glued ? ["\u2060", drawNode(node)] : [drawNode(node)];
  });
}

function drawNode([tag, ...rest]) {
  if (tag === "text") return document.createTextNode(rest[0]);
  if (tag === "formula") return drawFormula(...rest);
  const element = document.createElement(tag);
  if (tag === "a") {
    element.href = rest.shift();
    element.target = "_blank"; // the lecture stays where it is
  }
  element.append(...drawNodes(rest));
  return element;
}

// A path in hundredths of the text's size, whose baseline is at 0.
function drawFormula(source, path, [left, top, width, height]) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("class", "formula");
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", source);
  svg.setAttribute("viewBox", `${left} ${top} ${width} ${height}`);
  svg.style.cssText = `width:${width / 100}em;height:${height / 100}em;vertical-align:${-(top + height) / 100}em`;
  svg.append(document.createElementNS("http://www.w3.org/2000/svg", "path"));
  svg.firstChild.setAttribute("d", path);
  return svg;
}

// The same words as HTML, for another window.
function drawnWords(nodes) {
  const host = document.createElement("div");
  drawWords(host, nodes);
  return host.innerHTML;
}

// The same words as plain text.
function plainWords(nodes) {
  return (nodes ?? []).map(([tag, ...rest]) => {
    if (tag === "text" || tag === "formula") return rest[0];
    return plainWords(tag === "a" ? rest.slice(1) : rest) + (tag === "p" || tag === "li" ? "\n" : "");
  }).join("");
}
