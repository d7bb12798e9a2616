"""YAML of people is read without trust."""

from __future__ import annotations

import pytest

from mlplaybook.ingest.errors import BadDocument
from mlplaybook.server.artefacts.documents.safe_yaml import DEEPEST, LARGEST, load_yaml, read_yaml


def test_values_are_those_of_json_and_dates_stay_as_written() -> None:
    text = "released: 2026-08-31\nat: 2026-08-31 12:00:00\nsize: 12\nshare: 0.5\nlive: yes\nowner: ~\ntags: [a, 1]\n"
    assert read_yaml(text) == {
        "released": "2026-08-31", "at": "2026-08-31 12:00:00", "size": 12, "share": 0.5, "live": True, "owner": None,
        "tags": ["a", 1],
    }  # fmt: skip


def test_json_and_a_byte_order_mark_are_read() -> None:
    assert read_yaml('\ufeff{"a": {"b": [1, null]}}') == {"a": {"b": [1, None]}}


def test_an_empty_document_has_no_value() -> None:
    assert read_yaml("# nothing here\n") is None


def test_merge_keys_give_way_to_keys_of_their_own() -> None:
    text = "base: &base {rows: 10, seed: 1}\nrun: {<<: *base, seed: 2}\nboth: {<<: [*base, {lr: 0.1}]}\n"
    assert read_yaml(text)["run"] == {"rows": 10, "seed": 2}
    assert read_yaml(text)["both"] == {"rows": 10, "seed": 1, "lr": 0.1}


def test_every_key_has_its_line() -> None:
    _, lines = load_yaml("model:\n  size: 12\n  tags:\n    - a\n    - b\n")
    assert lines == {"model": 1, "model.size": 2, "model.tags": 3, "model.tags.0": 4, "model.tags.1": 5}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a: [1", "is not YAML"),
        ("a: 1\nb: 2\na: 3\n", "the key 'a' twice (line 3)"),
        ("? [a]\n: b", "a key that is no text"),
        ("a: !!python/object/apply:os.system [ls]", "a value of type tag:yaml.org,2002:python/object/apply:os.system"),
        ("a: !!binary aGk=", "a value of type tag:yaml.org,2002:binary"),
        ("a: !!set {x}", "a value of type tag:yaml.org,2002:set"),
        ("a: !own 1", "a value of type !own"),
        ("a: 1\n---\nb: 2", "is not YAML"),
        ("a: !!int word", "a value that is no int"),
        (f"a: {'9' * 5000}", "a value that is no int"),
        ("<<: 1", "merges something that is no mapping"),
        ("[" * (DEEPEST + 1), f"more than {DEEPEST} levels deep"),
        ("a: &a [*a]", "holds more than"),
        ("x" * (LARGEST + 1), f"more than {LARGEST:,} bytes"),
        ("a: \x00", "is not YAML"),
    ],
)
def test_what_is_no_plain_document_is_refused_with_its_place(text: str, words: str) -> None:
    with pytest.raises(BadDocument) as caught:
        read_yaml(text, "notes.yaml")
    assert caught.value.cause.startswith("notes.yaml ")
    assert words in caught.value.cause
