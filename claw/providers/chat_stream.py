"""Records of a Chat Completions stream, or a whole reply, to pieces, purely; lenient where servers differ."""

from __future__ import annotations

from typing import Any

from claw.events.content import Usage
from claw.providers.base import Completion, Piece
from claw.providers.blocks import Block, Items, StreamDecoder
from claw.providers.chat_calls import Calls
from claw.providers.chat_extras import Extras
from claw.providers.failures import broken, failed
from claw.providers.fields import count, each, fields, tag, text, text_if_any, word

THOUGHTS = ("reasoning_content", "reasoning", "reasoning_text", "thinking")
"""Names of the field for thinking; a server that uses two says the same in both."""
IN_CONTENT = "content"
"""The field of thinking that stands as a part of the content."""
_NO_REASONS = ("", "null", "None")
_THINKING_PARTS = ("thinking", "reasoning")

_PLAIN = {"id", "object", "created", "model", "choices", "usage", "system_fingerprint", "service_tier", "obfuscation"}
_PLAIN_CHOICE = {"index", "delta", "finish_reason", "logprobs"}
_PLAIN_DELTA = {"role", "content"}
"""Fields of a record that only goes on with the text; `object` is looked at for an error's."""


class Decoder(StreamDecoder):
    """Text and thinking close when something else begins; tool calls may be interleaved, so they close at the end.
    One choice is asked for, and the first of a record is read.
    """

    def __init__(self) -> None:
        super().__init__("openai-chat")
        self._calls = Calls(self._blocks)
        self._extras = Extras()
        self._current: tuple[str, Block] | None = None
        """Field of the text that is being streamed, and its block."""
        self._said: list[str] = []
        self._finish = ""
        self._hasty = False
        """The server gave a finish reason and went on: only its end, or its word, is an end."""
        self._done = False

    @property
    def whole(self) -> bool:
        return self._done or bool(self._finish and not self._hasty)

    @property
    def over(self) -> bool:
        return self._done

    def _more(self, record: dict[str, Any]) -> Piece | None:
        choices = record.get("choices")
        if type(choices) is not list or len(choices) != 1 or not record.keys() <= _PLAIN or record.get("usage"):
            return None
        if record.get("object") == "error":
            return None
        choice = choices[0]
        if type(choice) is not dict or not choice.keys() <= _PLAIN_CHOICE or choice.get("finish_reason") is not None:
            return None
        delta = choice.get("delta")
        said = delta.get("content") if type(delta) is dict and delta.keys() <= _PLAIN_DELTA else None
        if type(said) is not str or not said or self._finish or self._current is None or self._current[0]:
            return None
        self._model = word(record.get("model")) or self._model
        self._response = word(record.get("id")) or self._response
        self._said.append(said)
        return self._current[1].said_more(said)

    def _read(self, record: dict[str, Any]) -> Items:
        self._model = word(record.get("model")) or self._model
        self._response = word(record.get("id")) or self._response
        choices = each(record.get("choices"))[:1]
        yield from self._take(choices[0] if choices else record)
        usage = next((found for one in (record, *choices) if (found := fields(one.get("usage")))), None)
        if usage is not None:
            yield self._blocks.counted(_counted(usage))

    def done(self) -> None:
        self._done = True

    def end(self) -> Items:
        yield from self._close()
        yield from self._calls.close()
        if opaque := self._extras.opaque():
            block = yield from self._blocks.thinking()
            yield from block.seal(opaque)
        yield from self._blocks.close()

    def completion(self) -> Completion:
        """A server that calls tools and says "stop" is common enough; one that says nothing broke off."""
        if not self._done and not self._finish:
            raise broken("The stream ended without a finish reason.")
        if self._finish == "error":
            raise failed(message="The provider broke off with an error.", kinds=("server_error",))
        return self._blocks.completed(self._finish, refused=self._refused, model=self._model, response=self._response)

    def _take(self, choice: dict[str, Any]) -> Items:
        delta = choice.get("delta")
        yield from self._part({"content": delta} if isinstance(delta, str | list) else fields(delta))
        message = choice.get("message")
        if isinstance(message, dict):
            yield from self._part(self._unsaid(message))
        yield from self._part(self._unsaid({"content": choice.get("text")}))
        finish = tag(choice.get("finish_reason") or choice.get("done_reason"))
        if finish not in _NO_REASONS:
            self._finish = finish

    def _unsaid(self, message: dict[str, Any]) -> dict[str, Any]:
        """A whole message, less what deltas have said of it already."""
        content = message.get("content")
        if self._said:
            whole, before = text(content), "".join(self._said)
            content = whole.removeprefix(before) if whole.startswith(before) else ""
        left_out = ("tool_calls", "function_call") if self._calls else ()
        said = THOUGHTS if any(block.kind == "thinking" for block in self._blocks.all) else ()
        return {name: value for name, value in message.items() if name not in (*left_out, *said)} | {"content": content}

    def _part(self, delta: dict[str, Any]) -> Items:
        thought = next(((name, said) for name in THOUGHTS if (said := text_if_any(delta.get(name)))), None)
        if thought is not None:
            yield from self._say(*thought)
        content = delta.get("content")
        for part in content if isinstance(content, list) else [content]:
            if isinstance(part, dict) and part.get("type") in _THINKING_PARTS:
                yield from self._say(IN_CONTENT, text_if_any(part.get("thinking") or part))
            else:
                yield from self._say("", text(part))
        if refusal := text(delta.get("refusal")):
            self._refused = True
            yield from self._say("", refusal)
        pieces = each(delta.get("tool_calls"))
        if function := fields(delta.get("function_call")):
            pieces.append({"function": function})
        for place, piece in enumerate(pieces):
            self._goes_on()
            yield from self._close()
            yield from self._calls.take(place, piece)
        self._extras.take(delta)

    def _goes_on(self) -> None:
        self._hasty |= bool(self._finish)
        self._finish = ""

    def _say(self, field: str, said: str) -> Items:
        """`field` of thinking; empty for text. What goes on after a finish reason had none."""
        if not said:
            return
        self._goes_on()
        if self._current is None or self._current[0] != field:
            yield from self._close()
            block = yield from self._blocks.thinking() if field else self._blocks.text()
            self._current = (field, block)
        if not field:
            self._said.append(said)
        yield from self._current[1].say(said)

    def _close(self) -> Items:
        """Of the text that is being streamed."""
        if self._current is None:
            return
        field, block = self._current
        self._current = None
        if field:
            yield from block.seal({"field": field})
        yield from block.close()


def _counted(usage: dict[str, Any]) -> Usage:
    inward = fields(usage.get("prompt_tokens_details"))
    outward = fields(usage.get("completion_tokens_details"))
    prompt = count(usage.get("prompt_tokens")) or count(usage.get("input_tokens")) or 0
    hit = count(usage.get("prompt_cache_hit_tokens"))  # DeepSeek's name for what was cached
    read = count(inward.get("cached_tokens")) or hit or 0
    written = count(inward.get("cache_write_tokens")) or 0
    return Usage(
        input=max(0, prompt - read - written),
        output=count(usage.get("completion_tokens")) or count(usage.get("output_tokens")) or 0,
        cache_read=read,
        cache_write=written,
        reasoning=count(outward.get("reasoning_tokens")) or 0,
    )
