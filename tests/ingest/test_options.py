"""The options of a project are what the overlay of the playbook lists."""

from __future__ import annotations

from mlplaybook.ingest.options import Rule, conditions, read_options


def test_options_values_and_rules_come_from_the_overlay() -> None:
    options = read_options()
    assert options.allowed == {
        "projectPhase": ("training", "inference", "both"),
        "modelType": ("classical", "deep-learning", "llm"),
        "servingPattern": ("none", "batch", "realtime", "edge"),
        "hasExperimentTracking": ("true", "false"),
    }
    reason = "A project that only trains serves nothing; state a pattern once it does."
    assert options.defaults == {
        "modelType": "deep-learning", "servingPattern": "none", "hasExperimentTracking": "true",
    }  # fmt: skip
    assert options.meanings["hasExperimentTracking"] == "Whether runs are recorded in a tracker."
    assert options.rules[1] == Rule((("projectPhase", ("training",)),), (("servingPattern", ("none",)),), reason)


def test_one_value_is_a_list_of_one_and_yamls_booleans_are_words() -> None:
    found = conditions({"modelType": "llm", "hasExperimentTracking": [True, False]})
    assert found == (("modelType", ("llm",)), ("hasExperimentTracking", ("true", "false")))
