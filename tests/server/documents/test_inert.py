"""Words of inputs are data: template injections, YAML bombs and paths that lead out have no effect."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
import yaml

from mlplaybook.ingest.errors import PlaybookError
from mlplaybook.server.artefacts.documents.document import Wanted, create_document
from mlplaybook.server.artefacts.documents.given import read_answers, read_set
from mlplaybook.server.artefacts.documents.safe_yaml import read_yaml
from mlplaybook.server.artefacts.documents.write import inside
from mlplaybook.server.artefacts.library import load_template
from tests.server.documents.fills import fill_of

# Each would print 49, `root`, a class or a secret where a template engine, a shell or a reader of YAML acted on it.
INJECTIONS = [
    "{{ 7 * 7 }}", "{{7*7}}", "{% for x in range(9) %}{{ x }}{% endfor %}", "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "{{ self.__init__.__globals__ }}", "{{ config.items() }}", "{{ cycler.__init__.__globals__.os.popen('id').read() }}",
    "{{ lipsum.__globals__['os'].popen('id').read() }}", "{{ request.application.__globals__ }}",
    "{% import os %}",
    "{% include '/etc/passwd' %}", "{% extends 'base' %}", "{% set x = 49 %}{{ x }}", "{# comment #}",
    "{% raw %}{{ 1 }}{% endraw %}",
    "{{ range(10**9)|list }}", "{{ 'a'*10**9 }}", "{{ ()|attr('__class__') }}", "${{ secrets.GITHUB_TOKEN }}", "${7*7}", "#{7*7}",
    "<%= 7*7 %>", "%{7*7}", "@(7*7)", "$(id)", "`id`", "; id", "| id", "&& id", "\nRUN id", "\r\n- run: id",
    "' OR 1=1; DROP TABLE x --",
    "\"); import os; os.system('id') #", "__import__('os').system('id')", "!!python/object/apply:os.system [id]", "<<: *alias",
    "--- \nowner: stolen", "<script>alert(1)</script>", "--> <img src=x onerror=alert(1)>", "{{ model_card.owner }}",
]  # fmt: skip
PLACES = ["problem-brief", "architecture-decision-record", "cicd-workflow", "serving-dockerfile", "regression-gate"]


@pytest.mark.parametrize("payload", INJECTIONS)
@pytest.mark.parametrize("name", PLACES)
def test_an_injection_changes_no_structure_and_is_not_evaluated(name: str, payload: str) -> None:
    template = load_template(name)
    plain = create_document(
        template, fill_of(template, {f.name: "word" for f in template.fields if f.type == "text"}), Wanted()
    )
    made = create_document(
        template, fill_of(template, {f.name: payload for f in template.fields if f.type == "text"}), Wanted()
    )
    body, other = (document.text.partition("mlplaybook fill 1")[0] for document in (made, plain))
    assert "root:" not in body
    assert "uid=" not in body
    if name in {"problem-brief", "cicd-workflow"}:
        assert structure(yaml.safe_load(body)) == structure(yaml.safe_load(other))
    elif name != "architecture-decision-record":
        assert len(body.splitlines()) == len(other.splitlines())
        assert not any(line.strip().startswith("RUN id") for line in body.splitlines())
    for value in made.fill.fields.values():
        assert value.status != "filled" or value.value == payload or not isinstance(value.value, str)


def structure(value: object) -> object:
    """Keys and lengths of lists, without the values."""
    if isinstance(value, dict):
        return {str(key): structure(part) for key, part in value.items()}
    return [structure(part) for part in value] if isinstance(value, list) else None


def laughs(levels: int, width: int = 9) -> str:
    lines = ["a0: &a0 [x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * width)}]" for n in range(1, levels)]
    return "\n".join(lines)


BOMBS = {
    **{f"billion laughs of {n} levels": laughs(n) for n in (5, 6, 7, 8, 9, 10, 12)},
    **{f"quadratic {n}": f"a: &a {'x' * n}\nb: [{', '.join(['*a'] * 500)}]" for n in (10, 1000, 10_000)},
    **{f"lists {n} deep": "[" * n + "]" * n for n in (51, 500, 5_000, 100_000, 490_000)},
    **{f"mappings {n} deep": "{a: " * n + "}" * n for n in (51, 500, 5_000, 100_000)},
    **{f"block lists {n} deep": "- " * n + "x" for n in (51, 500, 5_000)},
    **{f"block mappings {n} deep": "\n".join(" " * i + "a:" for i in range(n)) for n in (51, 500, 1_400)},
    **{f"unclosed {sign}": sign * 50_000 for sign in "[{"},
    **{f"{n} megabytes": "a: " + "x" * (n * 1_000_000) for n in (1, 2, 5)},
    "itself": "a: &a [*a]", "itself in a mapping": "&a {a: *a}", "merged with itself": "&a {<<: *a}",
    "merges of merges": "m0: &m0 {a: 1}\n" + "\n".join(
        f"m{n}: &m{n} {{<<: [{', '.join([f'*m{n - 1}'] * 9)}]}}" for n in range(1, 12)
    ),
    "long integer": "a: " + "9" * 100_000, "long octal": "a: 0" + "7" * 100_000, "sexagesimal": "a: " + ":".join(["1"] * 50_000),
    "many anchors": "\n".join(f"k{n}: &n{n} x" for n in range(20)) + "\n" + "\n".join(f"r{n}: *n0" for n in range(200)),
    "python call": "a: !!python/object/apply:os.system ['id']", "python name": "a: !!python/name:os.system",
    "python module": "a: !!python/module:os", "python new": "a: !!python/object/new:subprocess.Popen [[id]]",
    "python tuple": "a: !!python/tuple [1]", "java": "!!javax.script.ScriptEngineManager []",
    "ruby": "--- !ruby/object:Gem::Installer\ni: x",
    "several documents": "a: 1\n" + "---\na: 1\n" * 1000, "null bytes": "a: \x00\x00", "undefined alias": "a: *nowhere",
    "unknown directive": "%FOO bar\n--- a", "tag directive": "%TAG ! tag:evil,2000:\n---\n!x a", "key of a list": "? [a, b]\n: c",
}  # fmt: skip
# No bomb for a reader of YAML, which repeats nothing; as answers they name no field.
SMALL = {"billion laughs of 5 levels", "long octal", "sexagesimal"}


@pytest.mark.parametrize("text", BOMBS.values(), ids=BOMBS.keys())
def test_a_bomb_is_refused_at_once(text: str, request: pytest.FixtureRequest) -> None:
    started = time.perf_counter()
    template = load_template("problem-brief")
    with pytest.raises(PlaybookError):
        read_answers(template, text)
    if request.node.callspec.id not in SMALL:
        with pytest.raises(PlaybookError):
            read_yaml(text)
    assert time.perf_counter() - started < 5


PATHS = [
    "../escape", "../../etc/passwd", "/etc/passwd", "..", ".", "", "a/b", "a/../b", "./a", "..\\a/..", "~/x/y", "file:///etc/passwd",
    "a\0b", "a/", "//x", "../", "....//x", "%2e%2e/x", "..%2fx/y", "x/../../y", "/", "/tmp/x", "docs/../../x", "\0", "a/./b",
]  # fmt: skip


@pytest.mark.parametrize("name", PATHS)
def test_a_path_is_no_name_of_a_template_field_or_file(name: str, tmp_path: Path) -> None:
    with pytest.raises(PlaybookError):
        load_template(name)
    with pytest.raises(PlaybookError):
        read_set(load_template("problem-brief"), [f"{name}=x"])
    with pytest.raises(PlaybookError):
        inside(tmp_path, name)
    assert list(tmp_path.iterdir()) == []


def test_there_are_more_than_two_hundred() -> None:
    assert len(INJECTIONS) * len(PLACES) + len(BOMBS) + len(PATHS) >= 200
