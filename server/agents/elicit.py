"""Missing fields of a document, asked of the user in a form: only of clients that say they can, never twice in a call.

Whoever cannot gets the questions in the reply and gives the answers as `values`: the document is the same.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import anyio.to_thread
from mcp.server.mcpserver import Context
from mcp.shared.exceptions import MCPError
from mcp.types import ElicitRequest, ElicitRequestFormParams, ElicitResult, InputRequiredResult
from mcp_types.version import is_version_at_least

from mlplaybook.ingest.errors import PlaybookError
from mlplaybook.server.agents.arguments import Read
from mlplaybook.server.agents.deps import Deps
from mlplaybook.server.artefacts.records import Field, Template
from mlplaybook.server.calls.artefacts import FillRequest, fill

# The client sends the answer back under this name.
KEY = "missing_fields"
# A longer form is closed unread.
MOST_ASKED = 8
LONGEST_EXAMPLE = 160
# From this revision on a question is a result that the client answers by calling again.
ROUND_TRIPS = "2026-07-28"
# A call with none of these only looks at the template.
GIVEN = ("values", "notes", "earlier")
UNANSWERED = {
    "decline": "The user was asked for the missing fields and declined.",
    "cancel": "The form with the missing fields was closed, or nobody was there to fill it in.",
    "failed": "The client says that it can ask its user, and could not.",
}
PARTIAL = (
    "The document has what was given; ask in the conversation and call again with values, or leave the fields open."
)


@dataclass(frozen=True, slots=True)
class Form:
    """A question to the user: `fields` are the template's names by property of the schema."""

    message: str
    schema: dict[str, Any]
    fields: Mapping[str, str]


async def ask_missing(deps: Deps, read: Read, context: Context[Any, Any]) -> Read | InputRequiredResult:
    """The arguments of fill_template with what the user added, or the question that the client puts to the user first."""
    if not can_ask(context) or not worth_asking(read.values):
        return read
    form = await anyio.to_thread.run_sync(find_form, deps, read.values)
    if form is None:
        return read
    if not is_version_at_least(context.protocol_version or "", ROUND_TRIPS):
        return add_answer(read, form, await ask_now(context, form))
    answer = (context.input_responses or {}).get(KEY)
    if isinstance(answer, ElicitResult):
        return add_answer(read, form, answer)
    params = ElicitRequestFormParams(message=form.message, requested_schema=form.schema)
    return InputRequiredResult(input_requests={KEY: ElicitRequest(params=params)})


def can_ask(context: Context[Any, Any]) -> bool:
    """Whether the client declared forms, and can be reached while a call runs where the revision needs that.

    Without modes, as before they existed, an elicitation is a form.
    """
    declared = context.client_capabilities.elicitation if context.client_capabilities else None
    if declared is None or (declared.form is None and declared.url is not None):
        return False
    return is_version_at_least(context.protocol_version or "", ROUND_TRIPS) or context.session.can_send_request


def worth_asking(values: Mapping[str, Any]) -> bool:
    """Whether a document is begun with this call: with something in it, and not the rest of a long one."""
    return bool(values["template"].strip()) and not values["cursor"] and any(values[name] for name in GIVEN)


def find_form(deps: Deps, values: Mapping[str, Any]) -> Form | None:
    """The form for what a template needs and nobody gave; takes time, so that it belongs into a worker thread.

    None where nothing is missing, and where the arguments are wrong, which the call itself says better.
    """
    notes = {"notes": values["notes"]} if values["notes"].strip() else {}
    request = FillRequest(values["template"].strip(), values["values"], notes, values["format"], values["earlier"])
    try:
        with deps.live.lend() as service:
            made = fill(service, request)
    except PlaybookError:
        return None
    open_ones = {name for name, one in made.document.fill.fields.items() if one.status in {"missing", "invalid"}}
    wanted = [f for f in made.template.fields if f.name in open_ones and f.required and f.type != "mapping"]
    return create_form(made.template, wanted) if wanted else None


def create_form(template: Template, wanted: list[Field]) -> Form:
    """A form for the first of these fields; none must be answered."""
    asked = wanted[:MOST_ASKED]
    count = f"{len(asked)} of {len(wanted)}" if len(asked) < len(wanted) else str(len(asked))
    message = (
        f"{template.title}: {count} missing fields. Leave empty what you do not know; it stays open in the document."
    )
    fields = {field.name.replace(".", "_"): field.name for field in asked}
    properties = {name: property_of(field) for name, field in zip(fields, asked, strict=True)}
    return Form(message, {"type": "object", "properties": properties}, fields)


def property_of(field: Field) -> dict[str, Any]:
    """A field as a form has it: choices, yes or no, a number, else words, which take any unit.

    >>> property_of(Field("a.canary_share", "percentage", True, "", "Which share?", 5, 5, "", unit="%"))
    {'title': 'Canary share', 'description': 'Which share? In %. Example: 5', 'type': 'string'}
    """
    unit = f" In {field.unit}." if field.unit else ""
    example = "; ".join(map(str, field.good)) if isinstance(field.good, tuple | list) else str(field.good)
    example = example if len(example) <= LONGEST_EXAMPLE else f"{example[:LONGEST_EXAMPLE]}..."
    several = " Several: put semicolons between them." if field.type == "list" else ""
    about = {
        "title": field.name.rpartition(".")[2].replace("_", " ").capitalize(),
        "description": f"{field.question}{unit}{several} Example: {example}",
    }
    if field.type == "boolean":
        return about | {"type": "boolean"}
    if field.allowed and field.type != "list":
        return about | {"type": "string", "enum": [str(option) for option in field.allowed]}
    if field.type in {"integer", "number"}:
        limits = {"minimum": field.minimum, "maximum": field.maximum}
        return about | {"type": field.type} | {key: value for key, value in limits.items() if value is not None}
    return about | {"type": "string"}


async def ask_now(context: Context[Any, Any], form: Form) -> ElicitResult | None:
    """The user's answer while the call waits; None where the client could not ask."""
    try:
        answer: ElicitResult = await context.session.elicit_form(
            form.message, form.schema, related_request_id=context.request_id
        )
        return answer
    except (MCPError, ValueError):
        return None


def add_answer(read: Read, form: Form, answer: ElicitResult | None) -> Read:
    """The arguments with the answers, which are named so that later calls can have them; without any, why there are none."""
    action = answer.action if answer else "failed"
    content = (answer.content or {}) if answer and action == "accept" else {}
    told = {
        form.fields[name]: value
        for name, value in content.items()
        if name in form.fields and value not in (None, "", [])
    }
    if told:
        note = f"The user answered; put this into values of every later call: {json.dumps(told, ensure_ascii=False)}."
        values = {**read.values, "values": {**read.values["values"], **told}}
        return Read(values, (*read.notes, note))
    why = UNANSWERED.get(action, "The user was asked for the missing fields and left them all empty.")
    return Read(read.values, (*read.notes, f"{why} {PARTIAL}"))
