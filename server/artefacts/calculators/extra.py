"""scipy and statsmodels, which the extra `[calculate]` brings: loaded when a formula first needs them."""

from __future__ import annotations

from typing import Any

from mlplaybook.ingest.errors import BadSetting

REMEDY = "Run: pip install 'mlplaybook[calculate]'"


def load_stats(what: str) -> Any:  # noqa: ANN401 (a module without types)
    """scipy.stats; raises BadSetting saying what needs it and what to install."""
    try:
        from scipy import stats  # noqa: PLC0415
    except ModuleNotFoundError as error:
        raise BadSetting(f"{what} needs scipy.", REMEDY) from error
    return stats


def load_power(what: str) -> Any:  # noqa: ANN401 (a module without types)
    """statsmodels.stats.power; raises BadSetting saying what needs it and what to install."""
    try:
        from statsmodels.stats import power  # noqa: PLC0415
    except ModuleNotFoundError as error:
        raise BadSetting(f"{what} needs statsmodels.", REMEDY) from error
    return power
