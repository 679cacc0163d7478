"""A conversation from its beginning to its end: which face, and what is said on leaving."""

from __future__ import annotations

import os
from pathlib import Path

import anyio

from claw import __version__
from claw.cli.groups import leaves
from claw.cli.output import standard
from claw.cli.terminal.chat import Chat
from claw.cli.terminal.commands import COMMANDS
from claw.cli.terminal.face import Face
from claw.cli.terminal.layout import line
from claw.cli.terminal.plain import Plain
from claw.cli.terminal.screen import Screen, of_this_process
from claw.cli.terminal.screenful import Screenful
from claw.errors import KeyMissing
from claw.log import Home
from claw.session.config import Options

WELCOME = """
Set what the model needs, and start claw again:
  export ANTHROPIC_API_KEY=...     for Claude
  export OPENAI_API_KEY=...        for OpenAI
  export OPENAI_BASE_URL=http://127.0.0.1:11434/v1
  claw --model NAME                for a server of your own

To see it at work first: claw demo needs no key and no network."""


def start(home: Home, options: Options, path: str, prompt: str) -> int:
    """Talk with the person at this terminal; the exit code. Raises ClawError."""
    try:
        return anyio.run(_talk, home, options, path, prompt)
    except Exception as error:
        missing = next((leaf for leaf in leaves(error) if isinstance(leaf, KeyMissing)), None)
        if missing is None:
            raise
        standard().note(f"Welcome to claw. {missing.message}\n{WELCOME}")
        return missing.exit_code


async def _talk(home: Home, options: Options, path: str, prompt: str) -> int:
    screen = of_this_process()
    chat = Chat(home, options, screen.glyphs)
    chat.face = face = _face(screen, chat, home, options)
    face.print([line(f"claw {__version__} {screen.glyphs.dot} {options.workspace} {screen.glyphs.dot} /help", "dim")])
    async with face.open():
        session = await chat.run(path, prompt)
    if session:
        standard().note(f"claw resume {session} goes on with this session")
    return face.exit_code


def _face(screen: Screen, chat: Chat, home: Home, options: Options) -> Face:
    settings = os.path.join(options.environ.get("HOME") or os.path.expanduser("~"), ".claude", "settings.json")
    if screen.can.dumb:
        return Plain(screen, chat, settings)
    helps = {command.name: command.help for command in COMMANDS.values()}
    return Screenful(screen, chat, helps, options.workspace, Path(home.path) / "history", settings)
