"""How many tokens a prompt has, before a provider counts them: exactly where the vocabulary is here, else from above."""

from __future__ import annotations

import hashlib
import importlib.util
import math
import os
import re
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from mlplaybook.ingest.checksums import sha256_of
from mlplaybook.ingest.encoder import estimate_tokens
from mlplaybook.server.llm.records import Message

VOCABULARY = "o200k_base"
# Where tiktoken would fetch it, which also names its cached file, and what it must be; else tiktoken would fetch it anew.
VOCABULARY_URL = "https://openaipublic.blob.core.windows.net/encodings/o200k_base.tiktoken"
VOCABULARY_SHA256 = "446a9538cb6c348e3516120d7c08b09f57c36495e2acfffe59a5bf8b0cfb1a2d"
# o200k_base tokens per word piece were at most 1.014 over 300 prompts of eight sections of the playbook, and 1.133 over its
# 1,075 sections of more than 200 characters (mean 0.93); per estimated piece at most 0.943 and 1.120.
SAFETY = 1.15
# What word pieces count as one unknown word: long runs without a space, and other scripts, emoji, box drawing. Counted by
# bytes: random hexadecimal and base64 had 1.46 to 1.76 bytes a token. With both, `bound` gave 1.1 to 1.7 times the tokens of
# those prompts (mean 1.27), and never fewer than any of the sections has; of the 271 development questions, one has more.
OPAQUE = re.compile(r"\S{48,}|[^\x00-\u024f\u2010-\u2026]+")
OPAQUE_BYTES = 1.4
# Role and separators around a message, of which OpenAI's format has 3 or 4.
PER_MESSAGE = 4
# What the vocabularies of other providers may count more. Anthropic says 30 % more for its newer models than for its older
# ones (knowledge/08-llm/llm-model-choice.md); no such vocabulary is published, so that this is not measured.
OTHER_PROVIDERS = 1.5


@dataclass(frozen=True, slots=True)
class Counter:
    """Counts tokens; `name` says by what, for whoever wonders about the figure."""

    name: str
    count: Callable[[str], int]


def create_counter(pieces: Callable[[str], int] | None = None, *, download: bool = False) -> Counter:
    """A counter on tiktoken where it and its vocabulary are on this machine, else on word pieces times a safety factor.

    :param pieces: counts word pieces (`Encoder.count_tokens`); without it they are estimated from words.
    :param download: whether tiktoken may fetch its vocabulary, 3.6 MB, from the network.
    """
    if importlib.util.find_spec("tiktoken") and (download or vocabulary_is_here()):
        # The package comes with the extra [openai].
        import tiktoken  # noqa: PLC0415

        encoding = tiktoken.get_encoding(VOCABULARY)
        return Counter(VOCABULARY, lambda text: len(encoding.encode_ordinary(text)))
    name = "word pieces" if pieces else "estimated word pieces"
    return Counter(f"{name} x {SAFETY}", lambda text: bound(text, pieces or estimate_tokens))


def vocabulary_is_here(environment: Mapping[str, str] | None = None) -> bool:
    """Whether tiktoken finds its vocabulary without the network: the right file in the folder where it keeps such files."""
    known = os.environ if environment is None else environment
    default = str(Path(tempfile.gettempdir()) / "data-gym-cache")
    folder = known.get("TIKTOKEN_CACHE_DIR", known.get("DATA_GYM_CACHE_DIR", default))
    # The name under which tiktoken keeps it; nothing rests on the strength of SHA-1.
    file = Path(folder) / hashlib.sha1(VOCABULARY_URL.encode(), usedforsecurity=False).hexdigest()
    return bool(folder) and file.is_file() and sha256_of(file) == VOCABULARY_SHA256


def bound(text: str, pieces: Callable[[str], int]) -> int:
    """Tokens of a text, from above for all but odd ones such as mere blank lines."""
    opaque = sum(len(found[0].encode("utf-8", "surrogatepass")) for found in OPAQUE.finditer(text))
    return math.ceil(pieces(OPAQUE.sub(" ", text)) * SAFETY + opaque / OPAQUE_BYTES)


def count_messages(counter: Counter, messages: Sequence[Message], model: str = "") -> int:
    """Prompt tokens of a request to `provider:model`, format included; from above where the provider counts in its own way."""
    tokens = sum(counter.count(message.content) + PER_MESSAGE for message in messages)
    return tokens if model.startswith("openai:") else math.ceil(tokens * OTHER_PROVIDERS)
