"""Running again what a change can have touched, as soon as a file is saved."""

from __future__ import annotations

import ast
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from mlplaybook.evals.config import Plan
from mlplaybook.evals.gate.gate import Judgement
from mlplaybook.evals.records import Case, Run
from mlplaybook.evals.suites.catalogue import SUITES
from mlplaybook.ingest.errors import BadSetting, PlaybookError

ROOT = Path(__file__).parents[1]
PACKAGES = ("evals", "ingest", "knowledge", "prompts", "server")
WATCHED = {".py", ".md", ".yaml", ".yml", ".json", ".jsonl", ".txt"}
# Between two looks, and how long nothing may change before a run begins: editors save in several steps.
POLL_SECONDS, SETTLE_SECONDS = 0.5, 0.3
# What the plan says is asked of every case anew, a baseline of none.
NOTHING: tuple[str, ...] = ()
PAGELESS = frozenset({"decisions", "templates"})

Snapshot = Mapping[Path, tuple[int, int]]
Take = Callable[[], Snapshot]
# Measures these suites, None for all of the run; no run where it could not.
Measure = Callable[[Sequence[str] | None], Run | None]


@dataclass(frozen=True, slots=True)
class Update:
    """What a look brought: the files that changed, what was run for them, and how it stands now and stood before."""

    files: tuple[Path, ...]
    suites: tuple[str, ...]
    run: Run | None
    plan: Plan | None
    judgement: Judgement | None
    before: Run | None
    seconds: float


@dataclass(frozen=True, slots=True)
class Reach:
    """Which suites a file can touch: case files and modules by the suites that read or import them."""

    suites: tuple[str, ...]
    cases: Mapping[str, frozenset[str]]
    modules: Mapping[str, frozenset[str]]


@dataclass(frozen=True, slots=True)
class Watching:
    """What a watch is made of; the seams are for tests."""

    judge: Callable[[Run], tuple[Plan, Judgement]]
    reach: Callable[[], Reach]
    take: Take
    measure: Measure
    show: Callable[[Update], None]
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.perf_counter


def watch(watching: Watching) -> int:
    """Measure, then measure again whatever a change can have touched, until Ctrl-C; the exit code of the last run."""
    code, run = 0, None
    try:
        seen = watching.take()
        run, code = step(watching, (), None, run, code)
        while True:
            now = settled(watching, seen)
            files = changed(seen, now)
            seen = now
            suites = None if run is None else affected(files, watching.reach())
            run, code = step(watching, files, suites, run, code)
    except KeyboardInterrupt:
        return code


def step(
    watching: Watching, files: tuple[Path, ...], suites: Sequence[str] | None, before: Run | None, code: int
) -> tuple[Run | None, int]:
    """One run and its judgement; where it could not be made, that of before stays."""
    begin = watching.clock()
    part = before if suites is not None and not suites else watching.measure(suites)
    run = merge(before, part) if part is not None else None
    try:
        plan, judgement = watching.judge(run) if run else (None, None)
    except PlaybookError:
        plan, judgement = None, None
    names = tuple(suites) if suites is not None else watching.reach().suites
    watching.show(Update(files, names, run, plan, judgement, before, watching.clock() - begin))
    return (run, judgement.exit_code) if run and judgement else (before, BadSetting.exit_code)


def settled(watching: Watching, seen: Snapshot) -> Snapshot:
    """The files once they have changed and rest again."""
    now = watching.take()
    while now == seen:
        watching.sleep(POLL_SECONDS)
        now = watching.take()
    while True:
        watching.sleep(SETTLE_SECONDS)
        later = watching.take()
        if later == now:
            return now
        now = later


def merge(before: Run | None, part: Run) -> Run:
    """A run with the results of a later one of some of its suites."""
    if before is None:
        return part
    ran = {result.case.suite for result in part.results}
    kept = [result for result in before.results if result.case.suite not in ran]
    results = tuple(sorted([*kept, *part.results], key=lambda result: result.case.id))
    cases = {**before.fingerprint.cases, **part.fingerprint.cases}
    made = replace(part.fingerprint, cases=cases)
    return replace(part, results=results, fingerprint=made, complete=before.complete)


def snapshot(root: Path = ROOT) -> Snapshot:
    """Time and size of every file that a run reads."""
    found = {}
    for path in watched_files(root):
        try:
            state = path.stat()
        except OSError:
            continue  # it went away between two looks
        found[path] = (state.st_mtime_ns, state.st_size)
    return found


def watched_files(root: Path) -> Iterator[Path]:
    """Pages, prompts, cases, plan and code; hidden files and what Python compiles are left out."""
    for package in PACKAGES:
        for path in sorted((root / package).rglob("*")):
            parts = path.relative_to(root).parts
            if path.suffix in WATCHED and not any(part.startswith((".", "__pycache__")) for part in parts):
                yield path


def changed(before: Snapshot, now: Snapshot) -> tuple[Path, ...]:
    """Files that are new, gone, or not as they were."""
    return tuple(sorted(path for path in before.keys() | now.keys() if before.get(path) != now.get(path)))


def affected(files: Sequence[Path], reach: Reach, root: Path = ROOT) -> tuple[str, ...]:
    """The suites that any of the files can touch, in their order; none for a baseline."""
    found = {suite for file in files for suite in touched_by(file.relative_to(root).as_posix(), reach)}
    return tuple(suite for suite in reach.suites if suite in found)


def touched_by(name: str, reach: Reach) -> Iterable[str]:
    """The suites that one file can touch; all where nothing is known of it."""
    if name.startswith("evals/baselines/"):
        return NOTHING
    if name in reach.modules:
        return reach.modules[name] or reach.suites
    if name in reach.cases:
        return reach.cases[name]
    beside = [suites for file, suites in reach.cases.items() if file.rpartition("/")[0] == name.rpartition("/")[0]]
    if name.startswith("evals/cases/") and beside and name.count("/") > 2:
        return frozenset().union(*beside)
    if name.startswith("prompts/"):
        return reach.modules.get("prompts/library.py") or reach.suites
    if name.startswith("knowledge/") and name.endswith(".md"):
        return [suite for suite in reach.suites if suite not in PAGELESS]
    return reach.suites


def create_reach(cases: Sequence[Case], root: Path = ROOT) -> Reach:
    """What touches the suites of these cases, read from the cases and from the imports of the code as it is now."""
    suites = tuple(suite for suite in SUITES if any(case.suite == suite for case in cases))
    others = tuple(dict.fromkeys(case.suite for case in cases if case.suite not in SUITES))
    files: dict[str, set[str]] = {}
    for case in cases:
        files.setdefault(case.file, set()).add(case.suite)
    imports = {path: imports_of(path, root) for path in watched_files(root) if path.suffix == ".py"}
    reached: dict[str, set[str]] = {path.relative_to(root).as_posix(): set() for path in imports}
    for suite in suites:
        module = module_path(SUITES[suite].read.__module__, root)
        for path in closure(module, imports) if module else ():
            reached[path.relative_to(root).as_posix()].add(suite)
    frozen = {name: frozenset(found) for name, found in reached.items()}
    return Reach(suites + others, {name: frozenset(found) for name, found in files.items()}, frozen)


def closure(start: Path, imports: Mapping[Path, frozenset[Path]]) -> set[Path]:
    """A module and everything that it imports, at any depth."""
    found, todo = set[Path](), [start]
    while todo:
        path = todo.pop()
        if path not in found and path in imports:
            found.add(path)
            todo += imports[path]
    return found


def imports_of(path: Path, root: Path) -> frozenset[Path]:
    """The modules of ours that a module imports; none while it cannot be parsed."""
    try:
        nodes = list(ast.walk(ast.parse(path.read_text("utf-8"))))
    except (OSError, SyntaxError, ValueError):
        return frozenset()
    names = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    for node in nodes:
        if isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return frozenset(found for name in names if (found := module_path(name, root)))


def module_path(name: str, root: Path) -> Path | None:
    """The file of a module of ours, None for any other name."""
    head, _, rest = name.partition(".")
    if head != "mlplaybook" or not rest:
        return None
    path = root.joinpath(*rest.split("."))
    return next((one for one in (path.with_suffix(".py"), path / "__init__.py") if one.is_file()), None)
