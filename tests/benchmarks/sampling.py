"""Sampling against peers, in one run: requests a second, client CPU a request, peak memory, billed tokens.

    python tests/benchmarks/sampling.py MOCK [--prefixes N] [--concurrency N ...] [--only NAME ...]
        [--inspect PYTHON] [--promptfoo PROGRAM]
    python tests/benchmarks/sampling.py MOCK --caching      billed tokens with and without prompt caching
    python tests/benchmarks/sampling.py MOCK --limits       share of the allowed rate that is reached

MOCK is a server that speaks the providers' APIs (``mockllm.py``: ``--port``, ``--latency``, ``--log``, ``--rpm``). The
work is ``--prefixes`` prefixes of about 80 KB under two arms, one draw each. Every client runs in a process of its own,
twice on one server, and the second run is taken. INSPECT is a Python that has ``inspect-ai``; PROMPTFOO the program.
"""

from __future__ import annotations

import argparse
import asyncio
import importlib
import json
import os
import resource
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections import Counter
from contextlib import contextmanager
from pathlib import Path

SIZE = 80_000
SYSTEM = "You are a coding agent. "
ARMS = {"plain": "Be brief.", "kind": "Never swallow an exception."}
FEW = {"inspect": 40, "promptfoo": 100}  # prefixes for the slow ones: their rate does not depend on the number
PROMPTFOO = """\
prompts: [file://{folder}/prompt.json]
providers:
  - id: anthropic:messages:claude-x
    config: {{apiBaseUrl: {url}, apiKey: key, max_tokens: 200}}
tests: file://{folder}/tests.json
evaluateOptions: {{maxConcurrency: {concurrency}, cache: false}}
"""


def text(number: int) -> str:
    """A prefix of about 80 KB, different for each number."""
    line = f"case {number}: the file has another line, and here it is, word for word, as the tool printed it\n"
    return line * (SIZE // len(line))


def payload(number: int, arm: str) -> dict[str, object]:
    return {
        "model": "claude-x",
        "max_tokens": 200,
        "system": SYSTEM + ARMS[arm],
        "messages": [{"role": "user", "content": text(number)}],
    }


# --- clients: each runs in a process of its own and prints one JSON line ------------------------------------------


def ours(
    url: str,
    prefixes: int,
    concurrency: int,
    *,
    draws: int = 1,
    cache: str = "auto",
    openai: bool = False,
    choices: int = 1,
):
    from replay.records import Arm, Case, Fidelity, Message, Prefix, Request, Setup, Text
    from replay.sample import plan_draws, sample
    from replay.samplers import for_arm
    from replay.store import Cache, Run

    provider, base = ("openai", f"{url}/v1") if openai else ("anthropic", url)
    arms = {name: Arm(name, f"{provider}/claude-x", base_url=base, choices=choices) for name in ARMS}

    def plan():
        for number in range(prefixes):
            case = Case(f"c{number}@1", "t", 1, (), "s", Fidelity("exact"))
            message = Message("user", (Text(text(number)),), form="string")
            asked = []
            for name, arm in arms.items():
                api = "openai-chat" if openai else "anthropic"
                setup = Setup(api=api, model="m", system=(Text(SYSTEM + ARMS[name]),), params={"max_tokens": 200})
                asked.append((Request(case, arm, 0, Prefix(setup, (message,)), Message("assistant")), for_arm(arm)))
            yield from plan_draws(asked, range(draws), cache=cache)

    with tempfile.TemporaryDirectory() as folder:  # noqa: SIM117 - the stores close before their folder goes
        with Run.open(Path(folder) / "run", create=True) as run, Cache.open(Path(folder) / "c.sqlite") as kept:
            tally = sample(plan(), run=run, cache=kept, concurrency=concurrency, timeout=120)
            usage = Counter()
            for trial in run.trials():
                if trial.completion:
                    for name in ("input", "cache_write", "cache_read", "output"):
                        usage[name] += getattr(trial.completion.usage, name)
    return {"done": tally.finished, "failed": tally.failed, "requests": tally.requests, "usage": usage}


def ours_openai(url: str, prefixes: int, concurrency: int):
    return ours(url, prefixes, concurrency, openai=True)


def sdk(url: str, prefixes: int, concurrency: int):
    from anthropic import AsyncAnthropic

    async def go() -> int:
        client = AsyncAnthropic(base_url=url, max_retries=2)
        work = iter([(number, arm) for number in range(prefixes) for arm in ARMS])
        done = 0

        async def worker() -> None:
            nonlocal done
            for number, arm in work:
                await client.messages.create(**payload(number, arm))
                done += 1

        await asyncio.gather(*(worker() for _ in range(concurrency)))
        await client.close()
        return done

    return {"done": asyncio.run(go())}


def sdk_openai(url: str, prefixes: int, concurrency: int):
    from openai import AsyncOpenAI

    async def go() -> int:
        client = AsyncOpenAI(base_url=f"{url}/v1", max_retries=2)
        work = iter([(number, arm) for number in range(prefixes) for arm in ARMS])
        done = 0

        async def worker() -> None:
            nonlocal done
            for number, arm in work:
                said = [
                    {"role": "system", "content": SYSTEM + ARMS[arm]},
                    {"role": "user", "content": text(number)},
                ]
                await client.chat.completions.create(model="gpt-x", messages=said, max_completion_tokens=200)
                done += 1

        await asyncio.gather(*(worker() for _ in range(concurrency)))
        await client.close()
        return done

    return {"done": asyncio.run(go())}


def raw(url: str, prefixes: int, concurrency: int):
    """Aiohttp on uvloop with bodies that are bytes already: what a client can hardly do better than."""
    import aiohttp
    import msgspec
    import uvloop

    async def go() -> int:
        headers = {"x-api-key": "key", "anthropic-version": "2023-06-01", "content-type": "application/json"}
        work = iter([(number, arm) for number in range(prefixes) for arm in ARMS])
        done = 0
        connector = aiohttp.TCPConnector(limit=concurrency)
        async with aiohttp.ClientSession(connector=connector, headers=headers) as session:

            async def worker() -> None:
                nonlocal done
                for number, arm in work:
                    body = msgspec.json.encode(payload(number, arm))
                    async with session.post(f"{url}/v1/messages", data=body) as answer:
                        msgspec.json.decode(await answer.read())
                        done += answer.status == 200

            await asyncio.gather(*(worker() for _ in range(concurrency)))
        return done

    return {"done": uvloop.run(go())}


def inspect(url: str, prefixes: int, concurrency: int):
    """Runs under the Python that has inspect-ai."""
    from inspect_ai import Task
    from inspect_ai import eval as evaluate
    from inspect_ai.dataset import Sample
    from inspect_ai.model import ChatMessageSystem, ChatMessageUser

    samples = [
        Sample(input=[ChatMessageSystem(content=SYSTEM + words), ChatMessageUser(content=text(number))])
        for number in range(prefixes)
        for words in ARMS.values()
    ]
    with tempfile.TemporaryDirectory() as folder:
        (log,) = evaluate(
            Task(dataset=samples),
            model="anthropic/claude-x",
            model_base_url=url,
            max_connections=concurrency,
            max_samples=concurrency,
            max_tokens=200,
            log_dir=folder,
            display="none",
            score=False,
        )
        return {"done": len(log.samples or ())}


LOADED = {
    "ours": "replay.sample replay.samplers anthropic anthropic.resources",
    "ours_openai": "replay.sample replay.samplers openai openai.resources",
    "sdk": "anthropic anthropic.resources",
    "sdk_openai": "openai openai.resources",
    "raw": "aiohttp uvloop msgspec",
    "inspect": "inspect_ai inspect_ai.model",
}
CLIENTS = {f.__name__: f for f in (ours, sdk, raw, ours_openai, sdk_openai, inspect)}


def child(name: str, url: str, prefixes: int, concurrency: int, options: dict) -> None:
    """Run one client here and print what it took, without the start: interpreter and imports."""
    for module in LOADED[name].split():
        importlib.import_module(module)
    before = resource.getrusage(resource.RUSAGE_SELF)
    began = time.perf_counter()
    told = CLIENTS[name](url, prefixes, concurrency, **options)
    used = resource.getrusage(resource.RUSAGE_SELF)
    told |= {
        "seconds": time.perf_counter() - began,
        "cpu": used.ru_utime + used.ru_stime - before.ru_utime - before.ru_stime,
        "peak": peak(),
    }
    print(json.dumps(told))


def peak() -> float:
    """The most memory this program had, in MB; what was there before it was started does not count."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 / 1e6 for line in lines if line.startswith("VmHWM"))


def promptfoo(program: str, url: str, prefixes: int, concurrency: int) -> dict:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        said = [{"role": "system", "content": "{{system}}"}, {"role": "user", "content": "{{text}}"}]
        (folder / "prompt.json").write_text(json.dumps(said))
        tests = [
            {"vars": {"system": SYSTEM + words, "text": text(number).replace("\n", " ")}}
            for number in range(prefixes)
            for words in ARMS.values()
        ]
        (folder / "tests.json").write_text(json.dumps(tests))
        config = folder / "promptfooconfig.yaml"
        config.write_text(PROMPTFOO.format(folder=folder, url=url, concurrency=concurrency))
        quiet = {
            "PROMPTFOO_DISABLE_TELEMETRY": "1",
            "PROMPTFOO_DISABLE_UPDATE": "1",
            "PROMPTFOO_DISABLE_REMOTE_GENERATION": "1",
        }
        environment = {
            **os.environ,
            **quiet,
            "PROMPTFOO_CONFIG_DIR": name,
            "ANTHROPIC_API_KEY": "key",
            "ANTHROPIC_BASE_URL": url,
        }
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        began = time.perf_counter()
        command = [
            program,
            "eval",
            "-c",
            str(config),
            "--no-cache",
            "--no-progress-bar",
            "--no-table",
            "-o",
            name + "/out.json",
        ]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        out = folder / "out.json"
        stats = json.loads(out.read_text())["results"]["stats"] if out.is_file() else {}
        if not stats:
            print(done.stdout[-800:], done.stderr[-800:], file=sys.stderr)
        return {
            "done": sum(stats.get(key, 0) for key in ("successes", "failures")),
            "seconds": time.perf_counter() - began,
            "cpu": after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime,
            "peak": after.ru_maxrss * 1024 / 1e6,
        }


# --- the server -----------------------------------------------------------------------------------------------


@contextmanager
def server(mock: Path, *options: str):
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port = one.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    process = subprocess.Popen([sys.executable, str(mock), "--port", str(port), *options], stdout=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 20
        while True:
            try:
                urllib.request.urlopen(f"{url}/_mock/stats", timeout=1).close()
                break
            except OSError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.05)
        yield url
    finally:
        process.terminate()
        process.wait(10)


def started(python: str, name: str, url: str, prefixes: int, concurrency: int, options: dict | None = None) -> dict:
    environment = {**os.environ, "ANTHROPIC_API_KEY": "key", "OPENAI_API_KEY": "key"}
    words = [python, __file__, "--child", name, url, str(prefixes), str(concurrency), json.dumps(options or {})]
    done = subprocess.run(words, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{name}: {done.stderr[-2000:]}")
    return json.loads(done.stdout.splitlines()[-1])


def speed(given: argparse.Namespace) -> None:
    for concurrency in given.concurrency:
        print(f"\nconcurrency {concurrency}, {SIZE / 1000:g} KB x {len(ARMS)} arms, latency {given.latency}")
        print(f"{'client':<14}{'requests':>9}{'req/s':>9}{'CPU ms':>9}{'peak MB':>9}")
        with server(given.mock, "--latency", given.latency) as url:
            for name in given.only:
                prefixes = min(given.prefixes, FEW.get(name, given.prefixes))
                runs = []
                for _ in range(1 if name in FEW else 2):
                    if name == "promptfoo":
                        told = promptfoo(given.promptfoo, url, prefixes, concurrency)
                    else:
                        python = given.inspect if name == "inspect" else sys.executable
                        told = started(python, name, url, prefixes, concurrency)
                    runs.append(told)
                one = runs[-1]
                wanted = prefixes * len(ARMS)
                note = "" if one["done"] == wanted else f"  only {one['done']} of {wanted} done"
                figures = f"{wanted / one['seconds']:>9.1f}{1000 * one['cpu'] / wanted:>9.2f}{one['peak']:>9.0f}"
                print(f"{name:<14}{wanted:>9}{figures}{note}", flush=True)


def caching(given: argparse.Namespace) -> None:
    """Billed tokens of 20 cases × 2 arms × 10 draws: a write at 1.25, a read at 0.1 of an input token."""
    print("20 cases x 2 arms x 10 draws, concurrency 20")
    for provider in ("anthropic", "openai"):
        billed = {}
        for cache, choices in (("never", 1), ("auto", 1), ("auto", 8))[: 3 if provider == "openai" else 2]:
            with server(given.mock, "--latency", "fixed:0.2") as url:
                options = {"draws": 10, "cache": cache, "openai": provider == "openai", "choices": choices}
                told = started(sys.executable, "ours", url, 20, 20, options)
            usage = Counter(told["usage"])
            write, read = (1.25, 0.1)
            name = cache if choices == 1 else f"{cache}, n"
            billed[name] = usage["input"] + write * usage["cache_write"] + read * usage["cache_read"]
            print(
                f"{provider:<10}{name:<9}{dict(usage)}  input billed {billed[name]:,.0f}  {told['requests']} requests "
                f"in {told['seconds']:.1f} s"
            )
        saved = (f"{name} saved {1 - one / billed['never']:.1%} of the input" for name, one in billed.items())
        print(*(f"{provider:<10}{words}" for words in list(saved)[1:]), sep="\n")


def limits(given: argparse.Namespace) -> None:
    """The rate reached where a server refuses more; of a bound on requests at once, beside a client that knows it."""
    for words, allowed in (
        (("--rpm", "1200", "--latency", "fixed:0.2"), 20.0),
        (("--rpm", "6000", "--latency", "fixed:0.5"), 100.0),
        (("--max-inflight", "20", "--latency", "fixed:0.2"), None),
    ):
        with server(given.mock, *words) as url:
            prefixes = int((allowed or 60) * 20 / len(ARMS))
            if allowed is None:
                known = started(sys.executable, "raw", url, prefixes, 20)
                allowed = known["done"] / known["seconds"]
            told = started(sys.executable, "ours", url, prefixes, 64)
        rate = told["done"] / told["seconds"]
        refused = told["requests"] - told["done"] - told["failed"]
        print(
            f"{' '.join(words)}: {rate:.1f}/s of {allowed:.1f}/s allowed ({rate / allowed:.0%}), {told['done']} done, "
            f"{told['failed']} failed, {refused} tried again",
            flush=True,
        )


if __name__ == "__main__":
    if sys.argv[1:2] == ["--child"]:
        _, _, client, address, many, at_once, more = sys.argv
        child(client, address, int(many), int(at_once), json.loads(more))
        raise SystemExit
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("mock", type=Path)
    parser.add_argument("--prefixes", type=int, default=1000)
    parser.add_argument("--concurrency", type=int, nargs="+", default=[10, 50, 200])
    parser.add_argument("--latency", default="fixed:0.2")
    parser.add_argument("--only", nargs="+")
    parser.add_argument("--inspect")
    parser.add_argument("--promptfoo", default=shutil.which("promptfoo"))
    parser.add_argument("--caching", action="store_true")
    parser.add_argument("--limits", action="store_true")
    options = parser.parse_args()
    if not options.only:
        options.only = ["raw", "ours", "sdk", "ours_openai", "sdk_openai"]
        options.only += ["inspect"] if options.inspect else []
        options.only += ["promptfoo"] if options.promptfoo else []
    (caching if options.caching else limits if options.limits else speed)(options)
