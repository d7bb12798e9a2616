"""A filled document given as an input: its values as they stand in it."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

from mlplaybook.server.artefacts.documents.merge import BY_PERSON
from mlplaybook.server.artefacts.documents.read_back import Held, read_back
from mlplaybook.server.artefacts.documents.remarks import same
from mlplaybook.server.artefacts.documents.trailer import read_trailer
from mlplaybook.server.artefacts.records import Evidence, Field, Fill, Filled, Template


def reuse(template: Template, texts: Mapping[str, str], fill: Fill) -> Fill:
    """The fill with the values of those texts that were filled from the same template; what a person gives now wins.

    :param texts: the inputs by source. The first document that has a value for a field gives it.
    :raises BadDocument: such a document can no longer be read.
    """
    fields = dict(fill.fields)
    for source, text in reversed(list(texts.items())):
        trailer = read_trailer(text)
        if trailer is None or trailer.template != template.id:
            continue
        held = read_back(text, template)
        for field in template.fields:
            if field.name in held:
                fields[field.name] = reused(field, fields[field.name], source, text, held[field.name])
    return dataclasses.replace(fill, fields=fields)


def reused(field: Field, filled: Filled, source: str, text: str, held: Held) -> Filled:
    """One field of a document; a default that nobody has changed stays assumed."""
    given = filled.evidence and all(evidence.source in BY_PERSON for evidence in filled.evidence)
    if given or held.value is None or (field.default is not None and same(held.value, field.default)):
        return filled
    evidence = Evidence(source, text[held.char_start : held.char_end], held.char_start, held.char_end)
    return Filled(held.value, "filled", (evidence,), 1.0, field.section, field.question)
