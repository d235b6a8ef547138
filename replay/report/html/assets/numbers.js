// Numbers in words, as the other reports write them; what is undefined is a dash, never 0.

const OUTCOMES = {
  violation: { glyph: "✕", words: "violation" },
  clean: { glyph: "✓", words: "clean" },
  no_code: { glyph: "∅", words: "no code" },
  unparsed: { glyph: "?", words: "unparsed" },
  truncated: { glyph: "…", words: "truncated" },
  refused: { glyph: "⊘", words: "refused" },
  unknown_file: { glyph: "◌", words: "unknown file" },
  failed_edit: { glyph: "≠", words: "failed edit" },
  error: { glyph: "!", words: "error" },
};
const undefined_ = (value) => value === null || value === undefined || Number.isNaN(value);
const count = (n) => n.toLocaleString("en-US");
const plural = (n, noun) => `${count(n)} ${noun}${n === 1 ? "" : "s"}`;

function digits(value) {
  const percent = value * 100;
  const size = Math.abs(percent);
  if (size >= 9.95 || Math.abs(percent - Math.round(percent)) < 1e-9) return String(Math.round(percent));
  const text = percent.toFixed(1);
  return text.endsWith(".0") ? text.slice(0, -2) : text;
}

const percent = (value) => (undefined_(value) ? "–" : `${digits(value)} %`);
const bare = (value) => (undefined_(value) ? "–" : digits(value));
function signed(value) {
  if (undefined_(value)) return "–";
  const text = digits(Math.abs(value));
  return Number(text) === 0 ? text : `${value < 0 ? "−" : "+"}${text}`;
}
const span = (low, high) => (undefined_(low) || undefined_(high) ? "–" : `[${bare(low)}, ${bare(high)}]`);
const spanSigned = (low, high) => (undefined_(low) || undefined_(high) ? "–" : `[${signed(low)}, ${signed(high)}]`);

function pValue(p) {
  if (undefined_(p)) return "–";
  if (p < 0.00005) return "< .0001";
  if (p >= 0.995) return "1";
  return p.toFixed(p < 0.001 ? 4 : p < 0.1 ? 3 : 2).replace(/^0/, "");
}

const dollars = (usd) => (undefined_(usd) ? "not known" : `$${usd.toFixed(usd && usd < 0.1 ? 4 : 2)}`);

const shortened = (text, length) => (text.length > length ? `${text.slice(0, length - 1)}…` : text);

function chip(outcome, more = "") {
  const known = OUTCOMES[outcome] ?? { glyph: "·", words: "not at stake" };
  return h("span", { class: `chip o-${outcome ?? "none"}` }, h("span", { class: "glyph", "aria-hidden": "true" }, known.glyph), known.words, more);
}
