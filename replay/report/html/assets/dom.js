// Elements from data: text goes in as text nodes only, and characters that hide or reorder text become visible.

const HIDDEN =
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]/gu;
const SVG = "http://www.w3.org/2000/svg";

function nameOf(char) {
  return `U+${char.codePointAt(0).toString(16).toUpperCase().padStart(4, "0")}`;
}

function words(text) {
  if (text.search(HIDDEN) < 0) return document.createTextNode(text);
  const out = document.createDocumentFragment();
  let done = 0;
  for (const found of text.matchAll(HIDDEN)) {
    out.append(text.slice(done, found.index));
    const chip = document.createElement("span");
    chip.className = "hidden-char";
    chip.textContent = nameOf(found[0]);
    out.append(chip);
    done = found.index + found[0].length;
  }
  out.append(text.slice(done));
  return out;
}

const plain = (text) => String(text).replace(HIDDEN, nameOf);

function fill(element, props, kids) {
  for (const [name, value] of Object.entries(props ?? {})) {
    if (value === undefined || value === null || value === false) continue;
    if (name === "on") for (const [event, handler] of Object.entries(value)) element.addEventListener(event, handler);
    else if (name === "style") for (const [key, one] of Object.entries(value)) element.style.setProperty(key, one);
    else if (name === "href" && !/^(#|\/(?!\/))/.test(String(value))) continue; // our own pages only, whatever a text says
    else element.setAttribute(name, value === true ? "" : plain(value));
  }
  add(element, kids);
  return element;
}

function add(element, kids) {
  for (const kid of kids) {
    if (kid === undefined || kid === null || kid === false) continue;
    if (Array.isArray(kid)) add(element, kid);
    else element.append(kid instanceof Node ? kid : words(String(kid)));
  }
}

const h = (tag, props, ...kids) => fill(document.createElement(tag), props, kids);
const svg = (tag, props, ...kids) => fill(document.createElementNS(SVG, tag), props, kids);
const $ = (id) => document.getElementById(id);

function say(text) {
  $("said").textContent = plain(text);
}

// A <details> whose inside is built when it is first opened.
function folded(summary, build, { open = false, cls = "" } = {}) {
  const details = h("details", { class: `fold ${cls}` }, h("summary", {}, summary));
  let built = false;
  const make = () => {
    if (built) return;
    built = true;
    details.append(h("div", { class: "inside" }, build()));
  };
  details.addEventListener("toggle", () => details.open && make());
  if (open) {
    make();
    details.open = true;
  }
  return details;
}

const debounced = (wait, act) => {
  let timer = 0;
  return (...values) => {
    clearTimeout(timer);
    timer = setTimeout(() => act(...values), wait);
  };
};
