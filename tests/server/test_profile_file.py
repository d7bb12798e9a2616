"""A profile is chosen by the rules and written into mlplaybook.toml without touching anything else in it."""

from __future__ import annotations

import stat
import tomllib
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlplaybook.ingest.errors import BadSetting
from mlplaybook.server.artefacts.profile_file import Chosen, choose_options, set_options, write_profile
from mlplaybook.server.retrieval.profiles import PROFILE_FILE, PROJECT_FILE, Profile, create_profile, read_profile
from tests.server.guiding.conftest import VALID, combinations

BOTH = create_profile(
    {"projectPhase": "both", "modelType": "llm", "servingPattern": "edge", "hasExperimentTracking": False}
)
OTHERS = """# Ours, by hand.
title = "churn"   # short

[project] # the options
# we decided this in May
modelType = "llm" # not deep-learning

[steps.tdd]
append = [
    "our-page",  # ours
]

[[runs]]
name = 'a'
"""


@pytest.mark.parametrize("values", combinations())
def test_what_the_overlay_forbids_is_refused_and_all_else_is_taken(values: Mapping[str, str]) -> None:
    if Profile(tuple(values.items())) in VALID:
        assert choose_options(values) == Chosen(Profile(tuple(values.items())))
        return
    with pytest.raises(BadSetting, match="does not go with projectPhase"):
        choose_options(values)


@pytest.mark.parametrize(
    ("given_values", "profile", "assumed", "implied"),
    [
        ({"projectPhase": "training"}, "training deep-learning none true", "13", "2"),
        ({"projectPhase": "inference"}, "inference deep-learning realtime true", "123", ""),
        ({"projectPhase": "both", "modelType": "llm"}, "both llm realtime true", "23", ""),
        ({"projectPhase": "both", "servingPattern": "none"}, "both deep-learning none true", "13", ""),
    ],
)
def test_defaults_and_rules_fill_what_is_not_given(
    given_values: Mapping[str, object], profile: str, assumed: str, implied: str
) -> None:
    names = ("projectPhase", "modelType", "servingPattern", "hasExperimentTracking")
    chosen = choose_options(given_values)
    assert chosen.profile.options == tuple(zip(names, profile.split(), strict=True))
    assert chosen.assumed == tuple(names[int(digit)] for digit in assumed)
    assert chosen.implied == tuple(names[int(digit)] for digit in implied)


def test_what_has_no_default_must_be_said() -> None:
    with pytest.raises(BadSetting, match=r"projectPhase has no default. Say which it is: training, inference, both."):
        choose_options({"modelType": "llm"})


def test_only_open_options_are_asked_and_only_with_values_that_go_together() -> None:
    asked: list[tuple[str, tuple[str, ...], str]] = []
    answers = {"projectPhase": "inference", "servingPattern": "batch", "hasExperimentTracking": "false"}

    def ask(name: str, values: tuple[str, ...], usual: str) -> str:
        asked.append((name, values, usual))
        return answers[name]

    chosen = choose_options({"modelType": "llm"}, ask)
    assert chosen == Chosen(create_profile({"modelType": "llm", **answers}))
    assert asked == [
        ("projectPhase", ("training", "inference", "both"), ""),
        ("servingPattern", ("batch", "realtime", "edge"), "realtime"),
        ("hasExperimentTracking", ("true", "false"), "true"),
    ]


def test_a_new_file_explains_itself() -> None:
    text = set_options("", BOTH)
    assert text.startswith("# What mlplaybook knows of this project.")
    assert "# The family of models; pages for other families are left out.\n# One of: classical, " in text
    assert tomllib.loads(text) == {
        "project": {
            "projectPhase": "both", "modelType": "llm", "servingPattern": "edge", "hasExperimentTracking": False,
        }
    }  # fmt: skip
    assert set_options(text, BOTH) == text


def test_everything_else_in_a_file_stays() -> None:
    after = set_options(OTHERS, BOTH)
    added = 'projectPhase = "both"\nservingPattern = "edge"\nhasExperimentTracking = false\n'
    line = 'modelType = "llm" # not deep-learning\n'
    assert after == OTHERS.replace(line, line + added)
    without = "# mine\na = 1\n"
    assert set_options(without, BOTH).startswith(f"{without}\n[project]\n# What the project builds")


def test_another_value_is_overwritten_only_by_force_and_its_comment_stays() -> None:
    classical = create_profile({"modelType": "classical"})
    with pytest.raises(
        BadSetting, match=r"says otherwise: modelType is llm there, not classical. Edit it, or .* --force"
    ):
        set_options(OTHERS, classical)
    after = set_options(OTHERS, classical, force=True)
    assert after == OTHERS.replace('"llm" # not', '"classical" # not')


@pytest.mark.parametrize(
    "text",
    [
        'project = { modelType = "llm" }\n',
        'project.modelType = "llm"\n',
        '[project]\nmodelType = "llm"\n[project.sub]\na = 1\n',
        '[project.sub]\na = 1\n[project]\nmodelType = "llm"\n',
        '[project]\r\nmodelType = "llm"\r\n\r\n[b]\r\nc = 1\r\n',
        '[project]\nmodelType = "llm"',
        '"project".modelType = "llm"\n[other]\n',
        "[project]\n[z]\n",
    ],
    ids=["inline", "dotted", "sub-table", "sub-table first", "CRLF", "no end", "quoted", "empty table"],
)
def test_every_way_to_write_the_table_keeps_its_values(text: str) -> None:
    before = tomllib.loads(text)
    after = tomllib.loads(set_options(text, BOTH))
    assert after["project"] == {**before["project"], **tomllib.loads(set_options("", BOTH))["project"]}
    assert {**after, "project": {}} == {**before, "project": {}}


KEYS = st.text("abz", min_size=1, max_size=3)
COMMENTS = st.text("ab #\"'[]=é", max_size=8).map(lambda words: f"# {words}")
LINES = st.one_of(
    COMMENTS,
    st.just(""),
    st.builds("k{} = {}".format, st.integers(0, 999), st.sampled_from(["1", '"a # b"', "[1, 2]"])),
)


@given(st.lists(LINES, max_size=4, unique=True), st.lists(KEYS, max_size=3, unique=True), st.sampled_from(VALID))
def test_a_round_trip_keeps_every_line(top: list[str], tables: list[str], profile: Profile) -> None:
    lines = list({line.split(" =")[0]: line for line in top}.values())
    text = "\n".join([*lines, *(f"[{name}] # {name}\nx = 1 # one" for name in tables), ""])
    after = set_options(text, profile)
    assert [line for line in text.splitlines() if line.strip() and line not in after.splitlines()] == []
    assert dict(create_profile(tomllib.loads(after)["project"]).options) == dict(profile.options)
    assert {**tomllib.loads(after), "project": None} == {**tomllib.loads(text), "project": None}


@pytest.mark.parametrize(
    ("text", "words"),
    [("a = \n", "is no TOML"), ("project = 3\n", "is 3, not a table"), ("[[project]]\n", "not a table")],
)
def test_a_file_that_cannot_hold_the_options_is_left_as_it_is(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / PROJECT_FILE).write_text(text)
    with pytest.raises(BadSetting, match=words):
        write_profile(tmp_path, BOTH, force=True)
    assert (tmp_path / PROJECT_FILE).read_text() == text


def test_writing_says_whether_anything_changed_and_leaves_nothing_beside_the_file(tmp_path: Path) -> None:
    assert write_profile(tmp_path, BOTH) is True
    assert write_profile(tmp_path, BOTH) is False
    assert [path.name for path in tmp_path.iterdir()] == [PROJECT_FILE]
    assert create_profile(read_profile(tmp_path)) == BOTH
    (tmp_path / PROJECT_FILE).chmod(0o600)
    assert write_profile(tmp_path, create_profile({"modelType": "classical"}), force=True) is True
    assert stat.S_IMODE((tmp_path / PROJECT_FILE).stat().st_mode) == 0o600


def test_a_link_to_a_file_elsewhere_stays_a_link(tmp_path: Path) -> None:
    real = tmp_path / "real.toml"
    real.write_text("# mine\n")
    (tmp_path / "project").mkdir()
    (tmp_path / "project" / PROJECT_FILE).symlink_to(real)
    write_profile(tmp_path / "project", BOTH)
    assert (tmp_path / "project" / PROJECT_FILE).is_symlink()
    assert real.read_text().startswith("# mine\n\n[project]\n")


def test_the_older_file_must_not_contradict_what_is_written(tmp_path: Path) -> None:
    (tmp_path / PROFILE_FILE).parent.mkdir()
    (tmp_path / PROFILE_FILE).write_text("modelType: classical\n")
    with pytest.raises(BadSetting, match=r"modelType is classical in .*profile.yaml, not llm. Delete that file"):
        write_profile(tmp_path, BOTH, force=True)
    assert not (tmp_path / PROJECT_FILE).exists()
