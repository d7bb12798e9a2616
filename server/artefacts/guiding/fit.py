"""A number of tokens divided fairly, and pieces taken into their shares."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Piece:
    """Words that are taken whole or not at all; of one `group` only with everything that comes before it there.

    `group` is a section of a page, or a list; `place` is where it stands in reading order among those beside it.
    """

    group: str
    place: int
    text: str
    tokens: int


def fair_shares(demands: Sequence[int], pool: int, weights: Sequence[int] = ()) -> list[int]:
    """Max-min fairness: nobody gets more than asked for, and what some leave is divided among the others by weight.

    >>> fair_shares([50, 500, 500], 450), fair_shares([900, 900], 300, [2, 1])
    ([50, 200, 200], [200, 100])
    """
    weigh = list(weights) or [1] * len(demands)
    shares = [0] * len(demands)
    waiting = sorted(range(len(demands)), key=lambda n: (demands[n] / weigh[n], n))
    left = max(0, pool)
    while waiting:
        first, *others = waiting
        part = left * weigh[first] // sum(weigh[n] for n in waiting)
        shares[first] = min(demands[first], part)
        left -= shares[first]
        waiting = others
    return shares


def take(queues: Sequence[Sequence[Piece]], shares: Sequence[int]) -> list[list[Piece]]:
    """What fits of every queue, in its order: first into its own share, then one by one into what all of them left over."""
    taken = [fitting(queue, [], share) for queue, share in zip(queues, shares, strict=True)]
    left = sum(shares) - sum(piece.tokens for pieces in taken for piece in pieces)
    waiting = list(range(len(queues)))
    while waiting:
        for number in list(waiting):
            have = taken[number]
            more = fitting(queues[number], have, left, most=1)
            if len(more) == len(have):
                waiting.remove(number)
            taken[number] = more
            left -= sum(piece.tokens for piece in more[len(have) :])
    return taken


def fitting(queue: Sequence[Piece], have: Sequence[Piece], room: int, most: int | None = None) -> list[Piece]:
    """The pieces at hand and at most so many of the queue that fit beside them; a group ends where one does not fit."""
    chosen = list(have)
    ended: set[str] = set()
    for piece in queue:
        if piece in have:
            continue
        if most is not None and len(chosen) - len(have) == most:
            break
        if piece.group in ended or piece.tokens > room:
            ended.add(piece.group)
            continue
        chosen.append(piece)
        room -= piece.tokens
    return chosen
