"""`replay view`: what the server answers, whom it refuses, and that it shows a run while it is going."""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import made_runs
import pytest
from click.testing import CliRunner
from msgspec.structs import replace
from statsmodels.stats.proportion import proportion_confint

from replay import labels
from replay.cli import group
from replay.errors import UserError
from replay.records import Label, Trial
from replay.store import Run
from replay.view import Server, Shelf, serve

Answer = tuple[int, dict[str, str], bytes]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A judged run of two cases."""
    made_runs.run(tmp_path / "shop", cases=2, draws=3)[0].close()
    return tmp_path / "shop"


@pytest.fixture
def server(folder: Path) -> Iterator[Server]:
    """A server of that run alone."""
    ready = threading.Event()
    found: list[Server] = []

    def note(one: Server) -> None:
        found.append(one)
        ready.set()

    thread = threading.Thread(target=serve, args=(Shelf([folder]), 0, note))
    thread.start()
    assert ready.wait(20)
    yield found[0]
    found[0].shutdown()
    thread.join(20)


@pytest.fixture
def ask(server: Server) -> Callable[..., Answer]:
    """Asks the server for a path, with headers; the path goes over the wire as it is."""

    def send(path: str, method: str = "GET", body: bytes | None = None, **headers: str) -> Answer:
        given = {"Host": f"127.0.0.1:{server.server_port}", **{k.replace("_", "-"): v for k, v in headers.items()}}
        if body is not None:
            given.setdefault("Content-Length", str(len(body)))
        with closing(http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=30)) as link:
            link.putrequest(method, path, skip_host=True)
            for name, value in given.items():
                link.putheader(name, value)
            link.endheaders(body)
            answer = link.getresponse()
            return answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read()

    return send


def finding(ask: Callable[..., Answer]) -> dict[str, Any]:
    """What a page would send of the first finding of the run."""
    index = json.loads(ask("/run/shop/data/index")[2])
    strings, trials, found = (index["columns"][name] for name in ("strings", "trials", "findings"))
    row = found["trial"][0]
    return {
        "case": index["cases"][trials["case"][row]]["id"],
        "arm": index["arms"][trials["arm"][row]]["name"],
        "draw": trials["draw"][row],
        "key": strings[trials["key"][row]],
        "rule": strings[found["rule"][0]],
        "path": strings[found["path"][0]],
        "line": found["line"][0],
        "end_line": found["end"][0],
    }


def test_pages_lists_and_pieces_are_served(ask):
    """The list names the run; its page and its pieces are there; every answer forbids framing and sniffing."""
    (one,) = json.loads(ask("/runs.json")[2])["runs"]
    assert (one["id"], one["cases"], one["planned"], one["sampling"]) == ("shop", 2, 12, False)
    for path in ("/", "/run/shop/", "/run/shop/data/index", "/run/shop/data/case/1", "/run/shop/labels"):
        status, headers, body = ask(path)
        assert (status, headers["x-content-type-options"], headers["x-frame-options"]) == (200, "nosniff", "DENY")
        assert headers["cross-origin-resource-policy"] == "same-origin"
        assert int(headers["content-length"]) == len(body)
    assert ask("/run/shop/", "HEAD")[2] == b""


def test_the_list_says_a_verdict_once(ask):
    """What stands out is the beginning of the sentence, so that it need not be said twice: `inconclusive`."""
    (run,) = json.loads(ask("/runs.json")[2])["runs"]
    (verdict,) = run["verdicts"]
    assert verdict["sentence"].startswith(f"{verdict['words']}, not enough independent sources")
    assert (verdict["verdict"], verdict["words"]) == ("too_few_sources", "inconclusive")


def test_looking_at_a_run_is_no_change(ask, folder):
    """The list is sorted by when a run changed: an empty write-ahead log, which a reader makes, is none."""
    os.utime(folder / "run.sqlite", (0, 0))
    for _ in range(2):
        (run,) = json.loads(ask("/runs.json")[2])["runs"]
        assert run["changed"] == "1970-01-01T00:00:00+00:00"
    assert (folder / "run.sqlite-wal").exists()


@pytest.mark.parametrize(
    "host",
    ["evil.example", "evil.example:{port}", "127.0.0.1.evil.example:{port}", "127.0.0.1:1", "0.0.0.0:{port}", ""],
)
def test_a_name_that_was_rebound_to_this_machine_is_refused(ask, server, host):
    """Only 127.0.0.1 and localhost with our port are names of ours (DNS rebinding)."""
    status, _, body = ask("/runs.json", Host=host.format(port=server.server_port))
    assert status == 403
    assert b"shop" not in body


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://127.0.0.1:1", "https://127.0.0.1:{port}"])
def test_another_site_is_refused(ask, server, origin):
    """An Origin that is not ours gets nothing, not even with the token; nor does a request from another site."""
    given = origin.format(port=server.server_port)
    assert ask("/runs.json", Origin=given)[0] == 403
    assert ask("/run/shop/labels", "POST", b"{}", Origin=given, X_Replay_Token=server.token)[0] == 403
    assert ask("/runs.json", Sec_Fetch_Site="cross-site")[0] == 403


def test_localhost_and_our_own_origin_are_welcome(ask, server):
    """What a browser sends when a person opens the printed address, or localhost."""
    port = server.server_port
    assert ask("/runs.json", Host=f"localhost:{port}", Origin=f"http://localhost:{port}")[0] == 200
    assert ask("/runs.json", Sec_Fetch_Site="none")[0] == 200


@pytest.mark.parametrize(
    "path",
    [
        "/run/../../etc/passwd",
        "/run/%2e%2e/%2e%2e/etc/passwd",
        "/run/..%2f..%2fetc%2fpasswd/data/index",
        "/run/shop/data/../../../../etc/passwd",
        "/run/shop/data/transcript/..%2f..%2frun.sqlite",
        "/run/shop/data/case/-1",
        "/run/shop/data/case/2",
        "/run/shop/data/case/%d9%a1",
        f"/run/shop/data/case/{'9' * 5000}",
        "/run/shop/run.sqlite",
        "//etc/passwd",
        "/run/other/",
        "/run/shop/data/index/more",
        "http://[/run/shop/",
    ],
)
def test_no_path_leads_to_a_file(ask, path):
    """A run is looked up by its id and a piece by its name: neither is ever made a path."""
    status, _, body = ask(path)
    assert status == 404
    assert b"root:" not in body


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
def test_other_methods_are_refused(ask, method):
    """405, with the methods there are."""
    status, headers, _ = ask("/run/shop/labels", method)
    assert (status, headers["allow"]) == (405, "GET, HEAD, POST")


def test_a_label_is_kept_beside_the_run_and_can_be_taken_back(ask, server, folder):
    """It lies in labels.jsonl with the time; another one goes over it, and none takes it away."""
    about = finding(ask)
    kind = {"Content_Type": "application/json", "X_Replay_Token": server.token}
    for said in ("right", "wrong"):
        status, _, body = ask("/run/shop/labels", "POST", json.dumps({**about, "label": said}).encode(), **kind)
        assert status == 200, body
    (kept,) = labels.current(folder)
    assert (kept.label, kept.case, kept.line) == ("wrong", about["case"], about["line"])
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00", kept.when)
    assert json.loads(ask("/run/shop/labels")[2])["labels"][0]["label"] == "wrong"
    assert len((folder / "labels.jsonl").read_text().splitlines()) == 2
    ask("/run/shop/labels", "POST", json.dumps({**about, "label": None}).encode(), **kind)
    assert labels.current(folder) == ()


def test_a_label_needs_the_token_a_finding_and_a_body_of_json(ask, server, folder):
    """Without token 403, of no finding 404, of another type 415, too large 413, no label 400; nothing is written."""
    body = json.dumps({**finding(ask), "label": "right"}).encode()
    kind = {"Content_Type": "application/json", "X_Replay_Token": server.token}
    assert ask("/run/shop/labels", "POST", body, Content_Type="application/json")[0] == 403
    assert ask("/run/shop/labels", "POST", body, **{**kind, "X_Replay_Token": "é"})[0] == 403
    assert ask("/run/shop/labels", "POST", body.replace(b'"line": ', b'"line": 9'), **kind)[0] == 404
    assert ask("/run/shop/labels", "POST", body, **{**kind, "Content_Type": "text/plain"})[0] == 415
    assert ask("/run/shop/labels", "POST", body, **kind, Content_Length="99999999")[0] == 413
    assert ask("/run/shop/labels", "POST", b'{"label": "maybe"}', **kind)[0] == 400
    assert ask("/run/shop/labels", "POST", b"\xff", **kind)[0] == 400
    assert ask("/runs.json", "POST", body, **kind)[0] == 405
    assert not (folder / "labels.jsonl").exists()


def test_a_state_that_did_not_change_is_not_sent_again(ask):
    """If-None-Match with the last ETag: 304 and nothing else."""
    _, headers, _ = ask("/run/shop/state")
    status, again, body = ask("/run/shop/state", If_None_Match=headers["etag"])
    assert (status, body, again["etag"]) == (304, b"", headers["etag"])


def test_a_run_is_shown_while_it_is_going(ask, folder):
    """A trial written by another process changes state, overview and verdict, though the run was not judged again."""
    before = json.loads(ask("/run/shop/data/index")[2])
    first = json.loads(ask("/run/shop/state")[2])
    writer = Run.open(folder, create=False)
    known = next(trial for trial in writer.trials() if trial.completion and trial.arm == "baseline")
    with writer.lock():
        assert json.loads(ask("/run/shop/state")[2])["sampling"]
        for draw in range(3, 8):
            writer.put_trial(Trial(known.case, "baseline", draw, f"new/{draw}", known.completion))
    second = json.loads(ask("/run/shop/state")[2])
    assert second["state"] != first["state"]
    assert (second["done"] - first["done"], second["sampling"]) == (5, False)
    after = json.loads(ask("/run/shop/data/index")[2])
    assert len(after["columns"]["trials"]["case"]) == len(before["columns"]["trials"]["case"]) + 5
    assert after["result"]["arms"]["baseline"]["trials"] == before["result"]["arms"]["baseline"]["trials"] + 5
    assert writer.get_meta("result")["arms"]["baseline"]["trials"] == before["result"]["arms"]["baseline"]["trials"]
    writer.close()


def test_a_run_that_has_only_just_begun_is_no_fault(tmp_path):
    """Its file is there and says nothing yet: the list shows it, its page says to look again."""
    Run.open(tmp_path / "new", create=True).close()
    shelf = Shelf([tmp_path / "new"])
    (one,) = shelf.summaries()
    assert (one["id"], one["done"], one["planned"]) == ("new", 0, 0)
    with pytest.raises(UserError, match="not begun yet"):
        shelf.run("new").piece("index")
    shelf.close()


def test_runs_of_one_name_in_two_folders_have_two_ids(tmp_path):
    """`a/x` and `b/x` are x and x-2."""
    for place in ("a", "b"):
        Run.open(tmp_path / place / "x", create=True).close()
    assert list(Shelf([tmp_path / "a/x", tmp_path / "b/x"]).places()) == ["x", "x-2"]


def test_labels_give_each_rule_its_precision(folder):
    """3 right and 1 wrong of one rule: .75, with the Wilson interval of statsmodels; the other's last label counts."""
    about = Label("c@1", "a", 0, "k", "python/x", "f.py", 1, 1, "right")
    for draw, said in enumerate(("right", "right", "right", "wrong")):
        labels.keep(folder, replace(about, draw=draw, label=said))
    labels.keep(folder, replace(about, rule="python/y", label="right"))
    labels.keep(folder, replace(about, rule="python/y", label="wrong"))
    told = CliRunner().invoke(group, ["rules", "measure", "--labels", str(folder), "--json"])
    x, y = (json.loads(line) for line in told.output.splitlines())
    assert (x["rule"], x["right"], x["wrong"], x["precision"]) == ("python/x", 3, 1, 0.75)
    low, high = proportion_confint(3, 4, method="wilson")
    assert (x["low"], x["high"]) == (pytest.approx(low), pytest.approx(high))
    assert (y["right"], y["wrong"]) == (0, 1)
    one = CliRunner().invoke(group, ["rules", "measure", "--labels", str(folder), "--rule", "*/y"])
    assert one.output.startswith("python/y ")
    assert "and not both" in str(CliRunner().invoke(group, ["rules", "measure"]).exception)
    none = CliRunner().invoke(group, ["rules", "measure", "--labels", str(folder), "--rule", "z"])
    assert "no finding of z has a label" in str(none.exception)


def test_a_label_cut_off_by_a_crash_is_passed_over(tmp_path):
    """The last line without its newline was never acknowledged; a bad line in the middle is said with its number."""
    whole = Label("c@1", "a", 0, "k", "python/x", "f.py", 1, 1, "right", when="2026-01-01T00:00:00+00:00")
    labels.keep(tmp_path, whole)
    with (tmp_path / "labels.jsonl").open("ab") as file:
        file.write(b'{"case": "c')
    assert labels.current(tmp_path) == (whole,)
    with (tmp_path / "labels.jsonl").open("ab") as file:
        file.write(b"\n")
    with pytest.raises(UserError, match=r"labels\.jsonl:2: no label"):
        labels.current(tmp_path)


def test_the_command_prints_its_address_and_ends_with_ctrl_c(folder):
    """The address comes on a line of its own; SIGINT ends it with 0 and no traceback."""
    command = [sys.executable, "-c", "from replay.cli import main; main()", "view", str(folder), "--no-browser"]
    child = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env={**os.environ, "PYTHONUNBUFFERED": "1"}
    )
    line = child.stdout.readline().decode()
    port = int(re.match(r"http://127\.0\.0\.1:(\d+)/ ", line)[1])
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=30)) as link:
        link.request("GET", "/runs.json")
        assert link.getresponse().status == 200
    child.send_signal(signal.SIGINT)
    _, told = child.communicate(timeout=30)
    assert (child.returncode, told.decode().strip()) == (0, "ended")


def test_a_taken_port_is_a_sentence(server, folder):
    """What to do is said: give another one."""
    with pytest.raises(UserError, match="give another --port"):
        serve(Shelf([folder]), server.server_port, lambda _: None)


def test_the_served_page_labels_a_finding_and_shows_new_trials(server, folder, browser):
    """In a browser: from the list to a case, a click on `wrong` is kept; new trials change the page by themselves."""
    page = browser.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(server.url)
    page.get_by_role("link", name="shop").click()
    page.wait_for_selector("html[data-ready]")
    page.goto(f"{server.url}run/shop/#/trials?outcome=violation")
    page.locator(".trials .rows .row a").first.click()
    page.get_by_role("button", name="wrong").first.click()
    page.locator("button[aria-pressed=true]", has_text="wrong").first.wait_for()
    assert [one.label for one in labels.current(folder)] == ["wrong"]
    page.route("**/labels", lambda route: route.abort())
    page.get_by_role("button", name="right").first.click()
    page.get_by_role("alert").filter(has_text="not kept").wait_for()
    page.unroute("**/labels")
    page.keyboard.press("4")
    page.locator("h1", has_text="12 trials").wait_for()
    with Run.open(folder, create=False) as writer:
        known = next(trial for trial in writer.trials() if trial.completion and trial.arm == "baseline")
        writer.put_trial(Trial(known.case, "baseline", 3, "new/3", known.completion))
    page.locator("h1", has_text="13 trials").wait_for()
    page.close()
    assert {url.split("/")[2] for url in asked} == {f"127.0.0.1:{server.server_port}"}


def test_two_pages_know_of_each_other_and_of_a_server_that_was_gone(server, folder, browser):
    """A label given by key in one page shows in the other; a server that is back is said so, and wants a new page."""
    first, second = browser.new_page(), browser.new_page()
    first.goto(f"{server.url}run/shop/#/trials?outcome=violation")
    first.locator(".trials .rows .row a").first.click()
    first.locator(".finding").first.wait_for()
    second.goto(first.url)
    second.locator(".finding").first.wait_for()
    pressed = second.locator("button[aria-pressed=true]")
    first.keyboard.press("f")
    first.keyboard.press("w")
    pressed.filter(has_text="wrong").wait_for()
    first.keyboard.press("r")
    pressed.filter(has_text="right").wait_for()
    first.keyboard.press("r")
    pressed.wait_for(state="detached")
    assert labels.current(folder) == ()
    for name in ("right", "wrong"):
        first.evaluate("(name) => document.querySelector(`.label-${name}`).click()", name)
    pressed.filter(has_text="wrong").wait_for()
    assert [one.label for one in labels.current(folder)] == ["wrong"]
    first.route("**/state", lambda route: route.abort())
    first.locator("#live", has_text="the server has gone").wait_for()
    first.unroute("**/state")
    first.locator("#live:empty").wait_for(state="attached")
    server.token = "another, as after a new start"
    first.keyboard.press("w")
    first.get_by_role("alert").filter(has_text="load it again").wait_for()
    first.close()
    second.close()
