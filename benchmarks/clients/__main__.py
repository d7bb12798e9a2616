"""The commands: python -m benchmarks.clients conformance, and python -m benchmarks.clients agents."""

from __future__ import annotations

import json
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from benchmarks.clients.agents import AGENTS, read_references, tell
from benchmarks.clients.conformance import ERAS, judge, read_expected, run_suite
from benchmarks.clients.environment import playbook_command, playbook_variables, program_environment
from benchmarks.clients.inspector import Inspector, inspect
from benchmarks.clients.node import Programs, install_programs, pinned
from benchmarks.clients.page import put_section, section
from benchmarks.clients.processes import free_port, run, serving
from benchmarks.clients.quick import type_command, ways
from benchmarks.clients.tokens import costly_texts, count_tokens, too_many
from mlplaybook.ingest.errors import PlaybookError

ROOT = Path(__file__).parents[2]
RESULTS, PAGE = ROOT / "benchmarks" / "results", ROOT / "docs" / "agents.md"
# The first start makes the index and exports the encoder.
PREPARE_SECONDS = 600.0

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)
Node = Annotated[Path, typer.Option(help="Folder for the programs from the npm registry.")]
NODE = Path(".state/node")


def say(line: str) -> None:
    """One line for people."""
    print(f"clients: {line}", file=sys.stderr, flush=True)


def prepare(node: Path, home: Path) -> tuple[Programs, dict[str, str]]:
    """The programs, and variables for those that start the playbook; its index is there afterwards."""
    programs = install_programs(node, say)
    environment = program_environment(programs, home) | playbook_variables()
    ended = run([playbook_command(), "ask", "What is data drift?"], environment, home, PREPARE_SECONDS)
    if ended.status != 0:
        raise PlaybookError(f"The playbook does not answer: {ended.last_words}", "Run `make ask` to see why.")
    return programs, environment


def write(name: str, record: dict[str, Any]) -> None:
    """Keep a result, and write the page from both where both are there."""
    (RESULTS / name).write_text(json.dumps(record, indent=1, ensure_ascii=False) + "\n", "utf-8")
    files = [RESULTS / "agents.json", RESULTS / "conformance.json"]
    if PAGE.is_file() and all(file.is_file() for file in files):
        agents, conformance = (json.loads(file.read_text("utf-8")) for file in files)
        PAGE.write_text(put_section(PAGE.read_text("utf-8"), section(agents, conformance)), "utf-8")


def finish(problems: list[str]) -> None:
    """Say what was wrong, and end with 1 when anything was."""
    for problem in problems:
        say(problem)
    if problems:
        raise typer.Exit(1)


@app.command()
def conformance(node: Node = NODE) -> None:
    """Run the protocol's conformance suite and inspector against the server."""
    with tempfile.TemporaryDirectory(prefix="mlplaybook-clients-") as scratch:
        home = Path(scratch)
        programs, environment = prepare(node, home)
        port, command = free_port(), [playbook_command(), "mcp"]
        url = f"http://127.0.0.1:{port}/mcp"
        with serving([*command, "--http", str(port)], port, environment, home):
            verdicts = [
                judge(era, run_suite(programs, url, era, environment, home), read_expected(era)) for era in ERAS
            ]
            counts, wrong = inspect(Inspector(programs, command, playbook_variables(), url, environment, home))
    for verdict in verdicts:
        expected = verdict.scenarios - len(verdict.passed)
        good, of = verdict.checks
        say(f"{verdict.era}: {len(verdict.passed)} scenarios pass, {expected} do not; {good} of {of} checks")
    say("inspector: " + ", ".join(f"{count} {group}" for group, count in counts.items()) + " good")
    versions = {name: pinned()[f"@modelcontextprotocol/{name}"] for name in ("conformance", "inspector")}
    eras = {verdict.era: verdict.record for verdict in verdicts}
    write("conformance.json", versions | {"eras": eras, "inspections": counts, "inspector_problems": wrong})
    finish([f"{one.era}: {surprise}" for one in verdicts for surprise in one.surprises] + wrong)


@app.command()
def agents(
    node: Node = NODE,
    only: Annotated[list[str], typer.Option(help="Ask only this program; may be given more than once.")] = [],  # noqa: B006 (typer copies it)
    keep: Annotated[Path | None, typer.Option(help="Folder for what each model was shown.")] = None,
) -> None:
    """Ask real agents with a scripted model, and count what the model sees of the playbook's replies."""
    with tempfile.TemporaryDirectory(prefix="mlplaybook-clients-") as scratch:
        programs, environment = prepare(node, Path(scratch))
        counted = count_tokens(programs, costly_texts(), environment, Path(scratch))
    references = read_references(playbook_variables())
    told, typed = [], []
    for agent in AGENTS:
        if only and agent.program not in only:
            continue
        told.append(tell(agent, programs, references, keep))
        typed += [type_command(way, programs) for way in ways() if way.program == agent.program]
        good = not told[-1].problems and not any(one.problems for one in typed if one.agent == agent.title)
        say(f"{agent.title} {told[-1].version}: {'good' if good else 'not good'}")
    if not only:
        record = {"agents": [asdict(one) for one in told], "commands": [asdict(one) for one in typed]}
        write("agents.json", record | {"tokens": counted})
    finish([problem for one in (*told, *typed) for problem in one.problems] + too_many(counted))


if __name__ == "__main__":
    try:
        app()
    except PlaybookError as error:
        say(str(error))
        sys.exit(error.exit_code)
