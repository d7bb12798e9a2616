"""A template filled for a key: by a model where there is one, it is wanted, and the key may still spend money on it."""

from __future__ import annotations

import dataclasses

from mlplaybook.server.artefacts.records import Fill
from mlplaybook.server.artefacts.service_calls import fill_document
from mlplaybook.server.calls.artefacts import FillReply, FillRequest, read_fill, write_fill
from mlplaybook.server.rest.accounts import Accounts
from mlplaybook.server.rest.callers import Caller
from mlplaybook.server.rest.models import FillBody
from mlplaybook.server.rest.records import FillRecord
from mlplaybook.server.service import Service

MEDIA_TYPES = {".md": "text/markdown", ".yaml": "application/yaml", ".json": "application/json", ".py": "text/x-python"}


def fill_for(service: Service, accounts: Accounts, caller: Caller, template_id: str, body: FillBody) -> FillRecord:
    """The document with what became of its fields.

    :raises PlaybookError: a field, format, text or prompt that cannot be used.
    """
    notes = {note.name: note.text for note in body.notes}
    ready = read_fill(FillRequest(template_id, body.values, notes, body.format, body.earlier))
    allowance = accounts.hold(caller, body.limit)
    made: Fill | None = None
    try:
        call = body.create_call(allowance.max_usd, model=allowance.model)
        made = fill_document(service, ready.template, ready.inputs, ready.given, call)
    finally:
        accounts.settle(allowance, made.tokens if made else 0, made.cost_usd if made else 0.0)
    if allowance.reason:
        made = dataclasses.replace(made, degraded=(*made.degraded, f"llm: {allowance.reason}"))
    return fill_record(write_fill(ready, made))


def fill_record(made: FillReply) -> FillRecord:
    """The record of a filled document."""
    document = made.document
    ending = f".{made.file.rpartition('.')[2]}"
    return FillRecord(
        document=document.text, file=made.file, media_type=MEDIA_TYPES.get(ending, "text/plain"), fill=document.fill,
        conflicts=list(document.conflicts), problems=list(document.problems),
    )  # fmt: skip
