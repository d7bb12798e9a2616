"""What the server costs every conversation, in tokens: its instructions, and its tools as a model is shown them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks.clients.node import Programs
from benchmarks.clients.processes import ProgramFailed, run
from mlplaybook.server.agents.definitions import DEFINITIONS
from mlplaybook.server.agents.front import SNAPSHOT
from mlplaybook.server.agents.instructions import INSTRUCTIONS

COUNT_SECONDS = 60.0
# tiktoken's vocabularies: of GPT-4o and newer models, and of GPT-4.
VOCABULARIES = ("o200k_base", "cl100k_base")
# What models are shown of a tool; clients keep the schema of results, titles and hints for themselves.
SHOWN = ("name", "description", "inputSchema")
MOST = {"instructions": 300, "whole": 2_500}
SCRIPT = """
const { Tiktoken } = require("js-tiktoken/lite");
const texts = JSON.parse(require("fs").readFileSync(process.argv[1], "utf-8"));
const count = (name) => {
  const encoder = new Tiktoken(require(`js-tiktoken/ranks/${name}`));
  return Object.fromEntries(Object.entries(texts).map(([key, text]) => [key, encoder.encode(text).length]));
};
console.log(JSON.stringify(Object.fromEntries(process.argv.slice(2).map((name) => [name, count(name)]))));
"""


def costly_texts(snapshot: Path = SNAPSHOT) -> dict[str, str]:
    """The texts by what they are: `instructions`, all `tools` together, all of them with what clients keep, and each tool."""
    results: list[Mapping[str, Any]] = json.loads(snapshot.read_bytes())["results"]
    tools: list[Mapping[str, Any]] = next(result["tools"] for result in results if "tools" in result)
    shown = [{key: tool[key] for key in SHOWN} for tool in tools]
    whole = {"instructions": INSTRUCTIONS, "tools": compact(shown), "whole": compact(tools)}
    return whole | {definition.name: compact(tool) for definition, tool in zip(DEFINITIONS, shown, strict=True)}


def compact(value: object) -> str:
    """JSON without spaces, as it is sent."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def count_tokens(
    programs: Programs, texts: Mapping[str, str], environment: Mapping[str, str], folder: Path
) -> dict[str, dict[str, int]]:
    """Tokens of each text by vocabulary; raises ProgramFailed."""
    file = folder / "texts.json"
    file.write_text(json.dumps(texts), "utf-8")
    command = ["node", "-e", SCRIPT, str(file), *VOCABULARIES]
    modules = str(programs.folder / "node_modules")
    ended = run(command, {**environment, "NODE_PATH": modules}, folder, COUNT_SECONDS)
    if ended.status != 0:
        raise ProgramFailed(f"Tokens could not be counted: {ended.last_words}", "Run `make agents` again.")
    counted: dict[str, dict[str, int]] = json.loads(ended.output)
    return counted


def too_many(counted: Mapping[str, Mapping[str, int]]) -> list[str]:
    """What costs more than it may.

    >>> too_many({"a": {"instructions": 301, "whole": 2000}})
    ['instructions cost 301 tokens (a), more than 300']
    """
    return [
        f"{name} cost {counts[name]} tokens ({vocabulary}), more than {most}"
        for vocabulary, counts in counted.items() for name, most in MOST.items() if counts[name] > most
    ]  # fmt: skip
