// Labels: whether a finding is right, kept by the server beside the run.

const labels = new Map();
const labelKey = (one) => [one.case, one.arm, one.draw, one.key, one.rule, one.path, one.line, one.end_line].join("\n");

async function loadLabels() {
  if (boot.mode !== "run") return;
  const found = (await fetched("labels")).labels;
  labels.clear();
  for (const one of found) labels.set(labelKey(one), one.label);
  for (const box of document.querySelectorAll(".label-buttons")) box.dispatchEvent(new Event("labels"));
}

// One label after the other: the last click is the last line.
let lastSent = Promise.resolve();
const sent = (label) => (lastSent = lastSent.then(() => posted(label)));

// Why the label was not kept, null where it was.
async function posted(label) {
  const headers = { "Content-Type": "application/json", "X-Replay-Token": boot.token };
  try {
    const answer = await fetch("labels", { method: "POST", headers, body: JSON.stringify(label) });
    return answer.ok ? null : (await answer.text()).slice(0, 200);
  } catch {
    return "the server cannot be reached; is `replay view` still running?";
  }
}

function labelButtons(about) {
  if (boot.mode !== "run") return null;
  const box = h("span", { class: "label-buttons", role: "group", "aria-label": "Is this finding right?" });
  let drawn;
  const draw = () => {
    const now = labels.get(labelKey(about)) ?? null;
    if (now === drawn) return;
    drawn = now;
    const focused = box.contains(document.activeElement) ? [...box.children].indexOf(document.activeElement) : -1;
    box.replaceChildren(...["right", "wrong"].map((label) => h("button", { type: "button", class: `label-${label}`, "aria-pressed": String(now === label), on: { click: () => put(now === label ? null : label) } }, label === "right" ? "✓ right" : "✕ wrong")));
    if (focused >= 0) box.children[focused].focus();
  };
  async function put(label) {
    const fault = await sent({ ...about, label });
    box.querySelector(".cut")?.remove();
    if (fault) {
      box.append(h("span", { class: "cut", role: "alert" }, `not kept: ${fault}`));
      return undefined;
    }
    labels.set(labelKey(about), label);
    draw();
    return say(label ? `labelled ${label}` : "label taken back");
  }
  box.addEventListener("labels", draw); // given in another tab
  draw();
  return box;
}
