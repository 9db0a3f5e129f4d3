// Follows links from document to document in this tab. Streamlit's Markdown would open each in a new one.

const LINK = 'a[href^="?doc="]';

export default function ({ data, parentElement, setTriggerValue }) {
  const state = (parentElement.docs ??= { doc: data.doc, section: "" });
  state.open = (name) => setTriggerValue("open", name);
  if (!state.listens) {
    state.listens = (event) => follow(event, state);
    document.addEventListener("click", state.listens, true);
  }
  if (state.doc !== data.doc) {
    state.doc = data.doc;
    requestAnimationFrame(() => arrive(state.section));
  }
  return () => document.removeEventListener("click", state.listens, true);
}

function follow(event, state) {
  const link = event.target.closest?.(LINK);
  if (!link || event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  const address = new URL(link.href);
  const name = address.searchParams.get("doc");
  state.section = address.hash.slice(1);
  if (name === state.doc) arrive(state.section);
  else state.open(name);
}

// Begins to read where the link leads: by eye, and by keyboard and screen reader.
function arrive(section) {
  const main = document.querySelector('[data-testid="stMain"]');
  const found = section && [...main.querySelectorAll("h2, h3")].find((part) => letters(part.id) === letters(section));
  const heading = found || main.querySelector("h1");
  if (!heading) return;
  heading.tabIndex = -1;
  heading.focus({ preventScroll: true });
  if (found) heading.scrollIntoView();
  else main.scrollTo(0, 0);
}

// Documents name their headings as GitHub does; Streamlit writes hyphens in other places.
function letters(name) {
  return name.replace(/[^a-z0-9]/g, "");
}
