"""Every field of every record of a recorded stream set to null, to another type and to nothing, in all three APIs.

Whatever a server puts into a field, no word that is still in its stream is missing from the reply, or the call failed
and says so. Where the field is not the reply itself, the reply is the same as without the change.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, TypeAlias

import pytest

from claw.events.assembly import Assembler
from claw.events.content import ModelBlock, TextBlock, ThinkingBlock, ToolUseBlock
from claw.providers import CallFailed, Closed, Completion, anthropic_stream, chat_stream, responses_stream

Record: TypeAlias = dict[str, Any]

ABSENT = object()
OTHERS: tuple[object, ...] = (None, 7, 2.5, True, "!odd", [], {}, ["!odd"], {"odd": 1}, ABSENT)


def chunk(delta: Record, finish: str | None = None, **other: Any) -> Record:
    choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
    return {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [choice]} | other


def call_part(index: int, name: str, arguments: str) -> Record:
    function = {"name": name, "arguments": arguments}
    return {"index": index, "id": f"call_{index}", "type": "function", "function": function}


CHAT = [
    chunk({"role": "assistant", "content": ""}),
    chunk({"reasoning_content": "wordthought"}),
    chunk({"content": "wordone "}),
    chunk({"content": "wordtwo"}),
    chunk({"tool_calls": [call_part(0, "Read", '{"p":"wordthree"}')]}),
    chunk({"tool_calls": [call_part(1, "Grep", '{"p":"wordfour"}')]}),
    chunk({}, "tool_calls"),
    {
        "id": "c",
        "choices": [],
        "usage": {
            "prompt_tokens": 9,
            "completion_tokens": 3,
            "prompt_tokens_details": {"cached_tokens": 2},
            "completion_tokens_details": {"reasoning_tokens": 1},
        },
    },
]
MESSAGES = [
    {
        "type": "message_start",
        "message": {"id": "m", "type": "message", "role": "assistant", "content": [], "model": "c", "stop_reason": None}
        | {"usage": {"input_tokens": 3, "output_tokens": 1, "output_tokens_details": {"thinking_tokens": 0}}},
    },
    {"type": "ping"},
    {"type": "content_block_start", "index": 0, "content_block": {"type": "thinking", "thinking": "", "signature": ""}},
    {"type": "content_block_delta", "index": 0, "delta": {"type": "thinking_delta", "thinking": "wordthought"}},
    {"type": "content_block_delta", "index": 0, "delta": {"type": "signature_delta", "signature": "seal"}},
    {"type": "content_block_stop", "index": 0},
    {"type": "content_block_start", "index": 1, "content_block": {"type": "text", "text": ""}},
    {"type": "content_block_delta", "index": 1, "delta": {"type": "text_delta", "text": "wordone "}},
    {"type": "content_block_delta", "index": 1, "delta": {"type": "text_delta", "text": "wordtwo"}},
    {"type": "content_block_stop", "index": 1},
    {
        "type": "content_block_start",
        "index": 2,
        "content_block": {"type": "tool_use", "id": "t", "name": "Read", "input": {}},
    },
    {
        "type": "content_block_delta",
        "index": 2,
        "delta": {"type": "input_json_delta", "partial_json": '{"p":"wordthree"}'},
    },
    {"type": "content_block_stop", "index": 2},
    {
        "type": "content_block_start",
        "index": 3,
        "content_block": {"type": "tool_use", "id": "u", "name": "Grep", "input": {"p": "wordfour"}},
    },
    {"type": "content_block_stop", "index": 3},
    {
        "type": "message_delta",
        "delta": {"stop_reason": "tool_use", "stop_sequence": None},
        "usage": {"output_tokens": 9},
    },
    {"type": "message_stop"},
]


def item(index: int, kind: str, item: Record) -> Record:
    return {"type": f"response.output_item.{kind}", "output_index": index, "item": item}


THOUGHT: Record = {"type": "reasoning", "id": "rs", "summary": [], "encrypted_content": "seal"}
SAID: Record = {"type": "message", "id": "ms", "role": "assistant", "status": "in_progress", "content": []}
READ: Record = {"type": "function_call", "id": "f1", "call_id": "c1", "name": "Read", "arguments": ""}
GREP: Record = {"type": "function_call", "id": "f2", "call_id": "c2", "name": "Grep", "arguments": '{"p":"wordfour"}'}
PART: Record = {"output_index": 1, "item_id": "ms", "content_index": 0}
RESPONSES: list[Record] = [
    {"type": "response.created", "response": {"id": "r", "status": "in_progress", "error": None, "output": []}},
    item(0, "added", THOUGHT),
    {"type": "response.reasoning_summary_text.delta", "output_index": 0, "item_id": "rs", "summary_index": 0}
    | {"delta": "wordthought"},
    item(0, "done", THOUGHT | {"summary": [{"type": "summary_text", "text": "wordthought"}]}),
    item(1, "added", SAID),
    {"type": "response.output_text.delta", **PART, "delta": "wordone "},
    {"type": "response.output_text.delta", **PART, "delta": "wordtwo"},
    {"type": "response.output_text.done", **PART, "text": "wordone wordtwo"},
    item(1, "done", SAID | {"content": [{"type": "output_text", "text": "wordone wordtwo", "annotations": []}]}),
    item(2, "added", READ),
    {
        "type": "response.function_call_arguments.delta",
        "output_index": 2,
        "item_id": "f1",
        "delta": '{"p":"wordthree"}',
    },
    {"type": "response.function_call_arguments.done", "output_index": 2, "item_id": "f1"}
    | {"arguments": '{"p":"wordthree"}'},
    item(2, "done", READ | {"arguments": '{"p":"wordthree"}'}),
    item(3, "done", GREP),
    {
        "type": "response.completed",
        "response": {"id": "r", "model": "m", "status": "completed", "error": None, "incomplete_details": None}
        | {"usage": {"input_tokens": 9, "output_tokens": 3, "input_tokens_details": {"cached_tokens": 2}}},
    },
]
WHOLE: dict[str, Record] = {
    "chat": {
        "id": "c",
        "choices": [
            {
                "index": 0,
                "finish_reason": "tool_calls",
                "message": {
                    "role": "assistant",
                    "reasoning_content": "wordthought",
                    "content": "wordone wordtwo",
                    "tool_calls": [
                        call_part(0, "Read", '{"p":"wordthree"}'),
                        call_part(1, "Grep", '{"p":"wordfour"}'),
                    ],
                },
            }
        ],
    },
    "messages": {
        "type": "message",
        "id": "m",
        "content": [
            {"type": "thinking", "thinking": "wordthought", "signature": "seal"},
            {"type": "text", "text": "wordone wordtwo"},
            {"type": "tool_use", "id": "t", "name": "Read", "input": {"p": "wordthree"}},
            {"type": "tool_use", "id": "u", "name": "Grep", "input": {"p": "wordfour"}},
        ],
        "stop_reason": "tool_use",
        "usage": {"input_tokens": 1},
    },
    "responses": {
        "object": "response",
        "id": "r",
        "status": "completed",
        "output": [
            THOUGHT | {"summary": [{"type": "summary_text", "text": "wordthought"}]},
            SAID | {"content": [{"type": "output_text", "text": "wordone wordtwo"}]},
            READ | {"arguments": '{"p":"wordthree"}'},
            GREP,
        ],
    },
}
DECODERS: dict[str, Any] = {
    "chat": chat_stream.Decoder,
    "messages": anthropic_stream.Decoder,
    "responses": responses_stream.Decoder,
}
STREAMS: dict[str, list[Record]] = {"chat": CHAT, "messages": MESSAGES, "responses": RESPONSES}


def decode(api: str, records: list[Record]) -> tuple[tuple[ModelBlock, ...], Completion]:
    """As the transport does, with a server that says when it is done."""
    decoder, assembler = DECODERS[api](), Assembler()

    def items() -> Iterator[Any]:
        for record in records:
            yield from decoder.feed(record)
        decoder.done()
        yield from decoder.end()

    for one in items():
        if not isinstance(one, Closed):
            assembler.feed(one.block, one.delta)
    return assembler.content(), decoder.completion()


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, one in inside:
        yield (*path, key)
        yield from places(one, (*path, key))


def changed(record: Record, path: tuple[Any, ...], other: object) -> Record:
    copy: Record = json.loads(json.dumps(record))
    parent: Any = copy
    for key in path[:-1]:
        parent = parent[key]
    if other is ABSENT:
        del parent[path[-1]]
    else:
        parent[path[-1]] = other
    return copy


def words(value: object) -> set[str]:
    return set(re.findall(r"word[a-z]+", json.dumps(value)))


def words_of(content: tuple[ModelBlock, ...]) -> set[str]:
    said = [block.arguments if isinstance(block, ToolUseBlock) else str(block.text) for block in content]
    return words(said)


def plain(content: tuple[ModelBlock, ...]) -> list[tuple[str, str]]:
    """What a reply says and does, without ids and seals."""
    return [
        ("thinking", str(block.text))
        if isinstance(block, ThinkingBlock)
        else ("text", str(block.text).replace("\n\n", ""))
        if isinstance(block, TextBlock)
        else (block.name, block.arguments)
        for block in content
    ]


EXPECTED = [
    ("thinking", "wordthought"),
    ("text", "wordone wordtwo"),
    ("Read", '{"p":"wordthree"}'),
    ("Grep", '{"p":"wordfour"}'),
]
THE_REPLY = (
    *("choices", "delta", "message", "content", "reasoning_content", "tool_calls", "function", "name", "arguments"),
    *("content_block", "thinking", "text", "partial_json", "input", "item", "response", "output", "summary", "error"),
)
"""Fields that are the reply itself, or what holds it, or say that there is none."""


@pytest.mark.parametrize("api", STREAMS)
@pytest.mark.parametrize("whole", [False, True])
def test_any_field_may_hold_anything(api: str, whole: bool) -> None:
    records = [WHOLE[api]] if whole else STREAMS[api]
    assert plain(decode(api, records)[0]) == EXPECTED
    wrong, tried = [], 0
    for number, record in enumerate(records):
        for path in places(record):
            for other in OTHERS:
                if path[-1] == "type" and other == "!odd":
                    continue  # an unknown kind is left out, as the APIs ask
                tried += 1
                stream = [*records[:number], changed(record, path, other), *records[number + 1 :]]
                gone = words(value_at(record, path)) if path[-1] == "delta" else set()
                if (fault := fault_of(api, stream, path, gone)) is not None:
                    shown = "absent" if other is ABSENT else repr(other)
                    wrong.append(f"{number} {'.'.join(map(str, path))} = {shown}: {fault}")
    assert tried > 200
    assert wrong == [], "\n".join(wrong)


BESIDE: tuple[Record, ...] = (
    *({name: value} for name in ("error", "usage", "delta", "message") for value in ({"message": "wordfive"}, {}, "x")),
    {"text": "wordfive"},
    {"content": "wordfive"},
    {"thinking": "wordfive"},
    {"refusal": "wordfive"},
    {"signature": "seal"},
    {"object": "error"},
    {"finish_reason": "stop"},
    {"done_reason": "stop"},
    {"summary_index": 1},
    {"content_index": 1},
    {"index": 9},
    {"odd": "wordfive"},
)
"""Fields that a server may put beside those of a record, or of what is in it."""


def heard(decoder: Any, records: list[Record]) -> list[object]:
    """Everything that comes of a stream, and how it ends."""
    found: list[object] = []
    try:
        for record in records:
            found.extend(decoder.feed(record))
        found.extend(decoder.end())
        found.append(decoder.completion())
    except CallFailed as error:
        found.append((error.failure, error.message, error.retryable))
    return found


@pytest.mark.parametrize("api", STREAMS)
def test_a_record_that_only_goes_on_is_read_as_any_other(api: str) -> None:
    whole: Any = type("Whole", (DECODERS[api],), {"_more": lambda self, record: None})
    tried = 0
    for number, record in enumerate(STREAMS[api]):
        odd = [changed(record, path, other) for path in places(record) for other in OTHERS]
        inner = [(), *(path for path in places(record) if isinstance(value_at(record, path), dict))]
        odd += [changed(record, (*path, key), value) for path in inner for one in BESIDE for key, value in one.items()]
        for one in odd:
            stream = [*STREAMS[api][:number], one, *STREAMS[api][number + 1 :]]
            assert heard(DECODERS[api](), stream) == heard(whole(), stream), one
            tried += 1
    assert tried > 500


@pytest.mark.parametrize("api", STREAMS)
def test_most_of_a_text_is_read_the_short_way(api: str) -> None:
    decoder = DECODERS[api]()
    short = []
    for record in STREAMS[api]:
        short += [record] if decoder._more(record) is not None else []
        list(decoder._any(record))
    assert "wordtwo" in words(short)


def value_at(record: Any, path: tuple[Any, ...]) -> Any:
    return value_at(record[path[0]], path[1:]) if path else record


def fault_of(api: str, stream: list[Record], path: tuple[Any, ...], gone: set[str]) -> str | None:
    """`gone`: words whose own piece said something else, though a whole text repeats them later."""
    the_reply = any(key in THE_REPLY for key in path[-2:] if isinstance(key, str))
    try:
        content, _ = decode(api, stream)
    except CallFailed as error:
        return None if the_reply else f"failed: {error.message}"
    if lost := words(stream) - words_of(content) - gone:
        return f"lost {lost}: {plain(content)}"
    return None if the_reply or plain(content) == EXPECTED else f"became {plain(content)}"
