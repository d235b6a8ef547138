// A long list of which only the rows in sight exist; the page itself scrolls.

const remembered = new Map();

function longList({ key, label, columns, size, row, height, cls }) {
  const spacer = h("div", { class: "rows", role: "rowgroup" });
  const head = h("div", { class: "row head", role: "row", "aria-rowindex": "1" }, columns.map((name) => h("span", { role: "columnheader" }, name)));
  const table = h("div", { class: `list ${cls}`, role: "table", "aria-label": label, "aria-rowcount": String(size + 1) }, h("div", { role: "rowgroup", class: "headgroup" }, head), spacer);
  const shown = new Map();
  let active = -1;
  let tall = height();

  function place() {
    if (!table.isConnected) return;
    const top = spacer.getBoundingClientRect().top;
    const first = Math.max(0, Math.floor(-top / tall) - 12);
    const last = Math.min(size, Math.ceil((innerHeight - top) / tall) + 12);
    for (const [number, element] of shown) {
      if ((number < first || number >= last) && !element.contains(document.activeElement)) {
        element.remove();
        shown.delete(number);
      }
    }
    for (let number = first; number < last; number++) if (!shown.has(number)) put(number);
  }

  function put(number) {
    const element = row(number);
    element.classList.add("row");
    element.setAttribute("role", "row");
    element.setAttribute("aria-rowindex", String(number + 2));
    element.style.top = `${number * tall}px`;
    element.style.height = `${tall}px`;
    if (number === active) element.classList.add("active");
    shown.set(number, element);
    // in the order of the list, for whoever moves through it by keyboard or by voice
    let after = number + 1;
    while (after < number + 400 && !shown.has(after)) after++;
    spacer.insertBefore(element, shown.get(after) ?? null);
  }

  function measure() {
    tall = height();
    spacer.style.height = `${size * tall}px`;
    for (const element of shown.values()) element.remove();
    shown.clear();
    place();
  }

  function move(step) {
    if (!size) return;
    shown.get(active)?.classList.remove("active");
    active = Math.min(size - 1, Math.max(0, active < 0 ? (step > 0 ? 0 : size - 1) : active + step));
    const top = spacer.getBoundingClientRect().top + active * tall;
    if (top < 130) scrollBy(0, top - 130);
    else if (top + tall > innerHeight - 20) scrollBy(0, top + tall - innerHeight + 20);
    place();
    if (!shown.has(active)) put(active);
    shown.get(active).classList.add("active");
    shown.get(active).querySelector("a")?.focus({ preventScroll: true });
  }

  const onScroll = () => {
    place();
    if (table.isConnected) remembered.set(key, { top: scrollY, active });
  };
  const watch = new AbortController();
  addEventListener("scroll", onScroll, { passive: true, signal: watch.signal });
  addEventListener("resize", measure, { passive: true, signal: watch.signal });
  requestAnimationFrame(() => {
    const known = remembered.get(key);
    measure();
    if (known) {
      active = known.active;
      scrollTo(0, known.top);
      place();
      shown.get(active)?.classList.add("active");
    }
  });
  return { element: table, move, close: () => watch.abort(), at: () => active };
}
