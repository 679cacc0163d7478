"""A request that goes on from an earlier one is, to the letter, what it would be alone."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest
from msgspec import Struct
from msgspec.structs import replace

from claw.events.content import (
    AnyBlock,
    Api,
    ImageBlock,
    Message,
    ResourceLinkBlock,
    TextBlock,
    ThinkingBlock,
    ToolResultBlock,
    ToolUseBlock,
)
from claw.events.request import IMAGES, SYSTEM, Messages, OfferedTool, Parameters, Request
from claw.providers import anthropic_wire, chat_wire, responses_wire
from claw.providers.ready import as_json, body_as_json
from tests.providers.support import server_of


class Held(Struct, frozen=True):
    """A message as a conversation has it."""

    message: Message


BODIES: dict[Api, tuple[Callable[..., dict[str, Any]], Callable[[bool], Any], str]] = {
    "anthropic": (anthropic_wire.body_of, anthropic_wire.ready_for, '{"signature": "s"}'),
    "openai-chat": (chat_wire.body_of, chat_wire.ready_for, '{"field": "reasoning_content"}'),
    "openai-responses": (responses_wire.body_of, responses_wire.ready_for, '{"encrypted_content": "e"}'),
}


@pytest.mark.parametrize("official", [True, False])
@pytest.mark.parametrize("api", BODIES)
@pytest.mark.parametrize("seed", range(12))
def test_two_conversations_that_grow_beside_each_other(api: Api, official: bool, seed: int) -> None:
    body_of, ready_for, opaque = BODIES[api]
    server = server_of(api, official=official)
    ready = ready_for(server)
    chance = random.Random(seed)
    # Every other one has images, which count from the end; and every third one no thinking.
    about = {"pictures": bool(seed % 2), "thinks": bool(seed % 3)}
    ours, theirs = (conversation(chance, api, opaque, **about) for _ in range(2))
    requests = [request for pair in zip(growing(api, ours), growing(api, theirs), strict=False) for request in pair]
    # A fork of the first one, what was before, with other parts left out; and the first one again.
    other = (*ours[: len(ours) // 2], Message(role="user", blocks=(TextBlock(text="Otherwise!"),)))
    for messages, without in ((other, ()), (ours[:-1], ()), (ours, (SYSTEM,)), (ours, (IMAGES,)), (ours, ())):
        requests += [asking(api, messages, without)]
    for request in requests:
        alone = body_of(request, load, server=server)
        together = body_of(request, load, server=server, ready=ready)
        assert together == alone
        assert body_as_json(together) == as_json(alone)


@pytest.mark.parametrize("api", BODIES)
def test_what_was_sent_before_is_not_made_again(api: Api) -> None:
    body_of, ready_for, _ = BODIES[api]
    ready = ready_for(server_of(api, official=True))
    plain: list[Message] = [Message(role="user", blocks=(TextBlock(text="Begin."),))]
    for turn in range(40):
        call = ToolUseBlock(id=f"call_{turn}", name="Bash", arguments="{}", given=f"given_{turn}")
        result = ToolResultBlock(id=f"call_{turn}", content=(TextBlock(text=f"{turn}"),))
        plain += [Message(role="assistant", blocks=(call,)), Message(role="user", blocks=(result,))]
    for end in range(1, len(plain) + 1, 2):
        body = body_of(asking(api, tuple(plain[:end]), ()), load, ready=ready)
        items = body["input"] if api == "openai-responses" else body["messages"]
        assert len(items) - items.written <= 7


@pytest.mark.parametrize("api", BODIES)
def test_a_message_that_was_sent_long_before_is_not_looked_at(api: Api) -> None:
    body_of, ready_for, _ = BODIES[api]
    ready, looked = ready_for(server_of(api, official=True)), list[int]()

    class Watched:
        def __init__(self, place: int, message: Message) -> None:
            self._place, self._message = place, message

        @property
        def message(self) -> Message:
            looked.append(self._place)
            return self._message

    holders: list[Watched] = [Watched(0, Message(role="user", blocks=(TextBlock(text="Begin."),)))]
    for turn in range(1, 300):
        call = ToolUseBlock(id=f"call_{turn}", name="Bash", arguments="{}", given=f"given_{turn}")
        result = ToolResultBlock(id=f"call_{turn}", content=(TextBlock(text=f"{turn}"),))
        holders.append(Watched(2 * turn - 1, Message(role="assistant", blocks=(call,))))
        holders.append(Watched(2 * turn, Message(role="user", blocks=(result,))))
        looked.clear()
        request = replace(asking(api, (), ()), messages=Messages(tuple(holders)))
        body_of(request, load, ready=ready)
        if turn > 10:
            assert min(looked) >= 2 * turn - 8
            assert len(looked) < 60


def conversation(chance: random.Random, api: Api, opaque: str, *, pictures: bool, thinks: bool) -> tuple[Message, ...]:
    """Of any messages, in any order, mostly as a session has them."""
    messages: list[Message] = []
    calls: list[str] = []
    for number in range(chance.randint(20, 60)):
        usual = "user" if number % 2 == 0 else "assistant"
        role = usual if chance.random() < 0.9 else chance.choice(("user", "assistant"))
        blocks: list[AnyBlock] = []
        if role == "user":
            given = [call for call in calls if chance.random() < 0.9]
            blocks += [result(chance, call, pictures) for call in given]
            blocks += [TextBlock(text=chance.choice(("Go on.", "", " \n", "Weiter: ü 😀")))] * chance.randint(0, 1)
        else:
            calls = [f"call_{number}_{place}" for place in range(chance.choice((0, 1, 1, 1, 3)))]
            blocks += [ThinkingBlock(api=api, text="Hm.", opaque=opaque)] * (thinks and chance.random() < 0.3)
            blocks += [ThinkingBlock(api="openai-chat", text="Hm.", opaque="{}")] * (thinks and chance.random() < 0.1)
            blocks += [TextBlock(text=f"Words {number}.")] * (chance.random() < 0.5)
            for call in calls:
                given_id = chance.choice((f"given_{number}", "given_twice", "odd id!", ""))
                blocks.append(ToolUseBlock(id=call, name="Bash", arguments='{"n": 1}', given=given_id))
        if blocks or chance.random() < 0.2:
            messages.append(Message(role=role, blocks=tuple(blocks)))
    return tuple(messages)


def result(chance: random.Random, call: str, pictures: bool) -> ToolResultBlock:
    content: list[Any] = [TextBlock(text=f"Result of {call}")]
    if pictures and chance.random() < 0.3:
        content.append(ImageBlock(media_type="image/png", data="aGk="))
    if pictures and chance.random() < 0.1:
        content = [ResourceLinkBlock(uri="file:///a")]
    return ToolResultBlock(id=call, content=tuple(content), is_error=chance.random() < 0.1)


def growing(api: Api, messages: tuple[Message, ...]) -> list[Request]:
    return [asking(api, messages[:end], ()) for end in range(1, len(messages) + 1)]


def asking(api: Api, messages: tuple[Message, ...], without: tuple[str, ...]) -> Request:
    return Request(
        provider="test",
        api=api,
        model="m",
        parameters=Parameters(max_tokens=1000, without=without),
        system=("Be good.",),
        tools=(OfferedTool(name="Bash", description="runs", schema="{}"),),
        messages=Messages(tuple(map(Held, messages))),
    )


def load(blob: object) -> bytes:
    raise AssertionError("there are no blobs here")
