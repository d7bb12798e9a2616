"""Models that stop when whoever asked has gone, in the middle of a silence too."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from mlplaybook.server.llm.deadline import Deadline
from mlplaybook.server.llm.records import Model, ModelFailed, Part, Request, Stream
from mlplaybook.server.llm.watch import Stop
from mlplaybook.server.llm.wrapped import WrappedModel
from mlplaybook.server.rest.tap import Gone
from mlplaybook.server.service import Service

# Characters of English a token, on the low side, so that what was begun counts as more rather than less.
CHARACTERS = 4


@dataclass(slots=True)
class Begun:
    """What models were sent and have said, in characters, for answers that nobody waits for to the end."""

    characters: int = 0

    @property
    def tokens(self) -> int:
        """About as many tokens."""
        return -(-self.characters // CHARACTERS)


@dataclass(frozen=True, slots=True)
class LeavingModel(WrappedModel):
    """The model behind it, until `stop` is set: then nothing waits for it any more, and no failure counts against it."""

    stop: Stop
    begun: Begun

    def stream(self, request: Request, deadline: Deadline) -> Stream:
        """Parts, then one Done.

        :raises Gone: nobody waits for it.
        :raises ModelFailed: there is no reply.
        """
        self._look()
        self.begun.characters += sum(len(message.content) for message in request.messages)
        self.begun.characters += sum(len(source.text) for source in request.sources)
        try:
            for item in self.model.stream(request, replace(deadline, on_cut=self.stop.on_set)):
                self._look()
                if isinstance(item, Part):
                    self.begun.characters += len(item.text)
                yield item
        except ModelFailed:
            self._look()
            raise

    def _look(self) -> None:
        if self.stop.is_set:
            raise Gone


def leaving(service: Service, stop: Stop) -> tuple[Service, Begun]:
    """The service for somebody who may go before the answer is there, and what has been begun for them."""
    begun = Begun()
    models: Sequence[Model] = [LeavingModel(model, stop, begun) for model in service.models]
    return replace(service, models=tuple(models)), begun
