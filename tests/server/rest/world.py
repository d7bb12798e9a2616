"""A small corpus served in this process, behind the wall: no network, no model, no weights."""

from __future__ import annotations

import dataclasses
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from starlette.testclient import TestClient

from mlplaybook.server.live import Live
from mlplaybook.server.rest.app import create_app
from mlplaybook.server.rest.keys import KEYS_FILE, Wish, create_key
from mlplaybook.server.rest.log import Log
from mlplaybook.server.service import Service
from mlplaybook.server.settings import Settings

HOME = "http://localhost"


@dataclasses.dataclass
class World:
    """A live service, where its keys are, and what it writes into its log."""

    live: Live
    service: Service
    home: Path
    written: io.StringIO = dataclasses.field(default_factory=io.StringIO)

    def settings(self, **values: Any) -> Settings:
        return Settings(home=self.home, **values)

    def key(self, *scopes: str, **values: Any) -> str:
        """The text of a new key."""
        return create_key(self.settings().rest_folder / KEYS_FILE, Wish("test", scopes or ("ask",), **values))[0]

    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.written.getvalue().splitlines()]

    def client(self, key: str = "", **settings: Any) -> TestClient:
        """A client of the service under some settings; `key` is sent with every request."""
        made = self.settings(**settings)
        app = create_app(self.live, made, log=Log(self.written, questions=made.log_questions))
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        return TestClient(app, HOME, headers=headers, raise_server_exceptions=False)


Reach = Callable[..., TestClient]
