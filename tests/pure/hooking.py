"""Sessions with hooks, and what the hooks say."""

from __future__ import annotations

from typing import Any

from claw.events.content import TextBlock
from claw.events.hook import Hook, HookFinished, HookName
from claw.events.results import in_words
from tests.pure.drive import Drive, kinds

READ = ("Read", '{"file_path":"a"}')
EDIT = ("Edit", '{"file_path":"a"}')
BASH = ("Bash", '{"command":"make"}')


def hook(event: HookName, command: str = "check", matcher: str = "") -> Hook:
    return Hook(event=event, command=command, source=f"settings.json:{len(command)}", matcher=matcher)


def calling(tool: tuple[str, str], *hooks: Hook, **settings: Any) -> Drive:
    """The model has called this tool, and its paths are known."""
    drive = Drive(hooks=hooks, **settings)
    drive.say()
    drive.reply(tool)
    drive.resolve(drive.open("tool.resolve_requested"))
    return drive


def answer(drive: Drive, nth: int = 0, **said: Any) -> list[str]:
    """The nth hook that runs says this; what follows."""
    call = drive.open("hook.requested", nth)
    event = drive.state.main.hooks.open[call].event
    finished = {"call": call, "event": event, "source": "settings.json:5", "outcome": "answered", **said}
    return kinds(drive.feed(HookFinished(**finished)))


def result(drive: Drive) -> str:
    """What the model was told of its call."""
    return in_words(drive.state.main.conversation.entries[-1].blocks[0].content, str)  # type: ignore[union-attr]


def sent(drive: Drive) -> list[str]:
    """All texts of the user's side, as the model got them."""
    blocks = [
        block for entry in drive.state.main.conversation.entries if entry.role == "user" for block in entry.blocks
    ]
    return [str(block.text) for block in blocks if isinstance(block, TextBlock)]
