"""The description: valid, whole, and true of what the service does."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from starlette.testclient import TestClient

from tests.server.rest.world import Reach, World

METHODS = ("get", "post", "delete", "put", "patch")


@pytest.fixture
def described(client: TestClient) -> dict[str, Any]:
    found: dict[str, Any] = client.get("/openapi.json").json()
    return found


def operations(described: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            assert method in METHODS
            yield method, path, operation


def check(described: dict[str, Any], schema: dict[str, Any], value: object, where: str) -> None:
    errors = list(Draft202012Validator({**schema, "components": described["components"]}).iter_errors(value))
    assert not errors, f"{where}: {errors[0].message} at {list(errors[0].path)}"


def test_every_schema_is_one_and_every_name_leads_somewhere(described: dict[str, Any]) -> None:
    assert described["openapi"].startswith("3.1")
    schemas = described["components"]["schemas"]
    for schema in schemas.values():
        Draft202012Validator.check_schema(schema)
    named = set(re.findall(r'#/components/schemas/([^"\']+)', str(described)))
    assert named <= set(schemas)


def test_names_are_short_and_operations_have_one_of_their_own(described: dict[str, Any]) -> None:
    assert not [name for name in described["components"]["schemas"] if "__" in name]
    ids = [operation["operationId"] for _, _, operation in operations(described)]
    assert len(ids) == len(set(ids))


def test_every_endpoint_says_what_it_does_and_what_can_go_wrong(described: dict[str, Any]) -> None:
    for method, path, operation in operations(described):
        assert operation["summary"], (method, path)
        assert operation["description"], (method, path)
        expected = {"400", "403", "421", "422", "429", "500", "503"} | ({"404"} if "{id}" in path else set())
        assert expected <= set(operation["responses"]), (method, path)
        for status in expected - {"503"}:
            assert list(operation["responses"][status]["content"]) == ["application/problem+json"], (path, status)


def test_the_examples_of_requests_fit_and_are_answered(described: dict[str, Any], client: TestClient) -> None:
    sent = 0
    for method, path, operation in operations(described):
        content = operation.get("requestBody", {}).get("content", {}).get("application/json")
        if content is None or path.startswith("/v1/chat"):
            continue
        schema = described["components"]["schemas"][content["schema"]["$ref"].rpartition("/")[2]]
        assert schema["examples"], path
        url = re.sub(r"\{id\}", str(operation.get("parameters", [{}])[0].get("example", "")), path)
        for example in schema["examples"]:
            check(described, schema, example, path)
            # The pages that examples name are not in the small corpus of these tests.
            plain = {key: value for key, value in example.items() if key != "only"}
            if path.startswith("/v1/steps"):
                continue
            got = client.request(method, url, json=plain)
            assert got.status_code in {200, 201}, (path, got.text)
            sent += 1
    assert sent >= 7


def test_the_examples_of_replies_fit(described: dict[str, Any]) -> None:
    shown = 0
    for method, path, operation in operations(described):
        for status, response in operation["responses"].items():
            for content in response.get("content", {}).values():
                if "example" in content:
                    check(described, content["schema"], content["example"], f"{method} {path} {status}")
                    shown += status == "200"
    assert shown >= 20


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("post", "/v1/search", {"query": "Which index raises an alert?"}),
        ("get", "/v1/pages", None),
        ("get", "/v1/pages/{id}", None),
        ("post", "/v1/verify", {"quotes": [{"quote": "Bananas are yellow fruit."}]}),
        ("post", "/v1/verify", None),
        ("post", "/v1/decisions/{id}", {"inputs": {}}),
        ("post", "/v1/rubrics/{id}/score", {}),
        ("post", "/v1/calculate/{id}", {}),
        ("post", "/v1/check", {"text": "problem_brief: {}"}),
        ("post", "/v1/templates/{id}/fill", {}),
        ("get", "/ready", None),
    ],
)
def test_replies_and_problems_are_as_described(
    described: dict[str, Any], client: TestClient, method: str, path: str, body: object
) -> None:
    operation = described["paths"][path][method]
    name = "drift" if "pages" in path else operation.get("parameters", [{}])[0].get("example", "")
    got = client.request(method, path.replace("{id}", str(name)), json=body)
    content = operation["responses"][str(got.status_code)]["content"][got.headers["content-type"]]
    check(described, content["schema"], got.json(), path)


def test_keys_are_described_where_they_are_asked_for(described: dict[str, Any], reach: Reach, world: World) -> None:
    with_keys = reach(world.key(), rest_keys=True).get("/openapi.json").json()
    assert "securitySchemes" not in described["components"]
    assert next(iter(with_keys["components"]["securitySchemes"].values()))["scheme"] == "bearer"
    for _, path, operation in operations(with_keys):
        if path.startswith("/v1/"):
            assert operation["security"], path
            assert "401" in operation["responses"], path
