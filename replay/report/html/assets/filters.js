// Filters that live in the address, so that what is seen can be sent to somebody else.

function select(label, name, options, value, change) {
  const control = h("select", { name, on: { change: () => change(name, control.value) } }, options.map(([key, text]) => h("option", { value: key, selected: key === value }, text)));
  control.value = value ?? "";
  return h("label", { class: "field" }, h("span", {}, label), control);
}

function searchField(label, value, change) {
  const control = h("input", { type: "search", name: "q", value, placeholder: "text", autocomplete: "off", spellcheck: "false", "aria-keyshortcuts": "/", on: { input: debounced(120, () => change("q", control.value)) } });
  return h("label", { class: "field grow" }, h("span", {}, label, h("kbd", { "aria-hidden": "true" }, "/")), control);
}

function toggle(label, name, value, change) {
  const control = h("input", { type: "checkbox", name, checked: value, on: { change: () => change(name, control.checked ? "1" : "") } });
  return h("label", { class: "check" }, control, h("span", {}, label));
}

const ruleOptions = () => run.selectors.map((one) => [one, run.guards.includes(one) ? `${one} (guard)` : one]);
const armOptions = () => [["", "all"], ...run.arms.map((one) => [one.name, one.name])];
