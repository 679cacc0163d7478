"""Commands about how the terminal looks, and how keys are read: kept in the person's own settings, by their word."""

from __future__ import annotations

from functools import partial

from msgspec.structs import replace

from claw.cli.terminal import looking
from claw.cli.terminal.commands.conversation import Conversation, Done, say
from claw.cli.terminal.inquiry import Choice, Subject
from claw.cli.terminal.layout import line
from claw.cli.terminal.styles import QUESTION, QUIET
from claw.errors import UsageError
from claw.execution.threads import finished
from claw.session.trust import home_of

THEMES = {
    "auto": "dark or light, by the terminal's background",
    "ansi": "the terminal's own sixteen colours",
    "dark": "for a dark background",
    "light": "for a light background",
    "dark-daltonized": "dark, in colours that colour-blind people tell apart",
    "light-daltonized": "light, in colours that colour-blind people tell apart",
}


async def theme(chat: Conversation, argument: str) -> Done:
    looks = chat.view.looks
    if not argument:
        title = line(f"Which theme? It is {looks.theme} now.", QUESTION)
        offered = [
            Choice(str(number), f"{name}: {what}", name) for number, (name, what) in enumerate(THEMES.items(), start=1)
        ]
        argument = await chat.view.choose(Subject(title=title), offered) or ""
        if not argument:
            return None
    if argument not in THEMES:
        raise UsageError(f"there is no theme {argument!r}", hint=f"one of {', '.join(THEMES)}")
    chat.view.adopt(replace(looks, theme=argument))
    await _keep(chat, "theme", argument, f"theme {argument}")
    return None


async def vim(chat: Conversation, argument: str) -> Done:
    looks = chat.view.looks
    if argument not in ("", "on", "off"):
        raise UsageError(f"/vim cannot {argument!r}", hint="/vim [on | off]")
    if not chat.view.draws:
        raise UsageError("this terminal has no keys but Enter", hint="they need a terminal that can be drawn on")
    on = not looks.vim if not argument else argument == "on"
    chat.view.adopt(replace(looks, vim=on))
    said = "vi keys: Esc leaves what is typed, Esc again or Ctrl-C interrupts" if on else "the usual keys"
    await _keep(chat, "editorMode", "vim" if on else "normal", said)
    return None


async def _keep(chat: Conversation, key: str, value: str, said: str) -> None:
    kept = await finished(partial(looking.keep, home_of(chat.options.environ), key, value))
    say(chat, line(f"{said}; {kept}", QUIET))
