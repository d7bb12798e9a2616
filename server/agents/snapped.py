"""Answers from the snapshot: what the server says to the handshake and to the lists, in every revision of MCP."""

from __future__ import annotations

from mlplaybook.server.agents.wire import Json, Message, Record

LISTS = ("tools/list", "prompts/list", "resources/list", "resources/templates/list")
HANDSHAKE, DISCOVER, PING = "initialize", "server/discover", "ping"


class Snapped:
    """What one connection gets; it answers nothing that the server would refuse there.

    :param snapshot: `handshake` and `modern` revisions, newest last; `answers` of each revision by method, as numbers of
        `results`, since revisions have most of them in common.
    """

    def __init__(self, snapshot: Record) -> None:
        self._handshake, self._modern = strings(snapshot["handshake"]), strings(snapshot["modern"])
        self._answers, self._results = snapshot["answers"], snapshot["results"]
        self.version = ""
        """The revision that was agreed on in a handshake."""
        self._modern_passed_on = False

    def passed_on(self, message: Message) -> None:
        """The server takes no handshake any more when a request of a newer revision has come to it."""
        if message.key and message.version is not None and message.method != HANDSHAKE:
            self._modern_passed_on = True

    def answer(self, message: Message) -> Json | None:
        """The result of a request, None where the server has to be asked."""
        if message.method == HANDSHAKE:
            return self._handshake_answer(message)
        if set(message.params) - {"_meta"} or not isinstance(message.params.get("_meta", {}), dict):
            return None
        if message.version is not None:
            return self._modern_answer(message)
        if message.method == PING:
            return {}
        return self._result(self.version, message.method) if self.version else None

    def _handshake_answer(self, message: Message) -> Json | None:
        wanted, client = message.params.get("protocolVersion"), message.params.get("clientInfo")
        named = (
            isinstance(client, dict) and isinstance(client.get("name"), str) and isinstance(client.get("version"), str)
        )
        known = isinstance(wanted, str) and isinstance(message.params.get("capabilities"), dict)
        if self._modern_passed_on or not named or not known:
            return None
        self.version = wanted if isinstance(wanted, str) and wanted in self._handshake else self._handshake[-1]
        return self._result(self.version, HANDSHAKE)

    def _modern_answer(self, message: Message) -> Json | None:
        version, meta = message.version, message.params["_meta"]
        capable = isinstance(meta, dict) and isinstance(meta.get("io.modelcontextprotocol/clientCapabilities"), dict)
        if not isinstance(version, str) or version not in self._modern or not capable or self.version:
            return None
        return self._result(version, message.method)

    def _result(self, version: str, method: str) -> Json | None:
        assert isinstance(self._answers, dict)
        assert isinstance(self._results, list)
        number = self._answers[version].get(method)
        return None if number is None else self._results[number]


def strings(value: Json) -> list[str]:
    """A list of strings."""
    assert isinstance(value, list)
    return [str(one) for one in value]
