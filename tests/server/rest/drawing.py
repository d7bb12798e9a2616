"""Values that fit a JSON Schema, and values that hardly do: drawn by chance, the same with every seed."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Schema = Mapping[str, Any]
WORDS = (
    "drift", "Which index raises an alert?", "", " ", "0", "ä\u2028ß", "日本語で", "a" * 300, "\u0000", "\u202e", "<script>",
    "../../etc/passwd", "%00", "'; --", "problem_brief: {}", "x,y\n1,2\n", "# A\n\n- b", '{"a": 1}', "80GB", "5%", "-1", "NaN",
)  # fmt: skip
ODD: tuple[Any, ...] = (
    None, True, -1, 0, 2**63, 10**30, 1.5, -1e308, "", "\ud800", "x" * 70_000, [], [[[]]], {}, {"a": {"b": [None]}}, [None] * 60,
)  # fmt: skip
DEEPEST = 6


@dataclass
class Drawing:
    """Draws from the schemas of a description."""

    schemas: Mapping[str, Schema]
    dice: random.Random

    def value(self, schema: Schema, depth: int = 0) -> Any:
        """A value that the schema describes."""
        if "$ref" in schema:
            return self.value(self.schemas[schema["$ref"].rpartition("/")[2]], depth)
        if "examples" in schema and self.dice.random() < 0.3:
            return self.dice.choice(schema["examples"])
        for choice in ("anyOf", "oneOf"):
            if choice in schema:
                return self.value(self.dice.choice(schema[choice]), depth)
        if "const" in schema or "enum" in schema:
            return schema.get("const", self.dice.choice(schema.get("enum", [None])))
        kinds = schema.get("type", ["string", "number", "boolean", "null"])
        return self.of_kind(kinds if isinstance(kinds, str) else self.dice.choice(kinds), schema, depth)

    def of_kind(self, kind: str, schema: Schema, depth: int) -> Any:
        """A value of a type."""
        if kind == "object":
            return self.members(schema, depth)
        if kind == "array":
            count = (
                self.dice.randint(schema.get("minItems", 0), min(schema.get("maxItems", 3), 3))
                if depth < DEEPEST
                else 0
            )
            return [self.value(schema.get("items", {}), depth + 1) for _ in range(count)]
        if kind in {"integer", "number"}:
            low, high = schema.get("minimum", -5), schema.get("maximum", 1_000)
            drawn = self.dice.uniform(low, high)
            return round(drawn) if kind == "integer" or self.dice.random() < 0.5 else drawn
        if kind == "boolean":
            return self.dice.random() < 0.5
        return None if kind == "null" else self.text(schema)

    def text(self, schema: Schema) -> str:
        """Words of the length that is wanted."""
        drawn = " ".join(self.dice.choices(WORDS, k=self.dice.randint(1, 3)))
        return drawn[: schema.get("maxLength", 1_000)].ljust(schema.get("minLength", 0), "x")

    def members(self, schema: Schema, depth: int) -> dict[str, Any]:
        """What has to be there, and some of what may be."""
        wanted = schema.get("required", [])
        made = {
            name: self.value(one, depth + 1)
            for name, one in schema.get("properties", {}).items()
            if name in wanted or (depth < DEEPEST and self.dice.random() < 0.4)
        }
        more = schema.get("additionalProperties")
        if isinstance(more, Mapping) and depth < DEEPEST:
            made |= {self.dice.choice(WORDS)[:100]: self.value(more, depth + 1) for _ in range(self.dice.randint(0, 2))}
        return made

    def spoilt(self, value: Any) -> Any:
        """The value with something in it that hardly fits."""
        way = self.dice.randrange(4)
        if not isinstance(value, dict) or not value or way == 0:
            return self.dice.choice(ODD)
        name = self.dice.choice(list(value))
        if way == 1:
            return {key: one for key, one in value.items() if key != name}
        if way == 2:
            return {**value, "unknown": self.dice.choice(ODD)}
        return {**value, name: self.spoilt(value[name])}
