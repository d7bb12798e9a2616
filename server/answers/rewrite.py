"""A follow-up rewritten by a model, where there is one; the rules step in for whatever it fails at."""

from __future__ import annotations

from dataclasses import dataclass

from mlplaybook.prompts.library import render
from mlplaybook.prompts.records import Prompt
from mlplaybook.server.answers.followup import Condensed, Weigh, condense
from mlplaybook.server.answers.history import History
from mlplaybook.server.answers.reading import TOKEN, names
from mlplaybook.server.answers.relevance import same_word
from mlplaybook.server.llm.deadline import Deadline
from mlplaybook.server.llm.records import Done, Message, Model, ModelFailed, Part, Request, Restart, Usage
from mlplaybook.server.llm.scan import Scanner
from mlplaybook.server.prompting import prompts_refused

# A question that one can read at a glance; whatever is longer answers, or repeats the conversation.
LONGEST_REWRITE = 400
# 400 characters are some 100 tokens; the rest is room for the braces around them.
MOST_TOKENS = 200


@dataclass(frozen=True, slots=True)
class Rewritten:
    """What a model made of a follow-up, or the rules in its place: `failed` then says why, in words for people.

    `usage` is what it cost, also when nothing came of it; `model` is empty where none was asked.
    """

    condensed: Condensed
    model: str = ""
    usage: Usage = Usage()  # noqa: RUF009 (frozen)
    failed: str = ""


def condense_with(
    model: Model, prompt: Prompt, history: History, question: str, weigh: Weigh, deadline: Deadline
) -> Rewritten:
    """The question rewritten by the model where there is a history; by rules if its words cannot be used.

    A model is not asked about a first question, nor about thanks.

    :raises PromptRefused: the prompt cannot be rendered.
    """
    by_rules = condense(history, question, weigh)
    if by_rules.kind in ("first", "small talk"):
        return Rewritten(by_rules)
    try:
        reply, done = ask_model(model, prompt, history, question, deadline)
    except ModelFailed as failed:
        return Rewritten(by_rules, model.name, failed=failed.public)
    rewritten = question_in(reply)
    refused = refuse(rewritten, history, question)
    if refused:
        return Rewritten(by_rules, done.model, done.usage, f"{done.model} {refused}")
    carried = new_words(rewritten, question)
    condensed = Condensed(rewritten, rewritten != question, carried, "follow-up" if carried else "alone")
    return Rewritten(condensed, done.model, done.usage)


def ask_model(model: Model, prompt: Prompt, history: History, question: str, deadline: Deadline) -> tuple[str, Done]:
    """The reply's text and its end; a restart voids what came before it."""
    turns = [{"role": turn.role, "text": turn.text} for turn in history.turns]
    with prompts_refused():
        rendered = render(prompt, history=turns, question=question)
    messages = tuple(Message(one.role, one.content, one.static) for one in rendered)
    parts: list[str] = []
    for item in model.stream(Request(messages, MOST_TOKENS, schema=prompt.output), deadline):
        if isinstance(item, Part):
            parts.append(item.text)
        elif isinstance(item, Restart):
            parts.clear()
        else:
            return "".join(parts), item
    raise ModelFailed("garbage", model.name)


def question_in(reply: str) -> str:
    """The question of a reply: of its JSON object, or the reply itself where it is one line without braces.

    >>> question_in('Sure: {"question": "What is PSI?"}'), question_in("What is PSI?"), question_in("{}")
    ('What is PSI?', 'What is PSI?', '')
    """
    for closed in Scanner().feed(reply, final=True):
        if isinstance(closed.value, dict) and isinstance(closed.value.get("question"), str):
            return " ".join(closed.value["question"].split())
    plain = reply.strip().strip('"')
    return "" if "{" in plain or "\n" in plain else plain


def refuse(rewritten: str, history: History, question: str) -> str:
    """Why a rewritten question cannot be used; empty when it can."""
    if not rewritten:
        return "returned no question"
    if len(rewritten) > LONGEST_REWRITE:
        return f"returned a question of {len(rewritten)} characters"
    said = {word.lower() for turn in history.turns for word in TOKEN.findall(turn.text)}
    said |= {word.lower() for word in TOKEN.findall(question)}
    named = [word for word in content_words(rewritten) if any(same_word(word, other) for other in said)]
    return "" if named else "returned a question about something else"


def new_words(rewritten: str, question: str) -> tuple[str, ...]:
    """What names something in the rewritten question and does not stand in the question that was asked."""
    asked = content_words(question)
    words = dict.fromkeys(word for word in TOKEN.findall(rewritten) if names(word.lower()))
    return tuple(word for word in words if not any(same_word(word.lower(), other) for other in asked))


def content_words(text: str) -> list[str]:
    """The words that name something, lower case."""
    return [word for word in TOKEN.findall(text.lower()) if names(word)]
