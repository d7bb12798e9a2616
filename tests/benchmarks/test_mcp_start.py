"""The figures of how the MCP server starts, as docs/agents.md has them."""

from __future__ import annotations

from benchmarks.clients.page import put_section
from benchmarks.mcp_start import BEGIN, END, TARGETS, section

FOUND = {
    "runs": 15, "cores": 2, "handshake_ms": 34.04, "bare_handshake_ms": 477.6, "of_bare": 0.0713, "tools_ms": 35.0,
    "first_search_ms": 853.7, "whole_ms": 954.1, "warm_p50_ms": 11.44, "warm_p95_ms": 20.3, "resident_mb": 295.5,
    "three_handshake_worst_ms": 103.0, "three_first_search_worst_ms": 3963.9, "missed": [],
}  # fmt: skip


def test_every_figure_with_a_target_stands_beside_it() -> None:
    rows = [line for line in section(FOUND).splitlines() if line.startswith("| ")][1:]
    limits = [row.split("|")[3].strip() for row in rows if row.split("|")[3].strip()]
    assert limits == ["100 ms", "0.125", "2,500 ms", "60 ms", "350 MB"]
    assert len(limits) == len(TARGETS)
    assert rows[0] == "| First byte of the handshake, median | 34 ms | 100 ms |"


def test_a_page_gets_the_figures_once() -> None:
    page = put_section("# Agents", section(FOUND), BEGIN, END)
    again = put_section(page, section({**FOUND, "handshake_ms": 35.0}), BEGIN, END)
    assert (page.count(BEGIN), again.count(BEGIN)) == (1, 1)
    assert "| 35 ms | 100 ms |" in again
