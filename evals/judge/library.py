"""RAGAS where it is installed, with what it needs to be told before it is imported."""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Iterable
from types import ModuleType

from mlplaybook.evals.records import Case, Run
from mlplaybook.ingest.errors import BadSetting

# The suite of its metrics that need no model.
NAME = "ragas"
NEEDED = ("ragas", "rouge_score")
MISSING = "the extra [evals] is not installed"
REMEDY = "Run: pip install 'mlplaybook[evals]'"
# The literal word: ragas 0.4.3 still posts for `1` and `yes`, and reads it once.
UNTRACKED = ("RAGAS_DO_NOT_TRACK", "true")
# ragas 0.4.3 imports it, and langchain-community 0.4.2 has it no more; only an isinstance list holds its class.
DROPPED, DROPPED_CLASS = "langchain_community.chat_models.vertexai", "ChatVertexAI"


def is_installed() -> bool:
    """Whether all that RAGAS' metrics need is there."""
    return all(importlib.util.find_spec(name) for name in NEEDED)


def load_parts() -> ModuleType:
    """The module that imports RAGAS (a second, and 100 MB); raises BadSetting where it is not installed."""
    if not is_installed():
        raise BadSetting(f"RAGAS cannot be asked: {MISSING}.", REMEDY)
    os.environ.__setitem__(*UNTRACKED)
    stand_in()
    import mlplaybook.evals.judge.parts as parts  # noqa: PLC0415 (waits for the extra)

    return parts


def missing_line(cases: Iterable[Case]) -> str:
    """What to tell somebody whose run has cases of RAGAS and who has not installed it; else nothing."""
    wanted = sum(case.suite == NAME for case in cases)
    return f"{wanted} cases of RAGAS are not measured: {MISSING}" if wanted and not is_installed() else ""


def refuse_unmeasured(run: Run) -> None:
    """Raises BadSetting for a run that would be a baseline without RAGAS' metrics, which then nobody would miss."""
    scores = [score for result in run.results if result.case.suite == NAME for score in result.scores.values()]
    if scores and all(score.status == "na" for score in scores):
        raise BadSetting(f"The run is no baseline: RAGAS measured nothing, {MISSING}.", REMEDY)


def stand_in() -> None:
    """An empty module in the place of the one that langchain-community dropped."""
    if DROPPED in sys.modules or has_dropped():
        return
    module = ModuleType(DROPPED)
    setattr(module, DROPPED_CLASS, type(DROPPED_CLASS, (), {}))
    sys.modules[DROPPED] = module


def has_dropped() -> bool:
    """Whether the module is there after all."""
    try:
        return importlib.util.find_spec(DROPPED) is not None
    except ModuleNotFoundError:
        return False
