"""A project's profile moves pages that are not for it down and says why; without one nothing changes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from mlplaybook.ingest.build import Job, ingest
from mlplaybook.ingest.catalog import read_document
from mlplaybook.ingest.errors import BadSetting
from mlplaybook.server.answers.ask import ask
from mlplaybook.server.answers.assess import find, hit_record
from mlplaybook.server.console.screen import create_screen
from mlplaybook.server.console.views import show_answer, show_hits
from mlplaybook.server.retrieval.index import Index, open_index
from mlplaybook.server.retrieval.profiles import (
    PROFILE_FILE,
    PROJECT_FILE,
    UNKNOWN,
    Profile,
    choose_profile,
    create_profile,
    inapplicable_rows,
    open_values,
    why_not,
)
from mlplaybook.server.retrieval.search import INAPPLICABLE, Method, Ranking, Scores, lower, rank_chunks, search
from mlplaybook.server.settings import Settings
from mlplaybook.server.wiring import project_profile
from tests.conftest import WordEncoder, WritePages

CLASSICAL = create_profile({"modelType": "classical"})
WHY = "for modelType llm; the project's is classical"
# Two pages say the same but for one word, and only one of them is for every project.
TWINS = {
    "prompts.md": "---\napplies_to: {modelType: [llm]}\n---\n# Logging\n\nLog every request of the server.\n",
    "tables.md": "---\napplies_to: all\n---\n# Logging\n\nLog every request of the server too.\n",
    "agents.md": "---\napplies_to: {modelType: [llm]}\n---\n# Agents\n\nA zebra agent plans its own steps.\n",
}


@pytest.fixture
def index(write_pages: WritePages, job: Callable[..., Job], tmp_path: Path, encoder: WordEncoder) -> Index:
    write_pages(TWINS)
    ingest(job())
    return open_index(tmp_path / "index", "handbook", lambda wanted: (encoder, ""))


def order(index: Index, question: str, profile: Profile) -> list[str]:
    return [hit.document.id for hit in search(index, question, method=Method(profile=profile))]


def test_a_profile_keeps_what_was_given_in_the_order_of_the_overlay() -> None:
    made = create_profile({"hasExperimentTracking": True, "servingPattern": None, "modelType": "llm"})
    assert made.options == (("modelType", "llm"), ("hasExperimentTracking", "true"))
    assert not create_profile({})


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"model": "llm"}, "A project has no option 'model'. Use one of: projectPhase, modelType, servingPattern,"),
        (
            {"modelType": "cnn"},
            "modelType is 'cnn'; it can be classical, deep-learning, llm. Correct mlplaybook.toml (or",
        ),
        ({"hasExperimentTracking": "yes"}, "hasExperimentTracking is 'yes'; it can be true, false."),
        ({"modelType": ["llm"]}, "modelType is '['llm']'; it can be"),
        (
            {"projectPhase": "training", "servingPattern": "batch"},
            "servingPattern batch does not go with projectPhase training, but none: A project that only trains serves"
            " nothing; state a pattern once it does. Correct mlplaybook.toml (or .mlplaybook/profile.yaml) or --profile.",
        ),
        (
            {"projectPhase": "inference", "servingPattern": "none"},
            "servingPattern none does not go with projectPhase inference, but batch or realtime or edge: A project",
        ),
    ],
    ids=["option", "value", "yes", "list", "training serves", "inference does not"],
)
def test_what_cannot_be_so_names_the_value_what_is_allowed_and_the_reason(
    values: Mapping[str, object], message: str
) -> None:
    with pytest.raises(BadSetting) as error:
        create_profile(values)
    assert str(error.value).startswith(message)


@pytest.mark.parametrize(
    "values",
    [{"projectPhase": "inference"}, {"servingPattern": "none"}, {"projectPhase": "both", "servingPattern": "edge"}],
)
def test_an_option_that_was_not_given_breaks_no_rule(values: Mapping[str, object]) -> None:
    assert dict(create_profile(values).options) == values


def test_the_projects_file_gives_way_to_single_choices(tmp_path: Path) -> None:
    assert choose_profile(tmp_path, []) == UNKNOWN
    text = '[project]\nprojectPhase = "both"\nmodelType = "llm"\nhasExperimentTracking = false\n[tool.other]\na = 1\n'
    (tmp_path / PROJECT_FILE).write_text(text)
    given = (("projectPhase", "both"), ("modelType", "llm"), ("hasExperimentTracking", "false"))
    assert project_profile(Settings(project=tmp_path)).options == given
    changed = choose_profile(tmp_path, ["modelType=classical"]).options
    assert changed == (given[0], ("modelType", "classical"), given[2])
    assert choose_profile(tmp_path, ["none"]) == UNKNOWN
    assert choose_profile(tmp_path, ["none", "servingPattern = none"]).options == (("servingPattern", "none"),)


def write_both(project: Path, toml: str, yaml: str) -> None:
    (project / PROJECT_FILE).write_text(toml)
    (project / PROFILE_FILE).parent.mkdir(exist_ok=True)
    (project / PROFILE_FILE).write_text(yaml)


def test_the_older_file_is_read_too_and_fills_what_the_other_leaves_open(tmp_path: Path) -> None:
    write_both(tmp_path, "", "projectPhase: both\nmodelType: llm\nhasExperimentTracking: false\nservingPattern:\n")
    old = (("projectPhase", "both"), ("modelType", "llm"), ("hasExperimentTracking", "false"))
    assert choose_profile(tmp_path, []).options == old
    write_both(
        tmp_path, "[project]\nhasExperimentTracking = false\n", "modelType: llm\nhasExperimentTracking: 'false'\n"
    )
    assert choose_profile(tmp_path, []).options == old[1:]


def test_two_files_that_contradict_each_other_are_both_named(tmp_path: Path) -> None:
    write_both(tmp_path, '[project]\nmodelType = "llm"\n', "modelType: classical\n")
    with pytest.raises(BadSetting) as error:
        choose_profile(tmp_path, [])
    main, old = tmp_path / PROJECT_FILE, tmp_path / PROFILE_FILE
    assert error.value.cause == f"modelType is llm in {main}, but classical in {old}."
    assert choose_profile(tmp_path, ["none"]) == UNKNOWN


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (PROJECT_FILE, b"a: [\n"),
        (PROJECT_FILE, b"a = \xff"),
        (PROJECT_FILE, b"a = " + b"[" * 5000),
        (PROFILE_FILE, b"a: [\n"),
        (PROFILE_FILE, b"a: \xff"),
        (PROFILE_FILE, b"a: " + b"[" * 5000),
    ],
    ids=["no TOML", "no text", "deep", "no YAML", "no text, YAML", "deep YAML"],
)
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, name: str, text: bytes) -> None:
    file = tmp_path / name
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(text)
    with pytest.raises(BadSetting, match="cannot be read: ") as error:
        choose_profile(tmp_path, [])
    assert str(file) in error.value.cause


def test_a_file_without_options_is_no_profile(tmp_path: Path) -> None:
    write_both(tmp_path, "", "")
    assert choose_profile(tmp_path, []) == UNKNOWN
    write_both(tmp_path, "", "- llm\n")
    with pytest.raises(BadSetting, match="is a list, not a line"):
        choose_profile(tmp_path, [])
    write_both(tmp_path, "project = 3\n", "")
    with pytest.raises(BadSetting, match=r"'project' in .* is 3, not a table"):
        choose_profile(tmp_path, [])


def test_a_choice_without_a_value_says_how_it_is_written(tmp_path: Path) -> None:
    with pytest.raises(BadSetting, match=r"--profile 'llm' is no KEY=VALUE. Write for example --profile modelType=llm"):
        choose_profile(tmp_path, ["llm"])


@pytest.mark.parametrize(
    ("name", "given", "possible"),
    [
        ("servingPattern", {"projectPhase": "training"}, ("none",)),
        ("servingPattern", {"projectPhase": "inference"}, ("batch", "realtime", "edge")),
        ("servingPattern", {}, ("none", "batch", "realtime", "edge")),
        ("projectPhase", {"servingPattern": "none"}, ("training", "both")),
        ("projectPhase", {"servingPattern": "edge", "projectPhase": "training"}, ("inference", "both")),
    ],
)
def test_the_rules_leave_these_values_open(name: str, given: Mapping[str, str], possible: tuple[str, ...]) -> None:
    assert open_values(name, given) == possible


def test_a_page_is_for_a_project_unless_something_that_is_known_speaks_against_it() -> None:
    page = (("modelType", ("llm",)), ("servingPattern", ("realtime", "edge")))
    assert why_not(page, UNKNOWN) == why_not((), CLASSICAL) == ""
    assert why_not(page, create_profile({"modelType": "llm", "projectPhase": "both"})) == ""
    assert why_not(page, create_profile({"modelType": "classical", "servingPattern": "batch"})) == (
        f"{WHY}, and for servingPattern realtime or edge; the project's is batch"
    )


def test_ingest_keeps_what_a_page_applies_to(index: Index) -> None:
    pages = [read_document(index.catalog, page) for page in ("prompts", "tables")]
    assert [page.applies_to for page in pages if page] == [(("modelType", ("llm",)),), ()]
    stored = dict(index.catalog.connection.execute("SELECT id, applies_to FROM documents"))
    assert stored == {"prompts": '{"modelType": ["llm"]}', "tables": "{}", "agents": '{"modelType": ["llm"]}'}


def test_a_worked_example_of_the_loss() -> None:
    """The best total is 4, so the first chunk loses .05 x 4 = .2 and falls behind the second; the third stays."""
    totals = {7: 4.0, 8: 3.9, 9: 1.0}
    ranking = Ranking({row: Scores(0.5, 1.0, 0.5, total) for row, total in totals.items()}, None)
    assert INAPPLICABLE == 0.05
    lowered = lower(ranking, {7: WHY})
    assert [(row, scores.total) for row, scores in lowered.scores.items()] == [(8, 3.9), (7, 3.8), (9, 1.0)]
    assert lower(ranking, {}) is ranking


def test_of_two_similar_pages_the_one_for_the_project_comes_first(index: Index) -> None:
    question = "log every request of the server"
    assert order(index, question, UNKNOWN)[:2] == ["prompts", "tables"]
    assert order(index, question, CLASSICAL)[0] == "tables"
    assert order(index, question, create_profile({"modelType": "llm"}))[:2] == ["prompts", "tables"]


def test_a_page_for_others_is_found_when_nothing_else_answers_and_says_why_it_is_lower(index: Index) -> None:
    found = find(index, "What does a zebra agent plan?", method=Method(profile=CLASSICAL))
    best = found.hits[0]
    assert (best.document.id, best.why_lower, found.status) == ("agents", WHY, "answered")
    record = hit_record(best)
    assert (record["applies"], record["why"]) == (False, WHY)


def test_a_profile_that_is_not_known_changes_nothing(index: Index) -> None:
    ranking = rank_chunks(index, "log every request")
    assert inapplicable_rows(index.catalog, list(ranking.scores), UNKNOWN) == {}
    hits = search(index, "log every request")
    assert {hit.why_lower for hit in hits} == {""}
    assert "applies" not in hit_record(hits[0])


def test_the_profile_works_without_vectors(index: Index) -> None:
    words = rank_chunks(index, "log every request", method=Method(dense=False, profile=CLASSICAL))
    assert set(words.why_lower.values()) == {WHY}


def test_an_answer_says_which_cited_page_is_not_for_the_project(
    index: Index, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = ask(index, "What does a zebra agent plan?", method=Method(profile=CLASSICAL))
    assert (answer.inapplicable, answer.stamp.profile) == ({"agents": WHY}, {"modelType": "classical"})
    show_answer(create_screen(), answer)
    assert capsys.readouterr().out.splitlines()[-1] == f"Not written for this project: agents ({WHY})"
    plain = ask(index, "What does a zebra agent plan?")
    assert (plain.inapplicable, plain.stamp.profile, plain.text) == ({}, {}, answer.text)


def test_a_list_of_hits_says_which_are_lower(index: Index, capsys: pytest.CaptureFixture[str]) -> None:
    show_hits(create_screen(), search(index, "zebra agent", k=1, method=Method(profile=CLASSICAL)))
    assert capsys.readouterr().out.splitlines()[-1] == f"   ranked lower: {WHY}"
