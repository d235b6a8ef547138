// The data of a run: the overview at once, the pieces (cases, transcripts) when they are asked for.

const boot = JSON.parse(blockOf("boot").textContent);
const kept = new Map();
const KEPT = 60;
let run = null;

function blockOf(name) {
  for (const block of document.querySelectorAll("script[data-piece]")) if (block.dataset.piece === name) return block;
  return null;
}

let blocks = null;
function packedBlock(name) {
  blocks ??= new Map([...document.querySelectorAll("script[data-piece]")].map((one) => [one.dataset.piece, one]));
  return blocks.get(name);
}

function bytesOf(base64) {
  if (Uint8Array.fromBase64) return Uint8Array.fromBase64(base64);
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}

async function unpacked(base64) {
  const stream = new Blob([bytesOf(base64)]).stream().pipeThrough(new DecompressionStream("deflate"));
  return JSON.parse(await new Response(stream).text());
}

async function fetched(path) {
  const answer = await fetch(path, { headers: { Accept: "application/json" }, cache: "no-store" });
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${(await answer.text()).slice(0, 200)}`);
  return answer.json();
}

// The piece called `name`; the latest ones are remembered.
function piece(name) {
  if (kept.has(name)) {
    const found = kept.get(name);
    kept.delete(name);
    kept.set(name, found);
    return found;
  }
  const block = boot.mode === "file" ? packedBlock(name) : null;
  if (boot.mode === "file" && !block) return Promise.reject(new Error(`this page has no ${name}`));
  const made = boot.mode === "file" ? unpacked(block.textContent) : fetched(`data/${name}`);
  kept.set(name, made);
  made.catch(() => kept.delete(name));
  if (kept.size > KEPT) kept.delete(kept.keys().next().value);
  return made;
}

// A string of a piece: {text, cut, tail}, where `cut` characters were left out between the two.
function stringOf(table, place) {
  const found = table[place];
  return typeof found === "string" ? { text: found, cut: 0, tail: "" } : { text: found[0], cut: found[1], tail: found[2] };
}

function whole(table, place) {
  const found = stringOf(table, place);
  return found.cut ? `${found.text} … ${count(found.cut)} characters left out … ${found.tail}` : found.text;
}

// Take an overview as the run that is shown: indexes over its columns.
function take(index) {
  const { trials, findings, strings } = index.columns;
  const rows = trials.case ?? [];
  const byCase = index.cases.map(() => []);
  rows.forEach((one, row) => byCase[one].push(row));
  const found = rows.map(() => []);
  (findings.trial ?? []).forEach((row, number) => found[row].push(number));
  const text = (place) => (place < 0 ? "" : whole(strings, place));
  run = { ...index, size: rows.length, rows: trials, findings, byCase, found, text };
  run.caseNumber = new Map(index.cases.map((one, number) => [one.id, number]));
  run.armNumber = new Map(index.arms.map((one, number) => [one.name, number]));
}

const outcomeOf = (selector, row) => run.outcome_names[run.columns.outcomes[selector]?.[row]] ?? null;

// By outcome, how many of `rows` had it; only rows for which `selector` is at stake.
function tally(selector, rows) {
  const counts = {};
  for (const row of rows) {
    const name = outcomeOf(selector, row);
    if (name) counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}
