"""All rules over a playbook."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from mlplaybook.server.authoring import rules_pages, rules_rows, rules_text
from mlplaybook.server.authoring.findings import Finding, Rule
from mlplaybook.server.authoring.pages import Playbook

RULES: Sequence[Rule] = (
    rules_pages.front_matter_is_complete,
    rules_pages.sources_are_named_and_used,
    rules_pages.pages_are_reviewed_in_time,
    rules_pages.headings_have_their_order,
    rules_pages.sections_have_a_size_one_can_quote,
    rules_pages.pages_have_a_size_one_can_read,
    rules_pages.links_lead_somewhere,
    rules_text.thresholds_have_a_source,
    rules_text.quantities_have_a_unit,
    rules_text.nothing_is_hidden,
    rules_text.nobody_but_the_engineer_is_addressed,
    rules_text.code_can_be_read_by_its_language,
    rules_rows.rows_stand_where_they_belong,
    rules_rows.artefacts_follow_their_schema,
    rules_rows.artefacts_lead_to_sections,
    rules_rows.template_fields_ask_their_question,
    rules_rows.examples_come_out,
)


def check(playbook: Playbook, today: date) -> list[Finding]:
    """Every finding, rule by rule."""
    return [finding for rule in RULES for finding in rule(playbook, today)]
