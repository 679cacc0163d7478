"""What is typed as a slash command: found, and done."""

from __future__ import annotations

import re
from collections.abc import Iterable

from claw.cli.terminal.commands import registry
from claw.cli.terminal.commands.conversation import Conversation, Done, Say, say
from claw.cli.terminal.layout import Marked, line
from claw.cli.terminal.styles import STRONG
from claw.errors import UsageError


async def perform(chat: Conversation, text: str) -> Done:
    """Do what was typed; what is no command is for the model. Raises UsageError for one that does not exist or cannot
    be done now.
    """
    match = re.fullmatch(r"/([^\W_][\w:.-]*)(?:\s+(.*))?", text.strip(), re.DOTALL)
    if match is None:
        return Say(text)
    name, argument = match[1], (match[2] or "").strip()
    own = chat.session.own
    command = registry.COMMANDS.get(name)
    if command is not None and not command.does:
        return Say(text)
    if command is None and own is not None and own.find(name) is not None:
        return Say(text)
    command = command or registry.named(name)
    if command is None:
        near = registry.nearest(name, own.now().files if own is not None else ())
        raise UsageError(
            f"there is no command /{name}", hint=f"do you mean /{near}? /help lists all" if near else "/help lists them"
        )
    if argument and not command.argument:
        raise UsageError(f"/{name} takes no argument")
    if command.idle and not chat.session.state.main.quiet:
        raise UsageError(f"/{name} has to wait until this turn is over", hint="press Esc to interrupt the turn")
    say(chat, Marked(chat.glyphs.prompt, line(text.strip(), STRONG), STRONG))
    return await command.function()(chat, argument)


def may_follow(chat: Conversation, text: str) -> Iterable[tuple[str, str]]:
    """What the last word of the command may be that stands before the cursor, and what each means."""
    match = re.match(r"/([^\s/]+)\s+(.*)\Z", text, re.DOTALL)
    command = registry.named(match[1]) if match else None
    complete = command.completer() if command is not None else None
    return complete(chat, match[2]) if match is not None and complete is not None else ()
