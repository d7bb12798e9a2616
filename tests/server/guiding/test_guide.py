"""The guide for every step and every project that there can be: within its tokens, nothing that does not apply, reproducible."""

from __future__ import annotations

import dataclasses
import functools
import json
import os
import re
import subprocess
import sys

import pytest

from mlplaybook.ingest.errors import BadName, BadQuestion, BadSetting
from mlplaybook.server.artefacts.guiding.draft import read_conditions
from mlplaybook.server.artefacts.guiding.guide import guide
from mlplaybook.server.artefacts.guiding.records import Guide, Wish
from mlplaybook.server.artefacts.guiding.steps import Change, read_steps
from mlplaybook.server.artefacts.library import names
from mlplaybook.server.pages import read_page
from mlplaybook.server.retrieval.index import Index
from mlplaybook.server.retrieval.profiles import UNKNOWN, create_profile, why_not
from mlplaybook.server.usage.tokens import Counter
from tests.server.guiding.conftest import VALID

SECTIONS = [
    "1 Step", "2 Project", "3 Method", "4 Knowledge", "5 Checks", "6 Documents and decisions", "7 Used",
]  # fmt: skip
CLASSICAL = create_profile(
    {"projectPhase": "both", "modelType": "classical", "servingPattern": "realtime", "hasExperimentTracking": True}
)
# Reads an index by words and prints the hash of its guides for all steps and some projects.
DIGEST = """
import hashlib, sys
from pathlib import Path
from mlplaybook.server.artefacts.guiding.guide import guide
from mlplaybook.server.artefacts.guiding.records import Wish
from mlplaybook.server.artefacts.guiding.steps import read_steps
from mlplaybook.server.retrieval.index import open_index
from mlplaybook.server.retrieval.profiles import UNKNOWN, create_profile
from mlplaybook.server.usage.tokens import Counter
index = open_index(Path(sys.argv[1]), "playbook", lambda wanted: (None, ""))
words = Counter("words", lambda text: len(text.split()))
digest = hashlib.sha256()
for step in read_steps():
    for profile in (UNKNOWN, create_profile({"modelType": "llm"}), create_profile({"projectPhase": "training"})):
        digest.update(repr(guide(index, Wish(step, profile, question="leakage"), words)).encode())
print(digest.hexdigest())
"""
COMMAND = re.compile(r"mlplaybook (decide|fill|score) ([a-z0-9-]+)")
KIND = {"decide": "decisions", "fill": "templates", "score": "rubrics"}


def headings(text: str) -> list[str]:
    return [line[3:] for line in text.splitlines() if line.startswith("## ")]


@pytest.mark.parametrize("step", read_steps())
def test_every_project_gets_its_pages_within_the_tokens_and_the_same_words_again(
    step: str, playbook: Index, upper: Counter
) -> None:
    conditions = read_conditions(playbook)
    # Pieces are counted alike in every one of the 48 guides.
    counter = Counter(upper.name, functools.cache(upper.count))
    for profile in VALID:
        made = guide(playbook, Wish(step, profile), counter)
        assert made.tokens == upper.count(made.text) <= made.budget == 2000
        assert headings(made.text) == SECTIONS
        entries = read_steps()[step].entries
        apply = [e.page for e in entries if not why_not(e.when, profile) and not why_not(conditions[e.page], profile)]
        assert [page.page for page in made.pages] == list(dict.fromkeys(apply))
        assert {left.name for left in made.left_out} >= {entry.page for entry in entries} - set(apply)
        assert not any(page.depends for page in made.pages)
        for checklist in made.checklists:
            assert checklist.page in apply
            pages = {check.section.partition("#")[0] for check in checklist.checks}
            assert not any(why_not(conditions[page], profile) for page in pages)
        assert {task.page for task in made.tasks} <= set(apply)
    # An index that reads its pages anew says the same to the byte.
    assert guide(dataclasses.replace(playbook), Wish(step, profile), upper) == made


def test_another_process_writes_the_same_bytes(playbook: Index) -> None:
    folder = str(playbook.folder.parents[1])
    digests = {
        subprocess.run(
            [sys.executable, "-c", DIGEST, folder], env={**os.environ, "PYTHONHASHSEED": seed}, text=True,
            check=True, stdout=subprocess.PIPE,
        ).stdout
        for seed in ("1", "2")
    }  # fmt: skip
    assert len(digests) == 1


@pytest.mark.parametrize("depth", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("tokens", [700, 1500, 4000, 20000])
def test_any_depth_keeps_to_any_number_of_tokens(playbook: Index, upper: Counter, depth: int, tokens: int) -> None:
    for step in read_steps():
        made = guide(playbook, Wish(step, CLASSICAL, tokens, depth), upper)
        assert made.tokens <= tokens


def test_more_tokens_show_at_least_as_much(playbook: Index, upper: Counter) -> None:
    def amount(tokens: int) -> int:
        made = guide(playbook, Wish("create-evals", CLASSICAL, tokens, 5), upper)
        return sum(section.shown for page in made.pages for section in page.sections)

    amounts = [amount(tokens) for tokens in (500, 1000, 2000, 4000, 8000, 16000, 64000)]
    assert amounts == sorted(amounts)


def test_room_for_all_leaves_nothing_out(playbook: Index, counter: Counter) -> None:
    made = guide(playbook, Wish("create-evals", CLASSICAL, 100_000, 5), counter)
    assert [page.left for page in made.pages] == [()] * 5
    assert all(section.whole for page in made.pages for section in page.sections)
    assert made.checks_shown == {each.id: len(each.checks) for each in made.checklists}
    assert made.tasks_shown == len(made.tasks)
    assert "No room" not in made.text
    assert "…" not in made.text.split("## 5 Checks")[1]


def test_whatever_a_guide_names_can_be_read_and_run(playbook: Index, counter: Counter) -> None:
    for step in read_steps():
        made = guide(playbook, Wish(step, UNKNOWN, 3000), counter)
        for name in [left for page in made.pages for left in page.left] + [
            check.section for each in made.checklists for check in each.checks
        ]:
            assert read_page(playbook, name).text
        for verb, name in COMMAND.findall(made.text):
            assert name in names(KIND[verb])


def test_pages_share_fairly(playbook: Index, counter: Counter) -> None:
    made = guide(playbook, Wish("operations", CLASSICAL, 4000, 5), counter)
    tokens = [page.tokens for page in made.pages]
    assert min(tokens) > max(tokens) / 2


def test_the_version_of_every_page_is_in_the_record(playbook: Index, counter: Counter) -> None:
    made = guide(playbook, Wish("tdd", CLASSICAL), counter)
    assert [(len(page.sha256), page.reviewed != "") for page in made.pages] == [(64, True)] * 2
    assert all(f"`{page.page}` {page.sha256[:8]}: " in made.text for page in made.pages)
    assert json.loads(json.dumps(dataclasses.asdict(made)))["generation"] == playbook.manifest.generation


def test_what_is_not_known_is_said_and_leaves_no_page_out(playbook: Index, counter: Counter) -> None:
    made = guide(playbook, Wish("tech-stack"), counter)
    assert made.unknown == ("projectPhase", "modelType", "servingPattern", "hasExperimentTracking")
    assert [(page.page, page.depends) for page in made.pages] == [
        ("platform-and-orchestration", ""),
        ("model-servers", "if servingPattern is realtime"),
        ("model-selection", "if modelType is classical or deep-learning"),
        ("llm-model-choice", "if modelType is llm"),
        ("gpu-selection-and-memory", "if modelType is deep-learning or llm"),
    ]
    assert "(`llm-model-choice`, only if modelType is llm)" in made.text
    assert "Left out" not in made.text


def test_a_question_decides_which_sections_and_pages_get_the_room(playbook: Index, counter: Counter) -> None:
    question = "How often may the test set be looked at across releases?"

    def reused(made: Guide) -> int:
        (page,) = (page for page in made.pages if page.page == "evaluation-checklist")
        section = "evaluation-checklist#how-often-may-the-same-test-set-be-used-across-releases"
        return next(each.shown for each in page.sections if each.section == section)

    plain = guide(playbook, Wish("create-evals", CLASSICAL, 1200, 4), counter)
    asked = guide(playbook, Wish("create-evals", CLASSICAL, 1200, 4, question), counter)
    assert (reused(plain), reused(asked)) == (0, 1)
    assert f"Sections were chosen by the question: {question}" in asked.text
    with pytest.raises(BadQuestion):
        guide(playbook, Wish("create-evals", CLASSICAL, question="\x00"), counter)


def test_a_project_changes_a_step(playbook: Index, counter: Counter) -> None:
    change = Change((("data-leakage", "fairness"),), ("privacy", "gone"))
    made = guide(playbook, Wish("tdd", CLASSICAL, change=change), counter)
    assert [page.page for page in made.pages] == ["testing-ml-code", "fairness", "privacy"]
    assert "mlplaybook.toml changes the pages of this step." in made.text
    assert "- gone: the corpus has no page of that name" in made.text


def test_too_few_tokens_say_how_many_are_enough(playbook: Index, counter: Counter) -> None:
    with pytest.raises(
        BadSetting, match=r"^50 tokens are too few for the step tdd: its frame alone has \d+\."
    ) as error:
        guide(playbook, Wish("tdd", CLASSICAL, 50), counter)
    least = int(error.value.remedy.split()[-1].rstrip("."))
    assert guide(playbook, Wish("tdd", CLASSICAL, least), counter).tokens == least


def test_a_wrong_step_or_depth_says_what_there_is(playbook: Index, counter: Counter) -> None:
    with pytest.raises(BadName, match="Did you mean create-evals"):
        guide(playbook, Wish("create-eval"), counter)
    with pytest.raises(BadSetting, match=r"There is no depth 9. Use one of: 1 one line a page; 2"):
        guide(playbook, Wish("tdd", depth=9), counter)


def test_a_worked_example_at_the_least_depth(playbook: Index, counter: Counter) -> None:
    made = guide(playbook, Wish("tdd", CLASSICAL, 400, 1), counter)
    knowledge = made.text.split("## 4 Knowledge\n\n")[1].split("\n\n## 5")[0]
    assert knowledge.split("\n\n")[::3] == [
        "### Testing ML code and models (`testing-ml-code`)", "### Preventing data leakage (`data-leakage`)",
    ]  # fmt: skip
    assert knowledge.split("\n\n")[1::3] == [
        "Four levels of tests with tolerances and fixtures.",
        "Each leak path has a test.",
    ]
