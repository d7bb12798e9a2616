"""Records as responses: written once, not validated again, and never with a number that JSON does not know."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any

from pydantic import TypeAdapter
from starlette.responses import Response

JSON = "application/json"


def reply(record: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:  # noqa: ANN401 (any record)
    """A record as JSON; a dataclass, a model, or a mapping of them."""
    # mypy takes the type of a type for something without a hash.
    written = adapter(type(record)).dump_json(record)  # type: ignore[arg-type]
    return Response(written, status, dict(headers or {}), JSON)


@functools.cache
def adapter(kind: type) -> TypeAdapter[Any]:
    """What writes records of a type."""
    return TypeAdapter(Any if kind in {dict, list, tuple} else kind)
