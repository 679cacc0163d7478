"""Bodies of OpenAI's two APIs, without a wire."""

from __future__ import annotations

from typing import Any

import pytest

from claw.events.content import Message, TextBlock, ThinkingBlock, ToolResultBlock, ToolUseBlock
from claw.events.results import texts
from claw.providers import chat_wire, responses_wire
from claw.providers.abilities import COMPATIBLE, OPENAI, SERVERS, Server, effort_of
from claw.providers.openai_client import cache_key

from .support import ask, no_blobs, replied, said

CALLS = (
    TextBlock(text="Look.", phase="commentary"),
    ToolUseBlock(id="call_1", name="Bash", arguments='{"command": "ls"}'),
    ToolUseBlock(id="call_2", name="Bash", arguments='{"command'),
)
RESULTS = Message(
    role="user",
    blocks=(ToolResultBlock(id="call_1", content=texts("a.txt")), ToolResultBlock(id="call_2", content=texts("no"))),
)


AZURE = next(server for server in SERVERS if server.name == "Azure OpenAI")


def responses(*messages: Message, server: Server = OPENAI, **fields: Any) -> dict[str, Any]:
    return responses_wire.body_of(ask("openai-responses", *messages, **fields), no_blobs, server=server)


def chat(*messages: Message, server: Server = OPENAI, **fields: Any) -> dict[str, Any]:
    return chat_wire.body_of(ask("openai-chat", *messages, **fields), no_blobs, server=server)


def test_responses_keeps_nothing_there_and_gets_sealed_reasoning_back() -> None:
    thought = ThinkingBlock(
        api="openai-responses", text="hm", opaque='{"id":"rs_1","summary":[],"encrypted_content":"e"}'
    )
    body = responses(said("Hi"), replied(thought, *CALLS), RESULTS)
    assert body["store"] is False
    assert body["include"] == ["reasoning.encrypted_content"]
    assert body["instructions"] == "You are claw."
    assert body["reasoning"] == {"effort": "medium", "summary": "auto"}
    assert body["tool_choice"] == "auto"
    assert body["tools"][0]["strict"] is False
    assert body["input"] == [
        {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "Hi"}]},
        {"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": "e"},
        {
            "type": "message",
            "role": "assistant",
            "content": [{"type": "output_text", "text": "Look."}],
            "phase": "commentary",
        },
        {"type": "function_call", "call_id": "call_1", "name": "Bash", "arguments": '{"command": "ls"}'},
        {"type": "function_call", "call_id": "call_2", "name": "Bash", "arguments": '{"command'},
        {"type": "function_call_output", "call_id": "call_1", "output": "a.txt"},
        {"type": "function_call_output", "call_id": "call_2", "output": "no"},
    ]


def test_responses_asks_no_reasoning_of_a_model_that_has_none() -> None:
    body = responses(said("Hi"), model="gpt-4.1")
    assert not {"reasoning", "include"} & body.keys()


def test_chat_messages() -> None:
    body = chat(said("Hi"), replied(*CALLS), RESULTS, tools_allowed="none", effort="off", model="gpt-4.1")
    assert body["messages"] == [
        {"role": "system", "content": "You are claw."},
        {"role": "user", "content": "Hi"},
        {
            "role": "assistant",
            "content": "Look.",
            "tool_calls": [
                {
                    "id": "call_1",
                    "type": "function",
                    "function": {"name": "Bash", "arguments": '{"command": "ls"}'},
                },
                {
                    "id": "call_2",
                    "type": "function",
                    "function": {"name": "Bash", "arguments": '{"INVALID_JSON":"{\\"command"}'},
                },
            ],
        },
        {"role": "tool", "tool_call_id": "call_1", "content": "a.txt"},
        {"role": "tool", "tool_call_id": "call_2", "content": "no"},
    ]
    assert body["tool_choice"] == "none"
    assert body["stream_options"] == {"include_usage": True}
    assert "reasoning_effort" not in body


def test_chat_names_the_limit_as_the_server_knows_it() -> None:
    assert chat(said("Hi"))["max_completion_tokens"] == 8_000
    assert chat(said("Hi"), server=COMPATIBLE)["max_tokens"] == 8_000
    assert "max_tokens" not in chat(said("Hi"))


def test_chat_thinking_goes_back_in_its_own_field() -> None:
    thought = ThinkingBlock(api="openai-chat", text="hm", opaque='{"field":"reasoning_content"}')
    last = Message(role="user", blocks=(ToolResultBlock(id="call_1", content=texts("a")),))
    messages = chat(said("Hi"), replied(thought, CALLS[1]), last, replied(thought, TextBlock(text="x")), said("?"))
    assert [message.get("reasoning_content") for message in messages["messages"]] == [
        None,
        None,
        "hm",
        None,
        "hm",
        None,
    ]


def test_long_ids_are_shortened_for_chat_the_same_way_each_time() -> None:
    name = "chatcmpl-tool-" + "f" * 32
    call = ToolUseBlock(id=name, name="Bash", arguments="{}")
    result = Message(role="user", blocks=(ToolResultBlock(id=name, content=texts("a")),))
    messages = chat(said("Hi"), replied(call), result)["messages"]
    short = messages[2]["tool_calls"][0]["id"]
    assert len(short) <= 40
    assert messages[3]["tool_call_id"] == short
    assert chat(said("Hi"), replied(call), result)["messages"] == messages


@pytest.mark.parametrize(
    ("model", "effort", "server", "expected"),
    [
        ("gpt-6.1-sol", "off", OPENAI, "none"),
        ("gpt-5.4", "off", OPENAI, "none"),
        ("gpt-5", "off", OPENAI, "minimal"),
        ("gpt-5-mini", "off", OPENAI, "minimal"),
        ("gpt-5.1-codex", "off", OPENAI, "low"),
        ("gpt-5.4-pro", "off", OPENAI, None),
        ("o3", "off", OPENAI, "low"),
        ("o3", "high", OPENAI, "high"),
        ("gpt-4.1", "high", OPENAI, None),
        ("gpt-5-chat-latest", "high", OPENAI, None),
        ("gpt-5.4", "off", AZURE, "none"),
        ("our-deployment", "high", AZURE, "high"),
        ("our-deployment", "off", AZURE, None),
        ("our-model", "high", OPENAI, None),
        ("qwen3", "off", COMPATIBLE, None),
        ("qwen3", "high", COMPATIBLE, "high"),
    ],
)
def test_effort(model: str, effort: Any, server: Server, expected: str | None) -> None:
    assert effort_of(ask("openai-chat", model=model, effort=effort), server) == expected


def test_the_cache_key_stays_while_a_conversation_grows() -> None:
    first = cache_key(ask("openai-responses", said("Hi"), conversation="s/0"))
    longer = (said("A summary."), replied(TextBlock(text="Yes?")), said("So"))
    assert first == cache_key(ask("openai-responses", *longer, conversation="s/0", system=("another",)))
    assert first != cache_key(ask("openai-responses", said("Hi"), conversation="s/1"))
