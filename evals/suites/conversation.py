"""Whether a last turn that leans on others is understood, and its section found."""

from __future__ import annotations

import functools

from mlplaybook.evals.followups import create_conversation, half_of, replay, score
from mlplaybook.evals.golden import Split
from mlplaybook.evals.records import Case, Measured, not_applicable, ok
from mlplaybook.evals.suites.lines import read_lines, shown_name
from mlplaybook.evals.suites.world import World
from mlplaybook.server.answers.followup import condense
from mlplaybook.server.retrieval.lexical import term_weights

NAME = "conversation"
METRICS = ("understood", "hit@5", "ndcg@10")
FILE = "followups.jsonl"


def read(split: Split) -> tuple[Case, ...]:
    """The conversations of a half."""
    return tuple(
        Case(
            f"{NAME}/{record['id']}", NAME, record["kind"], shown_name(FILE), number, {"turns": record["turns"]}, record
        )
        for number, record in read_lines(FILE)
        if half_of(record["id"]) == split
    )


def measure(world: World, case: Case) -> Measured:
    """The last turn after the others were answered by the index itself."""
    one = create_conversation(case.gold)
    weigh = functools.partial(term_weights, world.index.catalog)
    history = replay(world.index, one.turns[:-1], lambda history, turn: condense(history, turn, weigh))
    condensed = condense(history, one.turns[-1], weigh)
    found = score(world.index, condensed.question, one) if one.pages else None
    nothing = not_applicable("nothing answers it")
    scores = {
        "understood": ok(bool(condensed.carried) == one.carries),
        "hit@5": ok(found[1]) if found else nothing,
        "ndcg@10": ok(found[0]) if found else nothing,
    }
    return Measured(scores, {"asked": condensed.question, "carried": list(condensed.carried)})
