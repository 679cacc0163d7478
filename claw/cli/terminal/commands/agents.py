"""`/agents`: who is at work, and what is said to them."""

from __future__ import annotations

import re
import time

from claw.cli.terminal import agent_lines, tables
from claw.cli.terminal.commands.conversation import Conversation, Done, say
from claw.cli.terminal.commands.registry import COMMANDS
from claw.cli.terminal.layout import line
from claw.cli.terminal.styles import QUIET
from claw.errors import UsageError


async def agents(chat: Conversation, argument: str) -> Done:
    verb, _, rest = argument.partition(" ")
    number, _, words = rest.strip().partition(" ")
    match verb:
        case "":
            _list_agents(chat)
        case "stop" if _is_number(number) and not words:
            await chat.session.stop(int(number))
            say(chat, line(f"agent {number} is being stopped, with all below it", QUIET))
        case "tell" if _is_number(number) and words.strip():
            await chat.session.tell(int(number), words.strip())
            say(chat, line(f"agent {number} reads it before its next step", QUIET))
        case _ if _is_number(verb) and not rest:
            _look_at(chat, int(verb))
        case _:
            raise UsageError(f"/agents cannot {argument!r}", hint=COMMANDS["agents"].usage)
    return None


def _is_number(text: str) -> bool:
    return re.fullmatch(r"[0-9]{1,9}", text) is not None


def _look_at(chat: Conversation, number: int) -> None:
    one = chat.followed.known.get(number)
    if one is None:
        raise UsageError(f"there is no agent {number}", hint="/agents lists those that there are")
    session = chat.session
    shown = agent_lines.look(one, chat.followed, session.state, time.time_ns(), session.load, chat.glyphs)
    say(chat, shown, line(f"claw log {session.id} --agent {number} has all of it", QUIET))


def _list_agents(chat: Conversation) -> None:
    state, known = chat.session.state, chat.session.agents
    if chat.followed.known:
        say(chat, agent_lines.table(chat.followed, state, time.time_ns()))
    say(chat, tables.agents(state.kinds.known, state.tools.offered))
    for sentence in (*known.left_out, *known.notes):
        say(chat, line(sentence, QUIET))
