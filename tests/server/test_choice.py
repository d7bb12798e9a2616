"""Which units make an answer."""

from __future__ import annotations

import numpy as np

from mlplaybook.server.answers.choice import choose
from mlplaybook.server.answers.kinds import Kind
from mlplaybook.server.answers.passages import Passage
from mlplaybook.server.answers.worth import Wanted
from tests.server.answering import passage_of


def chosen(
    *passages: Passage, kind: Kind = "plain", words: int = 180, sides: tuple[tuple[str, ...], ...] = ()
) -> list[str]:
    choice = choose(passages, Wanted(kind, (), sides), words)
    return [p.texts[n] for p, taken in zip(passages, choice.taken, strict=True) for n in sorted(taken)]


def test_the_best_units_come_until_there_are_words_enough() -> None:
    text = "Alpha beta gamma delta. Epsilon zeta eta theta. Iota kappa lambda mu."
    assert chosen(passage_of(text, [3.0, 1.0, 2.0]), words=14) == ["Alpha beta gamma delta.", "Iota kappa lambda mu."]
    assert chosen(passage_of(text, [3.0, 1.0, 2.0]), words=5) == ["Alpha beta gamma delta."]


def test_what_is_far_below_the_best_stays_out() -> None:
    assert chosen(passage_of("Alpha beta. Gamma delta.", [9.0, 3.0])) == ["Alpha beta."]
    assert chosen(passage_of("Alpha beta. Gamma delta.", [9.0, 5.0])) == ["Alpha beta.", "Gamma delta."]


def test_another_section_must_be_nearer_than_the_same_one() -> None:
    assert chosen(passage_of("Alpha beta.", [9.0]), passage_of("Gamma delta.", [5.0], "other")) == ["Alpha beta."]
    assert len(chosen(passage_of("Alpha beta.", [9.0]), passage_of("Gamma delta.", [6.0], "other"))) == 2


def test_a_unit_that_leaves_no_room_is_passed_over() -> None:
    text = f"Alpha beta gamma. {'Long ' * 40}sentence. Delta epsilon zeta."
    assert chosen(passage_of(text, [3.0, 2.9, 2.0]), words=20) == ["Alpha beta gamma.", "Delta epsilon zeta."]


def test_what_has_more_words_than_wanted_is_said_only_where_there_is_nothing_shorter() -> None:
    long = " ".join(["Long"] * 40) + "."
    assert chosen(passage_of(f"{long} Short words.", [9.0, 2.0]), words=20) == ["Short words."]
    assert chosen(passage_of(long, [9.0]), words=20) == [long]


def test_the_same_words_are_not_said_twice_and_the_other_page_is_noted() -> None:
    first = passage_of("Lock the holdout before any analysis.", [3.0])
    second = passage_of("Always lock the holdout before analysis.", [2.9], "other")
    choice = choose([first, second], Wanted("plain"), 180)
    assert (choice.taken, choice.again) == ([{0}, set()], {(1, 0): (0, 0)})


def test_a_unit_with_a_figure_of_its_own_is_no_repetition() -> None:
    first = passage_of("Lock the holdout before any analysis.", [3.0])
    second = passage_of("Lock the holdout of 300 rows before any analysis.", [2.9], "other")
    assert len(chosen(first, second)) == 2


def test_between_sections_vectors_help_to_see_a_repetition() -> None:
    """They share 4 of 9 words, .44; with a cosine of 1 that is more than 1.08, with 0 it is not."""
    east, north = np.array([1, 0], np.float32), np.array([0, 1], np.float32)
    texts = ("Merge adapters before serving one busy task.", "Merge adapters once one busy stream dominates.")
    same = [passage_of(texts[0], [3.0], means=[east]), passage_of(texts[1], [2.9], "other", means=[east])]
    other = [passage_of(texts[0], [3.0], means=[east]), passage_of(texts[1], [2.9], "other", means=[north])]
    assert (len(chosen(*same)), len(chosen(*other))) == (1, 2)


CHECKS = "Three checks:\n\n- Compare the counts of both windows.\n- Look for a new category there.\n- Ask the owner of it all.\n"


def test_words_that_count_get_all_that_they_count_when_little_is_missing() -> None:
    passage = passage_of(CHECKS, [0.0, 9.0, 8.0, 2.0])
    assert chosen(passage) == list(passage.texts)


def test_words_that_count_more_than_is_shown_are_left_out() -> None:
    assert chosen(passage_of(CHECKS, [0.0, 9.0, 2.0, 2.0])) == ["Compare the counts of both windows."]


def test_fragments_keep_their_lead_in() -> None:
    text = "Three parts:\n\n- the code;\n- the data;\n- the weights.\n"
    assert chosen(passage_of(text, [0.0, 9.0, 2.0, 2.0])) == ["Three parts:", "the code;", "the data;", "the weights."]


def test_one_block_of_code_is_enough() -> None:
    text = "First way.\n\n```\na\n```\n\nSecond way.\n\n```\nb\n```\n"
    assert [unit for unit in chosen(passage_of(text, [1.0, 9.0, 1.0, 8.9]), kind="code") if "`" in unit] == [
        "```\na\n```"
    ]


def test_each_side_of_a_comparison_is_heard() -> None:
    text = "Canaries take a little traffic. Canaries need a metric. Shadows answer nobody at all."
    passage = passage_of(text, [9.0, 8.9, 5.0])
    assert len(chosen(passage, kind="comparison", words=16)) == 2
    sides = (("canary", "canaries"), ("shadow",))
    assert chosen(passage, kind="comparison", words=16, sides=sides)[-1] == "Shadows answer nobody at all."


def test_nothing_gives_nothing() -> None:
    assert chosen() == chosen(passage_of("", [])) == chosen(passage_of("It depends.", [9.0])) == []
