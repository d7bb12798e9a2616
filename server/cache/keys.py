"""Keys that hold all that an answer or a vector depends on: what has changed is not found, so nothing is ever invalidated."""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from importlib.metadata import version
from importlib.resources import files
from importlib.resources.abc import Traversable

from mlplaybook.server.retrieval.filters import EVERYTHING, Filter

DISTRIBUTION = "mlplaybook"
# Bump when cached bytes mean something else than before.
FORMAT = 1
# What answers are made by. The pages are not among it: a generation names them.
ROOMS = (("ingest", ""), ("knowledge", "overlays"), ("prompts", ""), ("server", ""))
CODE = (".py", ".json", ".yaml")


@dataclass(frozen=True, slots=True)
class Wanted:
    """Everything that an answer depends on.

    `prompts` are the stamps of all prompts that may be rendered for it, `parameters` those of the model, `tuned` the digest
    of what was fitted to the corpus, `history` the hash of the turns before (`history_hash`), `version` the program's
    (`program_version`). `options` is room for whatever else changes an answer.
    """

    corpus: str
    generation: str
    encoder: str
    question: str
    version: str
    mode: str = "extractive"
    k: int = 5
    only: Filter = EVERYTHING
    profile: Mapping[str, str] = field(default_factory=dict)
    mmr: float | None = None
    tuned: str = ""
    prompts: tuple[str, ...] = ()
    model: str = ""
    parameters: Mapping[str, object] = field(default_factory=dict)
    history: str = ""
    options: Mapping[str, object] = field(default_factory=dict)


def answer_key(wanted: Wanted) -> str:
    """The key of a final answer."""
    values = dataclasses.asdict(dataclasses.replace(wanted, question=normalised(wanted.question)))
    return f"answer:{sha256_of_json([FORMAT, values])}"


def embedding_key(encoder: str, text: str) -> str:
    """The key of a question's vectors; `encoder` is the encoder's id, which names weights and pooling."""
    return f"embedding:{sha256_of_json([FORMAT, encoder, text])}"


def normalised(question: str) -> str:
    r"""The question as it is asked: white space is all that `clean_question` takes away, and so all that does not count.

    Case and punctuation stay: they reach the encoder and the model, so that another spelling may have another answer.

    >>> normalised("  What is\n PSI? ")
    'What is PSI?'
    """
    return " ".join(question.split())


def history_hash(turns: Iterable[tuple[str, str]]) -> str:
    """A hash of (role, text) turns before the question, empty where there are none."""
    said = [[role, text] for role, text in turns]
    return sha256_of_json(said) if said else ""


def sha256_of_json(value: object) -> str:
    """A hash of numbers, words, lists and mappings; the order of a mapping does not count."""
    return hashlib.sha256(json.dumps(value, sort_keys=True, ensure_ascii=True).encode()).hexdigest()


@functools.cache
def program_version() -> str:
    """The release, and in a checkout also a hash of its code: an edit never meets what the code before it said.

    The hash takes 11 ms; an installed release does without.
    """
    in_checkout = (files(f"{DISTRIBUTION}.server") / ".." / "pyproject.toml").is_file()
    return f"{version(DISTRIBUTION)}+{code_digest()[:12]}" if in_checkout else version(DISTRIBUTION)


def code_digest() -> str:
    """A hash over the code and data files in ROOMS."""
    digest = hashlib.sha256()
    for package, below in ROOMS:
        folder = files(f"{DISTRIBUTION}.{package}")
        for name, content in sorted(code_below(folder / below if below else folder, package)):
            digest.update(f"{name}\0{len(content)}\0".encode())
            digest.update(content)
    return digest.hexdigest()


def code_below(folder: Traversable, name: str) -> Iterator[tuple[str, bytes]]:
    """Code and data files below a folder, by path."""
    for entry in folder.iterdir():
        if entry.is_dir():
            yield from code_below(entry, f"{name}/{entry.name}")
        elif entry.name.endswith(CODE):
            yield f"{name}/{entry.name}", entry.read_bytes()
