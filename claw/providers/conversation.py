"""A conversation as any API takes it: whole, in order, and without what another API left in it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Literal, TypeAlias

import msgspec
from msgspec.structs import replace

from claw.events.content import AnyBlock, Message, TextBlock, ThinkingBlock, ToolResultBlock, ToolUseBlock
from claw.events.request import SYSTEM, TOOLS, Request
from claw.events.results import texts
from claw.late import load
from claw.providers.base import LoadBlob, text_of
from claw.providers.results import presented

NO_RESULT = "No result: the call was interrupted."

Blocks: TypeAlias = list[AnyBlock]
Turn: TypeAlias = tuple[Literal["user", "assistant"], Blocks]

_END: Turn = ("user", [])
"""Behind the last turn, so that its calls are answered too."""


def messages_of(
    request: Request, load: LoadBlob, *, documents: bool, longest_id: int = 64, ids: Ids | None = None
) -> list[Message]:
    """The messages with all content inline and

    - in results only what the API takes, among it `documents` or not (`results.presented`);
    - thinking of another API, thinking that cannot go back (`opaque` is empty) and blank text left out;
    - adjacent messages of one role merged;
    - the results of a reply's calls at the head of the next message, in the order of the calls; a call without one gets
      an error result, a result without a call is left out;
    - ids of calls that every API accepts and that occur once, also beside those that `ids` has given out;
    - the instructions at their head, where the server takes them nowhere else.
    """
    spoken = request.system if SYSTEM in request.parameters.without else ()
    recorded: list[Turn] = [("user", [TextBlock(text=text_of(part, load)) for part in spoken])]
    recorded += (
        (message.role, [inline(block, load) for block in message.blocks if _belongs(block, message.role, request)])
        for message in presented(request, load, documents=documents)
    )
    turns = _merged((role, [block for block in blocks if not _says_nothing(block)]) for role, blocks in recorded)
    turns = _merged(_matched(turns, ordered=request.api != "openai-chat"))
    return list(_answered(turns, ids or Ids(longest_id)))


def inline(block: AnyBlock, load: LoadBlob) -> AnyBlock:
    """The text inline; a result's are already."""
    if isinstance(block, ToolUseBlock | ToolResultBlock) or isinstance(block.text, str):
        return block
    return replace(block, text=text_of(block.text, load))


def object_of(arguments: str) -> dict[str, object]:
    """Arguments as an object; what is none is wrapped, as Anthropic's guide to streaming tool input advises."""
    try:
        return msgspec.json.decode(arguments or "{}", type=dict[str, object])
    except (msgspec.MsgspecError, RecursionError):
        return {"INVALID_JSON": arguments}


def extra_of(block: ToolUseBlock) -> dict[str, Any]:
    """What a server of an API wants back with a call, by the place it came in; each API has places of its own."""
    return msgspec.json.decode(block.opaque, type=dict[str, Any]) if block.opaque else {}


def system_of(request: Request, load: LoadBlob) -> list[str]:
    """The instructions, where they have a place of their own."""
    parts = () if SYSTEM in request.parameters.without else request.system
    return [text for part in parts if (text := text_of(part, load))]


def may_call(request: Request) -> bool:
    """Whether tools are offered: not where the server takes none, and not where none may be called and it does not take
    the word for that.
    """
    forbidden = request.parameters.tools == "none" and "tool_choice" in request.parameters.without
    return bool(request.tools) and not forbidden and TOOLS not in request.parameters.without


def _belongs(block: AnyBlock, role: str, request: Request) -> bool:
    if isinstance(block, ThinkingBlock):
        return role == "assistant" and block.api == request.api and block.opaque != ""
    return isinstance(block, TextBlock) or isinstance(block, ToolUseBlock) == (role == "assistant")


def _says_nothing(block: AnyBlock) -> bool:
    """Blank text, which Anthropic refuses."""
    return isinstance(block, TextBlock) and isinstance(block.text, str) and not block.text.strip()


def _merged(turns: Iterable[Turn]) -> list[Turn]:
    """Empty ones left out, neighbours of one role made one."""
    merged: list[Turn] = []
    for role, blocks in turns:
        if merged and merged[-1][0] == role:
            merged[-1][1].extend(blocks)
        elif blocks:
            merged.append((role, blocks))
    return merged


def _matched(turns: Iterable[Turn], *, ordered: bool) -> Iterator[Turn]:
    """Without results of calls that the reply before did not make, and without thinking that nothing follows; where
    blocks have no order, that nothing stands beside.
    """
    calls: set[str] = set()
    for role, blocks in turns:
        if role == "assistant":
            calls = {block.id for block in blocks if isinstance(block, ToolUseBlock)}
            alone = all(isinstance(block, ThinkingBlock) for block in blocks)
            while blocks and (ordered or alone) and isinstance(blocks[-1], ThinkingBlock):
                blocks = blocks[:-1]
        else:
            blocks = [block for block in blocks if not isinstance(block, ToolResultBlock) or block.id in calls]
        yield role, blocks


def _answered(turns: Sequence[Turn], ids: Ids) -> Iterator[Message]:
    calls: list[tuple[str, str]] = []
    for role, blocks in (*turns, _END):
        if role == "user":
            results = [block for block in blocks if isinstance(block, ToolResultBlock)]
            said = [block for block in blocks if isinstance(block, TextBlock)]
            blocks = [*_results(calls, results), *said]
            calls = []
        else:
            blocks = [_named(block, calls, ids) for block in blocks]
        if blocks:
            yield Message(role=role, blocks=tuple(blocks))


def _named(block: AnyBlock, calls: list[tuple[str, str]], ids: Ids) -> AnyBlock:
    if not isinstance(block, ToolUseBlock):
        return block
    name = ids.accept(block.given, block.id)
    calls.append((block.id, name))
    return block if block.id == name else replace(block, id=name)


def _results(calls: Sequence[tuple[str, str]], results: Sequence[ToolResultBlock]) -> Iterator[ToolResultBlock]:
    """Where two calls were recorded under one id, the first of them has the first result."""
    left = list(results)
    for recorded, name in calls:
        result = next((one for one in left if one.id == recorded), None)
        if result is not None:
            left.remove(result)
        result = result or ToolResultBlock(id=recorded, content=texts(NO_RESULT), is_error=True)
        yield result if recorded == name else replace(result, id=name)


class Ids:
    """Ids of calls to ids on the wire, by nothing but their order: the same conversation gets the same ids. The
    provider's own id goes back where it names one call only. `before`: those that stand before these.
    """

    def __init__(self, longest: int, before: Ids | None = None) -> None:
        self._longest = longest
        self._before: set[str] = set() if before is None else before._used
        self._used: set[str] = set()

    def with_those_before(self) -> Ids:
        """All together, to go on from; nobody goes on from those before any more."""
        self._before |= self._used
        self._used, self._before = self._before, set()
        return self

    def accept(self, given: str, recorded: str) -> str:
        count = 0
        name = given if self._is_free(given) else recorded
        while not self._is_free(name):
            name = "call_" + load("hashlib", "sha256")(f"{count}:{recorded}".encode()).hexdigest()[:24]
            count += 1
        self._used.add(name)
        return name

    def _is_free(self, name: str) -> bool:
        letters = name.replace("_", "a").replace("-", "a")
        accepted = len(name) <= self._longest and letters.isascii() and letters.isalnum()
        return accepted and name not in self._used and name not in self._before
