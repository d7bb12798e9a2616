"""Settings to the things that commands work with: an encoder when it is needed, an index that is up to date."""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from mlplaybook.ingest import generation as gen
from mlplaybook.ingest.build import Job, Report, ingest
from mlplaybook.ingest.chunking import NOTHING_SAID, ChunkingOptions, chunked_before, create_chunking, merged
from mlplaybook.ingest.embed import Progress
from mlplaybook.ingest.encoder import Encoder, encoder_id, load_encoder
from mlplaybook.ingest.errors import IndexCorrupt, IngestBusy, StorageFailed, WeightsRefused
from mlplaybook.ingest.read import OWN_FOLDER, page_paths
from mlplaybook.ingest.weights import FoundWeights, find_exported, prepare
from mlplaybook.knowledge import pages_folder
from mlplaybook.server.retrieval.index import Index, LoadEncoder, open_index
from mlplaybook.server.retrieval.profiles import Profile, choose_profile
from mlplaybook.server.settings import Settings

PLAYBOOK = "playbook"
# A first answer waits for another process that is building the first index; later ones never wait.
FIRST_BUILD_SECONDS = 600.0
# How often who waits for another writer looks whether something serves already: its vectors take minutes more.
LOOK_SECONDS = 0.5
STILL_LOADING = "The encoder is still loading, so this was searched by words only. Ask again in a few seconds."
Say = Callable[[str], None]


def create_encoder_loader(settings: Settings) -> LoadEncoder:
    """Loads the exported encoder once, and only for an index that was made with it."""

    @functools.cache
    def load(folder: Path) -> Encoder:
        return load_encoder(folder)

    def load_for(wanted: str) -> tuple[Encoder | None, str]:
        found = find_exported(settings.weights)
        if found.folder is None:
            return None, f"The encoder {wanted} is not here: {found.origin}"
        here = encoder_id(found.folder)
        if here != wanted:
            return None, f"The index was made with {wanted}, the encoder here is {here}. Run: mlplaybook ingest"
        return load(found.folder), found.origin

    return load_for


def create_job(
    settings: Settings,
    corpus: str,
    source: Path,
    weights: FoundWeights,
    *,
    rebuild: bool = False,
    strict: bool = False,
    cut: ChunkingOptions = NOTHING_SAID,
) -> Job:
    """An ingest job that loads the encoder only if there is something to embed.

    Pages are cut as `cut` says, then as the environment says, then as the corpus was cut before.
    """
    folder = weights.folder
    before = chunked_before(gen.corpus_folder(settings.index_folder, corpus))
    return Job(
        source=source,
        corpus=corpus,
        index=settings.index_folder,
        encoder_id=encoder_id(folder) if folder else "",
        encoder=functools.cache(lambda: load_encoder(folder) if folder else None),
        rebuild=rebuild,
        strict=strict,
        chunking=create_chunking(merged(cut, settings.chunking), before),
    )


def open_corpus(settings: Settings, corpus: str, say: Say, progress: Progress) -> Index:
    """The index of a corpus; the playbook's own is built at first use and follows the installed and the project's pages."""
    if corpus == PLAYBOOK:
        own = own_pages(settings)
        corpus = own_corpus(own) if own else PLAYBOOK
        report = refresh_playbook(settings, corpus, own, say, progress)
        for line in own_warnings(report):
            say(line)
    return open_index(settings.index_folder, corpus, create_encoder_loader(settings), settings.chroma_url)


def corpus_name(settings: Settings, corpus: str) -> str:
    """The name of the index that a corpus is asked in: a project with pages of its own has one for itself."""
    own = own_pages(settings) if corpus == PLAYBOOK else None
    return own_corpus(own) if own else corpus


def serving_name(settings: Settings, corpus: str) -> str:
    """The folder name of the generation that serves a corpus, empty where there is none; raises IndexCorrupt."""
    folder = gen.current_folder(gen.corpus_folder(settings.index_folder, corpus_name(settings, corpus)))
    return folder.name if folder else ""


def open_by_words(settings: Settings, corpus: str) -> Index:
    """The index of a corpus without its vectors, within a second or two; the playbook's is made where there is none.

    :raises CorpusMissing: nothing has been published under that name.
    """
    name = corpus_name(settings, corpus)
    if corpus == PLAYBOOK:
        make_first(settings, name)
    return open_index(settings.index_folder, name, lambda wanted: (None, STILL_LOADING))


def make_first(settings: Settings, name: str) -> None:
    """The playbook's index without vectors where there is none; of several processes one makes it, and the others get that.

    :raises IngestBusy: another process has been at it for too long.
    """
    own, nothing = own_pages(settings), FoundWeights(None, "")
    job = dataclasses.replace(
        create_job(settings, name, pages_folder(), nothing), own=own, wait=LOOK_SECONDS, first=True
    )
    until = time.monotonic() + FIRST_BUILD_SECONDS
    while not serves(settings, name):
        try:
            ingest(job)
        except IngestBusy:
            if time.monotonic() > until:
                raise
        else:
            return


def project_folder(settings: Settings) -> Path:
    """The project that is worked on."""
    return settings.project or Path.cwd()


def project_profile(settings: Settings, choices: Sequence[str] = ()) -> Profile:
    """What the project says of itself in mlplaybook.toml, with single options replaced by `KEY=VALUE` choices.

    :raises BadSetting: the file or a choice cannot be understood.
    """
    return choose_profile(project_folder(settings), choices)


def own_pages(settings: Settings) -> Path | None:
    """The project's folder of pages that replace or join the playbook's, if it holds any."""
    folder = project_folder(settings) / OWN_FOLDER
    return folder if folder.is_dir() and any(page_paths(folder)) else None


def own_corpus(own: Path) -> str:
    """The name of a project's own index of the playbook: two projects never share one."""
    return f"{PLAYBOOK}-{hashlib.sha256(str(own.absolute()).encode()).hexdigest()[:8]}"


def own_warnings(report: Report | None) -> list[str]:
    """What a project's pages do to the playbook, said when the index is built."""
    return (
        [line for line in report.manifest.warnings if line.startswith(OWN_FOLDER)] if report and report.changed else []
    )


def refresh_playbook(
    settings: Settings, corpus: str, own: Path | None, say: Say, progress: Progress, wait: float = 0.0
) -> Report | None:
    """Build the playbook's index where there is none or pages have changed; what serves already is better than waiting.

    :param wait: how many seconds to wait for another writer where something serves.
    """
    serving = serves(settings, corpus)
    try:
        weights = find_weights(settings, say, serving=serving)
        if weights.folder is None:
            if serving:
                return None
            say(f"searching by words only: {weights.origin}")
        job = create_job(settings, corpus, pages_folder(), weights)
        job = dataclasses.replace(
            job, own=own, donor=PLAYBOOK if own else "", wait=wait if serving else FIRST_BUILD_SECONDS
        )
        return ingest(job, progress=progress)
    except (IngestBusy, StorageFailed, WeightsRefused) as error:
        if not serving:
            raise
        say(f"serving the index as it is: {error}")
        return None


def find_weights(settings: Settings, say: Say, *, serving: bool) -> FoundWeights:
    """Exported weights, exported now where the originals are here; what serves does not wait for a model from the network."""
    named = settings.weights.encoder
    if serving and named and not Path(named).is_dir():
        return find_exported(settings.weights)
    return prepare(settings.weights, say)


def serves(settings: Settings, corpus: str) -> bool:
    """Whether some generation of the corpus can be opened by this version."""
    try:
        folder = gen.current_folder(gen.corpus_folder(settings.index_folder, corpus))
        return folder is not None and bool(gen.read_manifest(folder))
    except IndexCorrupt:
        return False
