"""Results that are kept: what a run wrote, without what only a debugger of that run needs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mlplaybook.ingest.errors import BadSource

Record = dict[str, Any]

RESULTS = Path(__file__).parents[1] / "results"
PEERS, SCALE, LOAD = "peers-", "scale.json", "load.json"
# A result is read in reviews and kept for ever.
LARGEST_BYTES = 100_000


@dataclass(frozen=True, slots=True)
class Results:
    """Everything that is kept: a record a dataset by its name, the growth with size, and the service under load."""

    peers: Mapping[str, Record]
    scale: Record | None
    load: Record | None = None

    @property
    def empty(self) -> bool:
        """Whether there is nothing to show."""
        return not self.peers and self.scale is None and self.load is None


def read_results(folder: Path = RESULTS) -> Results:
    """The kept results; none where the folder is not there."""
    peers = {path.stem.removeprefix(PEERS): read_record(path) for path in sorted(folder.glob(f"{PEERS}*.json"))}
    scale, load = (read_record(folder / name) if (folder / name).is_file() else None for name in (SCALE, LOAD))
    return Results(peers, scale, load)


def read_record(path: Path) -> Record:
    """The object in a JSON file; raises BadSource."""
    try:
        record: Record = json.loads(path.read_text("utf-8"))
    except OSError as error:
        raise BadSource(f"{path} cannot be read: {error.strerror}.", "Name the JSON file that a run wrote.") from error
    except ValueError as error:
        raise BadSource(f"{path} is no JSON: {error}.", "Name the JSON file that a run wrote.") from error
    return record


def keep(path: Path, folder: Path = RESULTS) -> list[Path]:
    """Write what a run's peers.json or scale.json says into the folder, replacing what is there; returns the files.

    :raises BadSource: the file is neither, or too large to be kept.
    """
    record = read_record(path)
    if "datasets" in record:
        kept = {f"{PEERS}{one['name']}.json": peers_record(record, one) for one in record["datasets"]}
    elif "sizes" in record:
        kept = {SCALE: record}
    else:
        cause = f"{path} has neither datasets nor sizes."
        raise BadSource(cause, "Name a peers.json of `make bench` or a scale.json of `make bench-scale`.")
    folder.mkdir(parents=True, exist_ok=True)
    return [write_record(folder / name, one) for name, one in kept.items()]


def peers_record(record: Record, dataset: Record) -> Record:
    """One dataset of a run: its figures, not the single questions' times and rankings."""
    systems = {
        name: {part: rounded(one[part]) for part in ("figures", "ratios", "ranks_alike_in_every_round")}
        for name, one in dataset["systems"].items()
    }
    shared = {name: value for name, value in record.items() if name != "datasets"}
    return shared | {"dataset": dataset | {"systems": systems}}


def rounded(value: Any) -> Any:  # noqa: ANN401 (any JSON value)
    """Numbers to four digits after the point: more of them mean nothing."""
    if isinstance(value, float):
        return round(value, 4)
    return {name: rounded(inner) for name, inner in value.items()} if isinstance(value, dict) else value


def write_record(path: Path, record: Record) -> Path:
    """One JSON file, refused when it is too large."""
    text = json.dumps(record, indent=1) + "\n"
    if len(text) > LARGEST_BYTES:
        cause = f"{path.name} would have {len(text):,} bytes; at most {LARGEST_BYTES:,} are kept."
        raise BadSource(cause, "Measure fewer datasets or sizes.")
    path.write_text(text, "utf-8")
    return path
