"""The lock: released once means the same for ever; a draft may still change."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from mlplaybook.prompts.errors import BadPromptFile, PromptChanged
from mlplaybook.prompts.library import list_prompts, load_prompt
from mlplaybook.prompts.lock import compare, lost, read_lock, write_lock

FILE = """
name: greet
version: {version}
released: {released}
description: Greets.
inputs: {{who: the person}}
changelog: [first]
messages: [{{role: user, content: "{greeting} {{{{ who }}}}"}}]
output: {{type: object}}
example: {{who: Ada}}
"""


def write(folder: Path, version: int, released: str = "2026-11-21", greeting: str = "Hello") -> None:
    path = folder / "greet" / f"{version}.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(FILE.format(version=version, released=released, greeting=greeting))


def lock(folder: Path) -> list[tuple[str, str]]:
    return [(entry.prompt.id, entry.state) for entry in write_lock(folder, list_prompts(shipped=folder))]


def states(folder: Path) -> list[str]:
    return [entry.state for entry in compare(list_prompts(shipped=folder), read_lock(folder))]


def test_a_new_version_is_locked_once_with_the_hash_of_its_file(tmp_path: Path) -> None:
    write(tmp_path, 1)
    write(tmp_path, 2, released="null")
    one, two = list_prompts(shipped=tmp_path)
    assert lock(tmp_path) == [("greet@1", "new"), ("greet@2", "new")]
    assert json.loads((tmp_path / "lock.json").read_text()) == {"greet@1": one.sha256, "greet@2": f"draft {two.sha256}"}
    assert lock(tmp_path) == []
    assert [path.name for path in sorted(tmp_path.iterdir())] == ["greet", "lock.json"]


def test_a_released_version_that_was_edited_is_not_locked_again(tmp_path: Path) -> None:
    write(tmp_path, 1)
    lock(tmp_path)
    before = (tmp_path / "lock.json").read_bytes()
    write(tmp_path, 1, greeting="Bye")
    write(tmp_path, 2)
    assert states(tmp_path) == ["changed", "new"]
    with pytest.raises(PromptChanged, match="greet@1 was edited after it was released"):
        lock(tmp_path)
    assert (tmp_path / "lock.json").read_bytes() == before


def test_calling_it_a_draft_again_does_not_help(tmp_path: Path) -> None:
    write(tmp_path, 1)
    lock(tmp_path)
    write(tmp_path, 1, released="null", greeting="Bye")
    with pytest.raises(PromptChanged, match=r"put the change into a new version: greet/2\.yaml"):
        lock(tmp_path)


def test_a_draft_is_locked_again_until_it_is_released(tmp_path: Path) -> None:
    write(tmp_path, 1, released="null")
    lock(tmp_path)
    assert load_prompt("greet", 1, shipped=tmp_path).released == ""
    write(tmp_path, 1, released="null", greeting="Bye")
    with pytest.raises(PromptChanged, match=r"greet@1 is not what the lock says\. Run: mlplaybook prompts lock"):
        load_prompt("greet", 1, shipped=tmp_path)
    assert lock(tmp_path) == [("greet@1", "draft changed")]
    write(tmp_path, 1, greeting="Bye")
    assert lock(tmp_path) == [("greet@1", "released")]
    assert load_prompt("greet", shipped=tmp_path).released == "2026-11-21"


def test_a_released_version_cannot_be_taken_away_and_a_draft_can(tmp_path: Path) -> None:
    write(tmp_path, 1)
    write(tmp_path, 2, released="null")
    lock(tmp_path)
    (tmp_path / "greet" / "2.yaml").unlink()
    assert lost(list_prompts(shipped=tmp_path), read_lock(tmp_path)) == ("greet@2",)
    assert lock(tmp_path) == []
    assert list(read_lock(tmp_path)) == ["greet@1"]
    (tmp_path / "greet" / "1.yaml").unlink()
    with pytest.raises(PromptChanged, match=r"greet@1 is locked and its file is gone\. Restore the file\."):
        lock(tmp_path)


@pytest.mark.parametrize("text", ["", "[]", '{"greet@1": "abc"}', '{"greet@1": 7}', "\udcff"])
def test_a_damaged_lock_is_named(tmp_path: Path, text: str) -> None:
    write(tmp_path, 1)
    (tmp_path / "lock.json").write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(BadPromptFile, match=r"lock\.json .* Restore it from version control"):
        load_prompt("greet", shipped=tmp_path)


def test_a_lock_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    write(tmp_path, 1)
    (tmp_path / ".lock.json.new").mkdir()
    with pytest.raises(BadPromptFile, match=r"lock\.json cannot be written"):
        lock(tmp_path)
