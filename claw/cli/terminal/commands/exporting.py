"""`/export`: the session as a file to read, or for programs."""

from __future__ import annotations

import os
from pathlib import Path

from claw.cli.sanitize import clean_line
from claw.cli.terminal.commands.conversation import Conversation, Done, say
from claw.cli.terminal.inquiry import Choice, Subject
from claw.cli.terminal.layout import line
from claw.cli.terminal.styles import QUESTION, QUIET
from claw.execution.threads import finished
from claw.late import load

_ANSWERS = [Choice("n", "No", "no", word="no"), Choice("y", "Yes, replace it", "yes", word="yes")]


async def export(chat: Conversation, argument: str) -> Done:
    session = chat.session
    info = session.state.session
    named = argument or f"{info.name or f'session-{session.id}'}.md"
    target, there = await finished(lambda: _target(info.workspace, named))
    if there:
        title = line(f"{clean_line(str(target))} is there already. Replace it?", QUESTION)
        if await chat.view.choose(Subject(title=title), _ANSWERS) != "yes":
            say(chat, line("nothing was written", QUIET))
            return None
    write = load("claw.cli.offline.export", "write")
    await finished(lambda: write(Path(session.path), target, replaces=there))
    say(chat, line(f"written: {clean_line(str(target))}"))
    return None


def _target(workspace: str, named: str) -> tuple[Path, bool]:
    """The file, and whether something has its name."""
    target = Path(os.path.join(workspace, os.path.expanduser(named)))
    return target, os.path.lexists(target)
