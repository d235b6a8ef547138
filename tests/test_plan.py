"""A plan says beforehand what a run will send and cost, and the run then does just that."""

import json

import pytest
import staged
from chatserver import PROMPT, chat
from counting import PRICES, service, tokens

from replay.experiment.sizes import FAR


@pytest.fixture
def at(replay, tmp_path, monkeypatch):
    """Runs a command line in a folder that has prices; exit code, stdout, stderr."""
    monkeypatch.setenv("ANTHROPIC_API_KEY", "key")
    (tmp_path / "prices.yaml").write_text(PRICES)
    return replay


def experiment(folder, url, *, sources=3, draws=2, extra="", recorded=None):
    """Cases whose arms ask the service at ``url`` for model ``m``; ``recorded`` is the usage in the transcripts."""
    staged.write(folder, sources, lambda index: {"baseline": ["bad"], "edited": ["good"]}, draws=draws)
    if recorded is not None:
        for log in folder.glob("*.jsonl"):
            row = json.loads(log.read_text())
            row["response"]["usage"] = recorded
            log.write_text(json.dumps(row) + "\n")
    params = "{max_tokens: 100}"
    arms = "".join(
        f"  {name}:\n    model: anthropic/m\n    base_url: {url}\n    params: {params}\n    edits: {edits}\n"
        for name, edits in (("baseline", "[]"), ("edited", "[{append: Be careful.}]"))
    )
    (folder / "replay.yaml").write_text(
        f'version: 1\nname: q\nrules: ["*/swallowed-*"]\ndraws: {draws}\nprices: ../prices.yaml\n{extra}arms:\n{arms}'
    )
    return folder


def test_sentences_wrap_in_a_pipe_and_the_command_does_not(at, tmp_path, monkeypatch):
    """120 columns, as what `run` prints; the next command stays on one line, however long, to be copied."""
    monkeypatch.delenv("COLUMNS", raising=False)
    folder = experiment(tmp_path / ("deep" * 40), "http://127.0.0.1:9")
    code, out, _ = at("plan", folder)
    *lines, command = out.splitlines()
    assert code == 0
    assert command.startswith(f"next: replay run {folder}")
    assert max(map(len, lines)) <= 120
    assert "nothing is read from a prompt cache" in " ".join(lines)
    assert all(line == line.rstrip() for line in lines if line.startswith(("cost", "prices", "time", "shows")))


def test_a_plan_sends_nothing_makes_nothing_and_keeps_its_contract(at, tmp_path):
    """Per arm the keys of `usage` in a result; totals, sources, the detectable effect; no folder appears."""
    with service() as bill:
        folder = experiment(tmp_path / "set", bill.url)
        code, out, _ = at("plan", folder, "--json")
        dry = at("run", folder, "--dry-run", "--json")
    assert code == 0
    found = json.loads(out)
    assert dry == (0, out, "")
    assert (bill.bodies, bill.counted) == ([], [])
    assert not (tmp_path / ".replay").exists()
    keys = {"requests", "cached", "errors", "input", "cache_write", "cache_read", "output", "usd"}
    assert set(found["arms"]) == {"baseline", "edited"}
    for arm in found["arms"].values():
        assert keys <= set(arm)
        assert (arm["draws"], arm["requests"], arm["kept"], arm["cached"]) == (6, 6, 0, 0)
    assert found["total"]["requests"] == 12
    assert set(found["sources"]) == {"input", "output", "latency"}
    # three cases of one source each cannot show a drop from 50 % to 0
    assert found["detectable"]["baseline_rate"] == 0.5
    assert found["prices"]["baseline"]["as_of"] == "2026-11-01"


def test_a_plan_costs_its_tokens_at_the_listed_rates(at, tmp_path):
    """Two draws of three cases, 12 recorded prompt and 30 recorded answer tokens: 6 · (12·3 + 30·15) millionths."""
    with service() as bill:
        folder = experiment(tmp_path / "set", bill.url, recorded={"input_tokens": 12, "output_tokens": 30})
        found = json.loads(at("plan", folder, "--json")[1])
    baseline = found["arms"]["baseline"]
    assert (baseline["input"], baseline["output"]) == (72, 180)
    assert baseline["usd"] == pytest.approx(6 * (12 * 3 + 30 * 15) / 1e6)
    assert baseline["usd_batch"] == pytest.approx(baseline["usd"] / 2)
    assert baseline["usd"] < baseline["usd_most"]
    assert found["sources"]["input"] == {"recorded usage": 6}
    # the recorded count and what the edit adds: "You write code." becomes 28 characters instead of 15
    assert found["arms"]["edited"]["input"] == 6 * (12 + 28 // 4 - 15 // 4)


def test_a_count_that_cannot_be_of_the_text_is_a_placeholder(at, tmp_path):
    """One token recorded for a prompt of some hundred characters is not believed; characters are."""
    assert FAR > 1
    with service() as bill:
        folder = experiment(tmp_path / "set", bill.url, recorded={"input_tokens": 1, "output_tokens": 1})
        found = json.loads(at("plan", folder, "--json")[1])
    assert found["sources"]["input"] == {"characters / 4": 6}
    assert found["arms"]["baseline"]["input"] > 6


def test_the_provider_counts_when_it_is_asked_to(at, tmp_path):
    """`--count` sends each different prompt once to the count endpoint, and the plan has its numbers."""
    with service() as bill:
        folder = experiment(tmp_path / "set", bill.url)
        code, out, _ = at("plan", folder, "--count", "--json")
    found = json.loads(out)
    assert code == 0
    assert (len(bill.counted), bill.bodies) == (6, [])
    assert all("max_tokens" not in body for body in bill.counted)
    told = sum(tokens(body) for body in bill.counted)
    assert sum(arm["input"] for arm in found["arms"].values()) == 2 * told
    assert found["sources"]["input"] == {"counted by the provider": 6}


def test_a_provider_that_does_not_count_is_told_in_a_sentence(at, tmp_path):
    """Nobody listening is the user's matter, with the arm and the case."""
    folder = experiment(tmp_path / "set", "http://127.0.0.1:9")
    code, _, err = at("plan", folder, "--count")
    assert code == 2
    assert "arm baseline: the prompt of case case00@0 could not be counted" in err


def test_what_is_there_already_is_not_planned_and_not_sent(at, tmp_path):
    """After a run the plan is empty; another draw, arm or case adds only itself, in the plan and on the wire."""
    with service() as bill:
        folder = experiment(tmp_path / "set", bill.url, sources=3, draws=2)
        assert at("run", folder, "--json")[0] == 0
        assert len(bill.bodies) == 12
        assert json.loads(at("plan", folder, "--json")[1])["total"]["requests"] == 0
        assert "nothing will be sent" in at("plan", folder)[1]
        steps = [
            lambda text: text.replace("draws: 2", "draws: 3"),
            lambda text: (
                text
                + f"  third:\n    model: anthropic/m\n    base_url: {bill.url}\n    params: {{max_tokens: 100}}\n"
                + "    edits: [{append: Be brief.}]\n"
            ),
        ]
        for change, new in zip(steps, (6, 9), strict=True):
            file = folder / "replay.yaml"
            file.write_text(change(file.read_text()))
            planned = json.loads(at("plan", folder, "--json")[1])["total"]
            before = len(bill.bodies)
            assert at("run", folder, "--json")[0] == 0
            assert (planned["requests"], len(bill.bodies) - before) == (new, new)
        experiment(tmp_path / "more", bill.url, sources=4)
        for name in ("case03.jsonl", "case03.toml"):
            (folder / name).write_text((tmp_path / "more" / name).read_text())
        planned = json.loads(at("plan", folder, "--json")[1])["total"]
        before = len(bill.bodies)
        assert at("run", folder, "--json")[0] == 0
        assert (planned["requests"], planned["kept"], len(bill.bodies) - before) == (9, 27, 9)
        # another run folder finds all of it in the cache of answers
        planned = json.loads(at("plan", folder, "--run", tmp_path / "other", "--json")[1])["total"]
        assert (planned["requests"], planned["cached"]) == (0, 36)


def test_draws_that_go_in_one_request_are_planned_as_one(at, tmp_path, monkeypatch):
    """Five draws at three choices a request are two requests a case, each with one prompt: planned as then sent."""
    monkeypatch.setenv("OPENAI_API_KEY", "key")
    (tmp_path / "prices.yaml").write_text(PRICES.replace("anthropic/", "openai/"))
    with chat() as server:
        config = experiment(tmp_path / "set", server.url, draws=5) / "replay.yaml"
        single = config.read_text().replace("anthropic/m", "openai/m")
        config.write_text(single)
        alone = json.loads(at("plan", config, "--json")[1])["total"]
        config.write_text(single.replace("params:", "choices: 3\n    params:"))
        planned = json.loads(at("plan", config, "--json")[1])["total"]
        told = " ".join(at("plan", config)[1].split())
        at("run", config)
        again = json.loads(at("plan", config, "--draws", "7", "--json")[1])["arms"]["baseline"]
    assert (alone["requests"], planned["requests"], planned["draws"]) == (30, 12, 30)
    assert (planned["input"], planned["output"]) == (alone["input"] * 12 / 30, alone["output"])
    assert planned["usd_most"] < alone["usd_most"]
    assert sorted(server.numbers) == [2] * 6 + [3] * 6
    assert "arm edited: 15 draws go out in 6 requests" in told
    # of seven draws two are missing, which go together; what a prompt and an answer take is known by then
    assert (again["kept"], again["requests"], again["output"]) == (15, 3, 3 * 2 * 10)
    assert again["input"] + again["cache_read"] == 3 * PROMPT


def test_the_run_costs_what_its_answers_cost(at, tmp_path):
    """`usd` of the result is what the service would bill, and the next plan knows the tokens from those answers."""
    with service() as bill:
        folder = experiment(tmp_path / "set", bill.url)
        code, out, _ = at("run", folder, "--json")
        used = json.loads(out)["usage"]
        (folder / "replay.yaml").write_text((folder / "replay.yaml").read_text().replace("draws: 2", "draws: 4"))
        planned = json.loads(at("plan", folder, "--json")[1])
    assert code == 0
    assert sum(arm["usd"] for arm in used.values()) == pytest.approx(bill.usd)
    assert planned["sources"]["input"] == {"answers of this run": 6}
    assert planned["total"]["usd"] == pytest.approx(bill.usd)
    text = at("report", "q")[1]
    assert "prices as of 2026-11-01: the test" in text
    assert "$0.00" in text


def test_an_unknown_model_has_no_cost_and_is_named(at, tmp_path):
    """A sum that leaves a model out is null; the sentence says what to do."""
    folder = experiment(tmp_path / "set", "http://127.0.0.1:9")
    found = json.loads(at("plan", folder, "--model", "anthropic/house", "--json")[1])
    assert found["arms"]["baseline"]["usd"] is None
    assert found["total"]["usd"] is None
    code, out, _ = at("plan", folder, "--model", "anthropic/house")
    assert code == 0
    assert "there is no price for anthropic/house" in out
    assert "not known" in out


def test_prices_are_found_where_they_are_put(at, tmp_path, monkeypatch):
    """The option goes over REPLAY_PRICES, that over the experiment's file, that over .replay/prices.yaml."""
    folder = experiment(tmp_path / "set", "http://127.0.0.1:9")

    def rate(*words):
        return json.loads(at("plan", folder, "--json", *words)[1])["prices"]["baseline"]["listed"]["input"]

    def write(file, dollars):
        file.parent.mkdir(exist_ok=True)
        file.write_text(f"version: 1\nas_of: 2026-11-01\nmodels: {{anthropic/m: {{input: {dollars}, output: 99}}}}\n")
        return file

    write(tmp_path / ".replay" / "prices.yaml", 11)
    assert rate() == 3.0
    text = (folder / "replay.yaml").read_text()
    (folder / "replay.yaml").write_text(text.replace("prices: ../prices.yaml\n", ""))
    assert rate() == 11
    monkeypatch.setenv("REPLAY_PRICES", str(write(tmp_path / "env.yaml", 12)))
    assert rate() == 12
    assert rate("--prices", write(tmp_path / "flag.yaml", 13)) == 13
    code, _, err = at("plan", folder, "--prices", tmp_path / "gone.yaml")
    assert (code, "gone.yaml: the prices cannot be read" in err) == (2, True)


@pytest.mark.shared
def test_the_prompt_cache_is_planned_as_it_is_then_used(at, tmp_path, shared, monkeypatch):
    """Against the mock, which counts and caches as Anthropic does: written and read tokens come out as planned."""
    pytest.importorskip("httptools")
    pytest.importorskip("orjson")
    monkeypatch.syspath_prepend(shared / "tools")
    from mockllm import Config, MockServer

    with MockServer(Config()) as mock:
        folder = experiment(tmp_path / "set", mock.url, sources=3, draws=4)
        for log in folder.glob("*.jsonl"):
            row = json.loads(log.read_text())
            row["request"]["system"] = "You write code, and you write it well. " * 400
            row["request"]["messages"][0]["content"] += " Think of all that may go wrong." * 200
            log.write_text(json.dumps(row) + "\n")
        planned = json.loads(at("plan", folder, "--count", "--json")[1])["total"]
        code, out, err = at("run", folder, "--json")
    assert code == 0, err
    used = list(json.loads(out)["usage"].values())
    for name in ("input", "cache_write", "cache_read"):
        assert sum(arm[name] for arm in used) == pytest.approx(planned[name], rel=0.02, abs=200), (name, planned, used)
    assert planned["cache_read"] > 3 * planned["cache_write"] > 0
