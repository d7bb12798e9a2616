"""Everything that can be set from outside, read once when a command starts."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from urllib.parse import urlsplit

import platformdirs
from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from mlplaybook.ingest.adapter import DEFAULT_ADAPTER
from mlplaybook.ingest.chunking import ChunkingOptions
from mlplaybook.ingest.errors import BadSetting
from mlplaybook.ingest.weights import WeightsSetting
from mlplaybook.server.cache.sqlite import CACHE_FILE
from mlplaybook.server.llm.deadline import Limits
from mlplaybook.server.usage.book import USAGE_FILE


class Settings(BaseSettings):
    """Environment variables `MLPLAYBOOK_<NAME>`; an empty one counts as not set."""

    model_config = SettingsConfigDict(env_prefix="MLPLAYBOOK_", env_ignore_empty=True, frozen=True)

    home: Path | None = None
    """Where indexes and exported models are kept; the user's data and cache folders when not set."""
    models: Path | None = None
    """A folder with weights of one's own: an export, or a sentence-transformers model."""
    encoder: str = ""
    """Another sentence-transformers model by hub name or path."""
    adapter: str = DEFAULT_ADAPTER
    """The encoder's adapter: a bundled one by name, a folder with one of your own, or `none` for the bare model."""
    trusted: str = ""
    """SHA-256 values of weights to accept beside those of this release, separated by commas."""
    project: Path | None = None
    """The project whose `.mlplaybook/knowledge/` replaces or joins pages; the current folder when not set."""
    gaps: bool = False
    """Whether topics that were asked and not covered are counted in a local file."""
    corpus: str = "playbook"
    """The corpus that is asked when none is named."""
    llm: str = ""
    """Models that write answers, `openai:NAME`, `anthropic:NAME` or `ollama:NAME`, by commas; each stands in for those before."""
    llm_base_url: str = ""
    """Another server that speaks the first model's protocol."""
    llm_cites: bool = True
    """Whether Anthropic's models take passages as documents and cite them by themselves."""
    llm_window: int = Field(default=0, ge=0)
    """Tokens of prompt and reply together that the models take, where that is not known of them."""
    llm_connect_seconds: float = Field(default=Limits().connect, gt=0, allow_inf_nan=False)
    """How long a model's server may take to accept a connection."""
    llm_first_seconds: float = Field(default=Limits().first, gt=0, allow_inf_nan=False)
    """How long a model may take to its first word; all pages at once take longer to read than a few sections."""
    llm_idle_seconds: float = Field(default=Limits().idle, gt=0, allow_inf_nan=False)
    """How long a model may pause."""
    llm_seconds: float = Field(default=Limits().total, gt=0, allow_inf_nan=False)
    """How long a written answer may take in all, with every retry and every other model."""
    prompts: str = ""
    """Prompt versions to use instead of the defaults: `answer@1, condense@1`."""
    prompt_split: str = ""
    """Shares of requests that get another version: `answer@2: 10%`."""
    max_usd: Decimal | None = Field(default=None, ge=0)
    """The most that one answer may cost, in US dollars."""
    daily_usd: Decimal | None = Field(default=None, ge=0)
    """The most that a day (UTC) may cost, in US dollars."""
    prices: Path | None = None
    """A price list of one's own (docs/cost.md)."""
    judge_model: str = ""
    """The model that judges answers in `evals run --judge`: its name at a server that speaks OpenAI's protocol."""
    judge_url: str = ""
    """The judge's server; OpenAI's own when not set."""
    judge_seconds: float = Field(default=60, gt=0, allow_inf_nan=False)
    """How long one reply of the judge may take."""
    cache: str = ""
    """Where answers are kept: `sqlite` (default), `redis://HOST:PORT/NUMBER`, or `none`."""
    cache_mb: int = Field(default=256, ge=1)
    """How many megabytes the SQLite cache may take."""
    chroma_url: str = ""
    """A Chroma server that is asked for the nearest chunks: `http://HOST:PORT`; a copy of the index's own when not set."""
    otel: str = ""
    """Where OpenTelemetry spans go: `otlp` or `console`; nowhere when not set."""
    otel_text: bool = False
    """Whether spans may hold the words of questions and answers."""
    rest_host: str = "127.0.0.1"
    """The address that `mlplaybook serve` listens on; every other than this machine's own needs a key."""
    rest_port: int = Field(default=8000, ge=0, le=65535)
    """The port that `mlplaybook serve` listens on."""
    rest_workers: int = Field(default=1, ge=1, le=64)
    """How many processes answer."""
    rest_hosts: str = ""
    """Names that requests may be sent to beside this machine's own, by commas: `playbook.example.org`."""
    rest_origins: str = ""
    """Pages of other origins that may call the service from a browser, by commas: `https://wiki.example.org`."""
    rest_keys: bool = False
    """Whether a key is asked for on this machine too."""
    rest_key_hashes: str = ""
    """Keys beside those of `mlplaybook keys`, by SHA-256 and scopes: `HASH:ask, HASH:read+admin`."""
    rest_per_minute: float = Field(default=300, gt=0, allow_inf_nan=False)
    """How many requests a minute a key may send in the long run."""
    rest_burst: float = Field(default=60, ge=1, allow_inf_nan=False)
    """How many requests a key may send at once."""
    rest_daily_tokens: int | None = Field(default=None, ge=0)
    """Tokens of models that a key may use on a day (UTC); then pages are quoted."""
    rest_daily_usd: Decimal | None = Field(default=None, ge=0)
    """US dollars that a key may spend on a day (UTC); then pages are quoted."""
    rest_searches: int = Field(default=4, ge=1)
    """Searches that are worked on at once, and as many answers; more than two a processor core only wait for each other."""
    rest_answers: int = Field(default=256, ge=1)
    """Answers and streams that are worked on at once; most of their time they wait for a model."""
    rest_queue: int = Field(default=128, ge=0)
    """Requests that may wait for a place; the next one is told to come back."""
    rest_wait_seconds: float = Field(default=10, gt=0, allow_inf_nan=False)
    """How long a request may wait for a place."""
    rest_grace_seconds: int = Field(default=75, ge=0)
    """How long streams may go on after the service was told to stop."""
    rest_open_metrics: bool = False
    """Whether /metrics is told without a key."""
    rest_conversation_hours: float = Field(default=24, ge=0, le=8760)
    """How long the service keeps a conversation after its last question; with 0 it keeps none."""
    rest_heartbeat_seconds: float = Field(default=15, gt=0, allow_inf_nan=False)
    """After how much silence a stream says that it lives; proxies cut what is silent for too long."""
    rest_url: str = ""
    """Where people reach the service, for links in answers: `https://playbook.example.org`; as it was asked when not set."""
    log_questions: bool = False
    """Whether the service's log may hold the words of questions."""
    chunk_strategy: str = ""
    """How sections are cut: `blocks`, `sentences`, `section` or `fixed`; as the index was made when not set."""
    chunk_tokens: int | None = None
    """The longest chunk in word pieces, 32 to 512; 220 at first."""
    chunk_overlap: int | None = None
    """How many word pieces a chunk repeats of the one before it, at most half of its size; none at first."""
    chunk_headings: bool | None = None
    """Whether the encoder reads page title and headings before a chunk; it does at first."""

    @field_validator("chroma_url")
    @classmethod
    def check_url(cls, value: str) -> str:
        """An address as a browser has it."""
        parts = urlsplit(value)
        if value and (parts.scheme not in ("http", "https") or not parts.hostname or parts.path.strip("/")):
            raise ValueError("it is no address of the form http://HOST:PORT")
        return value

    @field_validator("home", "models", "prices", "project")
    @classmethod
    def expand(cls, value: Path | None) -> Path | None:
        """`~` means the user's folder, also where no shell has seen it."""
        return None if value is None else value.expanduser()

    @property
    def index_folder(self) -> Path:
        """One folder a corpus lies below it."""
        return (self.home or platformdirs.user_data_path("mlplaybook", appauthor=False)) / "index"

    @property
    def llm_limits(self) -> Limits:
        """How long models may take."""
        return Limits(self.llm_connect_seconds, self.llm_first_seconds, self.llm_idle_seconds, self.llm_seconds)

    @property
    def cache_file(self) -> Path:
        """Where answers and question vectors are kept."""
        return self.index_folder.parent / CACHE_FILE

    @property
    def usage_file(self) -> Path:
        """Where it is written down what answers cost."""
        return self.index_folder.parent / USAGE_FILE

    @property
    def rest_folder(self) -> Path:
        """Where the service keeps its keys, accounts and conversations."""
        return self.index_folder.parent / "rest"

    @property
    def gaps_file(self) -> Path:
        """Where topics that were not covered are counted."""
        return self.index_folder.parent / "gaps.sqlite"

    @property
    def chunking(self) -> ChunkingOptions:
        """How sections are to be cut, as far as the environment says so."""
        return ChunkingOptions(self.chunk_strategy or None, self.chunk_tokens, self.chunk_overlap, self.chunk_headings)

    @property
    def weights(self) -> WeightsSetting:
        """Where encoder weights may come from."""
        cache = (self.home or platformdirs.user_cache_path("mlplaybook", appauthor=False)) / "models"
        trusted = tuple(part.strip().lower() for part in self.trusted.split(",") if part.strip())
        return WeightsSetting(cache, self.models, self.encoder, trusted, self.adapter)


def read_settings() -> Settings:
    """The settings of this process; raises BadSetting naming the variable."""
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors()[0]
        name = f"MLPLAYBOOK_{'_'.join(str(part) for part in first['loc']).upper()}"
        raise BadSetting(
            f"{name}={first['input']!r} cannot be used: {first['msg']}.", f"Correct or unset {name}."
        ) from error
