"""How large the page of a run is, what it costs to make, and how fast Chromium opens and filters it.

Prints a line a measurement for runs of 500 and of 5,000 trials, and the ratio of the two; wall time in seconds where a
browser is involved, CPU seconds else.

    python tests/benchmarks/report.py [trials …]
"""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

import made_runs
from playwright.sync_api import Page, sync_playwright

from replay import report

ARMS, DRAWS, ROUNDS, REPEATS = 4, 5, 20, 5
TALL = """async () => {
  let worst = 0;
  for (let i = 0; i < 80; i++) {
    const began = performance.now();
    scrollTo(0, (document.body.scrollHeight * i) / 80);
    await new Promise((wake) => requestAnimationFrame(() => setTimeout(wake)));
    worst = Math.max(worst, performance.now() - began);
  }
  return worst / 1000;
}"""


def made(trials: int, folder: Path) -> tuple[Path, dict[str, float]]:
    """The page of a run of so many trials, and what it took."""
    cases = trials // (ARMS * DRAWS)
    store, result = made_runs.run(folder / f"run-{trials}", cases=cases, draws=DRAWS, arms=ARMS, length=ROUNDS)
    began = time.process_time()
    text = report.render("html", store, result)
    took = time.process_time() - began
    store.close()
    path = folder / f"{trials}.html"
    path.write_text(text, encoding="utf-8")
    return path, {"page, MB": path.stat().st_size / 1e6, "made, CPU s": took}


def watched(page: Page, path: Path) -> dict[str, float]:
    """The median wall time of opening the page and of each thing a reader does."""

    def timed(act: Callable[[], Any], seen: str) -> float:
        began = time.perf_counter()
        act()
        page.wait_for_selector(seen)
        return time.perf_counter() - began

    def opened() -> float:
        page.goto("about:blank")
        return timed(lambda: page.goto(path.as_uri()), "html[data-ready]")

    found: dict[str, list[float]] = {}
    for _ in range(REPEATS):
        steps = {
            "open": opened,
            "list of trials": lambda: timed(lambda: page.keyboard.press("4"), ".trials .rows .row"),
            "filter": lambda: timed(lambda: page.select_option("[name=outcome]", "violation"), ".clear"),
            "list of cases": lambda: timed(lambda: page.keyboard.press("3"), ".cases .rows .row"),
            "open a case": lambda: timed(lambda: page.locator(".cases .rows .row a").first.click(), ".side"),
            "read all answers": lambda: timed(
                lambda: page.goto(f"{path.as_uri()}#/trials?q=ledger&deep=1"), ".found:has-text('answers included')"
            ),
            "worst frame while scrolling": lambda: page.evaluate(TALL),
        }
        for name, step in steps.items():
            found.setdefault(name, []).append(step())
    return {f"{name}, s": sorted(times)[len(times) // 2] for name, times in found.items()}


def main() -> None:
    """Measure each size and print the table."""
    sizes = [int(one) for one in sys.argv[1:]] or [500, 5_000]
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))))
    columns: list[dict[str, float]] = []
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for size in sizes:
            path, numbers = made(size, Path(folder))
            columns.append(numbers | watched(browser.new_page(), path))
        browser.close()
    print(f"{'':32}" + "".join(f"{size:>10}" for size in sizes) + f"{'ratio':>10}")
    for name in columns[0]:
        values = [column[name] for column in columns]
        print(f"{name:32}" + "".join(f"{value:10.3f}" for value in values) + f"{values[-1] / values[0]:10.1f}")


if __name__ == "__main__":
    main()
