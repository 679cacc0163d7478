"""Slash commands: what each is called, and what it does to a conversation."""

from __future__ import annotations

import re
import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from rich.console import RenderableType

from claw import log
from claw.cli.terminal import agent_lines, budget, models, tables
from claw.cli.terminal.agents import Agents
from claw.cli.terminal.layout import Marked, line
from claw.cli.terminal.screen import Glyphs
from claw.cli.terminal.view import View
from claw.errors import UsageError
from claw.late import load
from claw.log import Address, Home
from claw.providers.catalogue import efforts_of
from claw.session import Session, fork
from claw.settings import mode_named


class Conversation(Protocol):
    """What a command acts on."""

    @property
    def home(self) -> Home: ...
    @property
    def view(self) -> View: ...
    @property
    def glyphs(self) -> Glyphs: ...
    @property
    def session(self) -> Session: ...
    @property
    def followed(self) -> Agents: ...


@dataclass(frozen=True, slots=True)
class Leave:
    """The person wants to go."""


@dataclass(frozen=True, slots=True)
class Switch:
    """Go on with the session at `path`."""

    path: str


@dataclass(frozen=True, slots=True)
class NotACommand:
    """What was typed is for the model."""


Done: TypeAlias = Leave | Switch | NotACommand | None
Function: TypeAlias = Callable[[Conversation, str], Awaitable[Done]]


@dataclass(frozen=True, slots=True)
class Command:
    name: str
    help: str
    function: Function
    argument: str = ""


async def perform(chat: Conversation, text: str) -> Done:
    """Do what was typed, if it is a command. Raises UsageError for one that does not exist or cannot be done now."""
    match = re.fullmatch(r"/([^\W_][\w:.-]*)(?:\s+(.*))?", text.strip(), re.DOTALL)
    if match is None:
        return NotACommand()
    name, argument = match[1], (match[2] or "").strip()
    command = COMMANDS.get("quit" if name == "exit" else name)
    if command is None and chat.session.own is not None and chat.session.own.find(name) is not None:
        return NotACommand()
    if command is None:
        raise UsageError(f"there is no command /{name}", hint="/help lists them")
    if argument and not command.argument:
        raise UsageError(f"/{name} takes no argument")
    _say(chat, Marked(chat.glyphs.prompt, line(text.strip(), "bold"), "bold"))
    return await command.function(chat, argument)


def _say(chat: Conversation, *parts: RenderableType) -> None:
    chat.view.print(parts)


async def _help(chat: Conversation, argument: str) -> Done:
    rows = [(f"/{command.name} {command.argument}".rstrip(), command.help) for command in COMMANDS.values()]
    _say(chat, tables.pairs(rows), tables.pairs(_KEYS))
    return None


_KEYS = [
    ("Enter", "send; while claw works: queue, until this turn is over"),
    ("Ctrl-S", "while claw works: steer; the model reads it with its next request"),
    ("Alt-Enter, \\ Enter", "a new line"),
    ("Esc, Ctrl-C", "interrupt the turn"),
    ("Ctrl-C twice, Ctrl-D", "leave"),
    ("Shift-Tab", "next permission mode"),
    ("Ctrl-O", "agents at work: in one line, or each in one"),
    ("@path", "mention a file"),
    ("!command", "run it in your own shell; the model reads what it said with your next message"),
]


async def _model(chat: Conversation, argument: str) -> Done:
    name, _, effort = argument.partition(" ")
    if not name:
        state = chat.session.state
        model = state.session.settings.model.in_mode(state.permissions.mode)
        _say(chat, models.line_of(model))
        chosen = await chat.view.choose(models.SUBJECT, models.choices(model, chat.session.models_here()))
        if not chosen:
            _say(chat, line(f"it goes on with {model.name}", "dim"))
            return None
        name = chosen
    await chat.session.configure(model=name, effort=effort.strip() or None)
    return None


async def _effort(chat: Conversation, argument: str) -> Done:
    if argument:
        await chat.session.configure(effort=argument)
        return None
    model = chat.session.state.session.settings.model
    can = ", ".join(("off", *efforts_of(model)))
    _say(chat, line(f"{model.name} thinks with effort {model.effort}; it can be told: {can}"))
    return None


async def _cost(chat: Conversation, argument: str) -> Done:
    _say(chat, tables.cost(chat.session.state.usage))
    return None


async def _budget(chat: Conversation, argument: str) -> Done:
    if argument:
        await chat.session.configure(limits=budget.changed(chat.session.state.session.settings.limits, argument))
    _say(chat, budget.shown(chat.session.state))
    return None


async def _steer(chat: Conversation, argument: str) -> Done:
    if not argument:
        raise UsageError("what should the model know?", hint="/steer WORDS")
    await chat.session.send(argument)
    return None


async def _btw(chat: Conversation, argument: str) -> Done:
    if not argument:
        raise UsageError("what do you want to know?", hint="/btw QUESTION")
    await chat.session.aside(argument)
    return None


async def _compact(chat: Conversation, argument: str) -> Done:
    if argument == "undo":
        await chat.session.command("uncompact")
    else:
        await chat.session.command("compact", argument.removeprefix("focus on ").strip())
    return None


async def _context(chat: Conversation, argument: str) -> Done:
    _say(chat, load("claw.cli.terminal.context_table", "shown")(chat.session.state))
    return None


async def _memory(chat: Conversation, argument: str) -> Done:
    perform = load("claw.cli.terminal.memory", "perform")
    _say(chat, *await perform(chat.home, chat.session, chat.view, argument))
    return None


async def _skills(chat: Conversation, argument: str) -> Done:
    _say(chat, load("claw.cli.terminal.own", "shown")(chat.session, COMMANDS))
    return None


async def _clear(chat: Conversation, argument: str) -> Done:
    await chat.session.command("clear")
    return None


async def _permissions(chat: Conversation, argument: str) -> Done:
    verb, _, rest = argument.partition(" ")
    rest = rest.strip()
    match verb:
        case "":
            _say(chat, tables.permissions(chat.session.state.permissions))
        case "mode" if rest:
            await chat.session.configure(mode=mode_named(rest))
        case "revoke" if rest:
            if rest not in [grant.rule for grant in chat.session.state.permissions.grants]:
                raise UsageError(f"{rest} was not granted in this session", hint="/permissions lists what was")
            await chat.session.command("revoke", rest)
        case _:
            raise UsageError(f"/permissions cannot {argument!r}", hint="/permissions [mode MODE | revoke RULE]")
    return None


async def _bashes(chat: Conversation, argument: str) -> Done:
    _say(chat, tables.shells(chat.session.state.shells))
    return None


async def _agents(chat: Conversation, argument: str) -> Done:
    verb, _, rest = argument.partition(" ")
    number, _, words = rest.strip().partition(" ")
    match verb:
        case "":
            _list_agents(chat)
        case "stop" if _is_number(number) and not words:
            await chat.session.stop(int(number))
            _say(chat, line(f"agent {number} is being stopped, with all below it", "dim"))
        case "tell" if _is_number(number) and words.strip():
            await chat.session.tell(int(number), words.strip())
            _say(chat, line(f"agent {number} reads it before its next step", "dim"))
        case _ if _is_number(verb) and not rest:
            _look_at(chat, int(verb))
        case _:
            raise UsageError(f"/agents cannot {argument!r}", hint=f"/agents {_AGENTS}")
    return None


def _is_number(text: str) -> bool:
    return re.fullmatch(r"[0-9]{1,9}", text) is not None


_MEMORY = "[show N | edit N [TEXT] | remove N | on | off]"
_AGENTS = "[N | tell N WORDS | stop N]"


def _look_at(chat: Conversation, number: int) -> None:
    one = chat.followed.known.get(number)
    if one is None:
        raise UsageError(f"there is no agent {number}", hint="/agents lists those that there are")
    session = chat.session
    shown = agent_lines.look(one, chat.followed, session.state, time.time_ns(), session.load, chat.glyphs)
    _say(chat, shown, line(f"claw log {session.id} --agent {number} has all of it", "dim"))


def _list_agents(chat: Conversation) -> None:
    state, known = chat.session.state, chat.session.agents
    if chat.followed.known:
        _say(chat, agent_lines.table(chat.followed, state, time.time_ns()))
    _say(chat, tables.agents(state.kinds.known, state.tools.offered))
    for sentence in (*known.left_out, *known.notes):
        _say(chat, line(sentence, "dim"))


def may_follow(chat: Conversation, text: str) -> Iterable[tuple[str, str]]:
    """What the last word of the command may be that stands before the cursor, and what each means."""
    match text.split()[1:], text[-1].isspace():
        case ([], _) | ([_], False) if text.startswith("/agents "):
            yield from (("tell", "say something to an agent at work"), ("stop", "stop an agent at work"))
            yield from ((str(one.id), one.title) for one in chat.followed.known.values())
        case ([("tell" | "stop")], True) | ([("tell" | "stop"), _], False) if text.startswith("/agents "):
            yield from ((str(one.id), one.title) for one in chat.followed.at_work)


async def _resume(chat: Conversation, argument: str) -> Done:
    if not argument:
        _say(chat, tables.sessions(chat.home, chat.session.id), line("/resume S goes on with one of them", "dim"))
        return None
    path = str(log.find(chat.home, argument))
    if path == chat.session.path:
        raise UsageError("that is this session")
    _refuse_while_busy(chat, "resume")
    return Switch(path)


async def _fork(chat: Conversation, argument: str) -> Done:
    _refuse_while_busy(chat, "fork")
    match = re.fullmatch(r"@?(\d{1,18})?(\^)?", argument)
    if match is None or (match[2] and not match[1]):
        raise UsageError(f"{argument!r} is no step of this session", hint="/fork [n | n^]")
    address = Address(chat.session.id, int(match[1]) if match[1] else None, bool(match[2]))
    at = log.fork_point(chat.session.path, address)
    made = fork(chat.home, chat.session.path, at)
    return Switch(str(chat.home.session_path(made)))


async def _rename(chat: Conversation, argument: str) -> Done:
    if not argument:
        raise UsageError("which name?", hint="/rename NAME")
    await chat.session.rename(argument)
    return None


async def _quit(chat: Conversation, argument: str) -> Done:
    return Leave()


def _refuse_while_busy(chat: Conversation, name: str) -> None:
    if not chat.session.state.main.quiet:
        raise UsageError(f"/{name} has to wait until this turn is over", hint="press Esc to interrupt the turn")


COMMANDS = {
    command.name: command
    for command in (
        Command("help", "list the commands and keys", _help),
        Command("model", "choose the model, or go on with this one", _model, "[NAME [EFFORT]]"),
        Command("effort", "how much the model thinks", _effort, "[off | low | medium | high]"),
        Command("cost", "tokens and money, by model", _cost),
        Command("budget", "limits of turns, money, tokens and time, or set one", _budget, budget.USAGE),
        Command("context", "what takes how much of the model's window, and what could go", _context),
        Command("steer", "say something into the turn that runs; the model reads it next", _steer, "WORDS"),
        Command("btw", "ask beside the conversation, also while claw works; it goes on without it", _btw, "QUESTION"),
        Command("compact", "summarise the conversation to make room, or take that back", _compact, "[FOCUS | undo]"),
        Command("memory", "notes for later sessions: list, show, change, remove; on or off", _memory, _MEMORY),
        Command("permissions", "mode, rules and grants", _permissions, "[mode MODE | revoke RULE]"),
        Command("bashes", "commands that run in the background", _bashes),
        Command("agents", "agents and their kinds; look at one, say something to it, stop it", _agents, _AGENTS),
        Command("skills", "commands and skills of your own and of this folder, and why one is left out", _skills),
        Command("clear", "begin the conversation anew", _clear),
        Command("resume", "list sessions, or go on with another", _resume, "[S]"),
        Command("fork", "branch here or at step n, and go on there", _fork, "[n | n^]"),
        Command("rename", "give this session a name", _rename, "NAME"),
        Command("quit", "leave", _quit),
    )
}
