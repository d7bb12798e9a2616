"""A provider on this machine that fails on demand: OpenAI's chat completions, Anthropic's messages, Ollama's chat.

Which fault comes is chosen by the name of the model that is asked for, so that several models of one server can fail in
several ways at once; any other name answers well. `scripts` gives a name a sequence of faults instead, the last one for good.

    with FaultServer(reply='{"statements": []}') as server:
        model = create_model("openai:stall", server.openai)
"""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Mapping, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any

# A handler that stays silent ends by itself after so many seconds, whatever the test does.
LONGEST_SILENCE = 5.0
STATUSES = ("400", "401", "403", "404", "408", "409", "413", "429", "500", "502", "503", "529")
SECRET = "provider-words-nobody-may-see"
QUOTE = "A population stability index above 0.2 raises an alert."
SECTION = "drift#which-cut-offs-raise-an-alert"
REPLY = json.dumps(
    {"statements": [{"text": QUOTE, "citations": [{"section": SECTION, "quote": QUOTE}]}]}, ensure_ascii=False
)
Reply = str | Callable[[dict[str, Any]], str]


def statements_of(reply: str, change: Callable[[dict[str, Any]], None]) -> str:
    """A reply with every statement changed."""
    record = json.loads(reply)
    for statement in record["statements"]:
        change(statement)
    return json.dumps(record, ensure_ascii=False)


def uncite(statement: dict[str, Any]) -> None:
    statement["citations"] = []


def fabricate(statement: dict[str, Any]) -> None:
    for citation in statement["citations"]:
        citation["section"] = "no-such-page#no-such-heading"


def alter(statement: dict[str, Any]) -> None:
    for citation in statement["citations"]:
        quote = citation["quote"]
        middle = len(quote) // 2
        citation["quote"] = quote[:middle] + ("x" if quote[middle] != "x" else "y") + quote[middle + 1 :]


def translate(statement: dict[str, Any]) -> None:
    statement["text"] = "Un índice de estabilidad superior a 0,2 genera una alerta."


# What a model may say that is well-formed and must not be believed.
LIES: Mapping[str, Callable[[dict[str, Any]], None]] = {
    "other-language": translate,
    "uncited": uncite,
    "fabricated": fabricate,
    "altered": alter,
}


class FaultServer(ThreadingHTTPServer):
    """Serves on a free port of this machine from `with` on; `requests` are the bodies it was sent, with path and headers."""

    daemon_threads = True
    block_on_close = False

    def __init__(
        self,
        reply: Reply = REPLY,
        scripts: Mapping[str, Sequence[str]] | None = None,
        blocks: Sequence[Mapping[str, Any]] | None = None,
        retry_after: str = "0.01",
        written: int = 0,
    ) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.reply = reply
        self.scripts = {name: list(faults) for name, faults in (scripts or {}).items()}
        self.blocks = blocks
        self.retry_after = retry_after
        self.written = written
        self.requests: list[dict[str, Any]] = []
        self.closing = threading.Event()
        self.lock = threading.Lock()

    def __enter__(self) -> FaultServer:
        threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.closing.set()
        self.shutdown()
        self.server_close()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that hang up are what is tested."""

    @property
    def root(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    @property
    def openai(self) -> str:
        return f"{self.root}/v1"

    @property
    def anthropic(self) -> str:
        return self.root

    @property
    def ollama(self) -> str:
        return self.root

    def take(self, model: str) -> str:
        """The fault that is due for a model."""
        with self.lock:
            script = self.scripts.get(model)
            return (script.pop(0) if len(script) > 1 else script[0]) if script else model

    def text_for(self, fault: str, body: dict[str, Any]) -> str:
        """What the model says."""
        reply = self.reply(body) if callable(self.reply) else self.reply
        return statements_of(reply, LIES[fault]) if fault in LIES else reply


def closed_port() -> str:
    """An address where nobody listens."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{found.getsockname()[1]}/v1"


class Handler(BaseHTTPRequestHandler):
    """One request."""

    server: FaultServer
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 (the base class names it so)
        """Quiet."""

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        # One connection a request keeps every fault its own.
        self.close_connection = True
        self.server.requests.append({"path": self.path, "headers": dict(self.headers), "body": body})
        self.fault = self.server.take(body["model"])
        self.text = self.server.text_for(self.fault, body)
        self.is_streamed = bool(body.get("stream"))
        if self.fault == "silent":
            self.silence()
        elif self.fault.removesuffix("+retry-after") in STATUSES:
            self.answer_status(int(self.fault.removesuffix("+retry-after")))
        elif self.fault == "redirect":
            self.begin(307, "text/html", location=f"{self.server.root}{self.path}", content_length="0")
        elif self.fault == "html":
            self.begin(200, "text/html")
            self.wfile.write(f"<html><body>{SECRET}</body></html>".encode())
        else:
            self.speak(self.dialect())

    def dialect(self) -> Dialect:
        if self.path.endswith("/chat/completions"):
            return OpenAI()
        return Ollama() if self.path.endswith("/api/chat") else Anthropic(self.server.blocks, self.server.written)

    def begin(self, status: int, kind: str, **headers: str) -> None:
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header("connection", "close")
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()

    def silence(self) -> None:
        """Say nothing until the test is over."""
        self.server.closing.wait(LONGEST_SILENCE)

    def answer_status(self, status: int) -> None:
        asked = {"retry_after": self.server.retry_after} if self.fault.endswith("+retry-after") else {}
        self.begin(status, "application/json", **asked)
        self.wfile.write(json.dumps({"error": {"message": SECRET, "type": "error"}}).encode())

    def speak(self, dialect: Dialect) -> None:
        """A reply, well or with a fault on the way."""
        text, finish = self.text_of_fault(), self.finish(dialect)
        if self.is_streamed:
            pieces = dialect.events(text, finish, self.fault)
        else:
            whole = json.dumps(dialect.whole(text, finish, self.fault), ensure_ascii=False).encode()
            size = len(whole) // 5 + 1
            pieces = [whole[at : at + size] for at in range(0, len(whole), size)]
        self.begin(200, dialect.kind if self.is_streamed else "application/json")
        for place, piece in enumerate(pieces):
            if self.interrupted(place, len(pieces)):
                return
            self.write_bytes(self.damaged(piece))

    def text_of_fault(self) -> str:
        texts = {"empty": "", "tool-calls": "", "huge": "x" * 10_000_000, "ends": self.text[:40]}
        return texts.get(self.fault, self.text)

    def finish(self, dialect: Dialect) -> str | None:
        names = {"content-filter": dialect.refusal, "tool-calls": dialect.tools, "cut": dialect.cut}
        return None if self.fault in {"no-finish", "ends"} else names.get(self.fault, dialect.stop)

    def interrupted(self, place: int, count: int) -> bool:
        """Whether the reply goes no further than here: the first text is at place 1 or 2, by dialect."""
        if (self.fault, place) in {("silent-stream", 0), ("after-first", 3), ("stall", count - 2)}:
            self.silence()
            return True
        if (self.fault, place) == ("reset", 3):
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            self.connection.close()
            return True
        if (self.fault, place) == ("pings", 3):
            while not self.server.closing.wait(0.02):
                self.write_bytes(b": ping\n\n" if self.is_streamed else b" ")
            return True
        return False

    def damaged(self, data: bytes) -> bytes:
        if self.fault == "truncated":
            return data[: len(data) * 2 // 3] if self.is_streamed else data[:-1]
        if self.fault == "invalid-utf8":
            return data.replace(b"index", b"ind\xe2\x82ex")
        if self.fault == "no-blank-line":
            return data.replace(b"\n\n", b"\n")
        return data

    def write_bytes(self, data: bytes) -> None:
        self.wfile.write(data)
        self.wfile.flush()


class Dialect:
    """How a provider says it."""

    kind = "text/event-stream"
    stop, cut, refusal, tools = "stop", "length", "content_filter", "tool_calls"

    def events(self, text: str, finish: str | None, fault: str) -> list[bytes]:
        raise NotImplementedError

    def whole(self, text: str, finish: str | None, fault: str) -> dict[str, Any]:
        raise NotImplementedError


def thirds(text: str) -> list[str]:
    """A text in three pieces; a huge one in a single piece."""
    size = len(text) // 3 + 1
    pieces = [text[at : at + size] for at in range(0, len(text), size)] if len(text) < 1_000_000 else [text]
    return pieces or [""]


class OpenAI(Dialect):
    def chunk(self, delta: dict[str, Any], finish: str | None = None, **more: Any) -> bytes:
        choice = {"index": 0, "delta": delta, "finish_reason": finish}
        record = {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [choice], **more}
        return f"data: {json.dumps(record, ensure_ascii=False)}\n\n".encode()

    def events(self, text: str, finish: str | None, fault: str) -> list[bytes]:
        if fault == "sse-error":
            return [b'data: {"error": {"message": "%s", "type": "server_error"}}\n\n' % SECRET.encode()]
        calls = [{"index": 0, "id": "c", "type": "function", "function": {"name": SECRET, "arguments": '{"a": [}'}}]
        usage = {"prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 120}
        details = {"prompt_tokens_details": {"cached_tokens": 64}}
        body = (
            [self.chunk({"tool_calls": calls})]
            if fault == "tool-calls"
            else [self.chunk({"content": piece}) for piece in thirds(text)]
        )
        done = [b"data: [DONE]\n\n"] * (2 if fault == "double-done" else 1)
        last = self.chunk({}, None, choices=[], usage={**usage, **details})
        return [self.chunk({"role": "assistant", "content": ""}), *body, self.chunk({}, finish), last, *done]

    def whole(self, text: str, finish: str | None, fault: str) -> dict[str, Any]:
        if fault == "sse-error":
            return {"error": {"message": SECRET, "type": "server_error"}}
        message: dict[str, Any] = {"role": "assistant", "content": text}
        if fault == "tool-calls":
            message["tool_calls"] = [{"id": "c", "type": "function", "function": {"name": SECRET, "arguments": "{[}"}}]
        choice = {"index": 0, "message": message, "finish_reason": finish}
        usage = {"prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 120}
        return {"id": "1", "object": "chat.completion", "created": 1, "model": "m", "choices": [choice], "usage": usage}


class Anthropic(Dialect):
    """`blocks` are text blocks with citations that are sent instead of the reply, `written` tokens that it keeps from now on."""

    stop, cut, refusal, tools = "end_turn", "max_tokens", "refusal", "tool_use"

    def __init__(self, blocks: Sequence[Mapping[str, Any]] | None = None, written: int = 0) -> None:
        self.blocks = blocks
        self.written = written

    def usage(self, received: int) -> dict[str, Any]:
        """What Anthropic says of 100 tokens, and those that are written."""
        kept = {"ephemeral_5m_input_tokens": self.written, "ephemeral_1h_input_tokens": 0}
        return {
            "input_tokens": 36, "output_tokens": received, "cache_read_input_tokens": 64,
            "cache_creation_input_tokens": self.written, **({"cache_creation": kept} if self.written else {}),
        }  # fmt: skip

    def event(self, kind: str, **members: Any) -> bytes:
        return f"event: {kind}\ndata: {json.dumps({'type': kind, **members}, ensure_ascii=False)}\n\n".encode()

    def message(self, **members: Any) -> dict[str, Any]:
        started = {"id": "1", "type": "message", "role": "assistant", "model": "m", "content": []}
        record = {**started, "usage": self.usage(1)}
        return {**record, "stop_reason": None, "stop_sequence": None, **members}

    def events(self, text: str, finish: str | None, fault: str) -> list[bytes]:
        if fault == "sse-error":
            return [self.event("error", error={"type": "overloaded_error", "message": SECRET})]
        body = [event for place, block in enumerate(self.content(text, fault)) for event in self.block(place, block)]
        delta = {"stop_reason": finish, "stop_sequence": None}
        end = [self.event("message_delta", delta=delta, usage=self.usage(20))]
        stops = [self.event("message_stop")] * (2 if fault == "double-done" else 1)
        return [self.event("message_start", message=self.message()), *body, *end, *stops]

    def block(self, place: int, block: Mapping[str, Any]) -> list[bytes]:
        """A block in pieces, its citations before its last words, as nobody promises an order."""
        if block["type"] == "tool_use":
            start = self.event("content_block_start", index=place, content_block=block)
            return [start, self.delta(place, type="input_json_delta", partial_json='{"a": [}')]
        empty = {"type": "text", "text": "", "citations": None}
        texts = [self.delta(place, type="text_delta", text=piece) for piece in thirds(block["text"])]
        cited = [
            self.delta(place, type="citations_delta", citation=citation) for citation in block.get("citations") or []
        ]
        start = self.event("content_block_start", index=place, content_block=empty)
        return [start, *texts[:-1], *cited, texts[-1], self.event("content_block_stop", index=place)]

    def delta(self, place: int, **delta: Any) -> bytes:
        return self.event("content_block_delta", index=place, delta=delta)

    def content(self, text: str, fault: str) -> Sequence[Mapping[str, Any]]:
        if fault == "tool-calls":
            return [{"type": "tool_use", "id": "c", "name": SECRET, "input": {}}]
        return self.blocks if self.blocks is not None else [{"type": "text", "text": text}]

    def whole(self, text: str, finish: str | None, fault: str) -> dict[str, Any]:
        if fault == "sse-error":
            return {"type": "error", "error": {"type": "overloaded_error", "message": SECRET}}
        return self.message(content=self.content(text, fault), stop_reason=finish)


class Ollama(Dialect):
    kind = "application/x-ndjson"
    refusal = tools = "load"

    def record(self, text: str, **more: Any) -> dict[str, Any]:
        return {
            "model": "m",
            "created_at": "2026-01-01T00:00:00Z",
            "message": {"role": "assistant", "content": text},
            **more,
        }

    def ending(self, text: str, finish: str | None) -> dict[str, Any]:
        return self.record(text, done=True, done_reason=finish, prompt_eval_count=100, eval_count=20)

    def events(self, text: str, finish: str | None, fault: str) -> list[bytes]:
        if fault == "sse-error":
            return [json.dumps({"error": SECRET}).encode() + b"\n"]
        records = [*(self.record(piece, done=False) for piece in thirds(text)), self.ending("", finish)]
        return [json.dumps(record, ensure_ascii=False).encode() + b"\n" for record in records]

    def whole(self, text: str, finish: str | None, fault: str) -> dict[str, Any]:
        return {"error": SECRET} if fault == "sse-error" else self.ending(text, finish)
