"""A model that says what it is told, and true replies for real cases."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from mlplaybook.prompts.library import load_prompt
from mlplaybook.server.answers.writer import Writer
from mlplaybook.server.artefacts.filling.read_inputs import read_inputs
from mlplaybook.server.artefacts.filling.records import InputText
from mlplaybook.server.artefacts.library import load_template
from mlplaybook.server.artefacts.records import Fill, Filled, Template
from mlplaybook.server.llm.deadline import Deadline
from mlplaybook.server.llm.records import Done, ModelFailed, Part, Request, Restart, Stream, Usage

CASES = Path(__file__).parents[3] / "evals/cases/fill/dev"
REPLIES = Path(__file__).with_name("honest_replies.yaml")


@dataclass
class Scripted:
    """Gives one reply after the other, in small parts, the last one again and again; a ModelFailed is raised."""

    replies: Sequence[str | ModelFailed]
    name: str = "test:scripted"
    window: int = 100_000
    finish: str = "stop"
    asked: list[Request] = field(default_factory=list)

    def stream(self, request: Request, deadline: Deadline) -> Stream:
        reply = self.replies[min(len(self.asked), len(self.replies) - 1)]
        self.asked.append(request)
        if isinstance(reply, ModelFailed):
            raise reply
        yield Part('{"fields": [{"name": "void')
        yield Restart("test:other failed")
        yield from (Part(reply[start : start + 7]) for start in range(0, len(reply), 7))
        yield Done(self.name, Usage(100, 20), self.finish, 0.1)


def writer(*replies: str | ModelFailed, window: int = 100_000, finish: str = "stop", max_tokens: int = 3_000) -> Writer:
    model = Scripted(replies, window=window, finish=finish)
    return Writer(model, load_prompt("fill"), lambda text: len(text) // 3, max_tokens=max_tokens)


def claim(name: str, values: Sequence[str] | str, *quotes: str, section: str = "notes.md#1") -> dict[str, Any]:
    listed = [values] if isinstance(values, str) else list(values)
    return {"name": name, "citations": [{"section": section, "quote": quote} for quote in quotes], "values": listed}


def reply(*claims: Mapping[str, Any]) -> str:
    return json.dumps({"fields": list(claims)})


def nothing(template: Template, **known: Filled) -> Fill:
    """A fill in which nothing was extracted."""
    fields = {one.name: Filled(None, "missing", (), 0.0, one.section, one.question) for one in template.fields}
    return Fill(template.id, {**fields, **known})


@dataclass(frozen=True)
class Case:
    """A development case with what a careful model says of it."""

    name: str
    template: Template
    inputs: tuple[InputText, ...]
    claims: tuple[dict[str, Any], ...]


def honest_cases() -> Iterator[Case]:
    """The cases with true replies."""
    for name, told in yaml.safe_load(REPLIES.read_text("utf-8")).items():
        claims = (claim(key, values, *quotes, section="") for key, (values, quotes) in told["fields"].items())
        inputs = read_inputs([CASES / name / file for file in told["from"]])
        yield Case(name, load_template(told["template"]), inputs, tuple(claims))


def gold_claims() -> Iterator[tuple[Case, dict[str, Any]]]:
    """Every typed value of the development cases as a claim, beside its case."""
    for path in sorted(CASES.glob("*/gold.yaml")):
        for gold in yaml.safe_load(path.read_text("utf-8"))["gold"]:
            template = load_template(gold["template"])
            types = {one.name: one.type for one in template.fields}
            inputs = read_inputs([path.parent / file for file in gold["from"]])
            case = Case(path.parent.name, template, inputs, ())
            for name, told in gold["fields"].items():
                if (
                    types[name] not in {"text", "list", "mapping"}
                    and "value" in told
                    and isinstance(told.get("quote"), str)
                ):
                    value = told["value"]
                    words = str(value).lower() if isinstance(value, bool) else str(value)
                    yield case, claim(name, words, told["quote"], section="")
