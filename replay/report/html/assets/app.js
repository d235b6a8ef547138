// The address says what is shown: #/page/argument?filters. Served runs are asked now and then whether they changed.

const PAGES = { "": ["Verdict", verdictPage], matrix: ["Matrix", matrixPage], cases: ["Cases", casesPage], trials: ["Trials", trialsPage], case: [null, casePage] };
let current = { page: null, arg: "", query: new URLSearchParams() };
let listed = null;
let lastList = "#/cases";
let turn_ = 0;

function link(page, arg = "", query = {}) {
  const given = Object.entries(query).filter(([, value]) => value !== "" && value !== undefined && value !== null);
  const text = new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString();
  return `#/${page}${arg ? `/${encodeURIComponent(arg)}` : ""}${text ? `?${text}` : ""}`;
}

const go = (page, arg, query) => {
  location.hash = link(page, arg, query);
};
function replace(page, arg, query) {
  history.replaceState(null, "", link(page, arg, query));
  render({ keep: true });
}

function parsed() {
  const [path, query = ""] = location.hash.replace(/^#\/?/, "").split(/\?(.*)/s);
  const [page, ...rest] = path.split("/");
  let arg = rest.join("/");
  try {
    arg = decodeURIComponent(arg);
  } catch {
    arg = ""; // not an address of ours
  }
  return { page, arg, query: new URLSearchParams(query) };
}

function drawNav() {
  $("nav").replaceChildren(...Object.entries(PAGES).filter(([, [name]]) => name).map(([page, [name]]) => h("a", { href: link(page), "aria-current": current.page === page || (page === "cases" && current.page === "case") ? "page" : null }, name)));
  if (boot.mode === "run") $("nav").prepend(h("a", { href: "/" }, "All runs"));
}

// Shows what the address says. `keep`: the same page, so focus, scroll and the field that is typed in stay.
async function render({ keep = false } = {}) {
  const mine = ++turn_;
  const route = parsed();
  const [, make] = PAGES[route.page] ?? [null, () => h("p", { class: "notice" }, "There is no such page. ", h("a", { href: "#/" }, "To the verdict"))];
  keep ||= route.page === current.page && route.page === "case" && route.arg === current.arg;
  const field = keep ? document.activeElement?.getAttribute?.("name") : null;
  const caret = keep ? document.activeElement?.selectionStart : null;
  const drawn = keep && document.activeElement?.classList?.contains("draw");
  let made;
  try {
    made = await make(route);
  } catch (error) {
    made = h("p", { class: "notice", role: "alert" }, `This page cannot be shown: ${error.message}`);
  }
  if (mine !== turn_) return made?.list?.close();
  listed?.close();
  listed = made.list ?? null;
  const top = keep ? scrollY : 0;
  current = route;
  if (["cases", "trials"].includes(route.page)) lastList = location.hash;
  $("main").replaceChildren(made.element ?? made);
  drawNav();
  document.title = plain(`${$("main").querySelector("h1")?.textContent ?? "replay"} · ${run?.name ?? "replay"}`);
  scrollTo(0, top);
  if (field) {
    const again = $("main").querySelector(`[name="${field}"]`);
    again?.focus({ preventScroll: true });
    if (caret !== null && caret !== undefined && again?.setSelectionRange && again.type === "search") again.setSelectionRange(caret, caret);
  } else if (drawn) $("main").querySelector(".draw[aria-current]:last-of-type")?.focus({ preventScroll: true });
  else if (!keep && started) $("main").querySelector("h1")?.focus({ preventScroll: true });
  started = true;
  return undefined;
}

let started = false;
const POLL = 2000;

// A served run: when its state has changed, take the new overview and show the same page again.
async function watchRun() {
  let [seen, tag, labelled] = [boot.state, "", null];
  for (;;) {
    await new Promise((wake) => setTimeout(wake, document.hidden ? 5 * POLL : POLL));
    try {
      const answer = await fetch("state", { headers: { "If-None-Match": tag }, cache: "no-store" });
      if (answer.status === 304) continue;
      if (!answer.ok) throw new Error(String(answer.status));
      tag = answer.headers.get("ETag") ?? "";
      const state = await answer.json();
      $("live").replaceChildren(state.sampling ? words(`● live: ${count(state.done)} of ${count(state.planned)} draws`) : words(""));
      if (labelled !== state.labels) await loadLabels();
      labelled = state.labels;
      if (state.state === seen) continue;
      seen = state.state;
      const before = run.byCase[run.caseNumber.get(current.arg)]?.length;
      take(await fetched("data/index"));
      kept.clear();
      // a case to which nothing came stays as it is read, with what was opened in it
      if (current.page !== "case" || before !== run.byCase[run.caseNumber.get(current.arg)]?.length) await render({ keep: true });
    } catch (error) {
      tag = ""; // when it is back, its first answer says so, though nothing has changed
      $("live").replaceChildren(words("the server has gone"));
      if (!(error instanceof TypeError)) return;
    }
  }
}

async function start() {
  setTheme(THEMES.includes(storedTheme()) ? storedTheme() : "auto");
  $("theme").addEventListener("click", nextTheme);
  $("help").addEventListener("click", showKeys);
  $("skip").addEventListener("click", (event) => {
    event.preventDefault();
    $("main").focus();
  });
  addEventListener("keydown", onKey);
  if (boot.mode === "runs") {
    $("main").replaceChildren(await runsPage());
    $("brand").setAttribute("href", "/");
    setInterval(async () => document.hidden || $("main").contains(document.activeElement) || $("main").replaceChildren(await runsPage()), 2 * POLL);
    return;
  }
  take(boot.mode === "file" ? JSON.parse(packedBlock("index").textContent) : await fetched("data/index"));
  await loadLabels();
  $("brand-name").replaceChildren(words(run.name));
  addEventListener("hashchange", () => render());
  await render();
  document.documentElement.dataset.ready = "1";
  if (boot.mode === "run") watchRun();
}

start().catch((error) => $("main").replaceChildren(h("p", { class: "notice", role: "alert" }, `This page could not start: ${error.message}`)));
