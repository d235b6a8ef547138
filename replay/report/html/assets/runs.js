// All runs on this machine, newest first (served only).

async function runsPage() {
  const { runs } = await fetched("/runs.json");
  return h("div", {}, h("p", { class: "eyebrow" }, "Runs"), h("h1", { tabindex: "-1" }, plural(runs.length, "run")),
    runs.length ? h("ul", { class: "runs" }, runs.map(runCard)) : h("p", { class: "notice" }, "There is no run yet: ", h("code", {}, "replay run transcripts/swallowed-exceptions"), " makes one."));
}

function runCard(one) {
  if (one.fault) return h("li", { class: "run-card" }, h("h2", {}, one.label), h("p", { class: "notice" }, one.fault));
  const share = one.planned ? one.done / one.planned : 0;
  return h("li", { class: `run-card ${one.sampling ? "going" : ""}` },
    h("h2", {}, h("a", { href: `/run/${encodeURIComponent(one.id)}/` }, one.label), one.sampling ? h("span", { class: "tag" }, "going on") : null),
    h("p", { class: "muted small" }, `${plural(one.cases, "case")} · ${count(one.done)} of ${plural(one.planned, "draw")} · changed ${one.changed.slice(0, 16).replace("T", " ")} UTC`),
    one.done < one.planned ? h("progress", { max: "1", value: share.toFixed(4), "aria-label": `${count(one.done)} of ${count(one.planned)} draws` }) : null,
    one.verdicts.map((verdict) => runVerdict(verdict)));
}

// The sentence begins with the verdict: that stands out, and is said once.
function runVerdict({ arm, verdict, words, sentence }) {
  return h("p", { class: `t-${TONE[verdict] ?? "none"}` }, h("strong", {}, arm), " ",
    h("span", { class: "badge small" }, h("span", { "aria-hidden": "true" }, SIGN[verdict] ?? "·"), ` ${words}`), h("span", { class: "muted" }, sentence.slice(words.length)));
}
