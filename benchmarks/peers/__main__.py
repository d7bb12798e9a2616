"""The command: python -m benchmarks.peers DATASET... --out DIR."""

from __future__ import annotations

import datetime
import json
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from benchmarks.commit import read_commit
from benchmarks.peers.environments import SYSTEMS, System, ensure_environment
from benchmarks.peers.noise import other_cores, read_meter
from benchmarks.peers.run import Dataset, Plan, create_launch, measure, prepare
from benchmarks.peers.table import dataset_record, draw, machine, page, system_record
from mlplaybook.evals.questions import read_labelled
from mlplaybook.ingest.errors import BadSetting, PlaybookError

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)


def say(line: str) -> None:
    """One line for people."""
    print(f"peers: {line}", file=sys.stderr, flush=True)


@app.command()
def peers(
    paths: Annotated[list[Path], typer.Argument(help="BEIR-format folders, or JSONL files of questions and answers.")],
    out: Annotated[Path, typer.Option(help="Folder for peers.json and peers.md.")],
    venvs: Annotated[Path, typer.Option(help="Folder for the environments of the peers.")] = Path(".state/peers"),
    rounds: Annotated[int, typer.Option(min=1, help="How often each system is asked all questions.")] = 3,
    ingests: Annotated[int, typer.Option(min=1, help="How often each system ingests each dataset.")] = 3,
    only: Annotated[list[str], typer.Option(help="Measure only this system; may be given more than once.")] = [],  # noqa: B006 (typer copies it)
) -> None:
    """Measure the product beside its peers on the same documents, weights and cores."""
    systems = chosen(only)
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="mlplaybook-peers-") as scratch:
        datasets = read_datasets(paths, Path(scratch))
        pythons = {system.name: ensure_environment(system, venvs, say) for system in systems}
        launch = create_launch(pythons, os.environ)
        about = machine() | {"started": now(), "commit": read_commit()}
        # Anew in every run, so that what the product does once a machine is timed in every run.
        prepared = prepare(systems, Path(scratch), launch, say)
        before = read_meter()
        measured = [measure(dataset, systems, Plan(ingests, rounds), prepared, launch, say) for dataset in datasets]
        about |= {"other_cores": other_cores(before, read_meter())}
    results = list(zip(datasets, measured, strict=True))
    record = {
        "machine": about,
        "ingests": ingests,
        "rounds": rounds,
        "systems": {name: system_record(one) for name, one in prepared.items()},
        "datasets": [dataset_record(dataset, rows) for dataset, rows in results],
    }
    tables = [draw(dataset, rows) for dataset, rows in results]
    (out / "peers.json").write_text(json.dumps(record, indent=1) + "\n", "utf-8")
    (out / "peers.md").write_text(page(tables, about, systems, prepared), "utf-8")
    say(f"wrote {out / 'peers.md'}")


def read_datasets(paths: Sequence[Path], scratch: Path) -> list[Dataset]:
    """The labelled sets, each with a scratch folder of its own; raises BadSource for what is none."""
    datasets = []
    for number, path in enumerate(paths):
        folder = scratch / f"dataset-{number}"
        folder.mkdir()
        datasets.append(Dataset(path.absolute().stem, read_labelled(path, folder)))
    return datasets


def now() -> str:
    """The time of day in UTC."""
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")


def chosen(only: list[str]) -> tuple[System, ...]:
    """The systems named, or all; raises BadSetting for a name that none has."""
    names = [system.name for system in SYSTEMS]
    unknown = [name for name in only if name not in names]
    if unknown:
        raise BadSetting(f"There is no system {unknown[0]!r}.", f"Choose among {', '.join(names)}.")
    return tuple(system for system in SYSTEMS if not only or system.name in only)


def main() -> None:
    """Run the command; an error a person can mend becomes one line on stderr."""
    try:
        app()
    except PlaybookError as error:
        say(str(error))
        sys.exit(error.exit_code)


if __name__ == "__main__":
    main()
