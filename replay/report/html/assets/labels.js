// Labels: whether a finding is right, kept by the server beside the run.

const labels = new Map();
const labelKey = (one) => [one.case, one.arm, one.draw, one.key, one.rule, one.path, one.line, one.end_line].join("\n");

async function loadLabels() {
  if (boot.mode !== "run") return;
  for (const one of (await fetched("labels")).labels) labels.set(labelKey(one), one.label);
}

// Why the label was not kept, null where it was.
async function sent(label) {
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
  const draw = () => {
    const now = labels.get(labelKey(about)) ?? null;
    box.replaceChildren(...["right", "wrong"].map((label) => h("button", { type: "button", class: `label-${label}`, "aria-pressed": String(now === label), on: { click: () => put(now === label ? null : label) } }, label === "right" ? "✓ right" : "✕ wrong")));
  };
  async function put(label) {
    const fault = await sent({ ...about, label });
    if (fault) {
      box.querySelector(".cut")?.remove();
      box.append(h("span", { class: "cut", role: "alert" }, `not kept: ${fault}`));
      return undefined;
    }
    labels.set(labelKey(about), label);
    const focused = box.contains(document.activeElement) ? [...box.children].indexOf(document.activeElement) : -1;
    draw();
    if (focused >= 0) box.children[focused].focus();
    return say(label ? `labelled ${label}` : "label taken back");
  }
  draw();
  return box;
}
