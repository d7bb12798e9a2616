"""What people think of answers is kept as they sent it, line by line."""

from __future__ import annotations

import json
import threading
from pathlib import Path

from mlplaybook.server.rest.feedback import FILE, Feedback, keep_feedback


def lines(folder: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in (folder / FILE).read_text().splitlines()]


def test_a_rating_is_a_line_with_what_was_sent_and_nothing_else(tmp_path: Path) -> None:
    keep_feedback(tmp_path, Feedback("a1", "down", "wrong", sections=("drift#psi",), key="k1"))
    (line,) = lines(tmp_path)
    assert line.pop("at")
    assert line == {"answer_id": "a1", "rating": "down", "reason": "wrong", "sections": ["drift#psi"], "key": "k1"}


def test_many_at_once_each_have_their_line(tmp_path: Path) -> None:
    threads = [
        threading.Thread(target=keep_feedback, args=(tmp_path, Feedback(str(n), "up", comment="c" * 5000)))
        for n in range(40)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {line["answer_id"] for line in lines(tmp_path)} == {str(n) for n in range(40)}


def test_the_file_does_not_grow_without_end(tmp_path: Path) -> None:
    for number in range(5):
        keep_feedback(tmp_path, Feedback(str(number), "up", comment="c" * 100), 100)
    assert [line["answer_id"] for line in lines(tmp_path)] == ["4"]
    assert len(list(tmp_path.glob("*.jsonl"))) == 2
