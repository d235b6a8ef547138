"""Each request of a capture goes where the agent would have sent it, or where --upstream says."""

import json
import os
import sys

import pytest
from click.testing import CliRunner
from upstream import message
from yarl import URL

from replay.capture import agents
from replay.capture.proxy import Proxy
from replay.capture.upstreams import Upstreams, given
from replay.cli import group
from replay.errors import UserError

A, O, G = "https://a.example", "https://o.example/openai", "https://g.example/api/v1"  # noqa: E741 - the letter of the API
CLAUDE = {"Anthropic-Version": "2023-06-01"}


@pytest.mark.parametrize(
    ("upstreams", "path", "headers", "url"),
    [
        (Upstreams(), "/v1/messages?beta=true", {}, "https://api.anthropic.com/v1/messages?beta=true"),
        (Upstreams(), "/v1/models", CLAUDE, "https://api.anthropic.com/v1/models"),
        (Upstreams(), "/v1/responses", {}, "https://api.openai.com/v1/responses"),
        (Upstreams(), "/v1/completions", {}, "https://api.openai.com/v1/completions"),
        (Upstreams({"": G}), "/v1/messages", {}, f"{G}/messages"),
        (Upstreams({"": A, "openai": O}), "/v1/responses", {}, f"{O}/v1/responses"),
        (Upstreams({"": A, "openai": O}), "/v1/messages", {}, f"{A}/v1/messages"),
        (Upstreams({"openai": O}), "/v1/messages", {}, "https://api.anthropic.com/v1/messages"),
        (Upstreams({"anthropic": A, "openai": O}, {"anthropic": G}), "/v1/messages", {}, f"{A}/v1/messages"),
        (Upstreams(known={"anthropic": A, "openai": O}), "/v1/messages", {}, f"{A}/v1/messages"),
        (Upstreams(known={"anthropic": A, "openai": O}), "/v1/responses?x=%20", {}, f"{O}/responses?x=%20"),
        (Upstreams(known={"anthropic": A}), "/v1/responses", {}, "https://api.openai.com/v1/responses"),
        (Upstreams(known={"anthropic": A}), "/", {}, f"{A}/"),
        (Upstreams(known={"opencode.x": G}), "/to/opencode.x/chat/completions", {}, f"{G}/chat/completions"),
        (Upstreams({"": A}, {"opencode.x": G}), "/to/opencode.x/chat/completions", {}, f"{A}/v1/chat/completions"),
        (Upstreams({"x": A}, {"opencode.x": O}), "/to/opencode.x/responses", {}, f"{A}/responses"),
        (Upstreams({"x": f"{O}/"}), "/to/x?y=1", {}, f"{O}?y=1"),
        (Upstreams({"": A}), "/to/x/responses", {}, None),
    ],
)
def test_a_request_goes_where_its_name_or_its_api_says(upstreams, path, headers, url):
    """A name stands for the very base URL, without one `/v1` does; what was given comes before what was known."""
    target = upstreams.target(path, headers)
    assert (target and target.url) == url


@pytest.mark.parametrize(
    "words", [("ftp://x",), ("x=y",), ("http://a", "http://b"), ("openai=http://a", "openai=http://b")]
)
def test_upstreams_that_are_none_or_two_are_a_sentence(words):
    """Neither a URL nor a name with one, or two for the same requests."""
    with pytest.raises(UserError, match=r"^--upstream "):
        given(words)


def test_the_base_urls_of_codex_come_from_its_configuration(tmp_path):
    """`openai_base_url` and every provider with a base URL, each pointed at the proxy by an option of its own."""
    config = f'openai_base_url = "{O}"\n[model_providers.gw]\nbase_url = "{G}"\n[model_providers.z]\n'
    (tmp_path / "config.toml").write_text(config)
    before = {"CODEX_HOME": str(tmp_path), "OPENAI_BASE_URL": A}
    found = agents.known(["/opt/codex", "exec"], before)
    assert found == {"openai": O, "codex.gw": G}
    assert agents.arguments(["/opt/codex", "exec"], 5, found) == [
        *("/opt/codex", "-c", 'openai_base_url="http://127.0.0.1:5/v1"'),
        *("-c", 'model_providers.gw.base_url="http://127.0.0.1:5/to/codex.gw"', "exec"),
    ]
    assert agents.known(["claude"], before) == {"openai": A}


OPENCODE = """#!{python}
import json, os, sys, urllib.request as http
own = {{"provider": {{name: {{"options": {{"baseURL": url}}}} for name, url in {urls}.items()}}}}
if sys.argv[1:] == ["debug", "config"]:
    print(json.dumps(own))
    sys.exit()
told = json.loads(os.environ["OPENCODE_CONFIG_CONTENT"])
assert told["theme"] == "dark"
for name, path in (("anthropic", "messages"), ("openai", "responses"), ("mine", "chat/completions")):
    base = told["provider"][name]["options"]["baseURL"]
    body = {{"model": name, "max_tokens": 9, "messages": [{{"role": "user", "content": "Hi"}}]}}
    http.urlopen(base + "/" + path, json.dumps(body).encode())
"""


def test_each_provider_of_opencode_keeps_its_own_server(tmp_path, monkeypatch, three):
    """It says which base URLs its files hold; each is served, and the requests of one session part again."""
    urls = {name: f"http://127.0.0.1:{server.server_port}/{name}/v1" for name, server in three.items()}
    agent = tmp_path / "opencode"
    agent.write_text(OPENCODE.format(python=sys.executable, urls=json.dumps(urls)))
    agent.chmod(0o755)
    monkeypatch.setenv("OPENCODE_CONFIG_CONTENT", '{"theme": "dark"}')
    monkeypatch.setenv("OPENCODE_CONFIG", str(tmp_path / "own.json"))
    (tmp_path / "own.json").write_text('{"provider": {"mine": {"options": {"baseURL": "{env:X}"}}}}')
    result = CliRunner().invoke(group, ["capture", "--to", str(tmp_path / "out"), "--", str(agent)])
    assert result.exit_code == 0, result.stderr
    assert {name: server.paths for name, server in three.items()} == {
        "anthropic": ["/anthropic/v1/messages"],
        "openai": ["/openai/v1/responses"],
        "mine": ["/mine/v1/chat/completions"],
    }
    lines = [json.loads(line) for line in (tmp_path / "out" / "log.jsonl").read_text().splitlines()]
    told = [(line["upstream"], line["url"]) for line in lines if "exchange" in line]
    assert told[0] == ("opencode.anthropic", "/messages")
    assert len(told) == 3
    assert os.environ["OPENCODE_CONFIG_CONTENT"] == '{"theme": "dark"}'


def test_opencode_is_asked_only_where_a_file_may_name_a_base_url(tmp_path, monkeypatch):
    """It takes seconds to tell: a configuration without the word, and none at all, hold no base URL."""
    agent = tmp_path / "opencode"
    agent.write_text(f'#!{sys.executable}\nprint(\'{{"provider": {{"x": {{"options": {{"baseURL": "{A}"}}}}}}}}\')\n')
    agent.chmod(0o755)
    monkeypatch.chdir(tmp_path)
    before = {"HOME": str(tmp_path), "PATH": os.environ["PATH"]}
    (tmp_path / "opencode.jsonc").write_text('{"theme": "dark"}')
    assert agents.known([str(agent)], before) == {}
    (tmp_path / ".opencode").mkdir()
    (tmp_path / ".opencode" / "opencode.json").write_text('{"provider": {"x": {"options": {"baseURL": "…"}}}}')
    assert agents.known([str(agent)], before) == {"opencode.x": A}


@pytest.mark.parametrize("how", ["sys.exit(1)", "print('no JSON')", "print([])"])
def test_an_opencode_that_does_not_tell_sends_nothing_to_a_server_nobody_chose(tmp_path, monkeypatch, how):
    """Its files name a gateway: neither prompts nor the key for that go to the provider's own server instead."""
    agent = tmp_path / "opencode"
    agent.write_text(f"#!{sys.executable}\nimport sys\n{how}\n")
    agent.chmod(0o755)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "opencode.json").write_text(
        '{"provider": {"anthropic": {"options": {"baseURL": "https://g.example"}}}}'
    )
    before = {"HOME": str(tmp_path), "PATH": os.environ["PATH"]}
    with pytest.raises(UserError, match="--upstream"):
        agents.known([str(agent)], before)
    assert agents.known([str(agent)], before, told=True) == {}
    assert agents.known([str(tmp_path / "none" / "opencode")], before) == {}


def test_a_base_url_in_a_variable_is_found_where_the_configuration_refers_to_it(tmp_path):
    """A configuration of opencode says `{env:NAME}`: https://opencode.ai/docs/config."""
    content = '{"provider": {"anthropic": {"options": {"baseURL": "{env:GATEWAY}/v1"}}}}'
    before = {"HOME": str(tmp_path), "OPENCODE_CONFIG_CONTENT": content, "GATEWAY": A}
    assert agents.known(["./agents.sh"], before) == {"opencode.anthropic": f"{A}/v1"}


def test_what_cannot_be_sent_on_is_in_the_log(three):
    """A password in the base URL beside the agent's own header, and a path that is no URL: no traceback."""
    import asyncio

    import aiohttp

    async def asked():
        url = f"http://u:p@127.0.0.1:{three['mine'].server_port}"
        seen = []
        proxy = Proxy(seen.append, Upstreams({"": url}))
        await proxy.start()
        at = URL(f"http://127.0.0.1:{proxy.port}")
        async with aiohttp.ClientSession() as client:
            with pytest.raises(aiohttp.ClientError):
                await client.post(at / "v1/messages", json={}, headers={"Authorization": "Bearer k"})
            async with client.post(URL(f"{at}//[", encoded=True), json={}) as answer:
                assert answer.status == 200
        await proxy.stop()
        return seen

    (one,) = asyncio.run(asked())
    assert one.error.startswith("no response from upstream")
    assert three["mine"].paths == ["/["]  # the server takes two slashes for one


@pytest.fixture
def three():
    """A server for each of three providers, which keeps the paths that it is asked for."""
    from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
    from threading import Thread

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            self.rfile.read(int(self.headers["Content-Length"] or 0))
            self.server.paths.append(self.path)
            body = json.dumps(message()).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *words):
            pass

    servers = {name: ThreadingHTTPServer(("127.0.0.1", 0), Handler) for name in ("anthropic", "openai", "mine")}
    for server in servers.values():
        server.paths = []
        Thread(target=server.serve_forever, daemon=True).start()
    yield servers
    for server in servers.values():
        server.shutdown()
        server.server_close()
