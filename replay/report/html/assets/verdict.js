// The verdict: what each comparison came to in words and one figure, then everything that qualifies it.

const TONE = { removed: "good", reduced: "good", reduced_less_code: "warn", reduced_code_unsure: "warn", worse: "bad" };
const SIGN = { removed: "▼", reduced: "▼", reduced_less_code: "▽", reduced_code_unsure: "▽", worse: "▲", no_change: "=", inconclusive: "?", too_few_sources: "?" };

function verdictPage() {
  const { result, lines } = run;
  const out = h("div", {}, h("p", { class: "eyebrow" }, "Verdict"), h("h1", { tabindex: "-1" }, run.name));
  if (!result) {
    out.append(h("p", { class: "notice" }, `Nothing is judged yet: ${plural(run.size, "trial")} so far.`));
    return out;
  }
  const own = result.comparisons.filter((one) => one.rule === result.rules[0]);
  add(out, [
    h("p", { class: "lede" }, lines.headline.slice(result.name.length + 2), " · ", lines.models),
    result.partial && h("p", { class: "notice" }, h("strong", {}, "Partial: "), "some trials are missing or ended in errors."),
    h("div", { class: "heroes" }, own.map(hero)),
    own.length ? null : h("p", { class: "notice" }, "No arm was compared: the run has only the baseline."),
    section("Differences", "Change in the rate of each habit against the baseline, in points, with its interval. Left of zero is fewer violations.", forest(result)),
    section("What each arm did", "Every trial counts in one place: in the rate, or named beside it.", armsTable(result)),
    guardsOf(result),
    listSection("Stopping", result.stopping),
    listSection("Left out of the rate, and why", result.left_out),
    editsOf(result),
    usageOf(result),
    caveatsOf(lines),
  ]);
  return out;
}

const section = (title, note, ...kids) => h("section", {}, h("h2", {}, title), note && h("p", { class: "note" }, note), kids);
const listSection = (title, list) => (list.length ? section(title, null, h("ul", { class: "plain" }, list.map((one) => h("li", {}, one)))) : null);

function hero(one) {
  const tone = TONE[one.verdict] ?? "none";
  const rates = one.detail;
  const to = (arm, kind) => link("trials", "", { rule: one.rule, arm, outcome: kind });
  return h("article", { class: `hero t-${tone}` },
    h("p", { class: "versus" }, h("strong", {}, one.arm), " against ", one.baseline, h("code", {}, one.rule)),
    h("p", { class: "verdict" }, h("span", { class: "badge" }, h("span", { "aria-hidden": "true" }, SIGN[one.verdict] ?? "·"), " ", run.verdicts[one.verdict] ?? one.verdict)),
    h("div", { class: "figures" },
      figure(h("span", {}, h("a", { href: to(one.baseline, "violation") }, percent(rates.baseline_rate)), h("span", { class: "arrow", "aria-label": "to" }, "→"), h("a", { href: to(one.arm, "violation") }, percent(rates.arm_rate))), "rate of violations"),
      figure(signed(one.difference), `points ${spanSigned(one.low, one.high)}`),
      figure(pValue(one.p), rates.p_adjusted !== undefined && rates.p_adjusted !== one.p ? `p, ${pValue(rates.p_adjusted)} corrected` : "p-value"),
      figure(`${one.cases}`, `cases from ${plural(one.clusters, "source")}`)),
    h("p", { class: "sentence" }, one.sentence));
}

const baselineTag = (name) => (name === run.baseline && name !== "baseline" ? h("span", { class: "tag" }, "baseline") : null);
const figure = (value, words_) => h("div", { class: "figure" }, h("div", { class: "value" }, value), h("div", { class: "label" }, words_));

// A forest plot: a row a comparison, drawn in one scale, the numbers beside it.
function forest(result) {
  const rows = [...result.comparisons.map((one) => ({ ...one, kind: result.rules[0] === one.rule ? "primary" : "screened" })), ...result.guards.filter((one) => !["refused", "no_code"].includes(one.what)).map((one) => ({ ...one, rule: one.what, kind: "guard" }))];
  if (!rows.length) return h("p", { class: "note" }, "There is no comparison.");
  const ends = rows.flatMap((one) => [one.low, one.high, one.difference]).filter((value) => !undefined_(value));
  const reach = Math.min(1, Math.ceil(Math.max(0.1, ...ends.map(Math.abs)) * 10) / 10);
  const body = h("div", { class: "forest", role: "table", "aria-label": "Differences with intervals" },
    h("div", { class: "frow fhead", role: "row" }, ["comparison", "points", "interval"].map((name, i) => h("span", { role: "columnheader", class: i ? "num" : "" }, name)), h("span", { role: "columnheader" }, forestAxis(reach))),
    rows.map((one) => h("div", { class: "frow", role: "row" },
      h("span", { role: "cell", class: "who" }, h("strong", {}, one.arm), h("code", {}, one.rule), one.kind === "primary" ? null : h("em", {}, one.kind)),
      h("span", { role: "cell", class: "num" }, signed(one.difference)),
      h("span", { role: "cell", class: "num" }, spanSigned(one.low, one.high)),
      h("span", { role: "cell", class: "plot" }, forestMark(one, reach)))));
  return body;
}

const WIDE = 600;
const at = (value, reach) => WIDE / 2 + (Math.max(-reach, Math.min(reach, value)) / reach) * (WIDE / 2 - 14);

function forestAxis(reach) {
  const ticks = [-reach, -reach / 2, 0, reach / 2, reach];
  return h("span", { class: "axis", "aria-hidden": "true" }, ticks.map((tick) => h("span", { style: { left: `${(100 * at(tick, reach)) / WIDE}%` } }, signed(tick))));
}

function forestMark(one, reach) {
  const words_ = undefined_(one.difference) ? "undefined" : `${signed(one.difference)} points, interval ${spanSigned(one.low, one.high)}`;
  const tone = one.kind === "guard" ? (one.status === "worse" ? "bad" : "none") : TONE[one.verdict] ?? "none";
  const marks = [];
  for (const tick of [-reach, -reach / 2, reach / 2, reach]) marks.push(svg("line", { x1: at(tick, reach), x2: at(tick, reach), y1: 0, y2: 34, class: "grid" }));
  marks.push(svg("line", { x1: at(0, reach), x2: at(0, reach), y1: 0, y2: 34, class: "zero" }));
  if (one.kind === "guard" && one.margin !== undefined) marks.push(svg("line", { x1: at(one.margin, reach), x2: at(one.margin, reach), y1: 4, y2: 30, class: "margin" }));
  if (!undefined_(one.low) && !undefined_(one.high)) {
    const [low, high] = [at(one.low, reach), at(one.high, reach)];
    marks.push(svg("line", { x1: low, x2: high, y1: 17, y2: 17, class: `bar f-${tone}` }), svg("line", { x1: low, x2: low, y1: 11, y2: 23, class: `bar f-${tone}` }), svg("line", { x1: high, x2: high, y1: 11, y2: 23, class: `bar f-${tone}` }));
  }
  if (!undefined_(one.difference)) {
    const x = at(one.difference, reach);
    marks.push(one.kind === "primary" ? svg("path", { d: `M${x - 8} 17L${x} 9L${x + 8} 17L${x} 25Z`, class: `dot f-${tone}` }) : svg("circle", { cx: x, cy: 17, r: 6, class: `dot hollow f-${tone}` }));
  }
  return svg("svg", { viewBox: `0 0 ${WIDE} 34`, role: "img", "aria-label": words_, preserveAspectRatio: "none" }, marks);
}

function armsTable(result) {
  const selector = result.rules[0];
  const names = run.outcome_names.filter((name) => ["clean", "violation"].includes(name) || Object.values(result.arms).some((arm) => arm.rules[selector].outcomes[name]));
  return h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "What each arm did" }, h("table", { class: "grid" },
    h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "arm"), h("th", { scope: "col" }, "rate [95 %]"), h("th", { scope: "col" }, "worst case"), h("th", { scope: "col", class: "wide" }, "outcomes"), names.map((name) => h("th", { scope: "col", class: "num" }, OUTCOMES[name].glyph, " ", OUTCOMES[name].words)))),
    h("tbody", {}, Object.entries(result.arms).map(([name, arm]) => {
      const found = arm.rules[selector];
      const total = Object.values(found.outcomes).reduce((a, b) => a + b, 0);
      return h("tr", {}, h("th", { scope: "row" }, name, baselineTag(name)),
        h("td", {}, h("strong", {}, percent(found.rate)), " ", h("span", { class: "muted" }, span(found.low, found.high))),
        h("td", { class: "muted" }, undefined_(found.worst_low) ? "–" : `${bare(found.worst_low)} to ${percent(found.worst_high)}`),
        h("td", {}, stack(found.outcomes, total)),
        names.map((kind) => h("td", { class: "num" }, found.outcomes[kind] ? h("a", { href: link("trials", "", { rule: selector, arm: name, outcome: kind }) }, String(found.outcomes[kind])) : "0")));
    }))));
}

function stack(outcomes, total) {
  const order = ["violation", ...run.outcome_names.filter((name) => !["violation", "clean"].includes(name)), "clean"];
  return h("span", { class: "stack", "aria-hidden": "true" }, order.filter((name) => outcomes[name]).map((name) => h("span", { class: `part o-${name}`, style: { "flex-grow": String(outcomes[name] / total) } })));
}

function guardsOf(result) {
  const shown = result.guards.filter((one) => run.guards.includes(one.what) || one.status === "worse");
  if (!shown.length) return null;
  const marks = { held: ["✓", "held"], worse: ["▲", "worse"], not_shown: ["?", "not shown"] };
  return section("What must not get worse", null, h("ul", { class: "guards" }, shown.map((one) => {
    const [glyph, words_] = marks[one.status];
    return h("li", { class: `g-${one.status}` }, h("span", { class: "badge small" }, h("span", { "aria-hidden": "true" }, glyph), " ", words_), h("strong", {}, one.arm), " ", one.sentence);
  })));
}

function editsOf(result) {
  const edits = Object.entries(result.edits).filter(([, diff]) => diff);
  if (!edits.length) return null;
  return section("What each arm changes in the prompt", null, edits.map(([arm, diff]) => h("div", {}, h("h3", {}, arm), promptDiff(diff))));
}

function usageOf(result) {
  const names = Object.keys(run.lines.usage_words).filter((name) => Object.values(result.arms).some((arm) => arm.usage[name]));
  if (!names.length) return null;
  const priced = Object.values(result.arms).some((arm) => arm.usage.usd !== undefined && arm.usage.usd !== 0);
  const cells = (usage) => [...names.map((name) => count(usage[name] ?? 0)), ...(priced ? [dollars(usage.usd)] : [])];
  const heads = [...names.map((name) => run.lines.usage_words[name]), ...(priced ? ["cost"] : [])];
  const table = h("table", { class: "grid" },
    h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "arm"), h("th", { scope: "col" }, "model"), heads.map((name) => h("th", { scope: "col", class: "num" }, name)))),
    h("tbody", {}, run.arms.filter((arm) => result.arms[arm.name]).map((arm) => h("tr", {}, h("th", { scope: "row" }, arm.name), h("td", {}, h("code", {}, arm.model)), cells(result.arms[arm.name].usage).map((cell) => h("td", { class: "num" }, cell))))));
  return section("What it took", "Tokens as the providers reported them, over all of this run.",
    h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Usage" }, table),
    run.lines.usage.length ? folded("In words", () => h("ul", { class: "plain" }, run.lines.usage.map((line) => h("li", {}, line)))) : null);
}

function caveatsOf(lines) {
  const told = [lines.fidelity, lines.noise, ...lines.notes].filter(Boolean);
  return section("To keep in mind", null, h("ul", { class: "plain" }, told.map((one) => h("li", {}, one))),
    h("p", { class: "muted small" }, `Made by replay ${run.version} on ${run.made.slice(0, 16).replace("T", " ")} UTC. On the command line: `, h("code", {}, lines.next)));
}
