// One case: what the arms did, two completions side by side, the prompt with its edits, and the prefix.

async function casePage(route) {
  const number = run.caseNumber.get(route.arg);
  if (number === undefined) return h("p", { class: "notice" }, `This run has no case ${route.arg}. `, h("a", { href: link("cases") }, "All cases"));
  const one = run.cases[number];
  const [data, transcript] = await Promise.all([piece(`case/${number}`), piece(`transcript/${one.transcript}`)]);
  const rule = run.selectors.includes(route.query.get("rule")) ? route.query.get("rule") : run.selectors[0];
  const view = { number, one, data, transcript, rule, query: route.query, sides: sidesOf(number, rule, route.query) };
  const turn = transcript.turns[String(one.turn)];
  const setup = transcript.setups[String(turn.setup)];
  const before = run.cases[number - 1];
  const after = run.cases[number + 1];
  const out = h("div", { class: "case" },
    h("p", { class: "eyebrow" }, h("a", { href: link("cases") }, "Cases"), ` · ${number + 1} of ${count(run.cases.length)}`),
    h("div", { class: "case-head" }, h("h1", { tabindex: "-1" }, one.id),
      h("nav", { "aria-label": "Other cases", class: "hop" }, before ? h("a", { href: link("case", before.id, { rule }), rel: "prev", "aria-keyshortcuts": "p" }, "← previous") : null, after ? h("a", { href: link("case", after.id, { rule }), rel: "next", "aria-keyshortcuts": "n" }, "next →") : null)),
    h("p", { class: "lede" }, `Cut before turn ${one.turn} of ${transcript.name} (${transcript.source_format}), from `, h("strong", {}, one.source), ". ", `Fidelity ${one.grade}${one.missing.length ? `; not known: ${one.missing.join(", ")}` : ""}. At stake: `, one.rules.map((name) => h("code", {}, name))),
    one.note ? h("p", { class: "note" }, one.note) : null,
    h("section", { "aria-label": "Draws" }, drawBoard(view)),
    h("section", { class: "sides" }, h("h2", { class: "sr" }, "Completions side by side"), view.sides.map((row) => sideOf(view, row))),
    section("The prompt", null, promptOf(setup, transcript.strings, data)),
    section("The prefix", `What the model had been sent: ${plural(turn.prefix.reduce((sum, [start, stop]) => sum + stop - start, 0), "message")}.`, prefixOf(transcript, turn)),
    section("What the transcript's own model did", null, folded(h("span", {}, "The recorded completion"), () => [partsOf(transcript.messages[String(turn.recorded)].parts, transcript.strings), filesOf(data.recorded, data.strings, null)])));
  return { element: out, list: { move: (step) => hopDraw(step), close: () => {} } };
}

// Two rows to show: the baseline's left, another arm's right; the address says which draws.
function sidesOf(number, rule, query) {
  const rows = run.byCase[number];
  const base = run.armNumber.get(run.baseline);
  const asked = run.armNumber.get(query.get("arm") ?? "");
  const draw = Number(query.get("draw") ?? NaN);
  const other = Number(query.get("other") ?? NaN);
  const pick = (arm, number_) => {
    const own = rows.filter((row) => run.rows.arm[row] === arm);
    return own.find((row) => run.rows.draw[row] === number_) ?? own.find((row) => outcomeOf(rule, row) === "violation") ?? own[0];
  };
  const right = asked !== undefined && asked !== base ? asked : run.arms.findIndex((_, i) => i !== base && rows.some((row) => run.rows.arm[row] === i));
  const left = pick(base, asked === undefined || asked === base ? draw : other);
  const shown = [left, right >= 0 ? pick(right, asked === right ? draw : other) : undefined];
  return shown.filter((row) => row !== undefined);
}

function drawLink(view, row) {
  const arm = run.rows.arm[row];
  const others = view.sides.filter((one) => run.rows.arm[one] !== arm);
  const base = run.armNumber.get(run.baseline);
  const other = arm === base ? others[0] : others.find((one) => run.rows.arm[one] === base);
  // the right column keeps its arm when the baseline's draw changes
  if (arm === base && other !== undefined) return link("case", view.one.id, { rule: view.rule, arm: run.arms[run.rows.arm[other]].name, draw: run.rows.draw[other], other: run.rows.draw[row] });
  return link("case", view.one.id, { rule: view.rule, arm: run.arms[arm].name, draw: run.rows.draw[row], other: other === undefined ? undefined : run.rows.draw[other] });
}

function drawBoard(view) {
  const rows = run.byCase[view.number];
  const change = (_, value) => replace("case", view.one.id, { ...Object.fromEntries(view.query), rule: value });
  return h("div", { class: "board" },
    run.selectors.length > 1 ? select("Habit", "rule", ruleOptions(), view.rule, change) : null,
    run.arms.map((arm, i) => {
      const own = rows.filter((row) => run.rows.arm[row] === i);
      const counts = tally(view.rule, own);
      const judged = (counts.violation ?? 0) + (counts.clean ?? 0);
      return h("div", { class: "board-row" }, h("span", { class: "board-arm" }, arm.name), h("span", { class: "k" }, judged ? `${counts.violation ?? 0}/${judged}` : "–"),
        h("span", { class: "board-draws" }, own.map((row) => {
          const outcome = outcomeOf(view.rule, row);
          const known = OUTCOMES[outcome] ?? { glyph: "·", words: "not at stake" };
          return h("a", { class: `draw o-${outcome ?? "none"}`, href: drawLink(view, row), "data-keep": "1", "aria-current": view.sides.includes(row) ? "true" : null, "aria-label": `${arm.name}, draw ${run.rows.draw[row]}: ${known.words}`, title: `draw ${run.rows.draw[row]}: ${known.words}` }, known.glyph);
        })));
    }));
}

function hopDraw(step) {
  // by what stands there: in a run that is going, the numbers of trials have moved on since
  const shown = [...document.querySelectorAll(".draw[aria-current]")].at(-1);
  const next = step > 0 ? shown?.nextElementSibling : shown?.previousElementSibling;
  if (next) location.replace(next.getAttribute("href"));
}

function sideOf(view, row) {
  const arm = run.arms[run.rows.arm[row]];
  const trial = view.data.trials[run.byCase[view.number].indexOf(row)];
  const table = view.data.strings;
  const why = run.text(run.columns.whys[view.rule]?.[row] ?? -1);
  const about = { case: view.one.id, arm: arm.name, draw: run.rows.draw[row], key: run.text(run.rows.key[row]) };
  const side = h("article", { class: "side", "aria-label": `${arm.name}, draw ${run.rows.draw[row]}` },
    h("header", {}, h("h3", {}, arm.name, h("small", {}, ` draw ${run.rows.draw[row]}`)), chip(outcomeOf(view.rule, row)),
      why ? h("p", { class: "why" }, why) : null, h("p", { class: "muted small" }, usageLine(trial, row))));
  if (!trial) return add(side, [h("p", { class: "notice" }, "This trial is not in the data yet.")]), side;
  add(side, [
    trial.error !== undefined ? h("p", { class: "notice" }, "An error came instead: ", whole(table, trial.error)) : null,
    trial.notes.map((note) => h("p", { class: "muted small" }, "To send it: ", whole(table, note))),
    trial.parts ? partsOf(trial.parts, table) : null,
    trial.files ? filesOf(trial.files, table, about) : null,
  ]);
  return side;
}

function usageLine(trial, row) {
  const usage = trial?.usage ?? {};
  const told = [
    run.text(run.rows.model[row]),
    trial?.stop ? `stopped: ${trial.stop.replace("_", " ")}` : null,
    usage.input + usage.cache_read + usage.cache_write ? `${count(usage.input + usage.cache_read + usage.cache_write)} tokens in${usage.cache_read ? ` (${count(usage.cache_read)} from cache)` : ""}` : null,
    usage.output ? `${count(usage.output)} out${usage.reasoning ? ` (${count(usage.reasoning)} reasoning)` : ""}` : null,
    run.rows.seconds[row] ? `${run.rows.seconds[row]} s` : null,
    run.rows.off[row] ? "off-policy: another model wrote the prefix" : null,
  ];
  return told.filter(Boolean).join(" · ");
}

const STATUS = { unknown_file: "not judged: the file is not known", failed_edit: "not carried out: the tool would refuse it" };

const isCommand = (file, table) => whole(table, file.path).startsWith("<");

function filesOf(files, table, about) {
  // a command that was only run has its text in the call above; it is shown again where a rule found something in it
  const shown = files.filter((file) => file.findings || !isCommand(file, table));
  if (!shown.length) return h("p", { class: "muted" }, "Wrote no file.");
  return shown.map((file) => {
    const path = whole(table, file.path);
    const findings = (file.findings ?? []).map((one) => ({ ...one, note: () => findingNote(one, path, table, about) }));
    const kind = file.status !== "applied" ? STATUS[file.status] : isCommand(file, table) ? "a command, not a file" : file.new ? "new file" : file.gone ? "deleted" : { part: "known in part", fragment: "code in the answer" }[file.basis] ?? "";
    const diff = file.diff === undefined ? null : stringOf(table, file.diff);
    return h("section", { class: "file" },
      h("h4", {}, h("code", {}, path), kind ? h("small", {}, kind) : null, findings.length ? h("span", { class: "tag bad" }, plural(findings.length, "finding")) : null),
      file.why !== undefined ? h("p", { class: "why" }, whole(table, file.why)) : null,
      diff === null ? null : diff.text ? diffTable(diff.text, findings, `Changes of ${path}`) : [h("p", { class: "muted" }, "Nothing differs."), findings.map((one) => one.note())],
      diff?.cut ? h("p", { class: "cut" }, `… ${count(diff.cut)} characters of this diff are left out of this page`) : null);
  });
}

function findingNote(one, path, table, about) {
  const rule = whole(table, one.rule);
  const page = run.pages[rule];
  return h("div", { class: "finding", tabindex: "-1", "data-finding": `${path}:${one.line}` },
    h("span", { class: "flag", "aria-hidden": "true" }, "⚑"), h("code", {}, rule), h("span", {}, page?.message ?? ""), h("small", {}, `line ${one.line}${one.end > one.line ? `–${one.end}` : ""}`),
    about ? labelButtons({ ...about, rule, path, line: one.line, end_line: one.end }) : null,
    page?.doc ? folded("about this rule", () => h("div", { class: "text doc" }, page.doc)) : null);
}

function promptOf(setup, table, data) {
  const edits = Object.entries(data.edits);
  return h("div", {},
    edits.map(([arm, edit]) => h("div", {}, h("h3", {}, `What ${arm} changes`), promptDiff(whole(data.strings, edit.diff)))),
    folded(h("span", {}, "System prompt ", h("small", {}, setup.system === null ? "not in the transcript" : setup.system.length ? "" : "none")), () => (setup.system?.length ? partsOf(setup.system, table) : h("p", { class: "muted" }, setup.system === null ? "The transcript does not hold it." : "There was none."))),
    folded(h("span", {}, "Tools ", h("small", {}, setup.tools === null ? "not in the transcript: definitions are inferred from the calls" : plural(setup.tools.length, "tool"))), () => (setup.tools ?? []).map((tool) => folded(h("span", {}, h("code", {}, whole(table, tool.name)), " ", h("small", {}, firstLine(table, tool.description, 80))), () => [textBlock(table, tool.description), textBlock(table, tool.schema, "code")]))),
    setup.params === null ? null : folded("Parameters", () => textBlock(table, setup.params, "code")));
}
