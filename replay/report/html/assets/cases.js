// Cases × arms: k of n violations in each, with filters.

function casesPage(route) {
  const query = route.query;
  const rule = run.selectors.includes(query.get("rule")) ? query.get("rule") : run.selectors[0];
  const change = (name, value) => replace("cases", "", { ...Object.fromEntries(query), [name]: value });
  const found = casesFound(rule, query);
  const list = longList({
    key: `cases?${query}`, label: "Cases by arms", cls: "cases", size: found.length,
    columns: ["case", "source", ...run.arms.map((arm) => arm.name)],
    height: () => (innerWidth < 720 ? 66 + 30 * run.arms.length : 58),
    row: (number) => caseRow(found[number], rule),
  });
  list.element.style.setProperty("--arms", String(run.arms.length));
  return { list, element: h("div", {}, h("p", { class: "eyebrow" }, "Cases × arms"), h("h1", { tabindex: "-1" }, plural(run.cases.length, "case")),
    h("form", { class: "filters", role: "search", on: { submit: (event) => event.preventDefault() } },
      searchField("Find a case", query.get("q") ?? "", change),
      select("Habit", "rule", ruleOptions(), rule, change),
      select("Source", "source", [["", "all"], ...[...new Set(run.cases.map((one) => one.source))].sort().map((one) => [one, shortened(one, 40)])], query.get("source") ?? "", change),
      select("Show", "show", [["", "all"], ["differ", "where arms differ"], ["still", "where another arm still shows it"], ["never", "where it never shows"], ["out", "with trials left out"]], query.get("show") ?? "", change),
      select("Order", "order", [["", "as in the run"], ["gap", "largest gap first"], ["rate", "highest baseline rate first"]], query.get("order") ?? "", change)),
    h("p", { class: "found", role: "status" }, `${count(found.length)} of ${plural(run.cases.length, "case")}. Each cell: violations of judged completions; one square a draw.`),
    found.length ? list.element : h("p", { class: "notice" }, "No case matches. ", h("a", { href: link("cases") }, "Show all"))) };
}

function caseCells(number, rule) {
  const byArm = run.arms.map(() => []);
  for (const row of run.byCase[number]) byArm[run.rows.arm[row]].push(row);
  return byArm.map((rows) => {
    const counts = tally(rule, rows);
    const judged = (counts.violation ?? 0) + (counts.clean ?? 0);
    return { rows, counts, judged, k: counts.violation ?? 0, rate: judged ? (counts.violation ?? 0) / judged : null };
  });
}

function casesFound(rule, query) {
  const text = (query.get("q") ?? "").toLowerCase();
  const base = run.armNumber.get(run.baseline) ?? 0;
  const rows = run.cases.map((one, number) => ({ one, number, cells: caseCells(number, rule) }));
  const gap = (row) => Math.max(0, ...row.cells.map((cell) => (cell.rate === null || row.cells[base].rate === null ? 0 : Math.abs(cell.rate - row.cells[base].rate))));
  const others = (row) => row.cells.filter((_, i) => i !== base);
  const shows = {
    differ: (row) => gap(row) > 0,
    still: (row) => others(row).some((cell) => cell.k),
    never: (row) => row.cells.every((cell) => !cell.k),
    out: (row) => row.cells.some((cell) => cell.judged < cell.rows.length),
  };
  const kept = rows.filter((row) => (!text || `${row.one.id} ${row.one.source} ${row.one.note} ${row.one.rules.join(" ")}`.toLowerCase().includes(text)) && (!query.get("source") || row.one.source === query.get("source")) && (shows[query.get("show")]?.(row) ?? true));
  if (query.get("order") === "gap") kept.sort((a, b) => gap(b) - gap(a));
  if (query.get("order") === "rate") kept.sort((a, b) => (b.cells[base].rate ?? -1) - (a.cells[base].rate ?? -1));
  return kept;
}

function caseRow({ one, number, cells }, rule) {
  return h("div", {},
    h("span", { role: "cell", class: "name" }, h("a", { href: link("case", one.id, { rule }) }, one.id), h("small", {}, `turn ${one.turn} · ${one.grade}`)),
    h("span", { role: "cell", class: "muted source" }, shortened(one.source, 36)),
    cells.map((cell, i) => h("span", { role: "cell", class: "kn" }, h("b", { class: "arm-name" }, run.arms[i].name),
      h("span", { class: "k" }, cell.judged ? `${cell.k}/${cell.judged}` : "–"), draws(number, cell.rows, rule))));
}

const DRAWS = 24;
function draws(number, rows, rule) {
  const shown = rows.slice(0, DRAWS);
  return h("span", { class: "draws", "aria-hidden": "true" }, shown.map((row) => h("i", { class: `sq o-${outcomeOf(rule, row) ?? "none"}` })), rows.length > DRAWS ? `+${rows.length - DRAWS}` : null);
}
