"""`/copy`: the last answer, for the clipboard."""

from __future__ import annotations

import base64
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from functools import partial

from claw.cli.terminal.commands.conversation import Conversation, Done, say
from claw.cli.terminal.layout import line
from claw.cli.terminal.styles import QUIET
from claw.errors import UsageError
from claw.events.content import TextBlock
from claw.execution.threads import finished

LONGEST = 74_994
"""Bytes that the terminals take which take the least."""
PATIENCE_S = 5.0


async def copy(chat: Conversation, argument: str) -> Done:
    text = _last_answer(chat)
    data = text.encode("utf-8", "replace")
    told = [f"copied: {len(text)} characters"]
    if len(data) > LONGEST:
        told.append("too long for the terminal to take")
    elif chat.view.clipboard(base64.b64encode(data).decode()):
        told.append("by the terminal, where it allows that")
    program = _program(chat.options.environ)
    environ = chat.options.environ
    taken = await finished(partial(_given, program, data, environ)) if program else False
    if taken:
        told.append(f"by {os.path.basename(program[0])}")
    if len(told) == 1 or told[1:] == ["too long for the terminal to take"]:
        raise UsageError("neither this terminal nor a program takes it: wl-copy, xclip, pbcopy", hint="/export FILE")
    say(chat, line(", ".join(told), QUIET))
    return None


def _last_answer(chat: Conversation) -> str:
    """What the model has last said to the person. Raises UsageError where it has said nothing."""
    for entry in reversed(chat.session.state.main.conversation.entries):
        said = [block.text for block in entry.blocks if isinstance(block, TextBlock)]
        if entry.role == "assistant" and said:
            return "\n\n".join(chat.session.load(text) for text in said)
    raise UsageError("there is no answer yet that could be copied")


def _program(environ: Mapping[str, str]) -> list[str]:
    """The command line of what this desktop gives things to its clipboard with; empty: there is none."""
    programs = [
        (sys.platform == "darwin", ["pbcopy"]),
        (bool(environ.get("WAYLAND_DISPLAY")), ["wl-copy"]),
        (bool(environ.get("DISPLAY")), ["xclip", "-selection", "clipboard"]),
    ]
    # A folder of the repository's may stand in PATH by a relative name.
    path = os.pathsep.join(
        folder for folder in environ.get("PATH", os.defpath).split(os.pathsep) if os.path.isabs(folder)
    )
    for there, words in programs:
        found = shutil.which(words[0], path=path) if there else None
        if found:
            return [found, *words[1:]]
    return []


def _given(words: list[str], data: bytes, environ: Mapping[str, str]) -> bool:
    """Whether the program has taken it."""
    nowhere = subprocess.DEVNULL
    try:
        done = subprocess.run(
            words, input=data, stdout=nowhere, stderr=nowhere, env=dict(environ), timeout=PATIENCE_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0
