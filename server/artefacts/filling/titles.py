"""Names that a document's title gives: `# heyluma`, `Wiki > Models > clickwise`, `# acker-tiles 3.2`."""

from __future__ import annotations

import re

from mlplaybook.server.artefacts.filling.read_inputs import Material
from mlplaybook.server.artefacts.filling.records import Found, evidence_of
from mlplaybook.server.artefacts.records import Field

TITLED = 0.9
TITLE = re.compile(
    r"\A\s*(?:#\s+)?(?:[^\n>]*>\s*)*[`*]*(?P<name>[a-z][A-Za-z0-9]*(?:[-_][A-Za-z0-9]+)*)[`*]*(?:\s+v?(?P<version>\d+(?:\.\d+)*))?"
    r"(?:\s*(?:[-–—:,(]|\n|\Z)[^\n]*)?$",
    re.MULTILINE,
)


def title_value(wanted: Field, material: Material) -> Found | None:
    """A name in small letters, or a version after it, when the first line of a text is little more than that."""
    part = "version" if wanted.name.endswith("version") else "name"
    for source, text in material.texts.items():
        if not any(piece.source == source for piece in material.pieces):
            continue
        match = TITLE.match(text)
        if match and match[part]:
            return Found(match[part], (evidence_of(source, text, match.start(part), match.end(part)),), TITLED)
    return None
