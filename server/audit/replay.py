"""An answer asked again from its record: the same bytes, or what has changed since."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

from mlplaybook.ingest.errors import BadSource
from mlplaybook.server.answers.ask import ask
from mlplaybook.server.answers.records import Answer
from mlplaybook.server.answers.render import render
from mlplaybook.server.answers.reply import Means
from mlplaybook.server.answers.request import Asked
from mlplaybook.server.audit.quotes import QuoteCheck, check_quotes
from mlplaybook.server.cache.codec import read_record
from mlplaybook.server.retrieval.index import Index
from mlplaybook.server.retrieval.profiles import Profile, create_profile
from mlplaybook.server.retrieval.search import Method

# Everything else in an answer is compared: the stamp says of itself what has changed, and a follow-up's question is replaced by
# what was searched for.
NOT_COMPARED = frozenset({"question", "stamp"})
AGAIN = "Ask again with --json and keep the whole record."
# Begin the entries of `degraded` that say what did not work of a model.
OF_MODEL = ("llm:", "full-context:", "condense:")

# Asks a question as it was asked, for the same project.
Again = Callable[[Index, str, Asked, Profile], Answer]
# The stamp that a prompt of this name and version has now; empty when there is none any more.
PromptNow = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Recorded:
    """An answer with the request behind it, as it was printed."""

    answer: Answer
    asked: Asked


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of a replay. `same` is None where nothing could be compared.

    `changes` say what is not as it was, `differences` in which fields the answer is another one. `called` says whether the
    question was asked again or only its quotes were looked up.
    """

    same: bool | None
    called: bool
    changes: tuple[str, ...]
    differences: tuple[str, ...]
    quotes: tuple[QuoteCheck, ...]


def read_recorded(text: str) -> Recorded:
    """The record that `ask --json` printed; fields of other versions are passed over.

    :raises BadSource: it is no such record, or does not say how it was asked.
    """
    try:
        value = json.loads(text)
        stamp: dict[str, Any] = dict(value["stamp"])
        asked = stamp.pop("asked", None)
        answer = read_record(Answer, {**value, "stamp": stamp}, lenient=True)
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise BadSource(
            f"This is no answer of `ask --json`: {error}.", "Give the one record that it printed."
        ) from error
    if asked is None:
        cause = "The record does not say how it was asked (stamp.asked): it was made by an older version."
        raise BadSource(cause, AGAIN)
    try:
        return Recorded(answer, read_record(Asked, asked, lenient=True))
    except ValueError as error:
        raise BadSource(f"The record's request cannot be read: {error}.", AGAIN) from error


def ask_again(index: Index, question: str, asked: Asked, profile: Profile) -> Answer:
    """The extractive answer to a question as it was asked."""
    return ask(index, question, asked.k, asked.only, Method(profile=profile, mmr=asked.mmr), Means(words=asked.words))


def replay(
    recorded: Recorded, index: Index, again: Again | None = None, prompt_now: PromptNow = lambda stamp: stamp
) -> Verdict:
    """Compare a recorded answer with what the index gives now.

    An extractive answer is made again. That of a model is not, unless `again` can call one: its quotes are looked up.

    :raises PlaybookError: the question cannot be asked any more, for example because its filter or profile is not understood.
    """
    answer, asked = recorded.answer, recorded.asked
    quotes = tuple(check_quotes(index, answer))
    changes = tuple(changes_since(answer, index, prompt_now))
    if answer.mode == "llm" and again is None:
        return judge_quotes(answer, changes, quotes)
    profile = create_profile(answer.stamp.profile)
    made = (again or ask_again)(index, asked.searched or answer.question, asked, profile)
    if again is not None and made.mode != answer.mode:
        changes += tuple(f"model: {reason}" for reason in made.degraded if reason not in answer.degraded)
    differences = tuple(differing(answer, made, of_model=again is not None))
    return Verdict(not differences, True, changes, differences, quotes)


def judge_quotes(answer: Answer, changes: tuple[str, ...], quotes: tuple[QuoteCheck, ...]) -> Verdict:
    """The verdict on an answer that nobody made again."""
    if not answer.statements:
        return Verdict(None, False, changes, (), quotes)
    differences = [name for name, holds in (("text", render(answer.statements) == answer.text),) if not holds]
    if any(quote.state != "holds" for quote in quotes):
        differences.append("statements")
    return Verdict(not differences, False, changes, tuple(differences), quotes)


def changes_since(answer: Answer, index: Index, prompt_now: PromptNow) -> Iterator[str]:
    """What an answer rested on and is not as it was, in words."""
    stamp, manifest = answer.stamp, index.manifest
    if manifest.generation != stamp.generation:
        yield f"corpus: generation {stamp.generation} is not kept any more, {manifest.generation} serves"
    now = version("mlplaybook")
    if now != stamp.version:
        yield f"program: version {stamp.version} then, {now} now"
    if manifest.encoder != stamp.encoder:
        yield f"encoder: {stamp.encoder or 'none'} then, {manifest.encoder or 'none'} now"
    for trouble in index.troubles:
        yield f"search: {trouble.code} does not work: {trouble.text}"
    tuned = index.tuned.digest if index.tuned else ""
    if tuned != stamp.tuned_config:
        yield f"tuning: {stamp.tuned_config or 'none'} then, {tuned or 'none'} now"
    if stamp.prompt and prompt_now(stamp.prompt) != stamp.prompt:
        yield f"prompt: {stamp.prompt} then, {prompt_now(stamp.prompt) or 'not there'} now"


def differing(then: Answer, now: Answer, *, of_model: bool) -> Iterator[str]:
    """The fields in which two answers differ; where no model was called, why one had failed is no difference."""
    if not of_model:
        kept = tuple(reason for reason in then.degraded if not reason.startswith(OF_MODEL))
        then = dataclasses.replace(then, degraded=kept)
    for field in dataclasses.fields(Answer):
        if field.name not in NOT_COMPARED and getattr(then, field.name) != getattr(now, field.name):
            yield field.name
