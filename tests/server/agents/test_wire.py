"""Lines that the server could not read are answered; good ones are passed on as they are."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mcp.types import jsonrpc_message_adapter

from mlplaybook.server.agents.wire import (
    DEEPEST,
    LONGEST_LINE,
    BadLine,
    depth,
    read_json,
    read_lines,
    read_message,
    write_line,
)
from tests.server.agents.talking import front_of, request, seen

DEEP = b'{"jsonrpc":"2.0","id":1,"method":"m","params":{"a":' + b"[" * 150 + b"]" * 150 + b"}}"


@pytest.mark.parametrize(
    ("line", "code", "id"),
    [
        (b"nonsense", -32700, None),
        (b'{"jsonrpc":"2.0","id":1,"method":"ping"', -32700, None),
        (b'{"jsonrpc":"2.0","id":1,"method":"ping"}{}', -32700, None),
        (b'\xff\xfe{"jsonrpc":"2.0"}', -32700, None),
        ('{"jsonrpc":"2.0","id":1,"method":"ping"}'.encode("utf-16"), -32700, None),
        (b'\xef\xbb\xbf{"jsonrpc":"2.0","id":1,"method":"ping"}', -32700, None),
        (b'{"jsonrpc":"2.0","id":1,"method":"ping","params":{"a":NaN}}', -32700, None),
        (b'{"jsonrpc":"2.0","id":1,"method":"ping","params":{"a":"\\ud800"}}', -32700, 1),
        (b'{"jsonrpc":"2.0","id":"\\ud800","method":"ping"}', -32700, None),
        (b'{"jsonrpc":"2.0","id":' + b"1" * 5000 + b',"method":"ping"}', -32700, None),
        (b"[" * 100_000, -32700, None),
        (DEEP, -32700, 1),
        (b"5", -32600, None),
        (b'"ping"', -32600, None),
        (b"null", -32600, None),
        (b"{}", -32600, None),
        (b'{"id":1,"method":"ping"}', -32600, 1),
        (b'{"jsonrpc":2.0,"id":1,"method":"ping"}', -32600, 1),
        (b'{"jsonrpc":"2.0","id":null,"method":"ping"}', -32600, None),
        (b'{"jsonrpc":"2.0","id":true,"method":"ping"}', -32600, None),
        (b'{"jsonrpc":"2.0","id":1.5,"method":"ping"}', -32600, None),
        (b'{"jsonrpc":"2.0","id":[1],"method":"ping"}', -32600, None),
        (b'{"jsonrpc":"2.0","id":1,"method":5}', -32600, 1),
        (b'{"jsonrpc":"2.0","id":1,"method":null}', -32600, 1),
        (b'{"jsonrpc":"2.0","id":1}', -32600, 1),
        (b'{"jsonrpc":"2.0","id":1,"method":"ping","params":[1]}', -32600, 1),
        (b'{"jsonrpc":"2.0","id":1,"method":"ping","params":"x"}', -32600, 1),
        (b'{"jsonrpc":"2.0","id":1,"method":"ping","result":{}}', -32600, 1),
        (b'{"jsonrpc":"2.0","id":1,"result":{},"error":{"code":1,"message":"x"}}', -32600, 1),
        (b'{"jsonrpc":"2.0","id":1,"result":5}', -32600, 1),
        (b'{"jsonrpc":"2.0","id":1,"error":{"code":"1","message":"x"}}', -32600, 1),
        (b'{"jsonrpc":"2.0","result":{}}', -32600, None),
    ],
)
def test_a_bad_line_is_answered_and_the_next_one_is_read(line: bytes, code: int, id: Any, tmp_path: Path) -> None:  # noqa: A002
    with pytest.raises(BadLine) as caught:
        read_message(read_json(line))
    reply = json.loads(write_line(caught.value.reply))
    assert (reply["id"], reply["error"]["code"], len(reply)) == (id, code, 3)


def test_bad_lines_disturb_nobody(tmp_path: Path) -> None:
    with front_of(tmp_path / "log") as talk:
        talk.write(b"nonsense\n\n   \n" + DEEP + b"\n[]\n")
        talk.send(request("tools/call", id=2))
        assert [(one["id"], one.get("error", {}).get("code")) for one in (talk.read() for _ in range(4))] == [
            (None, -32700), (1, -32700), (None, -32600), (2, None)
        ]  # fmt: skip
        talk.close()
        assert [one["method"] for one in seen(tmp_path / "log")] == ["tools/call"]


def test_a_line_that_is_too_long_is_skipped_and_answered(tmp_path: Path) -> None:
    with front_of(tmp_path / "log") as talk:
        talk.write(b'{"a":"' + b"x" * (2 * LONGEST_LINE) + b'"}\n')
        talk.send(request("tools/call", id=2))
        assert talk.read()["error"]["message"] == "A message has at most 16,777,216 bytes."
        assert talk.read()["id"] == 2


def test_lines_are_what_ends_with_a_newline() -> None:
    stream = io.BytesIO(b'a\r\n\n \r\n{"a":\r1}\nlast')
    assert list(read_lines(stream)) == [b"a\r\n", b'{"a":\r1}\n', b"last"]


def test_a_carriage_return_within_a_message_is_not_passed_on(tmp_path: Path) -> None:
    with front_of(tmp_path / "log") as talk:
        talk.write(b'{"jsonrpc":"2.0",\r"id":1,\r"method":"tools/call"}\r\n')
        assert talk.read()["id"] == 1


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
FIELDS = {
    "jsonrpc": st.just("2.0") | VALUES,
    "id": VALUES,
    "method": st.text() | VALUES,
    "params": VALUES,
    "result": VALUES,
}


@given(st.fixed_dictionaries({}, optional={**FIELDS, "error": VALUES}))
def test_what_is_passed_on_can_be_read_behind(record: dict[str, Any]) -> None:
    try:
        message = read_message(read_json(write_line(record)))
    except BadLine:
        return
    read = jsonrpc_message_adapter.validate_json(write_line(message.record), by_name=False)
    assert getattr(read, "id", None) == message.id
    assert getattr(read, "method", "") == message.method


@given(VALUES)
def test_depth_is_not_misled_by_text(value: Any) -> None:
    def true_depth(inner: Any) -> int:
        parts = inner.values() if isinstance(inner, dict) else inner if isinstance(inner, list) else None
        return 0 if parts is None else 1 + max(map(true_depth, parts), default=0)

    text = json.dumps([value, "[" * DEEPEST, '{"\\'])
    assert depth(text) == 1 + true_depth(value)
