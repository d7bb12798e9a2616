"""The running service under schemathesis, all checks, good requests and bad: `python -m tests.server.rest.fuzz SCHEMATHESIS`.

Prints one record; exit 1 where a check failed, the service logged a failure of its own, or fewer requests came than wanted.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.process import serving

FOLDER = Path(__file__).parent
PHASES = "examples,coverage,fuzzing,stateful"
CASES = re.compile(r"^\s*(\d+) generated", re.MULTILINE)
# Nobody's rate is what is tested here.
SETTINGS = {"MLPLAYBOOK_REST_PER_MINUTE": "1000000", "MLPLAYBOOK_REST_BURST": "1000000", "MLPLAYBOOK_LLM": ""}


def run(program: str, url: str, examples: int, seed: int) -> subprocess.CompletedProcess[str]:
    """Schemathesis against an address, from its own environment."""
    command = [
        program, "--config-file", str(FOLDER / "schemathesis.toml"), "run", f"{url}/openapi.json", "--checks", "all",
        "--mode", "all", "-n", str(examples), "--phases", PHASES, "--continue-on-failure", "--seed", str(seed),
    ]  # fmt: skip
    environment = os.environ | {"SCHEMATHESIS_HOOKS": "schemathesis_hooks", "PYTHONPATH": str(FOLDER)}
    return subprocess.run(command, env=environment, cwd=FOLDER, stdout=subprocess.PIPE, text=True, check=False)


def tell(lines: Sequence[str], text: str, seed: int) -> dict[str, Any]:
    """What was sent, by what was answered."""
    logged = [json.loads(line) for line in lines if line.startswith("{")]
    statuses = Counter(str(line["status"]) for line in logged if "status" in line)
    found = CASES.search(text)
    return {
        "seed": seed,
        "cases": int(found[1]) if found else 0,
        "requests": sum(statuses.values()),
        "statuses": dict(sorted(statuses.items())),
        "server_errors": sum(count for status, count in statuses.items() if status.startswith("5")),
    }


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("program", help="schemathesis in an environment of its own")
    parser.add_argument("--examples", type=int, default=430, help="how many are drawn for an endpoint")
    parser.add_argument("--least", type=int, default=10_000, help="how many requests have to be sent")
    parser.add_argument("--seed", type=int, default=7)
    given = parser.parse_args()
    with serving(SETTINGS) as service:
        before = len(service.lines)
        done = run(given.program, service.url, given.examples, given.seed)
        record = tell(service.lines[before:], done.stdout, given.seed)
    if done.returncode:
        sys.stderr.write(done.stdout)
    sys.stdout.write(f"{json.dumps(record, indent=1)}\n")
    sys.exit(bool(done.returncode or record["server_errors"] or record["requests"] < given.least))


if __name__ == "__main__":
    main()
