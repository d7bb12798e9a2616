"""Documents without keys are merged line by line."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from mlplaybook.server.artefacts.documents.document import Wanted, create_document
from mlplaybook.server.artefacts.documents.merge_lines import Merged, merge_lines
from mlplaybook.server.artefacts.documents.trailer import line_marks
from mlplaybook.server.artefacts.library import load_template
from tests.server.documents.fills import fill_of

DOCKER = load_template("serving-dockerfile")
LINES = st.lists(st.sampled_from(["", "a", "b", "c", "d"]), max_size=8).map(
    lambda rows: "".join(f"{row}\n" for row in rows)
)


def merged(base: str, mine: str, theirs: str) -> Merged:
    return merge_lines(line_marks(base), mine, theirs)


def test_changes_of_both_sides_come_together() -> None:
    made = merged("a\nb\nc\nd\ne\n", "a\nB\nc\nd\ne\nmine\n", "a\nb\nc\nD\ne\n")
    assert made == Merged("a\nB\nc\nD\ne\nmine\n", (), edited=True)


def test_where_both_changed_a_line_the_person_wins() -> None:
    made = merged("a\nb\nc\n", "a\nmine\nc\n", "a\nnew\nc\n")
    assert made == Merged("a\nmine\nc\n", ("line 2: yours is kept; the inputs now give: new",), edited=True)


@settings(max_examples=300, deadline=None)
@given(LINES, LINES, LINES)
def test_every_line_that_a_person_added_is_still_there(base: str, mine: str, theirs: str) -> None:
    made = merged(base, mine + "only mine\n", theirs)
    assert "only mine" in made.text.splitlines()
    assert merged(base, base, theirs).text.rstrip("\n") == theirs.rstrip("\n")
    assert merged(base, mine, base).text.rstrip("\n") == mine.rstrip("\n")


def test_a_dockerfile_keeps_a_changed_line_and_takes_a_new_value() -> None:
    first = create_document(DOCKER, fill_of(DOCKER, {"port": 8080, "base_image": "python:3.13-slim"}), Wanted())
    edited = first.text.replace("WORKDIR /app", "WORKDIR /srv/app")
    made = create_document(DOCKER, fill_of(DOCKER, {"port": 9090}), Wanted(), edited, "Dockerfile")
    assert "WORKDIR /srv/app\n" in made.text
    assert "\nEXPOSE 9090\n" in made.text
    assert "FROM python:3.13-slim AS builder\n" in made.text
    base = made.fill.fields["base_image"]
    (evidence,) = base.evidence
    assert (base.value, evidence.source) == ("python:3.13-slim", "Dockerfile")
    assert edited[evidence.char_start : evidence.char_end] == evidence.quote == '"python:3.13-slim"'


def test_a_conflict_in_a_dockerfile_is_named_at_its_end() -> None:
    first = create_document(DOCKER, fill_of(DOCKER, {"port": 8080}), Wanted())
    edited = first.text.replace("EXPOSE 8080", "EXPOSE 80")
    made = create_document(DOCKER, fill_of(DOCKER, {"port": 9090}), Wanted(), edited, "Dockerfile")
    assert "\nEXPOSE 80\n" in made.text
    assert made.conflicts == ("line 21: yours is kept; the inputs now give: EXPOSE 9090",)
    assert "# conflict in line 21: yours is kept; the inputs now give: EXPOSE 9090\n" in made.text


def test_what_stands_behind_the_trailer_is_part_of_the_document() -> None:
    first = create_document(DOCKER, fill_of(DOCKER, {"port": 8080}), Wanted())
    made = create_document(
        DOCKER, fill_of(DOCKER, {"port": 8080}), Wanted(), first.text + "\nLABEL team=growth\n", "Dockerfile"
    )
    assert "LABEL team=growth\n" in made.text
    assert made.text.index("LABEL") < made.text.index("# mlplaybook fill")
