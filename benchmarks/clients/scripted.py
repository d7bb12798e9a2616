"""A model that follows a script: it calls the tools it is told to, in order, and keeps what it was shown.

It speaks as much of Anthropic's messages, OpenAI's responses and Gemini's generateContent as the agents need. It keeps no state
of a conversation: how far the script has come is read from the ids of the results in each request.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Body = Mapping[str, Any]
# How often it looks for a tool that it was not shown before it gives up.
MOST_LOOKS = 2
DONE = "The script is done."


@dataclass(frozen=True, slots=True)
class Step:
    """A tool to call: one of the server's, or the agent's `own`."""

    tool: str
    arguments: Mapping[str, object]
    own: bool = False


@dataclass(frozen=True, slots=True)
class Offered:
    """A tool as the model was shown it; `space` is what it stands in, where there are spaces."""

    name: str
    space: str = ""


@dataclass(frozen=True, slots=True)
class Turn:
    """What a request tells: tools, results of script calls by step, looks for tools so far, and the words before all."""

    tools: tuple[Offered, ...]
    results: Mapping[int, str]
    looks: int
    can_look: bool
    before: str


@dataclass(frozen=True, slots=True)
class Call:
    """The model calls a tool: of step `number`, or looks for one when `looks_for` is set, which is the agent's `own` or not."""

    number: int
    offered: Offered
    arguments: Mapping[str, object]
    looks_for: str = ""
    own: bool = False


Move = Call | str


def next_move(turn: Turn, steps: Sequence[Step]) -> Move:
    """The call of the first step without a result; words when all are done or a tool cannot be found."""
    number = next((n for n in range(len(steps)) if n not in turn.results), len(steps))
    if number == len(steps):
        return DONE
    if not turn.tools and not turn.can_look:
        # A request beside the conversation, such as for its title.
        return "Playbook"
    step = steps[number]
    offered = next((one for one in turn.tools if one.name.endswith(step.tool)), None)
    if offered:
        return Call(number, offered, step.arguments)
    if turn.can_look and turn.looks < MOST_LOOKS * (number + 1):
        return Call(number, Offered(""), {}, step.tool, step.own)
    return f"There is no tool {step.tool}."


def number_of(identifier: object) -> int | None:
    """The step that an id of ours belongs to, None for a look and for what is not ours.

    >>> number_of("step_2_call"), number_of("look_1")
    (2, None)
    """
    parts = str(identifier).split("_")
    return int(parts[1]) if parts[0] == "step" and len(parts) == 3 and parts[1].isdigit() else None


def is_look(identifier: object) -> bool:
    """Whether an id is of a look for tools."""
    return str(identifier).startswith("look_")


def texts_in(value: Any) -> str:  # noqa: ANN401 (whatever an agent puts there)
    """All words of a result, whatever blocks they are in."""
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return "\n".join(texts_in(one) for one in value)
    if isinstance(value, dict):
        known = next((value[key] for key in ("text", "content", "output", "error") if key in value), None)
        return texts_in(known) if known is not None else json.dumps(value, ensure_ascii=False)
    return ""


@dataclass(slots=True)
class Log:
    """What the model was shown, over all requests."""

    turns: list[Turn] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, path: str, turn: Turn | None) -> None:
        """Keep a request."""
        with self.lock:
            self.asked.append(path)
            if turn:
                self.turns.append(turn)

    @property
    def results(self) -> dict[int, str]:
        """The result of every step, as it was shown last."""
        return {number: text for turn in self.turns for number, text in turn.results.items()}

    @property
    def before(self) -> str:
        """The longest words that stood before the conversation, tools among them."""
        return max((turn.before for turn in self.turns), key=len, default="")


@contextmanager
def scripted_model(steps: Sequence[Step], dialects: Sequence[Any]) -> Iterator[tuple[str, Log]]:
    """A server on the loopback address that plays the script; its address, and what it is shown."""
    log = Log()

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *words: object) -> None:
            """Say nothing."""

        def do_GET(self) -> None:
            log.add(self.path, None)
            self.answer(404, "application/json", b"{}")

        do_HEAD = do_GET  # noqa: N815 (the standard library's)

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers.get("content-length", 0))) or b"{}")
            for dialect in dialects:
                if dialect.speaks(self.path):
                    turn = dialect.read(body)
                    log.add(self.path, turn)
                    kind, text = dialect.write(self.path, body, next_move(turn, steps))
                    return self.answer(200, kind, text.encode())
            log.add(self.path, None)
            # Counting tokens is asked of some models.
            return self.answer(200, "application/json", b'{"input_tokens": 1, "totalTokens": 1}')

        def answer(self, status: int, kind: str, body: bytes) -> None:
            self.send_response(status)
            self.send_header("content-type", kind)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.1,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", log
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
