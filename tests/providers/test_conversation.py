"""Any conversation, however it came about, becomes one that every API takes."""

from __future__ import annotations

import itertools
import re

from hypothesis import given
from hypothesis import strategies as st

from claw.events.base import Blob
from claw.events.content import AnyBlock, Message, TextBlock, ThinkingBlock, ToolResultBlock, ToolUseBlock
from claw.events.results import texts as told
from claw.providers.anthropic_wire import body_of as anthropic_body
from claw.providers.chat_wire import body_of as chat_body
from claw.providers.conversation import NO_RESULT, messages_of, object_of
from claw.providers.responses_wire import body_of as responses_body
from claw.providers.scripted import anthropic, chat, responses

from .support import ask, no_blobs, replied, said

CALL = ToolUseBlock(id="a", name="Bash", arguments="{}")


def results(*pairs: tuple[str, str]) -> Message:
    return Message(role="user", blocks=tuple(ToolResultBlock(id=name, content=told(text)) for name, text in pairs))


def taken(*messages: Message) -> list[Message]:
    return messages_of(ask("anthropic", *messages), lambda blob: f"text of {blob.digest}".encode(), documents=True)


def test_blobs_are_loaded() -> None:
    long = Message(role="user", blocks=(TextBlock(text=Blob(digest="d1", size=9)),))
    assert taken(long) == [said("text of d1")]


def test_neighbours_of_one_role_are_merged() -> None:
    assert taken(said("a"), said("b"), replied(TextBlock(text="")), said("c")) == [
        Message(role="user", blocks=(TextBlock(text="a"), TextBlock(text="b"), TextBlock(text="c")))
    ]


def test_results_stand_first_in_the_order_of_the_calls() -> None:
    late = ToolUseBlock(id="b", name="Bash", arguments="{}")
    merged = taken(said("go"), replied(CALL, late), said("hurry"), results(("b", "2"), ("a", "1"), ("stray", "0")))
    assert merged[2].blocks == (
        ToolResultBlock(id="a", content=told("1")),
        ToolResultBlock(id="b", content=told("2")),
        TextBlock(text="hurry"),
    )


def test_a_call_without_a_result_gets_one_that_says_so() -> None:
    lost = ToolResultBlock(id="a", content=told(NO_RESULT), is_error=True)
    assert taken(said("go"), replied(CALL))[2].blocks == (lost,)
    assert taken(said("go"), replied(CALL), said("so?"))[2].blocks == (lost, TextBlock(text="so?"))


def test_ids_occur_once() -> None:
    again = taken(said("go"), replied(CALL), results(("a", "1")), replied(CALL), results(("a", "2")))
    first, second = (m.blocks[0] for m in again if m.role == "assistant")
    assert isinstance(first, ToolUseBlock)
    assert isinstance(second, ToolUseBlock)
    assert first.id == "a" != second.id
    assert again[4].blocks == (ToolResultBlock(id=second.id, content=told("2")),)


def test_thinking_that_nothing_follows_or_that_has_no_seal_is_left_out() -> None:
    sealed = ThinkingBlock(api="anthropic", text="x", opaque='{"signature":"s"}')
    bare = ThinkingBlock(api="anthropic", text="x")
    assert taken(said("a"), replied(bare, TextBlock(text="b"), sealed)) == [said("a"), replied(TextBlock(text="b"))]


def test_a_result_that_belongs_to_no_call_separates_nothing() -> None:
    said_twice = replied(TextBlock(text="b"), TextBlock(text="c"))
    assert taken(said("a"), replied(TextBlock(text="b")), results(("stray", "0")), replied(TextBlock(text="c"))) == [
        said("a"),
        said_twice,
    ]


def test_arguments_as_an_object() -> None:
    assert object_of("") == {}
    assert object_of('{"a": 1}') == {"a": 1}
    assert object_of("[1]") == {"INVALID_JSON": "[1]"}
    assert object_of('{"a": "\\ud800"}') == {"INVALID_JSON": '{"a": "\\ud800"}'}
    assert object_of("[" * 100_000) == {"INVALID_JSON": "[" * 100_000}


names = st.sampled_from(["a", "b", "call|1", "", "ü", "x" * 100])
texts = st.text(max_size=5)
blocks: st.SearchStrategy[AnyBlock] = st.one_of(
    st.builds(TextBlock, text=texts),
    st.builds(ToolUseBlock, id=names, name=st.just("Bash"), arguments=st.sampled_from(["", "{}", "{", "[]"])),
    st.builds(ThinkingBlock, api=st.sampled_from(["anthropic", "openai-chat"]), text=texts),
    st.builds(ToolResultBlock, id=names, content=st.lists(st.builds(TextBlock, text=texts), max_size=2).map(tuple)),
)
messages = st.lists(
    st.builds(Message, role=st.sampled_from(["user", "assistant"]), blocks=st.lists(blocks, max_size=4).map(tuple)),
    max_size=6,
)


@given(messages)
def test_every_api_takes_what_is_made_of_any_conversation(history: list[Message]) -> None:
    """The scripted server's own rules, which are those of the real APIs."""
    request = ask("anthropic", *history, said("go on"))
    anthropic.check(anthropic_body(request, no_blobs))
    chat.check(chat_body(request, no_blobs))
    responses.check(responses_body(request, no_blobs))


@given(messages)
def test_roles_alternate_and_ids_fit(history: list[Message]) -> None:
    made = taken(*history)
    assert all(one.role != two.role for one, two in itertools.pairwise(made))
    used = [block.id for message in made for block in message.blocks if isinstance(block, ToolUseBlock)]
    assert len(set(used)) == len(used)
    assert all(re.fullmatch(r"[a-zA-Z0-9_-]{1,64}", name) for name in used)
