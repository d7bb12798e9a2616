"""A judge that is a script: it answers RAGAS' prompts by comparing words, so that every score can be worked out by hand.

It sits behind the failing provider of `tests.server.llm.fault_server`, which knows its faults by the model's name.
"""

from __future__ import annotations

import json
import re
from typing import Any

STATEMENT = re.compile(r"(?<=[.!?])\s+")
WORD = re.compile(r"[a-z0-9]{3,}")
STOP_WORDS = {"the", "and", "for", "you", "that", "this", "with", "are"}
INPUT = re.compile(r"Now perform the same with the following input\ninput: (.*)\nOutput:", re.DOTALL)
SCHEMA = re.compile(r"\{.*\}", re.DOTALL)
# Of a statement's words, the share that a text must hold to say it; of a reference's, to be of use for it.
SAYS, HELPS = 0.6, 0.4
# What every answer is taken to be an answer to.
ASKED = "How do I stop losses that are not a number?"


def words(text: str) -> set[str]:
    return set(WORD.findall(text.lower())) - STOP_WORDS


def statements(text: str) -> list[str]:
    return [part for part in STATEMENT.split(text.strip()) if part]


def holds(text: str, claim: str, share: float = SAYS) -> int:
    wanted = words(claim)
    return int(bool(wanted) and len(wanted & words(text)) / len(wanted) >= share)


def judge(body: dict[str, Any]) -> str:
    """The reply to a chat request of RAGAS, by the title of the schema that it must have."""
    found = SCHEMA.search(body["messages"][0]["content"])
    asked = INPUT.search(body["messages"][-1]["content"]) or INPUT.search(body["messages"][1]["content"])
    assert found
    assert asked
    return json.dumps(reply(json.loads(found[0])["title"], json.loads(asked[1])))


def reply(title: str, given: dict[str, Any]) -> dict[str, Any]:
    if title == "StatementGeneratorOutput":
        return {"statements": statements(given.get("answer") or given["text"])}
    if title == "ClaimDecompositionOutput":
        return {"claims": statements(given["response"])}
    if title in {"NLIStatementOutput", "StatementFaithfulnessOutput"}:
        verdicts = [(one, holds(given["context"], one)) for one in given["statements"]]
        return {"statements": [{"statement": one, "reason": "words", "verdict": said} for one, said in verdicts]}
    if title == "ContextRecallOutput":
        verdicts = [(one, holds(given["context"], one)) for one in statements(given["answer"])]
        return {"classifications": [{"statement": s, "reason": "words", "attributed": said} for s, said in verdicts]}
    if title == "ContextPrecisionOutput":
        return {"reason": "words", "verdict": holds(given["context"], given["answer"], HELPS)}
    assert title == "AnswerRelevanceOutput"
    return {"question": ASKED, "noncommittal": 0}
