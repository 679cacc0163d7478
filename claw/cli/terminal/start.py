"""A conversation from its beginning to its end: which view, and what is said on leaving."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import partial
from pathlib import Path

import anyio

from claw import __version__
from claw.cli.groups import leaves
from claw.cli.output import standard
from claw.cli.terminal.chat import Chat
from claw.cli.terminal.commands.performing import may_follow
from claw.cli.terminal.commands.registry import COMMANDS
from claw.cli.terminal.layout import line
from claw.cli.terminal.looking import theme_of
from claw.cli.terminal.own import Helps
from claw.cli.terminal.plain_view import PlainView
from claw.cli.terminal.screen import Screen, of_this_process
from claw.cli.terminal.screen_view import ScreenView
from claw.cli.terminal.styles import QUIET
from claw.cli.terminal.view import View
from claw.errors import KeyMissing
from claw.log import Home
from claw.session.config import Options
from claw.session.trust import home_of
from claw.settings.layers import of_user
from claw.settings.looks import Looks
from claw.settings.looks import looks as read_looks

WELCOME = """
Set what the model needs, and start claw again:
  export ANTHROPIC_API_KEY=...     for Claude
  export OPENAI_API_KEY=...        for OpenAI
  export OPENAI_BASE_URL=http://127.0.0.1:11434/v1
  claw --model NAME                for a server of your own

To see it at work first: claw demo needs no key and no network."""


PLAIN = "CLAW_PLAIN"
"""Variable that says so, too."""


def start(home: Home, options: Options, path: str, prompt: str, *, plain: bool = False) -> int:
    """Talk with the person at this terminal, in words alone if it is to be `plain`; the exit code. Raises ClawError."""
    try:
        return anyio.run(_talk, home, options, path, prompt, plain)
    except Exception as error:
        missing = next((leaf for leaf in leaves(error) if isinstance(leaf, KeyMissing)), None)
        if missing is None:
            raise
        standard().note(f"Welcome to claw. {missing.message}\n{WELCOME}")
        return missing.exit_code


def in_words(plain: bool, looks: Looks, environ: Mapping[str, str]) -> bool:
    """Whether everything is to be said in words, line by line."""
    return plain or looks.screen_reader or environ.get(PLAIN, "").lower() in ("1", "true")


async def _talk(home: Home, options: Options, path: str, prompt: str, plain: bool) -> int:
    looks = read_looks(home_of(options.environ))
    screen = of_this_process(words=in_words(plain, looks, options.environ))
    if not screen.can.dumb:
        screen.theme = theme_of(looks, options.environ)
    chat = Chat(home, options, screen.glyphs)
    chat.view = view = _view(screen, chat, home, options, looks)
    view.print([line(f"claw {__version__} {screen.glyphs.dot} {options.workspace} {screen.glyphs.dot} /help", QUIET)])
    async with view.open():
        session = await chat.run(path, prompt)
    if session:
        standard().note(f"claw resume {session} goes on with this session")
    return view.exit_code


def _view(screen: Screen, chat: Chat, home: Home, options: Options, looks: Looks) -> View:
    user_home = home_of(options.environ)
    settings = os.path.join(user_home, of_user(user_home))
    if screen.can.dumb:
        return PlainView(screen, chat, settings, looks)
    helps = Helps({command.name: command.help for command in COMMANDS.values()}, chat.opened)
    follows = partial(may_follow, chat)
    return ScreenView(screen, chat, helps, follows, options.workspace, Path(home.path) / "history", settings, looks)
