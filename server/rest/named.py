"""The name in a request's path: what it names is there, or the answer is 404."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

from fastapi import Path

from mlplaybook.ingest.errors import BadName, PageMissing
from mlplaybook.server.rest.models import LONGEST_NAME
from mlplaybook.server.rest.problem import Problem

# What a URL may hold beside words; other names exist neither here nor in any file.
Id = Annotated[
    str, Path(alias="id", min_length=1, max_length=LONGEST_NAME, description="Its id, or another name of it.")
]


@contextmanager
def named() -> Iterator[None]:
    """Looks up what a path names; raises Problem 404. The same error about a body is 422."""
    try:
        yield
    except (BadName, PageMissing) as error:
        raise Problem(404, error.code, error.cause, error.remedy) from error
