"""How `fill` comes to its values: by itself, or with a model where one is wanted."""

from __future__ import annotations

from collections.abc import Sequence

from mlplaybook.ingest.encoder import Encoder, load_encoder
from mlplaybook.ingest.weights import find_exported
from mlplaybook.server.artefacts.documents.given import Given
from mlplaybook.server.artefacts.documents.reuse import reuse
from mlplaybook.server.artefacts.filling.fill import fill
from mlplaybook.server.artefacts.filling.records import InputText
from mlplaybook.server.artefacts.records import Fill, Template
from mlplaybook.server.artefacts.service_calls import Call, fill_document
from mlplaybook.server.console.screen import embedding_progress, say
from mlplaybook.server.service import open_service
from mlplaybook.server.settings import Settings
from mlplaybook.server.wiring import PLAYBOOK, open_corpus


def make_fill(settings: Settings, template: Template, inputs: Sequence[InputText], given: Given, call: Call) -> Fill:
    """A template filled from inputs and answers; a model is asked where one is set and wanted, and there is something to read.

    Inputs that were filled from the same template give their values as they stand.
    """
    return reuse(template, {one.source: one.text for one in inputs}, read_fill(settings, template, inputs, given, call))


def read_fill(settings: Settings, template: Template, inputs: Sequence[InputText], given: Given, call: Call) -> Fill:
    """What the inputs say, read as notes, configs and logs."""
    wanted = call.wish == "llm" or (call.wish == "auto" and settings.llm)
    if not inputs or not wanted:
        return fill(template, inputs, given, open_encoder(settings) if inputs else None)
    with embedding_progress() as progress:
        index = open_corpus(settings, PLAYBOOK, say, progress)
    with open_service(settings, index, say) as service:
        return fill_document(service, template, inputs, given, call)


def open_encoder(settings: Settings) -> Encoder | None:
    """The encoder where its weights are; meaning is then compared, else only words are."""
    found = find_exported(settings.weights)
    return load_encoder(found.folder) if found.folder else None
