from __future__ import annotations

import pytest

from mlplaybook.ingest.errors import BadSetting
from mlplaybook.server.llm.deadline import Limits
from mlplaybook.server.settings import Settings, read_settings


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(f"MLPLAYBOOK_{name.upper()}", raising=False)


def test_without_a_setting_models_have_the_usual_time_and_cite_by_themselves() -> None:
    settings = read_settings()
    assert (settings.llm_limits, settings.llm_cites, settings.llm_window) == (Limits(), True, 0)


def test_how_long_a_model_may_take_and_what_it_takes_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    values = {
        "LLM_CONNECT_SECONDS": "2", "LLM_FIRST_SECONDS": "90.5", "LLM_IDLE_SECONDS": "20", "LLM_SECONDS": "300",
        "LLM_WINDOW": "1000000", "LLM_CITES": "false",
    }  # fmt: skip
    for name, value in values.items():
        monkeypatch.setenv(f"MLPLAYBOOK_{name}", value)
    settings = read_settings()
    assert settings.llm_limits == Limits(2, 90.5, 20, 300)
    assert (settings.llm_window, settings.llm_cites) == (1_000_000, False)


def test_an_empty_setting_counts_as_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLPLAYBOOK_LLM_SECONDS", "")
    assert read_settings().llm_limits == Limits()


@pytest.mark.parametrize(
    ("name", "value", "why"),
    [
        ("LLM_CITES", "perhaps", "valid boolean"),
        ("LLM_WINDOW", "-1", "greater than or equal to 0"),
        ("LLM_WINDOW", "1e6x", "valid integer"),
        ("LLM_CONNECT_SECONDS", "0", "greater than 0"),
        ("LLM_FIRST_SECONDS", "-5", "greater than 0"),
        ("LLM_IDLE_SECONDS", "soon", "valid number"),
        ("LLM_SECONDS", "nan", "finite number"),
        ("LLM_SECONDS", "inf", "finite number"),
    ],
)
def test_a_value_that_cannot_be_used_is_one_line_that_names_it(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, why: str
) -> None:
    monkeypatch.setenv(f"MLPLAYBOOK_{name}", value)
    with pytest.raises(BadSetting) as refused:
        read_settings()
    assert str(refused.value).startswith(f"MLPLAYBOOK_{name}={value!r} cannot be used: ")
    assert why in str(refused.value)
    assert "\n" not in str(refused.value)
    assert refused.value.remedy == f"Correct or unset MLPLAYBOOK_{name}."
