"""Links below an answer open what it cites, and are left out when the answer comes back as an earlier turn."""

from __future__ import annotations

from mlplaybook.server.answers.records import Answer, Citation, Stamp, Statement, Status
from mlplaybook.server.rest.sources import cited_sections, read_tail, write_tail

BASE = "https://playbook.example.org"


def cited(n: int, section: str, path: tuple[str, ...], start: int = 0) -> Citation:
    return Citation(n, section.split("#", maxsplit=1)[0], section, path, start, start + 4, f"word{start}", "")


def answer(*citations: Citation, status: Status = "answered", suggestions: tuple[str, ...] = ()) -> Answer:
    statements = tuple(Statement("Said.", (one,)) for one in citations)
    return Answer("Q?", status, 0.9, "Said. [1]", statements, suggestions, "extractive", (), Stamp("c", "g", "e", "0"))


DRIFT = cited(1, "ops/drift#psi", ("Drift [new]", "PSI"), 10)


def test_each_section_has_one_link_that_names_the_place_of_its_first_quote() -> None:
    made = answer(DRIFT, cited(1, "ops/drift#psi", ("Drift [new]", "PSI"), 50), cited(2, "a#b", ("A", "B")))
    assert write_tail(made, BASE) == (
        "\n\n**Sources**\n\n"
        "- [1] [Drift \\[new\\] > PSI](https://playbook.example.org/#/read/ops%2Fdrift/psi?chars=10-14)\n"
        "- [2] [A > B](https://playbook.example.org/#/read/a/b?chars=0-4)"
    )
    first, _ = cited_sections(made, BASE)
    assert (first.n, first.section, first.quotes) == (1, "ops/drift#psi", ("word10", "word50"))


def test_an_honest_no_names_what_is_near() -> None:
    made = answer(status="abstained", suggestions=("a#b",))
    assert write_tail(made, BASE) == f"\n\n**Nearest sections**\n\n- [a#b]({BASE}/#/read/a/b)"


def test_an_answer_to_a_part_says_so() -> None:
    assert "*Only a part of this is covered.*\n\n**Sources**" in write_tail(answer(DRIFT, status="partial"), BASE)


def test_an_earlier_answer_is_read_without_its_links_and_with_its_headings() -> None:
    for status in ("answered", "partial"):
        made = answer(DRIFT, status=status)  # type: ignore[arg-type]
        assert read_tail(made.text + write_tail(made, BASE)) == (made.text, ("Drift [new]", "PSI"))
    no = answer(status="abstained", suggestions=("a#b",))
    assert read_tail(no.text + write_tail(no, BASE)) == (no.text, ())


def test_what_somebody_else_wrote_stays_as_it_is() -> None:
    assert read_tail("Nothing **Sources** here.") == ("Nothing **Sources** here.", ())
