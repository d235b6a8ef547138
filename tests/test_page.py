"""The one-file report in a real browser: opened from disk, filtered, linked into, attacked, read by keyboard."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import made_runs
import pytest

from replay import report

PAGES = ("#/", "#/matrix", "#/cases", "#/trials", "#/case/session-0001%404")


pytestmark = pytest.mark.xdist_group("browser")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Any]:
    """A page on disk of a plain run of 6 cases, 2 arms and 4 draws, and the run's result."""
    folder = tmp_path_factory.mktemp("page")
    store, result = made_runs.run(folder / "run")
    (folder / "report.html").write_text(report.render("html", store, result), encoding="utf-8")
    store.close()
    return folder / "report.html", result


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of a run in which every text tries to break out."""
    folder = tmp_path_factory.mktemp("hostile")
    store, result = made_runs.run(folder / "run", cases=2, noise=made_runs.HOSTILE)
    (folder / "report.html").write_text(report.render("html", store, result), encoding="utf-8")
    store.close()
    return folder / "report.html"


@pytest.fixture
def opened(browser: Any) -> Iterator[Callable[..., Any]]:
    """Opens a page of a report; at the end nothing may have been asked of anybody, and no script may have failed."""
    contexts: list[Any] = []
    asked: list[str] = []
    wrong: list[str] = []

    def go(path: Path, place: str = "#/", **options: Any) -> Any:
        context = browser.new_context(**options)
        contexts.append(context)
        page = context.new_page()
        page.on("request", lambda request: asked.append(request.url))
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("console", lambda message: wrong.append(message.text) if message.type in {"error", "warning"} else None)
        page.goto(path.as_uri() + place)
        page.wait_for_selector("html[data-ready]")
        return page

    yield go
    for context in contexts:
        context.close()
    assert {url.partition("#")[0] for url in asked if not url.startswith("file:///")} == set()
    assert wrong == []


def test_the_verdict_page_says_what_the_result_says(made, opened):
    """The sentence and the counts of every outcome are those of the result."""
    path, result = made
    page = opened(path)
    assert result.comparisons[0].sentence.lower() in page.inner_text(".hero .sentence").lower()
    row = page.locator("section", has_text="What each arm did").first.locator("tbody tr").first
    counts = result.arms["baseline"].rules["python/swallowed-exception"].outcomes
    assert row.get_by_role("link", name=str(counts["violation"]), exact=True).count() >= 1
    assert page.locator(".forest svg[role=img]").count() == len(result.comparisons) + 1  # and one guarded habit


def test_a_filter_leaves_the_trials_it_names_and_its_address_can_be_sent(made, opened):
    """Choosing outcome and arm shows as many trials as the result counts; opening the address anew shows the same."""
    path, result = made
    page = opened(path, "#/trials")
    page.select_option("select[name=outcome]", "violation")
    page.select_option("select[name=arm]", "baseline")
    expected = result.arms["baseline"].rules["python/swallowed-exception"].outcomes["violation"]
    assert page.inner_text(".found").startswith(f"{expected} of 48 trials")
    page.select_option("select[name=transcript]", "session-0002")
    assert {row.split("@")[0] for row in page.locator(".trials .rows .name").all_inner_texts()} == {"session-0002"}
    page.select_option("select[name=transcript]", "")
    again = opened(path, "#" + page.url.partition("#")[2])
    assert again.inner_text(".found").startswith(f"{expected} of 48 trials")
    assert again.locator(".trials .rows .row").count() == expected


def test_a_text_is_found_in_the_answers_when_asked_for(made, opened):
    """`see the ledger` stands in the code of some answers only: nothing in the overview has it."""
    path, _ = made
    assert opened(path, "#/trials?q=see+the+ledger").inner_text(".found").startswith("0 of")
    page = opened(path, "#/trials?q=see+the+ledger&deep=1")
    page.wait_for_selector('.found:has-text("answers included")')
    assert int(page.inner_text(".found").split()[0]) == page.locator(".trials .rows .row").count() > 0


def test_a_deep_link_shows_a_diff_with_the_finding_on_its_lines(made, opened):
    """The lines of the swallowed exception are marked, in the file after the change, and the rule is named there."""
    path, _ = made
    page = opened(path, "#/trials?outcome=violation&arm=baseline")
    page.locator(".trials .rows .row a").first.click()
    side = page.locator(".side").first
    side.locator(".diff").wait_for()
    marked = [line.strip() for line in side.locator("tr.marked .code").all_inner_texts()]
    assert marked == ["except Exception:", "pass"]
    assert "python/swallowed-exception" in side.locator("tr.marked + tr.finding-row").inner_text()
    assert re.search(r"#/case/session-\d{4}%404\?.*arm=baseline&draw=\d", page.url)


def test_the_other_draws_of_a_case_are_one_click_away(made, opened):
    """Choosing a draw of the other arm shows that draw on its side and leaves the baseline's where it was."""
    path, _ = made
    page = opened(path, PAGES[-1])
    before = page.locator(".side").nth(0).inner_text()
    page.locator('.draw[aria-label^="arm-1, draw 3"]').click()
    page.locator(".side h3", has_text="draw 3").wait_for()
    assert page.locator(".side").nth(1).locator("h3").inner_text() == "arm-1 draw 3"
    assert page.locator(".side").nth(0).inner_text() == before


@pytest.mark.parametrize("place", PAGES)
def test_hostile_text_is_inert_and_visible(hostile, opened, place):
    """Markup from a transcript makes no element, runs nothing, links nowhere; a bidi override is named, not obeyed."""
    page = opened(hostile, place)
    for fold in page.locator("details:not([open]) > summary").all():
        if fold.is_visible():
            fold.click()
    assert page.evaluate("window.pwned === undefined")
    assert page.locator("img, iframe, object, embed, main script, main style").count() == 0
    links = page.eval_on_selector_all("a[href]", "links => links.map(one => one.getAttribute('href'))")
    assert all(href.startswith("#") for href in links)
    shown = page.locator("body").inner_text()
    assert "\u202e" not in page.evaluate("document.querySelector('main').textContent + document.title")
    if place.startswith("#/case"):
        assert "<img src=x onerror=" in shown
        assert "U+202E" in shown


def test_a_script_element_cannot_be_left_from_inside_the_data(hostile):
    """Between the first script element and ours there is no `<` but those of the elements that hold data."""
    text = hostile.read_text(encoding="utf-8")
    data = text[text.index('<script type="application/json"') : text.index("<script>(() =>")]
    assert set(re.findall(r"<[^>\n]{0,40}", data)) <= {
        one for one in re.findall(r"<[^>\n]{0,40}", data) if one.startswith(('<script type="application/', "</script"))
    }
    assert data.count("<script ") == data.count("</script>")


def test_the_policy_forbids_all_but_our_own_script_and_style(made):
    """default-src is none, scripts and styles are named by their hashes, and no source of any other kind is allowed."""
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', made[0].read_text(encoding="utf-8"))
    parts = dict(part.split(" ", 1) for part in policy[1].split("; "))
    assert parts["default-src"] == "'none'"
    assert re.fullmatch(r"'sha256-[A-Za-z0-9+/]{43}='", parts["script-src"])
    assert re.fullmatch(r"'sha256-[A-Za-z0-9+/]{43}='", parts["style-src"])
    assert parts["require-trusted-types-for"] == "'script'"
    assert not [
        name for name in parts if name.endswith("-src") and name not in {"default-src", "script-src", "style-src"}
    ]


def test_everything_is_reached_by_keyboard(made, opened):
    """4 opens the trials, j and Enter a case, Esc goes back, / the search field, ? the help."""
    path, _ = made
    page = opened(path)
    page.keyboard.press("4")
    page.locator(".trials .rows .row").first.wait_for()
    page.keyboard.press("j")
    page.keyboard.press("j")
    assert page.locator(".row.active").get_attribute("aria-rowindex") == "3"
    page.keyboard.press("Enter")
    page.locator(".case .side").first.wait_for()
    assert page.evaluate("document.activeElement.tagName") == "H1"
    page.keyboard.press("n")
    page.locator("h1", has_text="session-0001@4").wait_for()
    page.keyboard.press("Escape")
    page.locator(".trials .rows .row").first.wait_for()
    page.keyboard.press("3")
    page.locator(".cases .rows .row").first.wait_for()
    page.keyboard.press("/")
    page.keyboard.type("0005")
    page.locator(".found", has_text="1 of 6 cases").wait_for()
    assert page.evaluate("document.activeElement.value") == "0005"
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    assert page.locator("dialog[open]").count() == 1
    page.keyboard.press("Escape")
    assert page.locator("dialog[open]").count() == 0


def test_the_page_follows_the_systems_theme_and_a_choice_of_ones_own(made, opened):
    """Dark where the system is dark; `t` twice is dark on a light system."""
    path, _ = made
    background = "getComputedStyle(document.body).backgroundColor"
    dark = opened(path, color_scheme="dark").evaluate(background)
    page = opened(path, color_scheme="light")
    assert page.evaluate(background) != dark
    page.keyboard.press("t")
    page.keyboard.press("t")
    assert page.evaluate(background) == dark


@pytest.mark.parametrize("place", PAGES)
def test_a_narrow_screen_shows_all_without_scrolling_sideways(hostile, opened, place):
    """At 390 pixels nothing is wider than the screen."""
    page = opened(hostile, place, viewport={"width": 390, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("place", PAGES)
def test_axe_finds_nothing_serious(made, opened, place, scheme):
    """axe-core (Deque's rules for WCAG) reports no violation of serious or critical impact."""
    from axe_playwright_python import sync_playwright as axe

    page = opened(made[0], place, color_scheme=scheme, bypass_csp=True)
    found = axe.Axe().run(page).response["violations"]
    serious = [(one["id"], [node["html"][:200] for node in one["nodes"]]) for one in found]
    assert [one for one, rule in zip(serious, found, strict=True) if rule["impact"] in {"serious", "critical"}] == []
