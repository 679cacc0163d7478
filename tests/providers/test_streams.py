"""Streams as servers of many kinds write them, decoded without a wire."""

from __future__ import annotations

from typing import Any

import pytest

from claw.events.assembly import Assembler
from claw.events.content import ModelBlock, TextBlock, ThinkingBlock, ToolUseBlock, Usage
from claw.providers import CallFailed, Closed, Completion, anthropic_stream, chat_stream, responses_stream


def decode(decoder: Any, records: list[dict[str, Any]]) -> tuple[tuple[ModelBlock, ...], Completion]:
    assembler = Assembler()
    for record in records:
        for item in decoder.feed(record):
            if not isinstance(item, Closed):
                assembler.feed(item.block, item.delta)
    for item in decoder.end():
        if not isinstance(item, Closed):
            assembler.feed(item.block, item.delta)
    return assembler.content(), decoder.completion()


def chat(*deltas: dict[str, Any], finish: str = "stop") -> tuple[tuple[ModelBlock, ...], Completion]:
    records: list[dict[str, Any]] = [{"choices": [{"index": 0, "delta": delta}]} for delta in deltas]
    records.append({"choices": [{"index": 0, "delta": {}, "finish_reason": finish}]})
    return decode(chat_stream.Decoder(), records)


def call(index: int | None = None, name: str | None = None, arguments: Any = None, **rest: Any) -> dict[str, Any]:
    return {"tool_calls": [{"index": index, "function": {"name": name, "arguments": arguments}, **rest}]}


def test_chat_thinking_in_either_field_and_once_where_a_server_sends_both() -> None:
    content, _ = chat({"reasoning": "a", "reasoning_content": "a"}, {"reasoning_content": "b"}, {"content": "c"})
    thought = ThinkingBlock(api="openai-chat", text="ab", opaque='{"field":"reasoning_content"}')
    assert content == (thought, TextBlock(text="c"))
    content, _ = chat({"reasoning": "a"}, {"content": None, "role": "assistant"}, {"content": "c"})
    assert content[0] == ThinkingBlock(api="openai-chat", text="a", opaque='{"field":"reasoning"}')


def test_chat_calls_interleaved_by_index() -> None:
    content, completion = chat(
        call(0, "A", "", id="x"),
        call(1, "B", "", id="y"),
        call(1, None, '{"b":'),
        call(0, None, "{}"),
        call(1, None, "1}"),
    )
    assert content == (
        ToolUseBlock(id="call_0", given="x", name="A", arguments="{}"),
        ToolUseBlock(id="call_1", given="y", name="B", arguments='{"b":1}'),
    )
    assert completion.stop == "tool_use", 'also where a server finishes with "stop"'


def test_chat_whole_calls_that_all_say_index_0() -> None:
    content, _ = chat(call(0, "A", "{}", id="x"), call(0, "B", {"b": 1}, id="y"))
    assert content == (
        ToolUseBlock(id="call_0", given="x", name="A", arguments="{}"),
        ToolUseBlock(id="call_1", given="y", name="B", arguments='{"b":1}'),
    )


def test_chat_calls_without_ids_or_with_the_same() -> None:
    content, _ = chat(call(0, "A", "{}"), call(1, "B", "{}", id="x"), call(2, "C", "{}", id="x"))
    calls = [block for block in content if isinstance(block, ToolUseBlock)]
    assert [block.id for block in calls] == ["call_0", "call_1", "call_2"]
    assert [block.given for block in calls] == ["", "x", "x"]


def test_chat_a_name_that_comes_late_and_again() -> None:
    content, _ = chat(call(0, None, "{", id="x"), call(0, "A", ""), call(0, "A", "}"))
    assert content == (ToolUseBlock(id="call_0", given="x", name="A", arguments="{}"),)


@pytest.mark.parametrize(
    ("finish", "stop"), [("length", "max_tokens"), ("content_filter", "refusal"), ("eos", "end_turn")]
)
def test_chat_finish_reasons(finish: str, stop: str) -> None:
    assert chat({"content": "x"}, finish=finish)[1].stop == stop


def test_chat_refusal_is_text_and_a_stop() -> None:
    content, completion = chat({"refusal": "No."})
    assert (content, completion.stop) == ((TextBlock(text="No."),), "refusal")


def test_chat_usage_of_deepseek() -> None:
    usage = {"prompt_tokens": 100, "completion_tokens": 5, "prompt_cache_hit_tokens": 90}
    records = [{"choices": [{"delta": {"content": "x"}, "finish_reason": "stop"}], "usage": usage}]
    assert decode(chat_stream.Decoder(), records)[1].usage == Usage(input=10, output=5, cache_read=90)


def test_chat_an_error_as_a_finish_reason() -> None:
    with pytest.raises(CallFailed) as caught:
        chat({"content": "x"}, finish="error")
    assert caught.value.retryable


START = {"type": "message_start", "message": {"id": "m", "model": "c", "usage": {"input_tokens": 3}}}
STOP = [
    {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 9}},
    {"type": "message_stop"},
]


def messages(*records: dict[str, Any]) -> tuple[tuple[ModelBlock, ...], Completion]:
    return decode(anthropic_stream.Decoder(), [START, *records, *STOP])


def test_anthropic_leaves_out_what_it_does_not_know() -> None:
    content, completion = messages(
        {"type": "from_the_future", "x": 1},
        {"type": "content_block_start", "index": 0, "content_block": {"type": "server_tool_use", "id": "s"}},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "input_json_delta", "partial_json": "{}"}},
        {"type": "content_block_stop", "index": 0},
        {"type": "content_block_start", "index": 1, "content_block": {"type": "text", "text": "He"}},
        {"type": "content_block_delta", "index": 1, "delta": {"type": "citations_delta", "citation": {}}},
        {"type": "content_block_delta", "index": 1, "delta": {"type": "text_delta", "text": "llo"}},
        {"type": "content_block_stop", "index": 1},
    )
    assert content == (TextBlock(text="Hello"),)
    assert completion == Completion(stop="end_turn", usage=Usage(input=3, output=9), model="c", response="m")


def test_anthropic_input_that_a_server_sends_whole() -> None:
    block = {"type": "tool_use", "id": "t", "name": "A", "input": {"a": 1}}
    content, _ = messages(
        {"type": "content_block_start", "index": 0, "content_block": block}, {"type": "content_block_stop", "index": 0}
    )
    assert content == (ToolUseBlock(id="call_0", given="t", name="A", arguments='{"a":1}'),)


def test_anthropic_thinking_without_text_keeps_its_signature() -> None:
    content, _ = messages(
        {"type": "content_block_start", "index": 0, "content_block": {"type": "thinking", "thinking": ""}},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "signature_delta", "signature": "s"}},
        {"type": "content_block_stop", "index": 0},
        {"type": "content_block_start", "index": 1, "content_block": {"type": "text", "text": "Yes."}},
    )
    assert content == (ThinkingBlock(api="anthropic", opaque='{"signature":"s"}'), TextBlock(text="Yes."))


def test_responses_parts_of_a_summary_and_items_without_deltas() -> None:
    def summary(index: int, delta: str) -> dict[str, Any]:
        kind = "response.reasoning_summary_text.delta"
        return {"type": kind, "output_index": 0, "summary_index": index, "delta": delta}

    thought = {"type": "reasoning", "id": "rs", "summary": [{"type": "summary_text", "text": "a"}]}
    said = {"type": "message", "content": [{"type": "output_text", "text": "Hi"}], "phase": "final_answer"}
    content, completion = decode(
        responses_stream.Decoder(),
        [
            {"type": "response.output_item.added", "output_index": 0, "item": {**thought, "summary": []}},
            summary(0, "a"),
            summary(0, "b"),
            summary(1, "c"),
            {"type": "response.output_item.done", "output_index": 0, "item": thought},
            {"type": "response.output_item.done", "output_index": 1, "item": said},
            {"type": "response.completed", "response": {"id": "r", "model": "g", "usage": None}},
        ],
    )
    assert content == (
        ThinkingBlock(
            api="openai-responses",
            text="ab\n\nc",
            opaque='{"id":"rs","summary":[{"type":"summary_text","text":"a"}]}',
        ),
        TextBlock(text="Hi", phase="final_answer"),
    )
    assert completion == Completion(stop="end_turn", usage=Usage(), model="g", response="r")


@pytest.mark.parametrize(
    ("code", "failure"),
    [("server_error", "server"), ("rate_limit_exceeded", "rate_limited"), ("invalid_prompt", "invalid_request")],
)
def test_responses_that_failed(code: str, failure: str) -> None:
    record = {"type": "response.failed", "response": {"error": {"code": code, "message": "m"}}}
    with pytest.raises(CallFailed) as caught:
        decode(responses_stream.Decoder(), [record])
    assert caught.value.failure == failure
