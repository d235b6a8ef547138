// Messages and their parts; long texts are shown a piece at a time, closed messages are not built at all.

const PIECE = 6000;
const AT_ONCE = 40;

function textBlock(table, place, cls = "") {
  const found = stringOf(table, place);
  const text = found.text.replace(/\r\n/g, "\n");
  const box = h("div", { class: `text ${cls}` });
  let done = 0;
  const more = h("button", { type: "button", class: "more", on: { click: () => grow() } });
  function grow() {
    const stop = Math.min(text.length, done + (done ? 4 : 1) * PIECE);
    more.remove();
    box.append(words(text.slice(done, stop)));
    done = stop;
    if (done < text.length) {
      more.replaceChildren(`Show more (${count(text.length - done)} characters)`);
      box.append(more);
    } else if (found.cut) {
      box.append(h("span", { class: "cut" }, `… ${count(found.cut)} characters are left out of this page …`), words(found.tail));
    }
  }
  grow();
  return box;
}

function partsOf(parts, table, { calls = "folded" } = {}) {
  return parts.map((part) => {
    switch (part.k) {
      case "text":
        return textBlock(table, part.s, "said");
      case "reasoning":
        return part.hidden ? h("p", { class: "muted" }, "Reasoning, hidden by the provider.") : folded(h("span", {}, "Reasoning ", h("small", {}, firstLine(table, part.s, 80))), () => textBlock(table, part.s, "thought"), { cls: "reasoning" });
      case "call":
        return folded(h("span", {}, h("code", {}, whole(table, part.name)), " ", h("small", {}, callLine(part, table))), () => argumentsOf(part, table), { cls: "call", open: calls === "open" });
      case "result":
        return h("div", { class: `result${part.error ? " failed" : ""}` }, h("small", {}, part.error ? "result, an error" : "result"), partsOf(part.parts, table));
      default:
        return h("p", { class: "muted" }, whole(table, part.s));
    }
  });
}

function firstLine(table, place, length) {
  return shortened(stringOf(table, place).text.slice(0, 4 * length).trim().split("\n")[0] ?? "", length);
}

function callLine(part, table) {
  const [first] = part.arguments;
  return first ? firstLine(table, first[1], 70) : "";
}

function argumentsOf(part, table) {
  return h("dl", { class: "arguments" }, part.arguments.map(([name, value]) => [h("dt", {}, name === "" ? "input" : whole(table, name)), h("dd", {}, textBlock(table, value, "code"))]));
}

function summaryOf(message, table) {
  const kinds = message.parts.map((part) => {
    if (part.k === "call") return `${whole(table, part.name)} ${callLine(part, table)}`;
    if (part.k === "result") return part.parts.length && part.parts[0].s !== undefined ? firstLine(table, part.parts[0].s, 90) : "result";
    return part.k === "reasoning" ? "reasoning" : firstLine(table, part.s, 90);
  });
  return shortened(kinds.filter(Boolean).join(" · "), 140) || "(empty)";
}

function messageFold(message, table, number, { open = false } = {}) {
  const size = message.parts.length;
  return folded(h("span", { class: "msg" }, h("span", { class: `role r-${message.role}` }, message.role), h("span", { class: "sum" }, summaryOf(message, table)), h("small", {}, `#${number}${size > 1 ? `, ${size} parts` : ""}`)), () => [message.origin === "client" ? h("p", { class: "muted" }, "written by the client, not typed") : null, partsOf(message.parts, table, { calls: "open" })], { open, cls: "message" });
}

// The prefix: the last messages first in reach, earlier ones on demand, a bounded number at a time.
function prefixOf(transcript, turn) {
  const numbers = turn.prefix.flatMap(([start, stop]) => Array.from({ length: stop - start }, (_, i) => start + i));
  const box = h("div", { class: "messages" });
  let first = Math.max(0, numbers.length - AT_ONCE);
  const button = h("button", { type: "button", class: "more", on: { click: () => earlier() } });
  const make = (i) => messageFold(transcript.messages[numbers[i]], transcript.strings, i, { open: i === numbers.length - 1 });
  for (let i = first; i < numbers.length; i++) box.append(make(i));
  function label() {
    button.replaceChildren(`Show ${count(Math.min(first, 5 * AT_ONCE))} earlier of ${plural(first, "message")}`);
    if (!first) button.remove();
    else box.prepend(button);
  }
  function earlier() {
    const stop = first;
    first = Math.max(0, first - 5 * AT_ONCE);
    const fresh = document.createDocumentFragment();
    for (let i = first; i < stop; i++) fresh.append(make(i));
    button.after(fresh);
    label();
  }
  label();
  if (!numbers.length) box.append(h("p", { class: "muted" }, "Nothing came before this turn."));
  return box;
}
