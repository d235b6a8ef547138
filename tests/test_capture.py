"""The proxy changes nothing, hides nothing from the agent, and puts no secret on the disk."""

import asyncio
import gzip
import json
import sys
from contextlib import asynccontextmanager

import pytest
from click.testing import CliRunner
from upstream import STREAMED, answer, chunk, events, fields, message, reset, upstream

from replay import importers, prefix
from replay.capture.log import Writer
from replay.capture.proxy import Proxy
from replay.capture.upstreams import Upstreams
from replay.cli import group
from replay.wire import anthropic

KEY = "sk-ant-api03-aB3dE6gH9kL2mN5pQ8sT1vW4xY7zA0cD3fG6jK9"
HOPS = {"connection", "host", "transfer-encoding", "content-length", "keep-alive"}


def ask(*texts, **more):
    """A Messages request whose turns are user and assistant in alternation."""
    roles = ("user", "assistant")
    told = [{"role": roles[n % 2], "content": [{"type": "text", "text": text}]} for n, text in enumerate(texts)]
    return {"model": "claude-x", "max_tokens": 9, "system": "Be brief.", "messages": told} | more


@asynccontextmanager
async def proxied(play, log):
    """A proxy before an upstream that plays ``play``; gives the upstream and the proxy's port."""
    writer = Writer(log)
    async with upstream(play) as server:
        proxy = Proxy(writer.put, Upstreams({"": f"http://127.0.0.1:{server.port}"}))
        await proxy.start()
        try:
            yield server, proxy.port
        finally:
            await proxy.stop()
            writer.close()


async def post(port, body, *, path="/v1/messages", headers=()):
    """Open a connection, send a request, and give reader and writer."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    lines = [f"POST {path} HTTP/1.1", f"Host: 127.0.0.1:{port}", *headers, f"Content-Length: {len(data)}", "", ""]
    writer.write("\r\n".join(lines).encode() + data)
    await writer.drain()
    return reader, writer


async def chunks(reader):
    """The payload of a chunked body; ends where the body ends. Raises where the connection ends before it."""
    while size := int((await reader.readuntil(b"\n")), 16):
        yield (await reader.readexactly(size + 2))[:-2]
    await reader.readline()


def whole(play, body, tmp_path, **options):
    """The head and the body that an agent gets for one request, and the exchanges in the log."""

    async def run():
        async with proxied(play, tmp_path / "log.jsonl") as (server, port), asyncio.timeout(10):
            reader, writer = await post(port, body, **options)
            head = await reader.readuntil(b"\r\n\r\n")
            sizes = [int(value) for name, value in fields(head) if name.lower() == "content-length"]
            data = await reader.readexactly(*sizes) if sizes else b"".join([piece async for piece in chunks(reader)])
            writer.close()
            return server, head, data

    return *asyncio.run(run()), logged(tmp_path)


def logged(folder):
    """The exchanges in the log."""
    lines = [json.loads(line) for line in (folder / "log.jsonl").read_text(encoding="utf-8").splitlines()]
    return [line for line in lines if "exchange" in line]


def plain(*bodies, **more):
    """A play that answers with ``bodies`` in turn."""
    left = list(bodies)

    async def play(writer, body):
        writer.write(answer(json.dumps(left.pop(0)).encode(), **more))

    return play


def test_a_request_reaches_the_upstream_byte_for_byte(tmp_path):
    """Path, query, body with odd spaces and all headers but hop-by-hop ones arrive as sent, in order and case."""
    body = b'{"model": "claude-x",  "max_tokens":1.0e1, "messages":[{"role":"user","content":"p\\u00e4\xc3\x9f"}]}'
    headers = ["x-API-key: " + KEY, "anthropic-VERSION: 2023-06-01", "User-Agent: claude-cli/9.9 (x)", "X-Two: a"]
    server, *_ = whole(plain(message()), body, tmp_path, path="/v1/messages?beta=true&x=%20a", headers=headers)
    assert server.bodies == [body]
    assert server.heads[0].startswith(b"POST /v1/messages?beta=true&x=%20a HTTP/1.1\r\n")
    sent = [f"{name}: {value}" for name, value in fields(server.heads[0]) if name.lower() not in HOPS]
    assert sent == headers


def test_a_stream_comes_back_byte_for_byte(tmp_path):
    """Status, headers and every byte of a stream are the upstream's; none is added."""

    async def play(writer, body):
        writer.write(STREAMED + b"".join(chunk(event) for event in events("päß ✓")) + b"0\r\n\r\n")

    _, head, data, (exchange,) = whole(play, ask("Hello"), tmp_path)
    assert data == b"".join(events("päß ✓"))
    assert {name for name, _ in fields(head)} == {"Content-Type", "X-Odd-CASE", "Transfer-Encoding"}
    assert exchange["response"]["content"] == [{"type": "text", "text": "päß ✓"}]
    assert (exchange["model"], exchange["status"]) == ("claude-x", 200)
    assert exchange["usage"] == {"input_tokens": 7, "output_tokens": 2}
    assert 0 < exchange["first_byte"] <= exchange["seconds"]


def test_each_piece_of_a_stream_passes_before_the_next_exists(tmp_path):
    """The upstream sends a piece only after the agent has the one before it, headers included."""
    step = asyncio.Semaphore(0)

    async def play(writer, body):
        writer.write(STREAMED)
        for event in events():
            await writer.drain()
            await step.acquire()
            writer.write(chunk(event))
        writer.write(b"0\r\n\r\n")

    async def run():
        async with proxied(play, tmp_path / "log.jsonl") as (_, port), asyncio.timeout(10):
            reader, writer = await post(port, ask("Hello"))
            await reader.readuntil(b"\r\n\r\n")
            step.release()
            got = []
            async for piece in chunks(reader):
                got.append(piece)
                step.release()
            writer.close()
            return got

    assert b"".join(asyncio.run(run())) == b"".join(events())


@pytest.mark.parametrize(
    ("end", "seen"),
    [(lambda writer: writer.close(), asyncio.IncompleteReadError), (reset, ConnectionResetError)],
    ids=["a clean close is a clean close", "a reset is a reset"],
)
def test_a_broken_stream_breaks_for_the_agent_in_the_same_way(tmp_path, end, seen):
    """What had come arrives, then the connection ends as the upstream ended it; the exchange is kept with its error."""
    told = list(events())[:3]
    gone = asyncio.Event()

    async def play(writer, body):
        writer.write(STREAMED + b"".join(map(chunk, told)))
        await writer.drain()
        await gone.wait()
        end(writer)

    async def run():
        got = []
        async with proxied(play, tmp_path / "log.jsonl") as (_, port), asyncio.timeout(10):
            reader, writer = await post(port, ask("Hello"))
            await reader.readuntil(b"\r\n\r\n")
            with pytest.raises(seen):
                await collect(reader, got)
            writer.close()
        return got

    async def collect(reader, got):
        async for piece in chunks(reader):
            got.append(piece)
            if b"".join(got) == b"".join(told):
                gone.set()

    assert b"".join(asyncio.run(run())) == b"".join(told)
    (exchange,) = logged(tmp_path)
    assert exchange["error"].startswith("the upstream broke off its response")
    assert exchange["partial"]["content"] == [{"type": "text", "text": "H"}]
    assert "response" not in exchange


def test_an_upstream_that_does_not_listen_looks_so_to_the_agent(tmp_path):
    """The agent's connection is reset; no response is made up."""

    async def run():
        writer = Writer(tmp_path / "log.jsonl")
        proxy = Proxy(writer.put, Upstreams({"": "http://127.0.0.1:9"}))
        await proxy.start()
        try:
            reader, _ = await post(proxy.port, ask("Hello"))
            with pytest.raises(ConnectionResetError):
                await reader.read()
        finally:
            await proxy.stop()
            writer.close()

    asyncio.run(run())
    (exchange,) = logged(tmp_path)
    assert exchange["error"].startswith("no response from upstream")


def test_an_error_of_the_api_passes_as_it_is(tmp_path):
    """Status, retry header and body of a 529 are the upstream's."""
    body = {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}
    play = plain(body, status="529 Site Overloaded", more=b"retry-after: 3\r\n")
    _, head, data, (exchange,) = whole(play, ask("Hello"), tmp_path)
    assert head.startswith(b"HTTP/1.1 529 Site Overloaded\r\n")
    assert ("retry-after", "3") in fields(head)
    assert json.loads(data) == body == exchange["response"]
    assert exchange["status"] == 529


def test_an_agent_that_hangs_up_takes_its_request_with_it(tmp_path):
    """The upstream sees the connection end, and the exchange is kept with what had come."""
    ended = asyncio.Event()

    async def play(writer, body):
        writer.write(STREAMED + chunk(next(events())))
        await writer.drain()
        while not writer.is_closing():
            writer.write(chunk(b": ping\n\n"))
            try:
                await writer.drain()
            except ConnectionError:
                break
            await asyncio.sleep(0.01)
        ended.set()

    async def run():
        async with proxied(play, tmp_path / "log.jsonl") as (_, port), asyncio.timeout(10):
            reader, writer = await post(port, ask("Hello"))
            await reader.readuntil(b"message_start")
            writer.transport.abort()
            await ended.wait()

    asyncio.run(run())
    (exchange,) = logged(tmp_path)
    assert "the client disconnected" in exchange["error"]
    assert exchange["partial"]["id"] == "msg_1"


def test_an_agent_that_hangs_up_behind_the_end_has_had_the_whole_answer(tmp_path):
    """Codex closes the connection at the last event: what follows it, the end of the body, tells nothing more."""
    ended = asyncio.Event()

    async def play(writer, body):
        writer.write(STREAMED + b"".join(map(chunk, events())))
        await ended.wait()

    async def run():
        async with proxied(play, tmp_path / "log.jsonl") as (_, port), asyncio.timeout(10):
            reader, writer = await post(port, ask("Hello"))
            await reader.readuntil(b"message_stop")
            writer.transport.abort()
            while not (tmp_path / "log.jsonl").read_text().count("exchange"):
                await asyncio.sleep(0.01)
            ended.set()

    asyncio.run(run())
    (exchange,) = logged(tmp_path)
    assert "the client disconnected" in exchange["error"]
    assert exchange["response"]["id"] == "msg_1"
    (transcript,) = importers.read(tmp_path / "log.jsonl")
    assert prefix.completion(transcript, 0).usage is not None


@pytest.mark.parametrize(
    ("calls", "words"),
    [(0, "0 exchanges; nothing came through the proxy"), (1, "1 exchange; no request to a model was answered")],
)
def test_a_capture_without_a_conversation_says_whether_any_request_came(tmp_path, calls, words):
    """An API that refuses the key is not taken for an agent that does not know the proxy."""
    agent = (
        "import os, urllib.request as http, urllib.error\n"
        f"for _ in range({calls}):\n"
        "    try: http.urlopen(os.environ['ANTHROPIC_BASE_URL'] + '/v1/messages', b'{}')\n"
        "    except urllib.error.HTTPError as error: assert error.code == 401\n"
    )

    async def run():
        async with upstream(plain({"error": {"message": "no key"}}, status="401 Unauthorized")) as server:
            words = "capture", "--upstream", f"http://127.0.0.1:{server.port}", "--to", tmp_path / "out", "--"
            command = [sys.executable, "-m", "replay", *map(str, words), sys.executable, "-c", agent]
            process = await asyncio.create_subprocess_exec(*command, stderr=asyncio.subprocess.PIPE)
            return (await process.communicate())[1].decode()

    assert asyncio.run(run()).startswith(words)


def test_fifty_streams_run_side_by_side(tmp_path):
    """No stream gets its end before all fifty have had their first piece: none waits for another."""
    begun = 0
    everyone = asyncio.Event()

    async def play(writer, body):
        nonlocal begun
        told = list(events(json.loads(body)["messages"][0]["content"][0]["text"]))
        writer.write(STREAMED + chunk(told[0]))
        await writer.drain()
        begun += 1
        if begun == 50:
            everyone.set()
        await everyone.wait()
        writer.write(b"".join(map(chunk, told[1:])) + b"0\r\n\r\n")

    async def one(port, text):
        reader, writer = await post(port, ask(text))
        await reader.readuntil(b"\r\n\r\n")
        data = b"".join([piece async for piece in chunks(reader)])
        writer.close()
        return data == b"".join(events(text))

    async def run():
        async with proxied(play, tmp_path / "log.jsonl") as (_, port), asyncio.timeout(20):
            return await asyncio.gather(*(one(port, f"stream {n}") for n in range(50)))

    assert all(asyncio.run(run()))
    assert len(logged(tmp_path)) == 50


def test_a_compressed_answer_passes_compressed_and_is_recorded_plain(tmp_path):
    """The agent gets the very gzip bytes; the log has the message."""
    packed = gzip.compress(json.dumps(message("Packed.")).encode())

    async def play(writer, body):
        writer.write(answer(packed, more=b"Content-Encoding: gzip\r\n"))

    _, head, data, (exchange,) = whole(play, ask("Hello"), tmp_path)
    assert data == packed
    assert ("Content-Encoding", "gzip") in fields(head)
    assert exchange["response"]["content"][0]["text"] == "Packed."


def test_a_compressed_request_passes_compressed_and_is_recorded_plain(tmp_path):
    """The upstream gets the very gzip bytes; the turn is exact, and a key in it is found all the same."""
    packed = gzip.compress(json.dumps(ask("Hello")).encode())
    headers = ["Content-Encoding: gzip", f"x-api-key: {KEY}"]
    server, *_ = whole(plain(message()), packed, tmp_path, headers=headers)
    assert server.bodies == [packed]
    (transcript,) = importers.read(tmp_path / "log.jsonl")
    assert anthropic.write_request(prefix.prefix(transcript, 0)) == (ask("Hello"), ())
    assert transcript.fidelity.grade == "exact"
    hidden = gzip.compress(json.dumps(ask(f"Use {KEY}")).encode())
    (tmp_path / "b").mkdir()
    *_, (exchange,) = whole(plain(message()), hidden, tmp_path / "b", headers=headers)
    assert exchange["redacted"]["request"] == 1
    assert KEY not in (tmp_path / "b" / "log.jsonl").read_text()


@pytest.mark.parametrize(
    ("host", "header", "status"),
    [
        ("evil.example", "X-A: b", b"403"),
        ("127.0.0.1.evil.example", "X-A: b", b"403"),
        ("localhost:1", "Origin: https://evil.example", b"403"),
        ("localhost:1", "Origin: null", b"403"),
        ("localhost:1", "Origin: vscode-file://vscode-app", b"200"),
        ("[::1]:1", "X-A: b", b"200"),
        ("localhost:1", "Upgrade: websocket", b"426"),
    ],
)
def test_only_agents_of_this_machine_are_served(tmp_path, host, header, status):
    """A foreign Host or the Origin of a web page is refused; a WebSocket is told to use HTTP."""

    async def run():
        async with proxied(plain(message()), tmp_path / "log.jsonl") as (server, port), asyncio.timeout(10):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(f"GET /v1/models HTTP/1.1\r\nHost: {host}\r\n{header}\r\n\r\n".encode())
            line = await reader.readline()
            writer.close()
            return line, len(server.heads)

    line, forwarded = asyncio.run(run())
    assert line.split()[1] == status
    assert forwarded == (status == b"200")


def test_no_secret_touches_the_disk(tmp_path):
    """The header's key, the same key quoted in a body, and another's that came letter by letter are gone."""
    other = "ghp_aB3dE6gH9kL2mN5pQ8sT1vW4xY7zA0cD3fG6"
    odd = "my-own-gateway-credential"

    async def play(writer, body):
        writer.write(STREAMED + b"".join(chunk(event) for event in events(f"It is {other}.")) + b"0\r\n\r\n")

    headers = [f"Authorization: Bearer {odd}", f"x-api-key: {KEY}", "Cookie: id=abcdefghij"]
    asked = ask(f"Use {KEY} and {odd} please")
    server, _, _, (exchange,) = whole(play, asked, tmp_path, headers=headers, path=f"/v1/messages?key={KEY}")
    assert KEY.encode() in server.bodies[0]
    written = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()).decode()
    for secret in (KEY, other, odd, "abcdefghij"):
        assert secret not in written
    assert "[REDACTED:" in written
    assert exchange["redacted"]["request"] >= 2
    (transcript,) = importers.read(tmp_path / "log.jsonl")
    assert prefix.fidelity(transcript, 0).grade == "full"
    assert "redacted text" in prefix.fidelity(transcript, 0).missing


def conversation(tmp_path, *bodies, headers=()):
    """The transcripts of a capture of ``bodies``, each answered with its number."""

    async def run():
        play = plain(*(message(f"answer {n}", id=f"msg_{n}") for n in range(len(bodies))))
        async with proxied(play, tmp_path / "log.jsonl") as (_, port), asyncio.timeout(10):
            for body in bodies:
                reader, writer = await post(port, body, headers=["User-Agent: claude-cli/9.9 (external)", *headers])
                head = await reader.readuntil(b"\r\n\r\n")
                await reader.readexactly(next(int(v) for k, v in fields(head) if k == "Content-Length"))
                writer.close()

    asyncio.run(run())
    return importers.read(tmp_path / "log.jsonl")


def test_the_transcript_rebuilds_every_request(tmp_path):
    """Each turn's request is the body that was sent, and each message lies in the log once."""
    tools = [{"name": "Bash", "description": "Run.", "input_schema": {"type": "object"}}]
    cached = {"type": "text", "text": "Be brief.", "cache_control": {"type": "ephemeral"}}
    texts = ["one", "answer 0", "two", "answer 1", "three"]
    bodies = [ask(*texts[: 2 * n + 1], tools=tools, system=[cached], stream=False) for n in range(3)]
    (transcript,) = conversation(tmp_path, *bodies)
    assert [anthropic.write_request(prefix.prefix(transcript, n)) for n in range(3)] == [(b, ()) for b in bodies]
    assert transcript.fidelity.grade == "exact"
    assert (transcript.source.agent, transcript.source.version) == ("Claude Code", "9.9")
    text = (tmp_path / "log.jsonl").read_text()
    assert [text.count(f'"{word}"') for word in ("one", "two", "three", "Run.")] == [1, 1, 1, 1]


def test_an_edited_prompt_makes_a_branch_of_the_same_transcript(tmp_path):
    """Two requests that share their first prompt and differ in the second are turns of one transcript."""
    (transcript,) = conversation(tmp_path, ask("one"), ask("one", "answer 0", "two"), ask("one", "answer 0", "other"))
    said = [message.parts[0].text for message in prefix.prefix(transcript, 2).messages]
    assert said == ["one", "answer 0", "other"]
    assert len(transcript.turns) == 3


def test_a_compacted_conversation_goes_on_in_the_same_transcript(tmp_path):
    """In one session a new first message, a summary, is a branch; each turn's prefix is what was in context then."""
    tools = [{"name": "Bash", "input_schema": {"type": "object"}}]
    bodies = [ask("one", tools=tools), ask("one", "answer 0", "two", tools=tools), ask("Summary: …", tools=tools)]
    (transcript,) = conversation(tmp_path, *bodies, headers=["X-Claude-Code-Session-Id: s-1"])
    assert [anthropic.write_request(prefix.prefix(transcript, n))[0] for n in range(3)] == bodies
    assert (transcript.source.session, transcript.source.parent) == ("s-1", None)


def test_half_a_character_is_kept_as_a_replacement_and_said(tmp_path):
    """A lone surrogate, which JavaScript writes as JSON, passes as it is; the transcript is `full` and names it."""
    body = b'{"model":"claude-x","max_tokens":9,"messages":[{"role":"user","content":"cut \\ud83d"}]}'
    server, *_ = whole(plain(message()), body, tmp_path)
    assert server.bodies == [body]
    (transcript,) = importers.read(tmp_path / "log.jsonl")
    assert prefix.prefix(transcript, 0).messages[0].parts[0].text == "cut \ufffd"
    assert prefix.fidelity(transcript, 0).grade == "full"


def test_side_calls_are_kept_apart(tmp_path):
    """A title request without tools is a transcript of its own, named as a side of the main conversation."""
    tools = [{"name": "Bash", "input_schema": {"type": "object"}}]
    title = ask("Title for: one", system="Write a title.")
    made = conversation(tmp_path, title, ask("one", tools=tools), ask("one", "answer 1", "two", tools=tools))
    assert [(len(one.turns), one.source.parent is None) for one in made] == [(1, False), (2, True)]


def test_a_command_gets_the_base_urls_and_its_exit_code_passes(tmp_path):
    """Both variables name the proxy, and the command's exit code is replay's own."""
    names = "ANTHROPIC_BASE_URL", "OPENAI_BASE_URL"
    told = f"import os, sys; open(sys.argv[1], 'w').write(' '.join(map(os.environ.get, {names}))); sys.exit(7)"
    result = CliRunner().invoke(
        group, ["capture", "--to", str(tmp_path / "out"), "--", sys.executable, "-c", told, str(tmp_path / "env")]
    )
    assert result.exit_code == 7
    first, second = (tmp_path / "env").read_text().split()
    assert first.startswith("http://127.0.0.1:")
    assert second == f"{first}/v1"
