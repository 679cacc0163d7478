"""Results that are more than a text: what they weigh, what of them is left out, and what a model is not sent."""

from __future__ import annotations

from claw.events.base import Blob
from claw.events.content import DocumentBlock, ImageBlock, ResourceLinkBlock, ResultBlock
from claw.events.input import InputInterrupted
from claw.events.request import IMAGES
from claw.events.results import texts
from claw.events.session import Model
from claw.events.tool import ToolFinished, ToolInterrupted
from tests.pure.drive import Drive
from tests.replay.histories.hooked import calling, heard, hook
from tests.replay.histories.parts import READ_A, failed, history
from tests.replay.histories.sizes import hear, now, read

STORED = Blob(digest="ab" * 32, size=9_000)
IMAGE = ImageBlock(media_type="image/png", data=STORED, width=300, height=201)
UNKNOWN = ImageBlock(media_type="image/png", data="AAAA")
HUGE = ImageBlock(media_type="image/png", data=STORED, width=8_000, height=8_000)
PDF = DocumentBlock(media_type="application/pdf", data=STORED, title="a.pdf", pages=1)
UNCOUNTED = DocumentBlock(media_type="application/pdf", data="JVBERi0x" * 100)
LINK = ResourceLinkBlock(uri="file:///x" * 20, name="x", media_type="text/plain", size=1_200_000)


def given(drive: Drive, *blocks: ResultBlock, tokens: int = 100) -> None:
    drive.reply(READ_A, tokens=tokens)
    drive.resolve(drive.open("tool.resolve_requested"))
    drive.feed(ToolFinished(call=drive.open("tool.started"), content=blocks))


@history
def what_blocks_weigh() -> Drive:
    """Each room that is told shows what came before it."""
    drive = now(window=24_000, output=15_000)
    drive.say("look")
    for blocks in ((IMAGE,), (UNKNOWN,), (HUGE,), (PDF,), (UNCOUNTED, LINK), (IMAGE, *texts("é", "x" * 9_000)), ()):
        given(drive, *blocks, tokens=0)
    read(drive, "end", tokens=0)
    drive.reply("done")
    return drive


@history
def what_is_left_out_for_a_summary() -> Drive:
    """The heaviest image goes first, and only what has to; texts share the rest."""
    drive = now(window=12_000)
    drive.say("look")
    given(drive, IMAGE, UNKNOWN, *texts("short", "y" * 9_000), LINK, tokens=0)
    given(drive, *texts("z" * 7_000, "w" * 8_000, STORED), IMAGE, tokens=0)
    given(drive, PDF, *texts("so"), tokens=0)
    read(drive, "q" * 9_000, tokens=11_500)
    failed(drive, "context_overflow")
    hear(drive, "what was said so far", "and so on")
    drive.say("again")
    hear(drive, "sum", "done")
    return drive


@history
def images_that_a_model_or_its_server_does_not_take() -> Drive:
    model = Model(provider="test", api="openai-chat", name="m", window=10_000, max_output=1_000, without=(IMAGES,))
    drive = Drive(model=model, behaviours={"prompt": 2, "tools": 3, "turn": 2, "compaction": 2})
    drive.say("look")
    given(drive, IMAGE, PDF)
    drive.reply("I cannot see it.")
    return drive


@history
def interrupted_with_blocks() -> Drive:
    drive = now()
    drive.say("look")
    for content in ((IMAGE, *texts("so far")), texts(STORED), ()):
        drive.reply(READ_A)
        drive.resolve(drive.open("tool.resolve_requested"))
        call = drive.open("tool.started")
        drive.feed(InputInterrupted(how="user"))
        drive.feed(ToolInterrupted(call=call, reason="cancelled", content=content))
        drive.say("go on")
    drive.reply("done")
    return drive


@history
def hooks_are_told_blocks() -> Drive:
    drive = calling(hook("PostToolUse"))
    drive.feed(ToolFinished(call=drive.open("tool.started"), content=(IMAGE, *texts("a picture"))))
    heard(drive, context="well seen")
    drive.reply("done")
    return drive
