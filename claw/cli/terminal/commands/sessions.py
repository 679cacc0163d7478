"""Commands that go to another session, or name this one."""

from __future__ import annotations

import os
import re

from claw import log
from claw.cli.terminal.commands.conversation import Conversation, Done, Switch, say
from claw.cli.terminal.layout import line
from claw.cli.terminal.styles import QUIET
from claw.errors import UsageError
from claw.execution.threads import finished
from claw.late import load
from claw.log import Address
from claw.session import fork


async def resume(chat: Conversation, argument: str) -> Done:
    if not argument:
        rows = load("claw.cli.terminal.session_rows", "sessions")
        listing = await finished(lambda: rows(chat.home, chat.session.state.session.workspace, chat.session.id))
        taken: str | None = await chat.view.pick(listing)
        if taken is None:
            return None
        argument = os.path.basename(taken)
    path = str(log.find(chat.home, argument))
    if path == chat.session.path:
        raise UsageError("that is this session")
    return Switch(path)


async def fork_(chat: Conversation, argument: str) -> Done:
    if not argument:
        listing = await finished(lambda: load("claw.cli.terminal.session_rows", "steps")(chat.session.path))
        taken: str | None = await chat.view.pick(listing)
        if taken is None:
            return None
        argument = taken
    match = re.fullmatch(r"@?(\d{1,18})?(\^)?", argument)
    if match is None or (match[2] and not match[1]):
        raise UsageError(f"{argument!r} is no step of this session", hint="/fork [n | n^]")
    address = Address(chat.session.id, int(match[1]) if match[1] else None, bool(match[2]))
    at = log.fork_point(chat.session.path, address)
    made = fork(chat.home, chat.session.path, at)
    return Switch(str(chat.home.session_path(made)))


async def rename(chat: Conversation, argument: str) -> Done:
    if not argument:
        raise UsageError("which name?", hint="/rename NAME")
    await chat.session.rename(argument)
    return None


async def tag(chat: Conversation, argument: str) -> Done:
    tags = chat.session.state.session.tags
    if argument:
        changed = await chat.session.tag(argument.split())
        if not (changed.added or changed.removed):
            say(chat, line("nothing about the tags has changed", QUIET))
    elif tags:
        say(chat, line(" ".join(tags)))
    else:
        say(chat, line("this session has no tags; /tag NAME gives it one", QUIET))
    return None
