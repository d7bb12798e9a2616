"""What requests may say: plain JSON, nothing that is not asked for, nothing that is no text or number."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, JsonValue, model_validator

from mlplaybook.server.artefacts.service_calls import Call
from mlplaybook.server.retrieval.filters import Filter, create_filter

# Nothing that people write is nested deeper.
DEEPEST = 24
LONGEST_QUESTION = 4_000
LONGEST_NAME = 200
MOST_NAMES = 50
MOST_VALUES = 200

Question = Annotated[str, Field(min_length=1, max_length=LONGEST_QUESTION)]
Name = Annotated[str, Field(min_length=1, max_length=LONGEST_NAME)]
Names = Annotated[list[Name], Field(max_length=MOST_NAMES)]
Volatilities = list[Literal["stable", "evolving", "fast-moving"]]
Values = Annotated[dict[str, JsonValue], Field(max_length=MOST_VALUES)]
Texts = Annotated[dict[str, str], Field(max_length=MOST_VALUES)]


def whole(value: Any) -> Any:  # noqa: ANN401 (JSON holds anything)
    """5.0 as 5, which are the same in JSON.

    >>> whole(5.0), whole(5.5), whole("5")
    (5, 5.5, '5')
    """
    return int(value) if isinstance(value, float) and value.is_integer() else value


# Stands behind the limits, so that they stay in the schema.
WHOLE = BeforeValidator(whole)


class Body(BaseModel):
    """The body of a request: types are not guessed, and what is not known is refused."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)

    @model_validator(mode="before")
    @classmethod
    def is_plain(cls, value: Any) -> Any:  # noqa: ANN401 (JSON holds anything)
        """Only what can be written again as UTF-8 and JSON."""
        refuse(value, DEEPEST)
        return value


def refuse(value: object, deepest: int) -> None:
    """Raise ValueError for half characters and for what is nested too deep; numbers that are none pydantic refuses."""
    if deepest < 0:
        msg = f"nested deeper than {DEEPEST}"
        raise ValueError(msg)
    if isinstance(value, str) and any("\ud800" <= sign <= "\udfff" for sign in value):
        msg = "holds half of a surrogate pair, which is no text"
        raise ValueError(msg)
    if isinstance(value, Mapping):
        for name, inner in value.items():
            refuse(name, deepest - 1)
            refuse(inner, deepest - 1)
    elif isinstance(value, list):
        for inner in value:
            refuse(inner, deepest - 1)


class Only(Body):
    """Which pages may be found at all; what is given must hold together, of several values of one kind one is enough."""

    pages: Names = []
    folders: Names = []
    topics: Names = []
    volatilities: Annotated[Volatilities, Field(max_length=3)] = []

    def create(self) -> Filter:
        """The filter."""
        return create_filter(self.pages, self.folders, self.topics, self.volatilities)


class SearchBody(Body):
    """A search; `cursor` is `next_cursor` of the reply before, empty for the first sections."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"query": "How do I detect data drift?", "k": 3, "only": {"folders": ["07-operations"]}}]
        }
    )

    query: Question
    k: Annotated[int, Field(ge=1, le=50), WHOLE] = 5
    only: Only = Only()
    profile: Annotated[
        dict[str, str],
        Field(max_length=MOST_NAMES, description='What is true of the project, as {"modelType": "llm"}.'),
    ] = {}
    mmr: Annotated[float, Field(ge=0, le=1, description="1 is relevance alone, less prefers what is new.")] | None = (
        None
    )
    cursor: Annotated[str, Field(max_length=500)] = ""


class QuoteBody(Body):
    """A quote and where it is said to stand: page#heading, a page, a playbook:// URI, or nothing."""

    quote: Annotated[str, Field(max_length=4_000)] = ""
    section: Annotated[str, Field(max_length=500)] = ""


class VerifyBody(Body):
    """Quotes to look up, or a text whose quotes and cited sections are looked up."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"quotes": [{"quote": "Warn at PSI 0.1 and act at PSI 0.2 by default.", "section": "drift-detection"}]}
            ]
        }
    )

    quotes: Annotated[list[QuoteBody], Field(max_length=50)] = []
    text: Annotated[str, Field(max_length=60_000)] = ""


class NoteBody(Body):
    """A text to find values in; `name` is what evidence shows, and its ending may say what it is."""

    name: Name
    text: Annotated[str, Field(max_length=64_000)]


Mode = Literal["auto", "extractive", "llm"]


class Paid(Body):
    """What may be asked of a model."""

    mode: Mode = "auto"
    prompt: Annotated[str, Field(max_length=100, description="A prompt version, NAME@VERSION.")] = ""
    max_usd: Annotated[float, Field(ge=0, le=1_000, description="The most that it may cost.")] | None = None

    def create_call(self, most: Decimal | None, *, model: bool) -> Call:
        """How a model is to be asked, if at all."""
        return Call(self.mode if model else "extractive", self.prompt, most)

    @property
    def limit(self) -> Decimal | None:
        """`max_usd` as money."""
        return None if self.max_usd is None else Decimal(str(self.max_usd))


class FillBody(Paid):
    """Values that are known and notes to find more in; `earlier` is the document as it was filled before, with your edits."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{
                "notes": [{
                    "name": "kickoff.md",
                    "text": "Goal: cut churn of monthly subscribers from 5% to 4% by July. Latency: 200 ms at p95.",
                }],
                "values": {},
                "format": "own",
            }]
        }
    )  # fmt: skip

    values: Values = {}
    notes: Annotated[list[NoteBody], Field(max_length=40)] = []
    format: Literal["own", "yaml", "json", "md", "hub"] = "own"
    earlier: Annotated[str, Field(max_length=64_000)] = ""


class CheckBody(Body):
    """A document to check; without a template the one that fits is found, to which the name of the file may help."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"text": "problem_brief:\n  business_objective: increase efficiency\n  ml_task_type: magic\n"}]
        }
    )

    text: Annotated[str, Field(min_length=1, max_length=64_000)]
    template: Annotated[str, Field(max_length=LONGEST_NAME)] = ""
    file: Annotated[str, Field(max_length=LONGEST_NAME)] = ""


class ScoreBody(Body):
    """Ratings by dimension, as a number or {score, evidence}, and facts by name as true or false."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "ratings": {
                        "completeness": 4,
                        "accuracy": 2,
                        "consistency": 3,
                        "timeliness": 4,
                        "relevance": 5,
                        "volume": 3,
                    },
                    "evidence": {"completeness": "null report of 12 November"},
                }
            ]
        }
    )

    ratings: Values = {}
    evidence: Texts = {}


class DecideBody(Body):
    """What is known, as 80, "80ms" or true; null says that an input does not apply.

    With `rest`, what is not given is taken as no, or as none, which does not apply.
    """

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"inputs": {"must_work_offline": True, "fits_device": False}, "rest": ""}]}
    )

    inputs: Values = {}
    rest: Literal["", "no", "none"] = ""


class CalculateBody(Body):
    """Inputs with units where they have one, `"5%"`, `80` or `"80GB"`; or tables as CSV whose column gives the values."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"inputs": {"baseline": "4%", "lift": "5%", "daily_users": 30000}}]}
    )

    inputs: Values = {}
    csv: Annotated[str, Field(max_length=64_000)] = ""
    reference: Annotated[str, Field(max_length=64_000)] = ""
    column: Annotated[str, Field(max_length=LONGEST_NAME)] = ""


class GuideBody(Body):
    """How much is wanted of a step, for which project."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"tokens": 800, "depth": 1, "profile": {"modelType": "classical"}}]}
    )

    tokens: Annotated[int, Field(ge=200, le=20_000), WHOLE] = 2_000
    depth: Annotated[int, Field(ge=1, le=5), WHOLE] = 3
    question: Annotated[str, Field(max_length=LONGEST_QUESTION)] = ""
    profile: Annotated[dict[str, str], Field(max_length=MOST_NAMES)] = {}
