"""Bodies of Anthropic's Messages API, without a wire."""

from __future__ import annotations

from typing import Any

import pytest

from claw.events.content import Message, TextBlock, ThinkingBlock, ToolResultBlock, ToolUseBlock
from claw.events.results import texts
from claw.providers.abilities import ANTHROPIC, COMPATIBLE
from claw.providers.anthropic import Messages
from claw.providers.anthropic_wire import BINDING_BETA, body_of

from .support import LS, ask, no_blobs, replied, said

MARK = {"type": "ephemeral"}


def body(*messages: Message, **fields: Any) -> dict[str, Any]:
    return body_of(ask("anthropic", *messages, **fields), no_blobs)


def marks(body: dict[str, Any]) -> list[str]:
    places = [f"tools.{n}" for n, tool in enumerate(body.get("tools", ())) if "cache_control" in tool]
    places += [f"system.{n}" for n, part in enumerate(body.get("system", ())) if "cache_control" in part]
    for n, message in enumerate(body["messages"]):
        places += [f"messages.{n}.{m}" for m, block in enumerate(message["content"]) if "cache_control" in block]
    return places


def test_the_whole_of_a_small_request() -> None:
    assert body(said("Hi"), effort="off", tools=(LS,)) == {
        "model": "claude-opus-4-8",
        "max_tokens": 8_000,
        "stream": True,
        "system": [{"type": "text", "text": "You are claw.", "cache_control": MARK}],
        "tools": [
            {
                "name": "Bash",
                "description": "Run a command.",
                "input_schema": {
                    "type": "object",
                    "properties": {"command": {"type": "string"}},
                    "required": ["command"],
                },
                "cache_control": MARK,
            }
        ],
        "tool_choice": {"type": "auto"},
        "messages": [{"role": "user", "content": [{"type": "text", "text": "Hi", "cache_control": MARK}]}],
    }


def test_cache_marks_on_the_last_tool_the_last_system_part_and_the_last_message() -> None:
    talk = (said("1"), replied(TextBlock(text="a")), said("2"), replied(TextBlock(text="b")), said("3"))
    assert marks(body(*talk, system=("one", "two"), tools=(LS, LS))) == ["tools.1", "system.1", "messages.4.0"]


@pytest.mark.parametrize(("calls", "marked"), [(1, []), (8, []), (9, ["messages.0.0"]), (40, ["messages.0.0"])])
def test_what_the_last_request_marked_is_marked_still_where_too_much_came_since(calls: int, marked: list[str]) -> None:
    """The API finds by itself what was written up to 20 blocks before a mark; four marks are allowed."""
    reply = replied(*(ToolUseBlock(id=f"t{n}", name="Bash", arguments="{}") for n in range(calls)))
    results = [ToolResultBlock(id=f"t{n}", content=texts("done")) for n in range(calls)]
    talk = (said("1"), reply, Message(role="user", blocks=tuple(results)))
    assert marks(body(*talk)) == ["tools.0", "system.0", *marked, f"messages.2.{calls - 1}"]


def test_what_stays_comes_first() -> None:
    assert [*body(said("Hi"))][:4] == ["model", "tools", "system", "messages"]


def test_nothing_is_sent_that_is_empty() -> None:
    plain = body(said("Hi"), system=("",), tools=(), effort="off")
    assert not {"system", "tools", "tool_choice", "thinking", "output_config"} & plain.keys()


def test_a_summary_may_call_no_tool_but_keeps_them_in_its_prefix() -> None:
    asked = body(said("Hi"), tools_allowed="none")
    assert asked["tool_choice"] == {"type": "none"}
    assert asked["tools"]


def test_blocks() -> None:
    blocks = (
        ThinkingBlock(api="anthropic", text="hm", opaque='{"signature":"abc"}'),
        ThinkingBlock(api="anthropic", opaque='{"redacted":"xyz"}'),
        TextBlock(text="Look."),
        ToolUseBlock(id="toolu_1", name="Bash", arguments='{"command": "ls"}'),
        ToolUseBlock(id="toolu_2", name="Bash", arguments='{"command'),
        ToolUseBlock(id="toolu_3", name="Bash"),
    )
    results = Message(
        role="user",
        blocks=(
            ToolResultBlock(id="toolu_1", content=texts("a.txt")),
            ToolResultBlock(id="toolu_2", content=texts("no JSON"), is_error=True),
            ToolResultBlock(id="toolu_3", content=texts("")),
        ),
    )
    sent = body(said("Hi"), replied(*blocks), results)["messages"]
    assert sent[1]["content"] == [
        {"type": "thinking", "thinking": "hm", "signature": "abc"},
        {"type": "redacted_thinking", "data": "xyz"},
        {"type": "text", "text": "Look."},
        {"type": "tool_use", "id": "toolu_1", "name": "Bash", "input": {"command": "ls"}},
        {"type": "tool_use", "id": "toolu_2", "name": "Bash", "input": {"INVALID_JSON": '{"command'}},
        {"type": "tool_use", "id": "toolu_3", "name": "Bash", "input": {}},
    ]
    assert sent[2]["content"] == [
        {"type": "tool_result", "tool_use_id": "toolu_1", "content": "a.txt"},
        {"type": "tool_result", "tool_use_id": "toolu_2", "content": "no JSON", "is_error": True},
        {"type": "tool_result", "tool_use_id": "toolu_3", "content": "", "cache_control": MARK},
    ]


ADAPTIVE = {"type": "adaptive", "display": "summarized"}
BOUND = {**ADAPTIVE, "block_binding": {"prefix_mismatch_behavior": "drop_block"}}


@pytest.mark.parametrize(
    ("model", "effort", "max_tokens", "expected"),
    [
        ("claude-haiku-4-5", "off", 8_000, {}),
        ("claude-haiku-4-5", "low", 8_000, {"thinking": {"type": "enabled", "budget_tokens": 4_096}}),
        ("claude-haiku-4-5", "high", 8_000, {"thinking": {"type": "enabled", "budget_tokens": 6_976}}),
        ("claude-haiku-4-5", "high", 2_000, {}),
        ("kimi-k2", "medium", 32_000, {"thinking": {"type": "enabled", "budget_tokens": 12_288}}),
        ("claude-sonnet-4-6", "off", 8_000, {}),
        ("claude-sonnet-4-6", "high", 8_000, {"thinking": ADAPTIVE, "output_config": {"effort": "high"}}),
        ("claude-opus-5", "off", 8_000, {"thinking": {"type": "disabled"}}),
        ("claude-opus-5", "low", 8_000, {"thinking": ADAPTIVE, "output_config": {"effort": "low"}}),
        ("claude-sonnet-5-5", "off", 8_000, {"thinking": {"type": "between_tools"}}),
        ("claude-opus-5-5", "off", 8_000, {"thinking": BOUND, "output_config": {"effort": "low"}}),
        ("claude-fable-5-1", "medium", 8_000, {"thinking": BOUND, "output_config": {"effort": "medium"}}),
    ],
)
def test_thinking(model: str, effort: Any, max_tokens: int, expected: dict[str, Any]) -> None:
    sent = body(said("Hi"), model=model, effort=effort, max_tokens=max_tokens)
    assert {key: sent[key] for key in ("thinking", "output_config") if key in sent} == expected


def test_the_beta_header_goes_with_the_field_that_needs_it() -> None:
    new, old = (ask("anthropic", model=model) for model in ("claude-opus-5-5", "claude-opus-5"))
    assert Messages(ANTHROPIC).encode(new, no_blobs)[1] == {"anthropic-beta": BINDING_BETA}
    assert Messages(ANTHROPIC).encode(old, no_blobs)[1] == {}
    assert Messages(COMPATIBLE).encode(new, no_blobs)[1] == {}
