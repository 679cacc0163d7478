"""What a scripted model says: a JSON file, or these structs written in Python.

::

    {"replies": [
        {"blocks": [
            {"type": "thinking", "text": "Look first."},
            {"type": "text", "text": ["Let me ", "look."]},
            {"type": "tool", "name": "Bash", "arguments": {"command": "ls"}}],
         "faults": [{"type": "status", "status": 529, "headers": {"retry-after": "1"}}]},
        {"expect": ["README.md"], "blocks": [{"type": "text", "text": "There is a README."}]},
        {"for": "compaction", "blocks": [{"type": "text", "text": "The user asked what is there."}]}]}

Which reply a request gets is read from the request (see `turns`), so it survives a restart of the
client, a resume and a fork. Only `faults` are counted by the server: the n-th request for a reply meets the n-th fault,
and the reply itself once there is none left.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, TypeAlias

import msgspec

Stop: TypeAlias = Literal[
    "end_turn", "tool_use", "max_tokens", "stop_sequence", "refusal", "pause_turn", "model_context_window_exceeded"
]


class Part(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", forbid_unknown_fields=True):
    """A block of a reply. Text given as a list is streamed in these pieces; a string is cut into words."""


class Text(Part, frozen=True, kw_only=True, tag="text"):
    text: str | tuple[str, ...]


class Thinking(Part, frozen=True, kw_only=True, tag="thinking"):
    """`redacted`: sent as an encrypted block without text, where the API has one."""

    text: str | tuple[str, ...] = ""
    redacted: bool = False


class Tool(Part, frozen=True, kw_only=True, tag="tool"):
    """`arguments` are an object, or text as a model wrote it, which need not be JSON. The id is made from its place."""

    name: str
    arguments: dict[str, Any] | str | tuple[str, ...] = {}
    id: str = ""


AnyPart: TypeAlias = Text | Thinking | Tool


class Fault(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", forbid_unknown_fields=True):
    """Something that goes wrong instead of a whole reply."""


class Status(Fault, frozen=True, kw_only=True, tag="status"):
    """An error before anything is streamed. `kind` is the API's word for it; the usual one of the status if empty."""

    status: int
    headers: dict[str, str] = {}
    kind: str = ""
    code: str = ""
    message: str = "scripted fault"
    body: str | None = None
    """Sent instead of the API's error object."""


class Break(Fault, frozen=True, kw_only=True, tag="break"):
    """After `after` events of the reply (None: all but those that end it) the stream goes wrong.

    `drop` cuts the connection; `end` ends it cleanly without the final event; `error` sends an error event of `kind`;
    `json` and `sse` send what cannot be decoded; `hang` sends nothing more until the client leaves.
    """

    how: Literal["drop", "end", "error", "json", "sse", "hang"]
    after: int | None = None
    kind: str = "overloaded_error"
    message: str = "scripted fault"


AnyFault: TypeAlias = Status | Break


class Tokens(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Usage to report. `input` excludes the cached parts; `output` includes `reasoning`."""

    input: int = 0
    output: int = 0
    cache_read: int = 0
    cache_write: int = 0
    reasoning: int = 0


class Reply(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename={"purpose": "for"}):
    """One answer. `expect` are texts that the request's JSON must contain, `refuse` texts that it must not; else it
    is answered with a 400 that names them. `pace` is the delay between pieces in seconds. `kept` is for a compaction:
    how many assistant messages the client keeps word for word behind the summary. Of those for an aside or a
    hook the first is given whose `expect` the question holds.
    """

    blocks: tuple[AnyPart, ...] = ()
    purpose: Literal["turn", "compaction", "aside", "title", "hook"] = "turn"
    stop: Stop | None = None
    """None: tool_use after a tool call, else end_turn."""
    usage: Tokens | None = None
    """None: estimated from the lengths of the request and the reply."""
    pace: float = 0.0
    expect: tuple[str, ...] = ()
    refuse: tuple[str, ...] = ()
    faults: tuple[AnyFault, ...] = ()
    kept: int = 0

    @property
    def stop_reason(self) -> Stop:
        return self.stop or ("tool_use" if any(isinstance(part, Tool) for part in self.blocks) else "end_turn")

    @property
    def text(self) -> str:
        return "".join(whole(part.text) for part in self.blocks if isinstance(part, Text))


class Thread(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The replies to conversations whose first user message contains `when` (a sub-agent's, say)."""

    when: str
    replies: tuple[Reply, ...]


class Scenario(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    replies: tuple[Reply, ...] = ()
    threads: tuple[Thread, ...] = ()
    model: str = "scripted-1"
    pace: float = 0.0
    """Delay between pieces, in seconds, of replies that set none."""


def load(path: str | Path) -> Scenario:
    """Raises OSError, msgspec.ValidationError (naming the place in the file)."""
    return msgspec.json.decode(Path(path).read_bytes(), type=Scenario)


def whole(text: str | tuple[str, ...]) -> str:
    return text if isinstance(text, str) else "".join(text)


def pieces(text: str | tuple[str, ...]) -> Iterator[str]:
    """The given pieces, or a string cut after every third blank or line end."""
    if not isinstance(text, str):
        yield from text
        return
    start = blanks = 0
    for position, character in enumerate(text):
        if character.isspace():
            blanks += 1
            if blanks % 3 == 0:
                yield text[start : position + 1]
                start = position + 1
    if start < len(text):
        yield text[start:]


def arguments_text(tool: Tool) -> str | tuple[str, ...]:
    """The arguments as streamed."""
    if isinstance(tool.arguments, dict):
        return msgspec.json.encode(tool.arguments).decode()
    return tool.arguments
