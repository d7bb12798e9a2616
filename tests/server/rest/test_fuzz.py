"""Good and bad requests at every endpoint of the description: each reply is one of those described, and none is our failure.

`make rest-fuzz` sends ten thousand and more of schemathesis' to a running service.
"""

from __future__ import annotations

import json
import random
from collections import Counter
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from jsonschema import Draft202012Validator
from starlette.testclient import TestClient

from tests.server.rest.drawing import WORDS, Drawing
from tests.server.rest.test_openapi import operations

ROUNDS = 12
EVENTS = "text/event-stream"


def send(client: TestClient, drawing: Drawing, method: str, path: str, operation: dict[str, Any]) -> Any:
    """A request that fits, or one of which something does not."""
    spoil, query = drawing.dice.random() < 0.5, {}
    for parameter in operation.get("parameters", []):
        fits = drawing.dice.random() < 0.7
        drawn = parameter.get("example", "drift") if fits else drawing.value(parameter["schema"])
        if parameter["in"] == "path":
            path = path.replace("{id}", quote(str(drawn or "x")[:300], safe=""))
        elif parameter["in"] == "query" and drawing.dice.random() < 0.5:
            query[parameter["name"]] = drawing.dice.choice(WORDS) if spoil else drawing.value(parameter["schema"])
    content = operation.get("requestBody", {}).get("content", {}).get("application/json")
    if content is None:
        return client.request(method, path, params=query)
    body = drawing.value(content["schema"])
    text = json.dumps(drawing.spoilt(body) if spoil else body)
    if spoil and drawing.dice.random() < 0.1:
        text = text[: len(text) // 2]
    return client.request(method, path, params=query, content=text, headers={"Content-Type": "application/json"})


def trouble_of(response: Any, described: dict[str, Any], operation: dict[str, Any]) -> str:
    """What is wrong with a reply, "" for nothing."""
    if response.status_code >= 500:
        return "a failure of the service"
    told = operation["responses"].get(str(response.status_code))
    if told is None:
        return "a status that is not described"
    kind = response.headers.get("content-type", "").partition(";")[0]
    if response.status_code == 204 or kind == EVENTS:
        return "" if kind in {"", *told.get("content", {})} else f"{kind} is not described"
    if kind not in told["content"]:
        return f"{kind} is not described"
    if not kind.endswith("json"):
        return ""
    schema = {**told["content"][kind]["schema"], "components": described["components"]}
    error = next(iter(Draft202012Validator(schema).iter_errors(response.json())), None)
    return "" if error is None else f"{error.message[:200]} at {list(error.path)}"


@pytest.mark.parametrize("seed", [1, 2])
def test_whatever_is_sent_is_answered_as_described(client: TestClient, seed: int) -> None:
    described = client.get("/openapi.json").json()
    drawing = Drawing(described["components"]["schemas"], random.Random(seed))
    statuses, found = Counter[int](), []
    for _ in range(ROUNDS):
        for method, path, operation in operations(described):
            response = send(client, drawing, method, path, operation)
            statuses[response.status_code] += 1
            trouble = trouble_of(response, described, operation)
            if trouble:
                found.append(
                    (method, str(response.request.url), response.request.content[:500], response.status_code, trouble)
                )
    assert found == []
    assert sum(statuses.values()) >= 300
    # Neither all fine nor all refused: both kinds of requests have come through.
    assert min(statuses[200], statuses[400] + statuses[422]) >= 60, statuses


def test_a_reply_that_is_not_described_is_noticed() -> None:
    answer = {"type": "object", "required": ["text"], "properties": {"text": {"type": "string"}}}
    operation = {"responses": {"200": {"content": {"application/json": {"schema": answer}}}}}

    def trouble(status: int, content: object, kind: str = "application/json") -> str:
        response = httpx.Response(status, content=json.dumps(content), headers={"Content-Type": kind})
        return trouble_of(response, {"components": {}}, operation)

    assert trouble(200, {"text": "a"}) == ""
    assert trouble(200, {"text": 1}) == "1 is not of type 'string' at ['text']"
    assert trouble(200, {"text": "a"}, "text/html") == "text/html is not described"
    assert trouble(404, {}) == "a status that is not described"
    assert trouble(500, {}) == "a failure of the service"
