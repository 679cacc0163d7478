"""`/statusline`: a program that writes a line below the input, in the person's own settings by their word alone."""

from __future__ import annotations

from functools import partial

from msgspec.structs import replace

from claw.cli.sanitize import clean_line
from claw.cli.terminal.commands.conversation import Conversation, Done, Say, say
from claw.cli.terminal.layout import line
from claw.cli.terminal.looking import settings_of
from claw.cli.terminal.styles import QUIET
from claw.errors import UsageError
from claw.execution.threads import finished
from claw.session import trust
from claw.settings import Settings, read_settings
from claw.settings.edit import set_value, unset_value
from claw.settings.keys import STATUS_LINE
from claw.settings.status_line import status_line_in


async def statusline(chat: Conversation, argument: str) -> Done:
    verb, _, command = argument.partition(" ")
    if argument == "off":
        was = await finished(partial(_changed, chat, ""))
        await _show(chat, "no status line of your own" if was else "there was no status line in your settings")
    elif verb == "use" and command.strip():
        wrong = status_line_in({STATUS_LINE: {"command": command.strip()}}, lambda *_: "/statusline", "user").ignored
        if wrong:
            raise UsageError(wrong[0], hint="/statusline use COMMAND")
        await finished(partial(_changed, chat, command.strip()))
        home = trust.home_of(chat.options.environ)
        await _show(chat, f"saved in ~/{settings_of(home).relative_to(home)}")
    elif not chat.view.draws:
        raise UsageError("this terminal shows no status line", hint="/statusline off")
    else:
        return Say(f"/statusline {argument}".strip())
    return None


def _changed(chat: Conversation, command: str) -> bool:
    """Whether there was something to change in the person's settings. Blocks. Raises UsageError, ToolError."""
    path = settings_of(trust.home_of(chat.options.environ))
    try:
        if command:
            set_value(path, (STATUS_LINE,), {"type": "command", "command": command})
            return True
        return unset_value(path, (STATUS_LINE,))
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}") from None


async def _show(chat: Conversation, said: str) -> None:
    """Have written what the settings name now."""
    options = replace(chat.options, workspace=chat.session.state.session.workspace)

    def settled() -> Settings:
        home = trust.home_of(options.environ)
        return trust.settle(chat.home, options, read_settings(home, options.workspace))

    settings = await finished(settled)
    chat.show_status_line(settings)
    found = settings.status_line
    where = f"; {clean_line(found.command)} writes the line ({found.source})" if found else ""
    say(chat, line(f"{said}{where}", QUIET))
