"""The three ways in which agents talk to models, as far as a scripted one needs them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from benchmarks.clients.scripted import Body, Call, Move, Offered, Turn, is_look, number_of, texts_in

JSON, EVENTS = "application/json", "text/event-stream"


def events(parts: Iterable[tuple[str, object]]) -> str:
    """Server-sent events; those without a name are data alone."""
    return "".join((f"event: {name}\n" if name else "") + f"data: {json.dumps(data)}\n\n" for name, data in parts)


def shown(*parts: object) -> str:
    """What stands before a conversation, as one text."""
    return "\n".join(part if isinstance(part, str) else json.dumps(part, ensure_ascii=False) for part in parts)


def identifier(call: Call, looks: int) -> str:
    """The id of a call, which comes back with its result."""
    return f"look_{looks}" if call.looks_for else f"step_{call.number}_call"


class Messages:
    """Anthropic's /v1/messages: Claude Code, and opencode with its Anthropic provider."""

    def speaks(self, path: str) -> bool:
        """Whether a request is one for words."""
        return path.partition("?")[0].endswith("/messages")

    def read(self, body: Body) -> Turn:
        """What the request shows."""
        tools = [tool["name"] for tool in body.get("tools", ())]
        blocks = [
            block for message in body.get("messages", ()) if isinstance(message["content"], list)
            for block in message["content"]
        ]  # fmt: skip
        results = [block for block in blocks if block.get("type") == "tool_result"]
        return Turn(
            tuple(Offered(name) for name in tools),
            {number: texts_in(one.get("content")) for one in results
             if (number := number_of(one.get("tool_use_id"))) is not None},
            sum(is_look(one.get("tool_use_id")) for one in results),
            "ToolSearch" in tools,
            shown(body.get("system", ""), body.get("tools", []), body.get("messages", [])),
        )  # fmt: skip

    def write(self, path: str, body: Body, move: Move) -> tuple[str, str]:
        """The reply, as a stream where one was asked for."""
        if isinstance(move, str):
            block: dict[str, Any] = {"type": "text", "text": move}
            empty, delta = {"type": "text", "text": ""}, {"type": "text_delta", "text": move}
        else:
            name, given = move.offered.name, dict(move.arguments)
            if move.looks_for:
                space = "" if move.own else "mcp__mlplaybook__"
                name, given = "ToolSearch", {"query": f"select:{space}{move.looks_for}"}
            looks = self.read(body).looks
            block = {"type": "tool_use", "id": identifier(move, looks), "name": name, "input": given}
            empty, delta = block | {"input": {}}, {"type": "input_json_delta", "partial_json": json.dumps(given)}
        stop = "end_turn" if isinstance(move, str) else "tool_use"
        message = {"id": "msg_1", "type": "message", "role": "assistant", "model": body.get("model", "scripted")}
        usage = {"input_tokens": 1, "output_tokens": 1}
        if not body.get("stream"):
            return JSON, json.dumps(message | {"content": [block], "stop_reason": stop, "usage": usage})
        start = message | {"content": [], "stop_reason": None, "usage": usage}
        return EVENTS, events([
            ("message_start", {"type": "message_start", "message": start}),
            ("content_block_start", {"type": "content_block_start", "index": 0, "content_block": empty}),
            ("content_block_delta", {"type": "content_block_delta", "index": 0, "delta": delta}),
            ("content_block_stop", {"type": "content_block_stop", "index": 0}),
            ("message_delta", {"type": "message_delta", "delta": {"stop_reason": stop}, "usage": usage}),
            ("message_stop", {"type": "message_stop"}),
        ])  # fmt: skip


class Responses:
    """OpenAI's /responses: Codex, which keeps tools in spaces and may want them looked for."""

    def speaks(self, path: str) -> bool:
        """Whether a request is one for words."""
        return path.partition("?")[0].endswith("/responses")

    def read(self, body: Body) -> Turn:
        """What the request shows."""
        items = body.get("input", ())
        found = [tool for item in items if item.get("type") == "tool_search_output" for tool in item.get("tools", ())]
        listed = [*body.get("tools", ()), *found]
        outputs = [item for item in items if item.get("type") in ("function_call_output", "mcp_tool_call_output")]
        return Turn(
            tuple(offered for tool in listed for offered in self.offered(tool)),
            {number: texts_in(one.get("output")) for one in outputs
             if (number := number_of(one.get("call_id"))) is not None},
            sum(item.get("type") == "tool_search_output" for item in items),
            any(tool.get("type") == "tool_search" for tool in listed),
            shown(body.get("instructions", ""), body.get("tools", []), found, items),
        )  # fmt: skip

    def offered(self, tool: Mapping[str, Any]) -> list[Offered]:
        """The functions in an entry of the list."""
        if tool.get("type") == "namespace":
            return [Offered(one["name"], tool["name"]) for one in tool.get("tools", ())]
        return [Offered(tool["name"])] if tool.get("type") == "function" else []

    def write(self, path: str, body: Body, move: Move) -> tuple[str, str]:
        """The reply, always as a stream."""
        item: dict[str, Any]
        if isinstance(move, str):
            content = [{"type": "output_text", "text": move}]
            item = {"type": "message", "id": "msg_1", "role": "assistant", "content": content}
        elif move.looks_for:
            item = {
                "type": "tool_search_call", "id": "look", "call_id": identifier(move, self.read(body).looks),
                "status": "completed", "execution": "client",
                "arguments": {"query": f"mlplaybook {move.looks_for}", "limit": 8},
            }  # fmt: skip
        else:
            name = identifier(move, 0)
            item = {"type": "function_call", "id": f"fc_{name}", "call_id": name, "name": move.offered.name,
                    "arguments": json.dumps(dict(move.arguments))}  # fmt: skip
            item |= {"namespace": move.offered.space} if move.offered.space else {}
        usage = {"input_tokens": 1, "output_tokens": 1, "total_tokens": 2}
        return EVENTS, events([
            ("response.created", {"type": "response.created", "response": {"id": "resp_1"}}),
            ("response.output_item.done", {"type": "response.output_item.done", "item": item}),
            ("response.completed", {"type": "response.completed", "response": {"id": "resp_1", "usage": usage}}),
        ])  # fmt: skip


class Generate:
    """Gemini's generateContent, whose results carry the name of the tool instead of an id."""

    def speaks(self, path: str) -> bool:
        """Whether a request is one for words."""
        return "generatecontent" in path.lower()

    def read(self, body: Body) -> Turn:
        """What the request shows."""
        functions = [one for tool in body.get("tools", ()) for one in tool.get("functionDeclarations", ())]
        parts = [part for content in body.get("contents", ()) for part in content.get("parts", ())]
        answers = [part["functionResponse"] for part in parts if "functionResponse" in part]
        return Turn(
            tuple(Offered(one["name"]) for one in functions),
            {number: texts_in(one.get("response")) for number, one in enumerate(answers)},
            0, False,
            shown(body.get("systemInstruction", ""), body.get("tools", []), body.get("contents", [])[:1]),
        )  # fmt: skip

    def write(self, path: str, body: Body, move: Move) -> tuple[str, str]:
        """The reply, as a stream where the address asks for one."""
        part: dict[str, Any] = {"text": move} if isinstance(move, str) else {
            "functionCall": {"name": move.offered.name, "args": dict(move.arguments)}
        }  # fmt: skip
        candidate = {"content": {"role": "model", "parts": [part]}, "finishReason": "STOP", "index": 0}
        usage = {"promptTokenCount": 1, "candidatesTokenCount": 1, "totalTokenCount": 2}
        reply = {"candidates": [candidate], "usageMetadata": usage}
        return (EVENTS, events([("", reply)])) if "stream" in path else (JSON, json.dumps(reply))


DIALECTS = (Messages(), Responses(), Generate())
