// The trials, with filters by habit, outcome, arm, source, model, rule and text; a text may be looked for in all answers.

function trialsPage(route) {
  const query = route.query;
  const rule = run.selectors.includes(query.get("rule")) ? query.get("rule") : run.selectors[0];
  const change = (name, value) => replace("trials", "", { ...Object.fromEntries(query), [name]: value });
  const state = { rows: trialsFound(rule, query), list: null };
  const status = h("p", { class: "found", role: "status" });
  const place = h("div", {});
  const out = h("div", {}, h("p", { class: "eyebrow" }, "Trials"), h("h1", { tabindex: "-1" }, plural(run.size, "trial")), trialFilters(rule, query, change), status, place);
  const show = (note = "") => {
    state.list?.close();
    status.replaceChildren(words(`${count(state.rows.length)} of ${plural(run.size, "trial")}${note}`));
    if (!state.rows.length) return place.replaceChildren(h("p", { class: "notice" }, "No trial matches. ", h("a", { href: link("trials") }, "Show all")));
    state.list = longList({
      key: `trials?${query}`, label: "Trials", cls: "trials", size: state.rows.length,
      columns: ["outcome", "case", "arm", "what was found, or why it is left out", "model", "tokens out"],
      height: () => (innerWidth < 720 ? 74 : 44),
      row: (number) => trialRow(state.rows[number], rule),
    });
    return place.replaceChildren(state.list.element);
  };
  if (query.get("deep") && query.get("q")) {
    show(" match in the overview; reading the answers …");
    readAll(query, (rows, done, note) => {
      state.rows = rows;
      if (out.isConnected) show(note);
    }, rule, out);
  } else show();
  return { element: out, list: { move: (step) => state.list?.move(step), close: () => state.list?.close() } };
}

function trialFilters(rule, query, change) {
  const value = (name) => query.get(name) ?? "";
  const sources = [...new Set(run.cases.map((one) => one.source))].sort();
  const models = [...new Set(run.rows.model ?? [])].filter((one) => one >= 0).map((one) => run.text(one)).sort();
  const rules = [...new Set(run.findings.rule ?? [])].map((one) => run.text(one)).sort();
  const slugs = [...new Set(run.cases.map(slugOf))].sort();
  const all = (list) => [["", "all"], ...list.map((one) => [one, shortened(one, 40)])];
  return h("form", { class: "filters", role: "search", on: { submit: (event) => event.preventDefault() } },
    searchField("Text", value("q"), change),
    select("Habit", "rule", ruleOptions(), rule, change),
    select("Outcome", "outcome", [["", "all"], ["out", "left out of the rate"], ...run.outcome_names.map((one) => [one, OUTCOMES[one].words])], value("outcome"), change),
    select("Arm", "arm", armOptions(), value("arm"), change),
    rules.length > 1 || value("found") ? select("Rule found", "found", all(rules), value("found"), change) : null,
    select("Source", "source", all(sources), value("source"), change),
    slugs.length > sources.length || value("transcript") ? select("Transcript", "transcript", all(slugs), value("transcript"), change) : null,
    models.length > 1 ? select("Model", "model", all(models), value("model"), change) : null,
    toggle("look in all answers too", "deep", Boolean(value("deep")), change),
    [...query.keys()].some((name) => query.get(name)) ? h("a", { class: "clear", href: link("trials") }, "Clear filters") : null);
}

// A case is called after its transcript: slug@turn.
const slugOf = (one) => one.id.slice(0, one.id.lastIndexOf("@"));

const OUT = new Set(["clean", "violation"]);

function trialsFound(rule, query, also = null) {
  const text = (query.get("q") ?? "").toLowerCase();
  const [outcome, arm, source, transcript, model, found] = ["outcome", "arm", "source", "transcript", "model", "found"].map((name) => query.get(name) ?? "");
  const rows = [];
  for (let row = 0; row < run.size; row++) {
    const name = outcomeOf(rule, row);
    if (!name && !found) continue;
    if (outcome === "out" ? OUT.has(name) : outcome && name !== outcome) continue;
    if (arm && run.arms[run.rows.arm[row]].name !== arm) continue;
    if (source && run.cases[run.rows.case[row]].source !== source) continue;
    if (transcript && slugOf(run.cases[run.rows.case[row]]) !== transcript) continue;
    if (model && run.text(run.rows.model[row]) !== model) continue;
    if (found && !run.found[row].some((one) => run.text(run.findings.rule[one]) === found)) continue;
    if (text && !also?.has(row) && !toldOf(row, rule).toLowerCase().includes(text)) continue;
    rows.push(row);
  }
  return rows;
}

function toldOf(row, rule) {
  const parts = [run.cases[run.rows.case[row]].id, run.arms[run.rows.arm[row]].name, run.text(run.rows.model[row]), run.text(run.columns.whys[rule]?.[row] ?? -1)];
  for (const one of run.found[row]) parts.push(run.text(run.findings.rule[one]), run.text(run.findings.path[one]), run.text(run.findings.text[one]));
  return parts.join(" ");
}

function foundLine(row, rule) {
  const own = run.found[row].filter((one) => run.selectors[run.findings.selector[one]] === rule);
  if (!own.length) return h("span", { class: "muted" }, run.text(run.columns.whys[rule]?.[row] ?? -1));
  const first = own[0];
  return h("span", {}, h("code", { class: "rule" }, run.text(run.findings.rule[first])), " ", h("code", { class: "snippet" }, run.text(run.findings.text[first])), own.length > 1 ? ` +${own.length - 1}` : null);
}

function trialRow(row, rule) {
  const case_ = run.cases[run.rows.case[row]].id;
  const arm = run.arms[run.rows.arm[row]].name;
  return h("div", {},
    h("span", { role: "cell" }, chip(outcomeOf(rule, row))),
    h("span", { role: "cell", class: "name" }, h("a", { href: link("case", case_, { rule, arm, draw: run.rows.draw[row] }) }, case_)),
    h("span", { role: "cell", class: "arm" }, arm, h("small", {}, ` draw ${run.rows.draw[row]}`)),
    h("span", { role: "cell", class: "what" }, foundLine(row, rule)),
    h("span", { role: "cell", class: "muted model" }, shortened(run.text(run.rows.model[row]), 28)),
    h("span", { role: "cell", class: "num tokens" }, run.rows.output[row] ? count(run.rows.output[row]) : "–"));
}

// Looks for the text in every answer, case by case, and tells what it has so far.
async function readAll(query, tell, rule, page) {
  const text = query.get("q").toLowerCase();
  const also = new Set();
  const total = run.cases.length;
  let last = performance.now();
  await new Promise((wake) => setTimeout(wake)); // the page is put in its place first
  for (let number = 0; number < total; number++) {
    if (!page.isConnected) return;
    const data = await piece(`case/${number}`);
    const holds = data.strings.map((_, place) => whole(data.strings, place).toLowerCase().includes(text));
    data.trials.forEach((trial, i) => {
      if (placesOf(trial).some((place) => holds[place])) also.add(run.byCase[number][i]);
    });
    if (performance.now() - last > 400 || number === total - 1) {
      last = performance.now();
      tell(trialsFound(rule, query, also), number + 1, number === total - 1 ? ", answers included" : `, ${count(number + 1)} of ${plural(total, "case")} read …`);
    }
  }
}

function placesOf(trial) {
  const places = [...(trial.notes ?? []), ...(trial.error === undefined ? [] : [trial.error])];
  for (const part of trial.parts ?? []) {
    if (part.s !== undefined) places.push(part.s);
    for (const [, value] of part.arguments ?? []) places.push(value);
  }
  for (const file of trial.files ?? []) places.push(file.path, ...(file.diff === undefined ? [] : [file.diff]));
  return places;
}
