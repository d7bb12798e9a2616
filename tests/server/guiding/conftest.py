"""The whole playbook, searched by words: what a guide needs of it, without an encoder."""

from __future__ import annotations

import itertools
from collections.abc import Mapping

import pytest

from mlplaybook.ingest.build import Job, ingest
from mlplaybook.ingest.options import read_options
from mlplaybook.knowledge import pages_folder
from mlplaybook.server.retrieval.index import Index, open_index
from mlplaybook.server.retrieval.profiles import Profile, broken_rule
from mlplaybook.server.usage.tokens import Counter, create_counter


def combinations() -> list[Mapping[str, str]]:
    """Every combination of the values of all options."""
    allowed = read_options().allowed
    return [dict(zip(allowed, values, strict=True)) for values in itertools.product(*allowed.values())]


VALID = [Profile(tuple(each.items())) for each in combinations() if not broken_rule(each, read_options())]


@pytest.fixture(scope="session")
def playbook(tmp_path_factory: pytest.TempPathFactory) -> Index:
    folder = tmp_path_factory.mktemp("playbook")
    ingest(Job(source=pages_folder(), corpus="playbook", index=folder, encoder_id="", encoder=lambda: None))
    return open_index(folder, "playbook", lambda wanted: (None, ""))


@pytest.fixture(scope="session")
def counter() -> Counter:
    """Words and marks, without a vocabulary: the same on every machine."""
    return Counter("words", lambda text: len(text.split()))


@pytest.fixture(scope="session")
def upper() -> Counter:
    """What the command uses where neither a vocabulary nor an encoder is here."""
    return create_counter()
