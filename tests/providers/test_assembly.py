"""Chunks prove content: however a reply is cut, what is assembled from its chunks is what was said."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claw._native import blake3
from claw.errors import EventInvalid
from claw.events.assembly import Assembler, assemble, outsource
from claw.events.base import INLINE_LIMIT, Blob
from claw.events.codec import decode, encode, flags_of
from claw.events.content import ModelBlock, TextBlock, ThinkingBlock, ToolUseBlock, Usage
from claw.events.model import BlockOpened, ModelChunk, OpaquePiece, TextPiece, UsageSeen
from claw.execution.stream import StreamMask
from claw.handlers.reply import Reply
from claw.providers import CallFailed, Closed, Piece

from .support import HIDDEN

blocks: st.SearchStrategy[ModelBlock] = st.one_of(
    st.builds(TextBlock, text=st.text()),
    st.builds(ThinkingBlock, api=st.just("anthropic"), text=st.text(), opaque=st.sampled_from(["", '{"s":1}'])),
    st.builds(ToolUseBlock, id=st.just("id"), name=st.just("Bash"), arguments=st.text()),
)


def empty(block: ModelBlock) -> ModelBlock:
    match block:
        case TextBlock():
            return TextBlock(text="")
        case ThinkingBlock():
            return ThinkingBlock(api=block.api)
        case _:
            return ToolUseBlock(id=block.id, name=block.name)


def text_of(block: ModelBlock) -> str:
    text = block.arguments if isinstance(block, ToolUseBlock) else block.text
    assert isinstance(text, str)
    return text


def cut(data: st.DataObject, text: str) -> list[str]:
    places = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=5)))
    return [text[start:end] for start, end in zip([0, *places], [*places, len(text)], strict=True)]


def pieces_of(data: st.DataObject, content: list[ModelBlock]) -> list[Piece | Closed]:
    """All blocks opened in order, their texts cut anywhere and mixed, then closed."""
    texts = [[Piece(n, TextPiece(text=part)) for part in cut(data, text_of(b))] for n, b in enumerate(content)]
    order = data.draw(st.permutations([n for n, parts in enumerate(texts) for _ in parts]))
    pieces: list[Piece | Closed] = [Piece(n, BlockOpened(block=empty(b))) for n, b in enumerate(content)]
    pieces += [texts[n].pop(0) for n in order]
    for n, block in enumerate(content):
        if isinstance(block, ThinkingBlock) and block.opaque:
            pieces.append(Piece(n, OpaquePiece(opaque=block.opaque)))
        pieces.append(Closed(n))
    return pieces


def chunks_of(events: list[Any]) -> list[ModelChunk]:
    """As they come back from the log."""
    records = [(n, 0, "model.chunk", 1, 0, None, flags_of(e), encode(e)) for n, e in enumerate(events)]
    return [decode(record).data for record in records]


@given(st.data(), st.lists(blocks, max_size=4))
def test_any_cut_makes_the_same_content(data: st.DataObject, content: list[ModelBlock]) -> None:
    events: list[Any] = []
    reply = Reply(7, lambda *told: events.extend(told), lambda: StreamMask([("PASSWORD", "ab")]))
    pieces = pieces_of(data, content)
    together = data.draw(st.integers(1, 5))
    for first in range(0, len(pieces), together):
        reply.take(pieces[first : first + together])
    reply.end()
    assert assemble(chunks_of(events)).content() == reply.content
    expected = [StreamMask([("PASSWORD", "ab")]) for _ in content]
    assert [text_of(b) for b in reply.content] == [
        mask.feed(text_of(b)) + mask.flush() for mask, b in zip(expected, content, strict=True)
    ]


@given(st.data())
def test_a_secret_is_masked_wherever_it_is_cut(data: st.DataObject) -> None:
    text = 'echo "hunter2-and-more" | login'
    events: list[Any] = []
    reply = Reply(7, lambda *told: events.extend(told), lambda: StreamMask([("PASSWORD", "hunter2-and-more")]))
    for piece in pieces_of(data, [TextBlock(text=text), ToolUseBlock(id="1", name="Bash", arguments=text)]):
        reply.take([piece])
    shown = "".join(str(event) for event in events)
    assert "hunter2" not in shown
    assert [text_of(b) for b in reply.content] == [f'echo "{HIDDEN}" | login'] * 2


@pytest.mark.parametrize(
    ("text", "opaque", "kept"),
    [("plain", '{"s":1}', '{"s":1}'), ("says hunter2!", '{"s":1}', ""), ("plain", '{"summary":"hunter2"}', "")],
)
def test_thinking_that_was_masked_cannot_go_back(text: str, opaque: str, kept: str) -> None:
    reply = Reply(7, lambda *told: None, lambda: StreamMask([("PASSWORD", "hunter2")]))
    reply.take([Piece(0, BlockOpened(block=ThinkingBlock(api="anthropic")))])
    reply.take([Piece(0, OpaquePiece(opaque=opaque))])
    reply.take([Piece(0, TextPiece(text=text))])
    reply.end()
    assert isinstance(reply.content[0], ThinkingBlock)
    assert reply.content[0].opaque == kept


def test_halves_of_a_character_are_joined_and_lone_ones_replaced() -> None:
    events: list[Any] = []
    reply = Reply(7, lambda *told: events.extend(told), lambda: StreamMask([]))
    reply.take([Piece(0, BlockOpened(block=TextBlock(text="")))])
    for part in ("a\ud83d", "\ude00 b\udc00 c", " d\ud83d"):
        reply.take([Piece(0, TextPiece(text=part))])
    reply.end()
    assert reply.content == (TextBlock(text="a\U0001f600 b\ufffd c d\ufffd"),)
    chunks_of(events)


@pytest.mark.parametrize(
    "items",
    [
        [Piece(0, TextPiece(text="x"))],
        [Piece(1, BlockOpened(block=TextBlock(text="")))],
        [Piece(0, BlockOpened(block=TextBlock(text=""))), Closed(0), Piece(0, TextPiece(text="x"))],
    ],
)
def test_a_piece_out_of_place_breaks_the_stream(items: list[Piece | Closed]) -> None:
    """What follows a block's end would not be masked together with what came before it."""
    reply = Reply(7, lambda *told: None, lambda: StreamMask([]))
    *before, wrong = items
    reply.take(before)
    with pytest.raises(CallFailed, match="reply"):
        reply.take([wrong])


def test_a_missing_chunk_is_noticed() -> None:
    opened = ModelChunk(call=3, index=0, block=0, delta=BlockOpened(block=TextBlock(text="")))
    said = ModelChunk(call=3, index=2, block=0, delta=TextPiece(text="x"))
    with pytest.raises(EventInvalid, match="chunk 2 of call 3 where chunk 1 comes next"):
        assemble([opened, said])
    with pytest.raises(EventInvalid, match="block 1"):
        Assembler().feed(1, BlockOpened(block=TextBlock(text="")))


def test_usage_is_the_last_seen() -> None:
    assembler = Assembler()
    for output in (1, 5):
        assembler.feed(0, UsageSeen(usage=Usage(input=2, output=output)))
    assert assembler.usage == Usage(input=2, output=5)


def test_only_what_is_too_long_becomes_a_blob() -> None:
    fits, long = "é" * (INLINE_LIMIT // 2), "é" * (INLINE_LIMIT // 2) + "!"
    call = ToolUseBlock(id="1", name="Bash", arguments=long)
    content = (TextBlock(text=fits), ThinkingBlock(api="anthropic", text=long, opaque="{}"), call)
    kept = outsource(content, blake3)
    blob = Blob(digest=blake3(long.encode()), size=INLINE_LIMIT + 1)
    assert kept == (content[0], ThinkingBlock(api="anthropic", text=blob, opaque="{}"), call)
