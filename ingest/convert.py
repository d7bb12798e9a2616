"""HTML, PDF and office documents to Markdown, by the packages of the extra `[documents]`.

Each kind goes through the package that does it best and is light: PDFium (pypdfium2) for PDF, mammoth for Word, python-pptx,
openpyxl, and markdownify on lxml for HTML. The one package that takes all of them, markitdown 0.1, loses the page numbers of
a PDF and brings pandas, cryptography and a model for guessing file types; pymupdf4llm is under the AGPL; docling needs
torch; pypdf took 12 times as long as PDFium over the same two manuals and left words divided at line ends.
"""

from __future__ import annotations

import functools
import importlib.util
import warnings
from collections.abc import Callable
from pathlib import PurePath

from mlplaybook.ingest.decode import NotText
from mlplaybook.ingest.markdown import Converted, readable, refuse_long_text

# The packages that read each kind of file, by the names they are imported under.
HTML_PACKAGES = ("bs4", "lxml", "markdownify")
OFFICE_PACKAGES = ("mammoth", "openpyxl", "pptx", *HTML_PACKAGES)
PACKAGES: dict[str, tuple[str, ...]] = {
    ".docx": OFFICE_PACKAGES,
    ".htm": HTML_PACKAGES,
    ".html": HTML_PACKAGES,
    ".pdf": ("pypdfium2",),
    ".pptx": OFFICE_PACKAGES,
    ".xlsx": OFFICE_PACKAGES,
}
REMEDY = "pip install 'mlplaybook[documents]'"
# Bump when the same file would give another text: it is part of what decides whether an index is up to date.
CONVERTER_VERSION = "1"
# As much of a package's own message as fits on a line.
LONGEST_CAUSE = 120

Installed = Callable[[str], bool]


@functools.cache
def is_installed(package: str) -> bool:
    """Whether a package can be imported."""
    return importlib.util.find_spec(package) is not None


def is_convertible(path: PurePath) -> bool:
    """Whether a file is of a kind that is converted, going by its name."""
    return path.suffix.lower() in PACKAGES


def missing_packages(path: PurePath, installed: Installed = is_installed) -> str:
    """Why a file cannot be converted here, with the remedy; nothing where it can be."""
    suffix = path.suffix.lower()
    if all(installed(package) for package in PACKAGES.get(suffix, ())):
        return ""
    return f"{suffix} files are read by packages that are not installed; run: {REMEDY}"


def convert(path: PurePath, data: bytes) -> str:
    """The Markdown of a file, beginning with its title as the level-one heading.

    :raises NotText: the file is damaged, protected, too large or without text; the message says which, and what to do.
    """
    try:
        with warnings.catch_warnings():
            # The packages warn of features they leave out, such as a sheet's colours.
            warnings.simplefilter("ignore")
            converted = run_converter(path.suffix.lower(), data)
    except NotText:
        raise
    # Readers of damaged files raise whatever they stumble over; one bad file never stops an ingest.
    except Exception as error:
        cause = " ".join(f"{type(error).__name__}: {error}".split())[:LONGEST_CAUSE]
        msg = f"it cannot be read as {path.suffix.lower()} ({cause}); save it again from the program that made it"
        raise NotText(msg) from error
    if not converted.body.strip():
        msg = "it has no text; write something in it or remove the file"
        raise NotText(msg)
    refuse_long_text(len(converted.body))
    title = " ".join(readable(converted.title).split()) or path.stem
    return f"{converted.body}\n" if converted.body.startswith("# ") else f"# {title}\n\n{converted.body}\n"


def run_converter(suffix: str, data: bytes) -> Converted:
    """What the packages for a kind of file make of its bytes; they are imported here, since the extra may not be there."""
    if suffix == ".pdf":
        from mlplaybook.ingest.pdf import convert_pdf  # noqa: PLC0415

        return convert_pdf(data)
    if suffix in {".htm", ".html"}:
        from mlplaybook.ingest.webpage import convert_html  # noqa: PLC0415

        return convert_html(data)
    from mlplaybook.ingest.office import OFFICE  # noqa: PLC0415

    return OFFICE[suffix](data)
