// A unified diff as a table of lines, with the findings marked on the lines they are on.

function parseDiff(text) {
  const rows = [];
  let old = 0;
  let now = 0;
  for (const line of text.split("\n")) {
    const sign = line[0] ?? " ";
    const header = sign === "@" && /^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@/.exec(line);
    if (header) {
      old = Number(header[1]) + (header[2] === "0" ? 1 : 0);
      now = Number(header[3]) + (header[4] === "0" ? 1 : 0);
      rows.push({ kind: "hunk", text: rows.length ? "⋯" : "" });
    } else if (sign === "+") rows.push({ kind: "add", now: now++, text: line.slice(1) });
    else if (sign === "-") rows.push({ kind: "del", old: old++, text: line.slice(1) });
    else if (sign === "\\") rows.push({ kind: "hunk", text: line.slice(1) });
    else rows.push({ kind: "same", old: old++, now: now++, text: line.slice(1) });
  }
  return rows;
}

const KIND = { add: "added", del: "removed", same: "", hunk: "" };

function diffTable(text, findings, label) {
  const rows = text ? parseDiff(text) : [];
  const shown = new Set(rows.map((row) => row.now));
  const last = new Map();
  const inside = new Set();
  for (const one of findings) {
    for (let line = one.line; line <= Math.min(one.end, one.line + 400); line++) inside.add(line);
    const place = shown.has(one.end) ? one.end : one.line;
    last.set(place, [...(last.get(place) ?? []), one]);
  }
  const body = h("tbody", {});
  const placed = new Set();
  for (const row of rows) {
    if (row.kind === "hunk") {
      if (row.text) body.append(h("tr", { class: "hunk" }, h("td", { colspan: "4" }, row.text)));
      continue;
    }
    const marked = row.now !== undefined && inside.has(row.now);
    body.append(h("tr", { class: `${row.kind}${marked ? " marked" : ""}` },
      h("td", { class: "no" }, row.old ?? ""), h("td", { class: "no" }, row.now ?? ""),
      h("td", { class: "sign" }, row.kind === "add" ? "+" : row.kind === "del" ? "−" : "", KIND[row.kind] ? h("span", { class: "sr" }, KIND[row.kind]) : null),
      h("td", { class: "code" }, row.text || "\u00a0")));
    for (const one of (row.now !== undefined && last.get(row.now)) || []) {
      placed.add(one);
      body.append(h("tr", { class: "finding-row" }, h("td", { colspan: "4" }, one.note())));
    }
  }
  const lost = findings.filter((one) => !placed.has(one));
  return h("div", {}, lost.map((one) => one.note()), h("div", { class: "scroll code-scroll", tabindex: "0", role: "region", "aria-label": label }, h("table", { class: "diff" }, body)));
}

// The diff of a prompt edit: file headers name the message, the rest are lines of prose.
function promptDiff(text) {
  const rows = text.replace(/\n$/, "").split("\n").map((line) => {
    const kind = /^(---|\+\+\+) /.test(line) ? "file" : line[0] === "+" ? "add" : line[0] === "-" ? "del" : line[0] === "@" ? "hunk" : "same";
    if (kind === "hunk") return h("tr", { class: "hunk" }, h("td", {}), h("td", {}, "⋯"));
    if (kind === "file") return line.startsWith("+++") ? null : h("tr", { class: "file" }, h("td", {}), h("td", {}, line.slice(4).replace(/, before/, "")));
    return h("tr", { class: kind }, h("td", { class: "sign" }, kind === "add" ? "+" : kind === "del" ? "−" : "", KIND[kind] ? h("span", { class: "sr" }, KIND[kind]) : null), h("td", { class: "prose" }, line.slice(1) || "\u00a0"));
  });
  return h("div", { class: "scroll code-scroll", tabindex: "0", role: "region", "aria-label": "Change of the prompt" }, h("table", { class: "diff prompt" }, h("tbody", {}, rows)));
}
