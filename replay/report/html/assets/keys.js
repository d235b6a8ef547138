// The keyboard: one letter a thing, off while a field is typed in, and a page that tells them all.

const KEYS = [
  ["j, k", "next, previous row; on a case: next, previous draw"],
  ["Enter", "open the row"],
  ["n, p", "next, previous case"],
  ["f", "next finding"],
  ...(boot.mode === "run" ? [["r, w", "label this finding right, wrong; again takes it back"]] : []),
  ["/", "to the search field"],
  ["1 – 4", "verdict, matrix, cases, trials"],
  ["t", "theme: as the system, light, dark"],
  ["Esc", "close, leave a field, or back to the list"],
  ["?", "this help"],
];

function showKeys() {
  const dialog = $("keys");
  if (dialog.open) return dialog.close();
  dialog.replaceChildren(h("h2", { id: "keys-title" }, "Keys"), h("dl", {}, KEYS.map(([key, words_]) => [h("dt", {}, h("kbd", {}, key)), h("dd", {}, words_)])), h("button", { type: "button", on: { click: () => dialog.close() } }, "Close"));
  return dialog.showModal();
}

const THEMES = ["auto", "light", "dark"];

function setTheme(name) {
  document.documentElement.dataset.theme = name;
  $("theme").setAttribute("aria-label", `Theme: ${name === "auto" ? "as the system" : name}`);
  $("theme").textContent = { auto: "◐", light: "○", dark: "●" }[name];
  return storeTheme(name);
}

function storeTheme(name) {
  try {
    localStorage.setItem("replay-theme", name);
    return true;
  } catch {
    return false; // without storage (some browsers on file://) the choice lasts as long as the page
  }
}

function storedTheme() {
  try {
    return localStorage.getItem("replay-theme");
  } catch {
    return null; // the system's choice is a good one
  }
}

const nextTheme = () => setTheme(THEMES[(THEMES.indexOf(document.documentElement.dataset.theme) + 1) % 3]);

function nextFinding() {
  const all = [...document.querySelectorAll(".finding")];
  const here = all.indexOf(document.activeElement);
  const next = all[(here + 1) % all.length];
  next?.focus();
  next?.scrollIntoView({ block: "center" });
}

const labelHere = (label) => document.activeElement?.closest(".finding")?.querySelector(`.label-${label}`)?.click();

function onKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || $("keys").open) return;
  const typing = event.target.closest?.("input:not([type=checkbox]), textarea, select");
  if (event.key === "Escape") {
    if (typing) typing.blur();
    else if (current.page === "case") location.hash = lastList;
    return;
  }
  if (typing) return;
  const acts = {
    j: () => listed?.move(1),
    k: () => listed?.move(-1),
    "/": () => (document.querySelector("input[type=search]") ?? (go("trials"), document.querySelector("input[type=search]")))?.focus(),
    "?": showKeys,
    t: nextTheme,
    f: nextFinding,
    r: () => event.repeat || labelHere("right"),
    w: () => event.repeat || labelHere("wrong"),
    n: () => document.querySelector("a[rel=next]")?.click(),
    p: () => document.querySelector("a[rel=prev]")?.click(),
    1: () => go(""), 2: () => go("matrix"), 3: () => go("cases"), 4: () => go("trials"),
  };
  const act = acts[event.key];
  if (act) {
    event.preventDefault();
    act();
  }
}
