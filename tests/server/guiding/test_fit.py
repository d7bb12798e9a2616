"""Tokens are divided fairly, and what is taken keeps its order."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from mlplaybook.server.artefacts.guiding.fit import Piece, fair_shares, take

QUEUES = st.lists(st.lists(st.tuples(st.sampled_from("ab"), st.integers(1, 40)), max_size=6), max_size=5)


def queue(name: str, *sizes: tuple[str, int]) -> list[Piece]:
    return [Piece(f"{name}#{group}", place, "x", tokens) for place, (group, tokens) in enumerate(sizes)]


def test_a_worked_example_of_fair_shares() -> None:
    """Of 450, the one who wants 50 gets it; the 400 left are halved, or divided 3 to 1."""
    assert fair_shares([50, 500, 500], 450) == [50, 200, 200]
    assert fair_shares([50, 500, 500], 450, [1, 3, 1]) == [50, 300, 100]
    assert fair_shares([900, 900], 300, [2, 1]) == [200, 100]
    assert fair_shares([], 10) == []
    assert fair_shares([5, 5], -3) == [0, 0]


@given(st.lists(st.integers(0, 500), max_size=8), st.integers(0, 1500))
def test_shares_use_the_pool_and_no_more_and_nobody_is_poorer_without_need(demands: list[int], pool: int) -> None:
    shares = fair_shares(demands, pool)
    assert all(0 <= share <= demand for share, demand in zip(shares, demands, strict=True))
    assert sum(shares) <= pool
    short = [share for share, demand in zip(shares, demands, strict=True) if share < demand]
    if short:
        assert sum(shares) > pool - len(demands)
        assert max(shares) <= min(short) + 1


def test_a_group_ends_where_a_piece_does_not_fit_and_another_goes_on() -> None:
    pieces = queue("p", ("a", 5), ("a", 90), ("a", 1), ("b", 4))
    assert take([pieces], [12]) == [[pieces[0], pieces[3]]]


def test_what_is_left_goes_round_piece_by_piece() -> None:
    first, second = queue("p", ("a", 9), ("a", 9), ("a", 9)), queue("q", ("a", 9), ("a", 9))
    assert [len(each) for each in take([first, second], [13, 13])] == [1, 1]
    # Two of nine leave 4 of 22, one leaves 5 of 14: together enough for one more.
    assert [len(each) for each in take([first, second], [14, 22])] == [2, 2]
    assert [len(each) for each in take([first, second], [14, 13])] == [2, 1]


@given(QUEUES, st.integers(0, 120))
def test_what_is_taken_fits_together_and_keeps_the_order_of_each_group(
    sizes: list[list[tuple[str, int]]], share: int
) -> None:
    queues = [queue(str(number), *each) for number, each in enumerate(sizes)]
    taken = take(queues, [share] * len(queues))
    assert sum(piece.tokens for each in taken for piece in each) <= share * len(queues)
    for pieces, chosen in zip(queues, taken, strict=True):
        for group in {piece.group for piece in pieces}:
            whole = [piece for piece in pieces if piece.group == group]
            kept = [piece for piece in chosen if piece.group == group]
            assert kept == whole[: len(kept)]
