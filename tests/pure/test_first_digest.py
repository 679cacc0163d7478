"""The digest of `prompt` 1 is what it was when it was the only one, whatever has become of the shapes since."""

from __future__ import annotations

import pytest

from claw.events.base import Blob
from claw.events.content import (
    AnyBlock,
    ImageBlock,
    TextBlock,
    ThinkingBlock,
    ToolResultBlock,
    ToolUseBlock,
)
from claw.events.request import Parameters
from claw.events.results import texts
from claw.events.session import Model
from claw.events.tools import ToolSpec, Traits
from claw.projections.entries import make_entry
from claw.prompt import first

BLOB = Blob(digest="ab" * 32, size=70_000)
ASKED: tuple[AnyBlock, ...] = (TextBlock(text="hello"), TextBlock(text=BLOB))
REPLIED: tuple[AnyBlock, ...] = (
    ThinkingBlock(text="hm", api="anthropic", opaque="{}"),
    ThinkingBlock(api="openai-chat"),
    TextBlock(text="so", phase="commentary"),
    ToolUseBlock(id="t0", name="Read", arguments='{"a":1}', given="toolu_1", opaque='{"x":1}'),
    *(ToolUseBlock(id=id, name="Bash") for id in ("t1", "t2", "t3")),
)
RESULTS: tuple[AnyBlock, ...] = (
    ToolResultBlock(id="t0", content=texts("1\tx")),
    ToolResultBlock(id="t1", content=texts(BLOB)),
    ToolResultBlock(id="t2", content=texts("no"), is_error=True),
    ToolResultBlock(id="t3", content=()),
)
TOOLS = (
    ToolSpec(name="Read", description="d", schema="{}", traits=Traits(footprint="read", paths=("file_path",))),
    ToolSpec(name="B", description="", schema="{}", traits=Traits(footprint="execute")),
)


@pytest.mark.parametrize(
    ("model", "parameters", "recorded"),
    [
        (
            Model(provider="anthropic", api="anthropic", name="m"),
            Parameters(max_tokens=9),
            "0f6bceb2c83cdee0d90931ac33855bdf8f16b28456f80ed472f8712836966483",
        ),
        (
            Model(provider="o", api="openai-chat", name="n"),
            Parameters(max_tokens=9, effort="high", tools="none", without=("tools",)),
            "77251df524cad6bac9bd4b88bd6b701d427c5869b20d60e263558140c7099adf",
        ),
    ],
)
def test_a_recorded_digest_comes_out_again(model: Model, parameters: Parameters, recorded: str) -> None:
    entries = [make_entry(1, "user", ASKED), make_entry(2, "assistant", REPLIED), make_entry(3, "user", RESULTS)]
    assert first.digest(model, parameters, ("You", BLOB), TOOLS, entries) == recorded


def test_an_empty_text_is_what_it_was_too() -> None:
    """An old result without a word is lifted to one empty text, and today's has no block."""
    lifted, of_today = (
        first.digest(
            Model(provider="p", api="anthropic", name="m"),
            Parameters(max_tokens=9),
            (),
            (),
            [make_entry(1, "user", (ToolResultBlock(id="a", content=content),))],
        )
        for content in ((TextBlock(text=""),), ())
    )
    assert lifted == of_today


def test_blocks_that_did_not_exist_then_break_nothing() -> None:
    image = ImageBlock(media_type="image/png", data="AAAA")
    entry = make_entry(1, "user", (ToolResultBlock(id="a", content=(image, *texts("seen"))),))
    assert first.digest(Model(provider="p", api="anthropic", name="m"), Parameters(max_tokens=9), (), (), [entry])
