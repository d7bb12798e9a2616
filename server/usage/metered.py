"""A model whose every call is paid from a purse: reserved before it, settled after it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

from mlplaybook.server.llm.deadline import Deadline
from mlplaybook.server.llm.records import Done, Message, ModelFailed, Part, Request, Restart, Usage
from mlplaybook.server.llm.wrapped import WrappedModel
from mlplaybook.server.usage.budget import Hold, Purse
from mlplaybook.server.usage.tokens import Counter, count_messages

# Failures before the first text for which no provider charges: nothing was worked on.
FREE = frozenset(
    "refused rate-limit auth bad-request unknown-model too-long server quota budget resting".split(),
)


@dataclass(frozen=True, slots=True)
class MeteredModel(WrappedModel):
    """The model behind it; wrap the innermost one, so that every attempt and every fallback is paid for."""

    purse: Purse
    counter: Counter

    def stream(self, request: Request, deadline: Deadline) -> Iterator[Part | Restart | Done]:
        """Parts, then one Done.

        :raises ModelFailed: there is no reply, or the budget does not allow one.
        """
        hold = self.purse.reserve(self.name, prompt_tokens(self.counter, request, self.name), request.max_tokens)
        # Until a provider says what it was, or that it did nothing, a call costs the worst.
        open_hold: Hold | None = hold
        try:
            for event in self.model.stream(request, deadline):
                if isinstance(event, Done) and event.usage != Usage():
                    self.purse.settle(hold, event.usage)
                    open_hold = None
                yield event
        except ModelFailed as error:
            if error.kind in FREE and not error.began:
                self.purse.release(hold)
                open_hold = None
            raise
        finally:
            if open_hold is not None:
                self.purse.settle(open_hold, None)


def prompt_tokens(counter: Counter, request: Request, model: str) -> int:
    """Tokens of all that a request sends: messages, the schema of the reply, and passages that are sent as blocks."""
    extra = [json.dumps(request.schema)] if request.schema is not None else []
    extra.extend(f"{source.title}\n{source.text}" for source in request.sources)
    return count_messages(counter, [*request.messages, *(Message("user", text) for text in extra)], model)
