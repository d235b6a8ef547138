"""A Messages API for whole runs in tests: answers with a small file, counts and bills what it is sent."""

import json
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field

import loopback

GOOD = "try:\n    charge(card)\nexcept CardError as error:\n    raise PaymentFailed from error\n"
RATES = {"input": 3.0, "cache_write": 3.75, "cache_write_1h": 6.0, "cache_read": 0.3, "output": 15.0, "batch": 0.5}
PRICES = f"version: 1\nas_of: 2026-11-01\nsource: the test\nmodels:\n  anthropic/m: {json.dumps(RATES)}\n"


@dataclass
class Bill:
    """What the service was sent: request bodies that were answered, those only counted, and what it would charge."""

    url: str = ""
    bodies: list[dict] = field(default_factory=list)
    counted: list[dict] = field(default_factory=list)
    usd: float = 0.0
    under_way: int = 0
    most: int = 0
    fail: list[int] = field(default_factory=list)  # statuses to answer first, in order
    output: int = 20
    pad: int = 0  # bytes that an answer is made larger by
    lock: threading.Lock = field(default_factory=threading.Lock)
    gate: threading.Event = field(default_factory=threading.Event)


@contextmanager
def service():
    """The service on a free port of the loopback interface; its ``Bill``. ``gate`` cleared holds answers back."""
    bill = Bill()
    bill.gate.set()

    class Handler(loopback.Handler):
        def answer(self, body):
            body = json.loads(body)
            if self.path.startswith("/v1/messages/count_tokens"):
                bill.counted.append(body)
                return self.say(200, json.dumps({"input_tokens": tokens(body)}).encode())
            with bill.lock:
                bill.under_way += 1
                bill.most = max(bill.most, bill.under_way)
                status = bill.fail.pop(0) if bill.fail else 200
            try:
                bill.gate.wait(20)
                if status != 200:
                    error = {"type": "error", "error": {"type": "api_error", "message": "no"}}
                    return self.say(status, json.dumps(error).encode(), retry_after="0")
                usage = {"input_tokens": tokens(body), "output_tokens": bill.output}
                with bill.lock:
                    bill.bodies.append(body)
                    bill.usd += (
                        usage["input_tokens"] * RATES["input"] + usage["output_tokens"] * RATES["output"]
                    ) / 1e6
                if body.get("stream"):
                    return self.stream(usage)
                return self.say(200, json.dumps(message(usage, bill.pad)).encode())
            finally:
                with bill.lock:
                    bill.under_way -= 1

        def stream(self, usage):
            """The same message as server-sent events."""
            whole = message(usage, bill.pad)
            call = whole["content"][0]
            told = json.dumps(call["input"])
            begun = {**whole, "content": [], "stop_reason": None}
            delta = {"type": "input_json_delta", "partial_json": told}
            data = b"".join(
                f"event: {one['type']}\ndata: {json.dumps(one)}\n\n".encode()
                for one in (
                    {"type": "message_start", "message": begun},
                    {"type": "content_block_start", "index": 0, "content_block": {**call, "input": {}}},
                    {"type": "content_block_delta", "index": 0, "delta": delta},
                    {"type": "content_block_stop", "index": 0},
                    {
                        "type": "message_delta",
                        "delta": {"stop_reason": "tool_use", "stop_sequence": None},
                        "usage": {"output_tokens": usage["output_tokens"]},
                    },
                    {"type": "message_stop"},
                )
            )
            self.say(200, data, content_type="text/event-stream")

    with loopback.serving(Handler) as bill.url:
        try:
            yield bill
        finally:
            bill.gate.set()


def tokens(body):
    """The tokens of a body as this service counts them: a quarter of the characters of its messages and system."""
    return len(json.dumps([body.get("system"), body["messages"]])) // 4


def message(usage, pad=0):
    """A Messages response that writes a file."""
    call = {"type": "tool_use", "id": "toolu_1", "name": "Write"}
    return {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "m",
        "content": [{**call, "input": {"file_path": "/home/dev/pay.py", "content": GOOD}}],
        "stop_reason": "tool_use",
        "stop_sequence": None,
        "usage": usage,
        "pad": "." * pad,
    }
