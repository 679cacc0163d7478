"""Commands about the conversation itself."""

from __future__ import annotations

from claw.cli.terminal.commands.conversation import Conversation, Done, Leave
from claw.errors import UsageError


async def steer(chat: Conversation, argument: str) -> Done:
    if not argument:
        raise UsageError("what should the model know?", hint="/steer WORDS")
    await chat.session.send(argument)
    return None


async def btw(chat: Conversation, argument: str) -> Done:
    if not argument:
        raise UsageError("what do you want to know?", hint="/btw QUESTION")
    await chat.session.aside(argument)
    return None


async def compact(chat: Conversation, argument: str) -> Done:
    if argument == "undo":
        await chat.session.command("uncompact")
    else:
        await chat.session.command("compact", argument.removeprefix("focus on ").strip())
    return None


async def clear(chat: Conversation, argument: str) -> Done:
    await chat.session.command("clear")
    return None


async def quit_(chat: Conversation, argument: str) -> Done:
    return Leave()
