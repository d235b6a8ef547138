// Arms × rules: each cell says the rate in a number, a bar and a shade, with its interval, n and gap to the baseline.

function matrixPage() {
  const out = h("div", {}, h("p", { class: "eyebrow" }, "Arms × rules"), h("h1", { tabindex: "-1" }, "How often each habit shows"));
  if (!run.result) return add(out, [h("p", { class: "notice" }, "Nothing is judged yet.")]), out;
  const rows = [...run.result.rules.map((rule, i) => ({ rule, kind: i ? "screened only" : "primary", cells: run.arms.map((arm) => judgedCell(arm.name, rule)) })), ...run.guards.map((rule) => ({ rule, kind: "guard", cells: run.arms.map((arm) => guardCell(arm.name, rule)) }))];
  add(out, [
    h("p", { class: "lede" }, "The bar and the shade are the rate; the second line is its 95 % interval; then the gap to ", h("strong", {}, run.baseline), " in points, and how many trials and cases it rests on."),
    h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Arms by rules" }, h("table", { class: "matrix" },
      h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "habit"), run.arms.map((arm) => h("th", { scope: "col" }, arm.name, baselineTag(arm.name), h("small", {}, arm.model))))),
      h("tbody", {}, rows.map((row) => h("tr", {}, h("th", { scope: "row" }, h("code", {}, row.rule), h("small", {}, row.kind)), row.cells))))),
    rulesFound(),
  ]);
  return out;
}

function judgedCell(arm, rule) {
  const found = run.result.arms[arm]?.rules[rule];
  if (!found) return h("td", { class: "cell empty" }, "–");
  const gap = run.result.comparisons.find((one) => one.arm === arm && one.rule === rule);
  const judged = (found.outcomes.violation ?? 0) + (found.outcomes.clean ?? 0);
  return heat(found.rate, span(found.low, found.high), gap, `${count(judged)} judged, ${plural(found.cases, "case")}`, link("trials", "", { rule, arm }), `${arm}, ${rule}`);
}

function guardCell(arm, rule) {
  const own = run.result.guards.filter((one) => one.what === rule);
  const one = own.find((guard) => guard.arm === arm);
  const to = link("trials", "", { rule, arm });
  if (one) return heat(one.arm_rate, "", one, plural(one.cases, "case"), to, `${arm}, ${rule}`);
  const base = arm === run.baseline ? own[0] : null;
  return base ? heat(base.baseline_rate, "", null, plural(base.cases, "case"), to, `${arm}, ${rule}`) : h("td", { class: "cell empty" }, "–");
}

function heat(rate, interval, gap, n, href, label) {
  const share = undefined_(rate) ? 0 : rate;
  return h("td", { class: "cell", style: { "--rate": share.toFixed(3) } },
    h("a", { href, "aria-label": `${label}: ${percent(rate)}${gap ? `, gap ${signed(gap.difference)} points` : ""}` }, h("span", { class: "rate" }, percent(rate))),
    interval ? h("span", { class: "muted" }, interval) : null,
    h("span", { class: "track", "aria-hidden": "true" }, h("span", { class: "level" })),
    h("span", { class: "gap" }, gap ? h("span", {}, h("strong", {}, signed(gap.difference)), " ", spanSigned(gap.low, gap.high)) : h("span", { class: "muted" }, "baseline")),
    h("small", {}, n));
}

// Which single rules were found: trials with at least one finding of it.
function rulesFound() {
  const seen = new Map();
  (run.findings.trial ?? []).forEach((row, i) => {
    const name = run.text(run.findings.rule[i]);
    if (!seen.has(name)) seen.set(name, { habit: run.selectors[run.findings.selector[i]], arms: run.arms.map(() => new Set()) });
    seen.get(name).arms[run.rows.arm[row]].add(row);
  });
  if (!seen.size) return section("Rules that matched", null, h("p", { class: "note" }, "No completion introduced a finding."));
  const totals = run.arms.map(() => 0);
  run.rows.arm.forEach((arm, row) => (totals[arm] += run.rows.error[row] < 0 ? 1 : 0));
  const most = Math.max(...[...seen.values()].flatMap(({ arms }) => arms.map((rows, i) => rows.size / (totals[i] || 1))));
  return section("Rules that matched", "Completions that introduced at least one finding of the rule, of all that came back.", h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Rules that matched" }, h("table", { class: "grid" },
    h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "rule"), run.arms.map((arm) => h("th", { scope: "col" }, arm.name)))),
    h("tbody", {}, [...seen].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, { habit, arms }]) => h("tr", {},
      h("th", { scope: "row" }, h("code", {}, name), run.pages[name] ? h("small", {}, run.pages[name].message) : null),
      arms.map((rows, i) => h("td", {}, h("a", { href: link("trials", "", { rule: habit, found: name, arm: run.arms[i].name }) }, `${rows.size} of ${count(totals[i])}`), h("span", { class: "track", "aria-hidden": "true" }, h("span", { class: "level", style: { width: `${(100 * rows.size) / (totals[i] || 1) / (most || 1)}%` } }))))))))));
}
