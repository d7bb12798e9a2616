"""The description of the service for programs: every status that can come, every problem, and names that people can read."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from mlplaybook.server.rest.problem import MEDIA_TYPE, Problem, code_of, problem_record

# Replies as the service gave them, some of them cut; tests hold them against their schemas.
EXAMPLES = Path(__file__).with_name("examples.json")
# Every endpoint can answer with these.
COMMON = {
    400: "The request is not of the form described here.",
    403: "The key or the origin does not allow it.",
    408: "The body did not arrive in time.",
    413: "The body is too long.",
    421: "The service is not reached by that name.",
    422: "The request has the right form, and something that it names or asks cannot be used.",
    429: "Too much at once, or too often; Retry-After says when to come back.",
    500: "Something went wrong that was not foreseen.",
    503: "The index cannot be read.",
}
WITH_KEY = {401: "No key, or one that is not known."}
WITH_NAME = {404: "There is nothing of that name; the remedy names the nearest."}
# Types of two modules with one name: pydantic then puts the whole module before it.
LONG_NAME = re.compile(r"mlplaybook__server__(?:\w+?__)*?(\w+?)__(?:records|\w+?)__(\w+)")
# A name for each kind of thing that a path names.
IDS = {
    "/v1/pages/": "drift-detection",
    "/v1/templates/": "problem-brief",
    "/v1/checklists/": "bias-detection",
    "/v1/rubrics/": "data-quality",
    "/v1/decisions/": "serving-strategy",
    "/v1/calculators/": "psi",
    "/v1/calculate/": "ab-sample-size",
    "/v1/steps/": "create-prd",
}
PROBLEM_SCHEMA: Mapping[str, Any] = {
    "title": "Problem",
    "description": "What was wrong and what to do (RFC 9457).",
    "type": "object",
    "required": ["type", "title", "status", "code", "detail", "remedy", "request_id"],
    "properties": {
        "type": {"type": "string", "format": "uri"},
        "title": {"type": "string"},
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "code": {"type": "string", "description": "A word for programs."},
        "detail": {"type": "string", "description": "What was wrong."},
        "remedy": {"type": "string", "description": "What to do."},
        "request_id": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["place", "message"],
                "properties": {"place": {"type": "string"}, "message": {"type": "string"}},
            },
        },
    },
}


def problems(*, keys: bool, name: bool = False) -> dict[int | str, dict[str, Any]]:
    """The responses of an endpoint that are problems."""
    wanted = COMMON | (WITH_KEY if keys else {}) | (WITH_NAME if name else {})
    return {status: problem_of_status(status, wanted[status]) for status in sorted(wanted)}


def problem_of_status(status: int, description: str) -> dict[str, Any]:
    """One of them, with an example."""
    example = problem_record(Problem(status, code_of(status), description, "What to do."), "2f1c9a7e5b3d4680")
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}, "example": example}}
    retry = {"Retry-After": {"schema": {"type": "integer"}, "description": "Seconds to wait."}}
    return {"description": description, "content": content, **({"headers": retry} if status == 429 else {})}


def describe(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI document."""
    made = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
    schemas = made.setdefault("components", {}).setdefault("schemas", {})
    schemas["Problem"] = dict(PROBLEM_SCHEMA)
    give_ids(made)
    give_replies(made)
    text = json.dumps(made)
    for name in sorted(schemas, key=len, reverse=True):
        text = text.replace(f'schemas/{name}"', f'schemas/{short_name(name)}"').replace(
            f'"{name}": {{', f'"{short_name(name)}": {{'
        )
    described: dict[str, Any] = json.loads(text)
    return described


def give_ids(made: dict[str, Any]) -> None:
    """An example for each `{id}` of a path."""
    for path, operations in made["paths"].items():
        example = next((example for start, example in IDS.items() if path.startswith(start)), "")
        for operation in operations.values() if example else ():
            for parameter in operation.get("parameters", ()):
                if parameter["name"] == "id":
                    parameter["example"] = example


def give_replies(made: dict[str, Any]) -> None:
    """An example of a reply for each endpoint that has one in examples.json."""
    for name, example in json.loads(EXAMPLES.read_text("utf-8")).items():
        method, path = name.split()
        operation = made["paths"].get(path, {}).get(method.lower())
        if operation is not None:
            operation["responses"]["200"]["content"]["application/json"]["example"] = example


def short_name(name: str) -> str:
    """The name of a type, with its room before it where two have the same.

    >>> short_name("mlplaybook__server__artefacts__deciding__records__Answer"), short_name("Fill")
    ('DecidingAnswer', 'Fill')
    """
    if not name.startswith("mlplaybook__"):
        return name
    *rooms, kind = name.split("__")
    room = rooms[-2] if rooms[-1] == "records" and len(rooms) > 1 else rooms[-1]
    return f"{room.title().replace('_', '')}{kind}"
