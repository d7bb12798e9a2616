"""Malformed messages for an MCP server on stdio, and what it does with each: `python -m tests.server.agents.fuzz [COUNT] [SEED]`.

After every line a ping has to be answered within five seconds, a request that can be read has to be answered itself, and
stdout holds nothing but JSON-RPC. Prints one record; exit 1 where something was not so.
"""

from __future__ import annotations

import json
import queue
import random
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.server.agents.talking import (
    ENTRY,
    ENVELOPE,
    HELLO,
    Record,
    Talk,
    children,
    megabytes,
    notification,
    request,
    talking,
)

HANG_SECONDS, START_SECONDS = 5.0, 60.0
MOST_MEGABYTES = 350
TOOLS = (
    "search_playbook", "ask_playbook", "read_playbook", "fill_template", "check_document", "decide", "verify_citations",
    "no_such_tool", "", "a" * 300, "../../etc/passwd",
)  # fmt: skip
METHODS = (
    "initialize", "ping", "tools/list", "tools/call", "resources/list", "resources/read", "resources/templates/list",
    "prompts/list", "prompts/get", "completion/complete", "logging/setLevel", "server/discover", "skills/list", "skills/get",
    "notifications/initialized", "notifications/cancelled", "notifications/progress", "notifications/roots/list_changed",
    "resources/subscribe", "sampling/createMessage", "rpc.discover", "", "tools/call ", "TOOLS/LIST", "\u0000",
)  # fmt: skip
NAMES = (
    "query", "question", "name", "uri", "template", "document", "quotes", "inputs", "cursor", "max_tokens", "limit", "_meta",
    "arguments", "ref", "argument", "requestId", "progressToken", "protocolVersion", "capabilities", "clientInfo", "level",
)  # fmt: skip
URIS = (
    "playbook://page/../../etc/passwd", "playbook://page/%2e%2e%2f", "file:///etc/passwd", "playbook://", "playbook://index?x=#",
    "playbook://page/drift/\u0000", "http://127.0.0.1/", "", "//", "playbook://page/" + "a" * 5000, "playbook://index",
)  # fmt: skip
VALUES: tuple[Any, ...] = (
    None, True, False, 0, -1, 1.5, 1e308, 10**40, "", " ", "drift", "x" * 20_000, "\u0000", "\u202e", "🦉" * 100, [], {}, [[]],
    [None], {"": None}, {"a": {"a": {"a": {}}}}, ["drift"] * 500, "{", '{"query": "drift"}', *URIS,
)  # fmt: skip


@dataclass(slots=True)
class Outcome:
    """What a run has shown; `hangs`: lines after which a ping got no answer in time, `silent`: readable requests without one.

    `megabytes`: what front and server together hold at the end.
    """

    sent: int = 0
    answered: int = 0
    refused: int = 0
    hangs: list[str] = field(default_factory=list)
    silent: list[str] = field(default_factory=list)
    not_messages: list[str] = field(default_factory=list)
    slowest_ms: float = 0.0
    megabytes: float = 0.0

    @property
    def good(self) -> bool:
        """Whether all was as it should be."""
        return not (self.hangs or self.silent or self.not_messages) and self.megabytes <= MOST_MEGABYTES


def malformed(random_: random.Random, number: int, modern: bool) -> bytes:
    """A line that is no good message, or hardly one; its id, where it has one, is often `f-NUMBER`."""
    make = random_.choice(
        (raw, raw, field_by_field, field_by_field, call, call, call, odd_params, bytes_changed, batch)
    )
    return make(random_, f"f-{number}", modern).replace(b"\n", b" ") + b"\n"


def raw(random_: random.Random, id: str, modern: bool) -> bytes:  # noqa: A002
    """What is no JSON, or none that everybody reads."""
    good = json.dumps(request("ping", id=id)).encode()
    deep = random_.choice((90, 99, 101, 199, 201, 1000, 50_000))
    return random_.choice(
        (
            random_.randbytes(random_.randint(0, 400)), b"", b"\x00", b"\xff\xfe", b"\xef\xbb\xbf" + good, good[:-2], good + good,
            good + b",", b"[" * deep, b"[" * deep + b"]" * deep, b"nan", b"Infinity", b"'ping'", b"// ping", b"\r" + good + b"\r",
            b'{"jsonrpc":"2.0","id":"%s","method":"ping","params":{"a":%s}}' % (id.encode(), b"[" * deep + b"]" * deep),
            b'{"jsonrpc":"2.0","id":%s,"method":"ping"}' % (b"9" * random_.choice((20, 400, 5000))),
            good.decode().encode("utf-16"),
            b'{"jsonrpc":"2.0","id":"%s","method":"ping","params":{"a":"\\ud83d"}}' % id.encode(), b'{"id":NaN}',
            b'{"jsonrpc":"2.0","id":"%s","id":"%s","method":"ping"}' % (id.encode(), id.encode()),
            b'{"jsonrpc":"2.0",\r"id":"%s",\r\r"method":"ping"}' % id.encode(), b"\x1b[2J", b"Content-Length: 5\r", b'"' * 999,
        )
    )  # fmt: skip


def field_by_field(random_: random.Random, id: str, modern: bool) -> bytes:  # noqa: A002
    """An object whose fields are missing or something else."""
    record: Record = {
        "jsonrpc": random_.choice(("2.0", "2.0", "2.0", "1.0", 2.0, None)), "id": random_.choice((id, id, *VALUES)),
        "method": random_.choice((*METHODS, *METHODS, *VALUES)), "params": random_.choice((ENVELOPE if modern else {}, *VALUES)),
        "result": random_.choice(VALUES), "error": random_.choice(({"code": -1, "message": "x"}, *VALUES)),
    }  # fmt: skip
    kept = random_.sample(sorted(record), random_.randint(0, 6))
    return json.dumps(
        {key: record[key] for key in kept if key not in {"result", "error"} or random_.random() < 0.3}
    ).encode()


def call(random_: random.Random, id: str, modern: bool) -> bytes:  # noqa: A002
    """A tool call, a prompt, a completion or a resource with arguments that make no sense."""
    arguments = {random_.choice(NAMES): random_.choice(VALUES) for _ in range(random_.randint(0, 4))}
    method = random_.choice(
        ("tools/call", "tools/call", "prompts/get", "completion/complete", "resources/read", "skills/get")
    )
    params = {
        "name": random_.choice(TOOLS), "arguments": random_.choice((arguments, arguments, *VALUES)), "uri": random_.choice(URIS),
        "ref": random_.choice(({"type": "ref/prompt", "name": "x"}, {"type": "ref/resource", "uri": "playbook://page/{id}"}, {})),
        "argument": random_.choice(({"name": "id", "value": "d"}, {"name": "id"}, *VALUES)),
    }  # fmt: skip
    for name in random_.sample(sorted(params), random_.randint(0, 2)):
        del params[name]
    return json.dumps(request(method, {**params, **(ENVELOPE if modern else {})}, id)).encode()


def odd_params(random_: random.Random, id: str, modern: bool) -> bytes:  # noqa: A002
    """A method with any params, or a notification."""
    params = {random_.choice(NAMES): random_.choice(VALUES) for _ in range(3)} | (
        ENVELOPE if modern and random_.random() < 0.8 else {}
    )
    method = random_.choice(METHODS)
    return json.dumps(notification(method, params) if random_.random() < 0.3 else request(method, params, id)).encode()


def bytes_changed(random_: random.Random, id: str, modern: bool) -> bytes:  # noqa: A002
    """A good message with bytes changed, taken out or put in."""
    line = bytearray(call(random_, id, modern))
    for _ in range(random_.randint(1, 4)):
        at = random_.randrange(max(len(line), 1))
        line[at : at + random_.randint(0, 1)] = random_.choice((b"", b'"', random_.randbytes(1)))
    return bytes(line)


def batch(random_: random.Random, id: str, modern: bool) -> bytes:  # noqa: A002
    """Several at once."""
    return b"[" + b",".join(field_by_field(random_, id, modern) for _ in range(random_.randint(0, 3))) + b"]"


def expects(line: bytes, number: int) -> bool:
    """Whether a line is a request, by its own words, that has to be answered."""
    try:
        record = json.loads(line.decode())
    except (ValueError, RecursionError):
        return False
    if not isinstance(record, dict) or record.get("id") != f"f-{number}" or record.get("jsonrpc") != "2.0":
        return False
    return isinstance(record.get("method"), str) and not {"result", "error"} & set(record)


def try_line(talk: Talk, line: bytes, number: int, ping: Record, outcome: Outcome) -> None:
    """Send a line and a ping, and read until both are answered."""
    wanted = {ping["id"]} | ({f"f-{number}"} if expects(line, number) else set())
    began = time.monotonic()
    talk.write(line + json.dumps(ping).encode() + b"\n")
    while wanted:
        try:
            said = talk.lines.get(timeout=max(HANG_SECONDS - (time.monotonic() - began), 0.001))
        except queue.Empty:
            (outcome.hangs if ping["id"] in wanted else outcome.silent).append(repr(line[:300]))
            return
        if said is None:
            raise EOFError(f"the server has ended after {line[:300]!r}")
        for message in messages_of(said, outcome):
            outcome.answered += message.get("id") == f"f-{number}"
            outcome.refused += message.get("id") is None and "error" in message
            if isinstance(message.get("id"), str):
                wanted.discard(message["id"])
    outcome.slowest_ms = max(outcome.slowest_ms, (time.monotonic() - began) * 1000)


def messages_of(said: bytes, outcome: Outcome) -> list[Record]:
    """The messages of a line."""
    try:
        value = json.loads(said)
    except ValueError:
        value = None
    found = value if isinstance(value, list) else [value]
    good = [one for one in found if isinstance(one, dict) and one.get("jsonrpc") == "2.0"]
    if len(good) < len(found) or not found:
        outcome.not_messages.append(repr(said[:300]))
    return good


def fuzz(
    count: int, seed: int, command: Sequence[str] = ("-c", ENTRY, "mcp"), say: Callable[[str], None] = lambda line: None,
    **options: Any,
) -> Outcome:  # fmt: skip
    """Send so many malformed lines, by turns to a connection of the old protocol, of the new one, and one without a beginning."""
    outcome = Outcome()
    connections = 3
    for connection in range(connections):
        chance = random.Random(f"{seed}-{connection}")
        modern = connection == 1
        with talking(command, stderr=subprocess.DEVNULL, **options) as talk:
            if connection == 0:
                talk.ask("initialize", HELLO)
                talk.send(notification("notifications/initialized"))
            # How long a busy machine takes to load the server is another question; the front does not know this method.
            talk.send(request("no/such/method", ENVELOPE if modern else None))
            talk.read(START_SECONDS)
            for number in range(count // connections + (connection < count % connections)):
                ping = request("ping", ENVELOPE if modern else None, f"ping-{number}")
                try_line(talk, malformed(chance, number, modern), number, ping, outcome)
                outcome.sent += 1
                if outcome.sent % 500 == 0:
                    say(f"{outcome.sent}: {len(outcome.hangs)} hangs, {len(outcome.silent)} without an answer")
            held = sum(megabytes(pid) for pid in (talk.process.pid, *children(talk.process.pid)))
            outcome.megabytes = max(outcome.megabytes, held)
    return outcome


def record_of(outcome: Outcome) -> Mapping[str, Any]:
    """The outcome for people."""
    return {
        "sent": outcome.sent, "answered": outcome.answered, "refused": outcome.refused, "hangs": len(outcome.hangs),
        "silent": len(outcome.silent), "not_messages": len(outcome.not_messages), "slowest_ms": round(outcome.slowest_ms),
        "megabytes": round(outcome.megabytes),
        "examples": (outcome.hangs + outcome.silent + outcome.not_messages)[:10],
    }  # fmt: skip


def main() -> int:
    """Fuzz the server of this checkout."""
    words = sys.argv[1:]
    count, seed = int(words[0]) if words else 5000, int(words[1]) if words[1:] else 1
    outcome = fuzz(count, seed, say=lambda line: print(line, file=sys.stderr, flush=True))  # noqa: T201
    print(json.dumps(record_of(outcome), indent=2))  # noqa: T201
    return 0 if outcome.good else 1


if __name__ == "__main__":
    sys.exit(main())
