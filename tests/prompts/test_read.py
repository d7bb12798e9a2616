"""A prompt file that is wrong says where."""

from __future__ import annotations

from pathlib import Path

import pytest

from mlplaybook.prompts.errors import BadPromptFile, PromptMissing
from mlplaybook.prompts.read import read_prompt
from mlplaybook.prompts.records import Message

GOOD = """
name: greet
version: 3
released: 2026-11-21
description: Greets.
inputs: {who: the person}
changelog: ["3: shorter"]
messages:
  - {role: system, static: true, content: "Greet {{ nobody }}."}
  - {role: user, content: "Hello {{ who }}"}
output: {type: object}
example: {who: Ada}
"""


def write(folder: Path, text: str, name: str = "greet/3.yaml") -> Path:
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    return path


def test_a_file_becomes_a_prompt(tmp_path: Path) -> None:
    prompt = read_prompt(write(tmp_path, GOOD))
    assert prompt.messages == (
        Message("system", "Greet {{ nobody }}.", static=True),
        Message("user", "Hello {{ who }}"),
    )
    assert (prompt.id, prompt.released, prompt.inputs) == ("greet@3", "2026-11-21", {"who": "the person"})
    assert (prompt.audience, prompt.own, prompt.changelog) == ("", False, ("3: shorter",))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("name: greet", "name: gret", "says that it is gret@3"),
        ("version: 3", "version: 4", "says that it is greet@4"),
        ("version: 3", "version: true", "version is True, not a int"),
        ("released: 2026-11-21", "released: soon", "released is 'soon', neither a date nor null"),
        ("description: Greets.", "about: Greets.", "lacks description and has the unknown about"),
        ("inputs: {who: the person}", "inputs: {whom: the person}", "use the inputs who; described are whom"),
        ("inputs: {who: the person}", "inputs: [who]", "inputs is ['who'], not a dict"),
        ("example: {who: Ada}", "example: {}", "the example does not give exactly the inputs"),
        ("role: user", "role: human", "message 2 has the role 'human'"),
        ("role: user", "role: user, static: true", "use the inputs none; described are who"),
        ("static: true, ", "", "a static message stands behind"),
        ("Hello {{ who }}", "Hello {{ who", "holds a template that cannot be read"),
        ("Hello {{ who }}", "", "message 2 needs a text as content"),
        ("output: {type: object}", "output: {type: object", "is not YAML"),
        (GOOD, "- a list", "holds no mapping"),
        ("Ada", "\udcff", "cannot be read"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named(tmp_path: Path, old: str, new: str, said: str) -> None:
    text = GOOD.replace(old, new)
    if said.startswith("a static"):
        text = text.replace("role: user", "role: user, static: true").replace("{{ nobody }}", "{{ who }}")
    with pytest.raises(BadPromptFile) as caught:
        read_prompt(write(tmp_path, text))
    assert said in str(caught.value)
    assert "greet/3.yaml" in str(caught.value)


def test_a_file_that_is_not_there_is_a_version_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(PromptMissing, match="There is no greet@9"):
        read_prompt(tmp_path / "greet" / "9.yaml")
