"""`mlplaybook prompts` as people run it."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from typer.testing import CliRunner

from mlplaybook.ingest.errors import BadSetting
from mlplaybook.prompts import prompts_folder
from mlplaybook.prompts.library import load_prompt
from mlplaybook.server.console.prompt_commands import app
from mlplaybook.server.prompting import PromptRefused, own_prompts

FROZEN = Path(__file__).parents[1] / "prompts" / "frozen"


def call(project: Path, *arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments), env={"MLPLAYBOOK_PROJECT": str(project), "COLUMNS": "100"})


def records(done: Result) -> list[dict[str, Any]]:
    assert done.exit_code == 0, done.output
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with a draft of its own."""
    text = (prompts_folder() / "condense" / "1.yaml").read_text("utf-8")
    file = tmp_path / ".mlplaybook" / "prompts" / "condense" / "100.yaml"
    file.parent.mkdir(parents=True)
    file.write_text(re.sub(r"released: .*", "released: null", text).replace("version: 1", "version: 100", 1), "utf-8")
    return tmp_path


def test_the_list_names_versions_default_and_hash(tmp_path: Path) -> None:
    done = call(tmp_path, "list")
    assert done.exit_code == 0
    head, *lines = done.stdout.splitlines()
    assert head.split() == ["name", "versions", "default", "hash", "released", "description"]
    stamp = load_prompt("answer").sha256[:12]
    assert re.match(rf"answer +1, 2 \(small-models\), 3 +1 +{stamp} +2026-11-21 +Answers a question", lines[0])
    assert [line[15:32].strip() for line in lines[1:3]] == ["(full-context), 4", "(cites)"]
    names = [line.split()[0] for line in lines if not line.startswith(" ")]
    assert names == ["answer", "condense", "explain-score", "fill"]


def test_the_record_of_a_list_has_every_version_with_its_state(project: Path) -> None:
    condense = next(record for record in records(call(project, "list", "--json")) if record["name"] == "condense")
    shipped = load_prompt("condense")
    assert (condense["default"], condense["stamp"]) == (1, shipped.stamp)
    assert [(v["version"], v["own"], v["state"]) for v in condense["versions"]] == [
        (1, False, "locked"),
        (100, True, "new"),
    ]


def test_a_version_is_shown_with_its_messages_as_they_stand_in_the_file(tmp_path: Path) -> None:
    done = call(tmp_path, "show", "answer@2")
    prompt = load_prompt("answer", 2)
    assert done.stdout.startswith(f"answer@2, for small-models, released 2026-11-21\nsha256 {prompt.sha256}\n")
    assert "\n--- user ---\n{% for passage in passages %}\n" in done.stdout
    assert "\n--- assistant, the same for every question ---\n" in done.stdout


def test_rendering_shows_what_is_sent(tmp_path: Path) -> None:
    assert call(tmp_path, "show", "answer", "--render").stdout == (FROZEN / "answer@1.txt").read_text("utf-8")


def test_inputs_can_be_set_one_by_one(tmp_path: Path) -> None:
    passages = '[{"section": "a#b", "title": "A", "text": "{{ x }}"}]'
    done = call(tmp_path, "show", "answer", "--set", f"passages={passages}", "--set", "question=Why = so?", "--json")
    (record,) = records(done)
    last = record["messages"][-1]["content"]
    assert 'section="a#b" title="A">\n{{ x }}\n</passage' in last
    assert "\nWhy = so?\n" in last
    assert (record["stamp"], record["output"]["required"]) == (load_prompt("answer").stamp, ["statements"])


@pytest.mark.parametrize(
    ("arguments", "error", "said"),
    [
        (["show", "nothing"], PromptRefused, "There is no prompt 'nothing'. There are: answer, condense"),
        (
            ["show", "answer@9"],
            PromptRefused,
            "There is no answer@9. There are: answer@1, answer@2, answer@3, answer@4.",
        ),
        (["show", "answer@x"], PromptRefused, "'answer@x' names no version of a prompt."),
        (["diff", "answer@1", "answer@"], PromptRefused, "'answer@' names no version of a prompt."),
        (["show", "answer", "--set", "question"], BadSetting, "--set question names no input."),
        (["show", "answer", "--set", "passages=[1"], BadSetting, "--set passages is not JSON"),
        (["show", "answer", "--set", "words=9"], PromptRefused, "The prompt answer@1 does not know words."),
    ],
)
def test_a_mistake_is_an_error_with_a_remedy(tmp_path: Path, arguments: list[str], error: type, said: str) -> None:
    done = call(tmp_path, *arguments)
    assert type(done.exception) is error
    assert said in str(done.exception)


def test_two_versions_are_compared_line_by_line(tmp_path: Path) -> None:
    done = call(tmp_path, "diff", "answer@1", "answer@2")
    stamps = [load_prompt("answer", version).stamp for version in (1, 2)]
    assert done.stdout.splitlines()[:2] == [f"--- {stamps[0]}", f"+++ {stamps[1]}"]
    assert "\n-version: 1\n+version: 2\n" in done.stdout
    (record,) = records(call(tmp_path, "diff", "answer@1", "answer@2", "--json"))
    assert (record["from"], record["to"], record["diff"]) == (*stamps, done.stdout.splitlines())
    assert call(tmp_path, "diff", "answer@1", "answer@1").stdout == ""


def test_a_projects_draft_is_locked_beside_it_and_can_be_shown_before(project: Path) -> None:
    before = call(project, "show", "condense@100")
    assert before.stdout.startswith("condense@100, not released\n")
    assert before.stderr == "mlplaybook: condense@100 is not what its lock says: new\n"
    assert records(call(project, "lock", "--json"))[0]["state"] == "locked as a draft"
    own = own_prompts(project)
    assert own is not None
    assert load_prompt("condense", 100, own=own).own
    after = call(project, "lock")
    assert (after.exit_code, after.stdout, after.stderr) == (0, "", "mlplaybook: no versions locked\n")


def test_checking_writes_nothing_and_exits_1_while_something_is_not_locked(project: Path) -> None:
    done = call(project, "lock", "--check")
    assert (done.exit_code, done.stdout) == (1, "condense@100: new\n")
    assert not (project / ".mlplaybook" / "prompts" / "lock.json").exists()
    assert call(project.parent / "elsewhere", "lock", "--check").exit_code == 0


def test_a_released_version_that_was_edited_is_refused(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(prompts_folder(), tmp_path / "prompts"))
    file = folder / "answer" / "1.yaml"
    file.write_text(file.read_text("utf-8") + "# a word more\n", "utf-8")
    (folder / "fill" / "1.yaml").unlink()
    checked = call(tmp_path, "lock", "--check", "--path", str(folder))
    assert (checked.exit_code, checked.stdout) == (1, "answer@1: changed\nfill@1: its file is gone\n")
    done = call(tmp_path, "lock", "--path", str(folder))
    assert "put the change into a new version: answer/2.yaml" in str(done.exception)
