"""A service on the two pages of the smallest world."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from mlplaybook.server.retrieval.index import Index
from mlplaybook.server.service import Service, open_service
from mlplaybook.server.settings import Settings


@pytest.fixture
def service(handbook: Index, tmp_path: Path) -> Iterator[Service]:
    with open_service(Settings(home=tmp_path / "home", project=tmp_path), handbook, lambda line: None) as opened:
        yield opened
