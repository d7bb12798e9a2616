"""The smallest files of each kind that is converted, made without a program that writes them."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence

WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PROTECTED = f"<< /Filter /Standard /V 1 /R 2 /P -4 /O <{'41' * 32}> /U <{'42' * 32}> >>"


def pdf(*pages: Sequence[str], title: str = "", protected: bool = False) -> bytes:
    """A PDF with the given lines on each page; a page without lines has a rectangle on it, as a scan has a picture."""
    kids = " ".join(f"{2 * number + 5} 0 R" for number in range(len(pages)))
    bodies = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
        f"<< /Title ({title}) >>",
    ]
    for number, lines in enumerate(pages):
        page = "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Resources << /Font << /F 3 0 R >> >> /Contents"
        shown = " T* ".join(f"({escaped(line)}) Tj" for line in lines)
        content = f"BT /F 12 Tf 14 TL 50 720 Td {shown} ET" if lines else "50 50 400 600 re f"
        bodies += [f"{page} {2 * number + 6} 0 R >>", f"<< /Length {len(content)} >> stream\n{content}\nendstream"]
    written = b"%PDF-1.4\n"
    places = []
    for number, body in enumerate(bodies, start=1):
        places.append(len(written))
        written += f"{number} 0 obj {body} endobj\n".encode("cp1252")
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    lock = f"/Encrypt {PROTECTED} /ID [<00> <00>]" if protected else ""
    head = f"xref\n0 {len(places) + 1}\n0000000000 65535 f \n{table}"
    tail = f"trailer << /Size {len(places) + 1} /Root 1 0 R /Info 4 0 R {lock} >>\nstartxref\n{len(written)}\n%%EOF\n"
    return written + head.encode() + tail.encode()


def escaped(line: str) -> str:
    """A line as a PDF string."""
    return line.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")


def package(parts: Mapping[str, str]) -> bytes:
    """A zip file of texts."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    return file.getvalue()


def docx(*paragraphs: tuple[str, str]) -> bytes:
    """A Word file of (style, text) paragraphs; "" is body text."""
    styles = sorted({style for style, _ in paragraphs if style})
    named = "".join(
        f'<w:style w:type="paragraph" w:styleId="{style.replace(" ", "")}"><w:name w:val="{style}"/></w:style>'
        for style in styles
    )
    body = "".join(
        f'<w:p><w:pPr><w:pStyle w:val="{style.replace(" ", "")}"/></w:pPr><w:r><w:t>{text}</w:t></w:r></w:p>'
        for style, text in paragraphs
    )
    main = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
    return package(
        {
            "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
            '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            f'<Override PartName="/word/document.xml" ContentType="{main}"/></Types>',
            "_rels/.rels": relations("officeDocument", "word/document.xml"),
            "word/_rels/document.xml.rels": relations("styles", "styles.xml"),
            "word/document.xml": f'<w:document xmlns:w="{WORD}"><w:body>{body}</w:body></w:document>',
            "word/styles.xml": f'<w:styles xmlns:w="{WORD}">{named}</w:styles>',
        }
    )


def relations(kind: str, target: str) -> str:
    """A part that names one other part."""
    return f'<Relationships xmlns="{RELATIONS}"><Relationship Id="r1" Type="{OFFICE}/{kind}" Target="{target}"/></Relationships>'
