"""Names as people type them: the one that is meant, or an error that offers the nearest."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence

from mlplaybook.ingest.errors import BadDocument, BadName

# Below .5 an offer has little to do with what was typed.
OFFERED, LIKENESS = 3, 0.5


def words_of(name: str) -> tuple[str, ...]:
    """The words of a name in lower case, whatever stands between them.

    >>> words_of("Model-Size (MB)"), words_of("4-bit") == words_of("4 bit")
    (('model', 'size', 'mb'), True)
    """
    return tuple(re.findall(r"[a-z0-9.]+", name.lower()))


def find_name(typed: str, known: Sequence[str], owner: str, kind: str) -> str:
    """The known name that is meant: the same words, or the only one that contains all words typed.

    :raises BadName: none or several are meant; `owner` ("the rubric x") and `kind` ("dimension") are named in the error.

    >>> find_name("latency", ("latency_limit", "model_size"), "the decision x", "input")
    'latency_limit'
    """
    wanted = words_of(typed)
    same = [name for name in known if words_of(name) == wanted]
    wider = [name for name in known if wanted and set(wanted) <= set(words_of(name))]
    if same or len(wider) == 1:
        return (same or wider)[0]
    if wider:
        raise BadName(f"'{typed}' can be {' or '.join(wider)} of {owner}.", "Write the whole name.")
    near = nearest(typed, known)
    offer = f"Did you mean {' or '.join(near)}? All" if near else "All"
    raise BadName(f"{owner[:1].upper()}{owner[1:]} has no {kind} '{typed}'.", f"{offer}: {', '.join(known)}.")


def nearest(typed: str, known: Sequence[str]) -> tuple[str, ...]:
    """Up to three names that are spelled like it, nearest first."""
    plain = {"_".join(words_of(name)): name for name in known}
    found = difflib.get_close_matches("_".join(words_of(typed)), plain, OFFERED, LIKENESS)
    return tuple(plain[name] for name in found)


def read_pairs(pairs: Sequence[str], example: str) -> dict[str, str]:
    """`key=value` arguments as a mapping; raises BadDocument for one that is none or comes twice.

    >>> read_pairs(["a=1", "b = two words"], "a=1")
    {'a': '1', 'b': 'two words'}
    """
    found: dict[str, str] = {}
    for pair in pairs:
        key, sign, value = (part.strip() for part in pair.partition("="))
        if not (key and sign and value):
            raise BadDocument(f"'{pair}' is no key=value.", f"Write it like {example}.")
        if key in found:
            raise BadDocument(f"{key} is given twice: {found[key]} and {value}.", "Give it once.")
        found[key] = value
    return found
