"""What `evals tune` fitted to a corpus: the weights of its search, and when its questions are refused."""

from __future__ import annotations

import dataclasses
import json
import math
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mlplaybook.ingest.checksums import sha256_of_all
from mlplaybook.server.retrieval.asked import ASKED_WEIGHT
from mlplaybook.server.retrieval.fuse import LEXICAL_WEIGHT
from mlplaybook.server.retrieval.late import LATE_WEIGHT

# Beside the generations of a corpus, so that a new one does not lose it.
TUNED_FILE = "tuned.json"
# Bump when an older reader would misread what is written.
FORMAT = 1
# What a coefficient may belong to: the constant, and the fields of `answers.abstain.Signals`.
TERMS = frozenset({"constant", "dense", "late", "coverage", "weakest", "asked"})


@dataclass(frozen=True, slots=True)
class Weights:
    """How much each part counts beside the dense score, which is scaled to a maximum of 1."""

    lexical: float = LEXICAL_WEIGHT
    late: float = LATE_WEIGHT
    asked: float = ASKED_WEIGHT


@dataclass(frozen=True, slots=True)
class AnswerModel:
    """A logistic model for one kind of index (`asked`, `plain` or `lexical`), and what its probability means.

    From `answered` on a question is answered, from `partial` on in part, below that it is refused.
    """

    kind: str
    coefficients: Mapping[str, float]
    answered: float
    partial: float


@dataclass(frozen=True, slots=True)
class Tuned:
    """A fit with what it was made from; `model` is None where that which ships does as well.

    `figures` are cross-validated, before and after.
    """

    encoder: str
    generation: str
    date: str
    questions: int
    not_covered: int
    weights: Weights
    model: AnswerModel | None
    figures: Mapping[str, float]
    format: int = FORMAT

    @property
    def digest(self) -> str:
        """Twelve hexadecimal digits of what an answer depends on: equal digests, equal answers."""
        model = dataclasses.asdict(self.model) if self.model else None
        return sha256_of_all([json.dumps([dataclasses.asdict(self.weights), model], sort_keys=True)])[:12]


def read_tuned(folder: Path, encoder: str) -> tuple[Tuned | None, str]:
    """What a corpus folder holds for this encoder, and in words why a file that is there is not used."""
    path = folder / TUNED_FILE
    try:
        tuned = create_tuned(json.loads(path.read_text("utf-8")))
    except FileNotFoundError:
        return None, ""
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        return None, f"{path} is not used, because it cannot be read ({error}); tune again or delete it"
    if tuned.encoder != encoder:
        return None, f"{path} is not used, because it was fitted with the encoder {tuned.encoder}; tune again"
    return tuned, ""


def create_tuned(record: dict[str, Any]) -> Tuned:
    """A fit from its record; raises ValueError, KeyError or TypeError for one that this version cannot use."""
    if record["format"] != FORMAT:
        msg = f"format {record['format']!r}, this version reads {FORMAT}"
        raise ValueError(msg)
    model = record["model"]
    tuned = Tuned(
        **{
            **record,
            "weights": Weights(**numbers(record["weights"])),
            "model": None if model is None else create_model(model),
            "figures": numbers(record["figures"]),
        }
    )
    if not all(isinstance(text, str) for text in (tuned.encoder, tuned.generation, tuned.date)):
        msg = "encoder, generation and date are not all text"
        raise TypeError(msg)
    return tuned


def create_model(record: dict[str, Any]) -> AnswerModel:
    """The model in a record."""
    limits = numbers({name: record[name] for name in ("answered", "partial")})
    coefficients = numbers(record["coefficients"])
    strange = sorted(set(coefficients) - TERMS)
    if strange:
        msg = f"a coefficient of {', '.join(strange)}"
        raise ValueError(msg)
    return AnswerModel(str(record["kind"]), coefficients, **limits)


def numbers(record: Mapping[str, Any]) -> dict[str, float]:
    """The same with every value as a finite number; raises ValueError or TypeError for any other."""
    values = {name: float(value) for name, value in record.items()}
    for name, value in values.items():
        if not math.isfinite(value):
            msg = f"{name} is {value}"
            raise ValueError(msg)
    return values


def write_tuned(folder: Path, tuned: Tuned) -> Path:
    """Put the fit beside the generations of a corpus in one step: a reader sees the old one or the new one."""
    path, new = folder / TUNED_FILE, folder / f".{TUNED_FILE}.new"
    with new.open("w", encoding="utf-8") as file:
        file.write(json.dumps(dataclasses.asdict(tuned), indent=1) + "\n")
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)
    return path


def forget_tuned(folder: Path) -> bool:
    """Delete the fit of a corpus; returns whether there was one."""
    path = folder / TUNED_FILE
    there = path.exists()
    path.unlink(missing_ok=True)
    return there
