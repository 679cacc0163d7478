"""Commands that show how things stand."""

from __future__ import annotations

from claw.cli.terminal import tables
from claw.cli.terminal.commands.conversation import Conversation, Done, say
from claw.cli.terminal.commands.registry import COMMANDS, RESERVED, named, nearest
from claw.errors import UsageError
from claw.late import load


async def help_(chat: Conversation, argument: str) -> Done:
    if not argument:
        rows = [(command.usage, command.help) for command in COMMANDS.values()]
        say(chat, tables.pairs(rows), tables.pairs(_KEYS))
        return None
    name = argument.removeprefix("/")
    command = named(name)
    if command is None:
        near = nearest(name)
        raise UsageError(f"there is no command /{name}", hint=f"/help {near}" if near else "/help lists them")
    rows = [
        (command.usage, command.help),
        ("also as", ", ".join(f"/{other}" for other in command.aliases)),
        ("while claw works", "has to wait until the turn is over" if command.idle else "can be used"),
        ("from a shell", command.outside),
    ]
    say(chat, tables.pairs([row for row in rows if row[1]]))
    return None


async def cost(chat: Conversation, argument: str) -> Done:
    say(chat, tables.cost(chat.session.state.usage))
    return None


async def context(chat: Conversation, argument: str) -> Done:
    say(chat, load("claw.cli.terminal.context_table", "shown")(chat.session.state))
    return None


async def memory(chat: Conversation, argument: str) -> Done:
    perform = load("claw.cli.terminal.memory", "perform")
    say(chat, *await perform(chat.home, chat.session, chat.view, argument))
    return None


async def skills(chat: Conversation, argument: str) -> Done:
    say(chat, load("claw.cli.terminal.own", "shown")(chat.session, RESERVED))
    return None


async def plugin(chat: Conversation, argument: str) -> Done:
    say(chat, load("claw.cli.terminal.plugins", "shown")(chat.home, chat.session))
    return None


async def bashes(chat: Conversation, argument: str) -> Done:
    say(chat, tables.shells(chat.session.state.shells))
    return None


_KEYS = [
    ("Enter", "send; while claw works: queue, until this turn is over"),
    ("Ctrl-S", "while claw works: steer; the model reads it with its next request"),
    ("Up", "on an empty line, while something is queued: take the last of it back"),
    ("Alt-Enter, \\ Enter", "a new line"),
    ("Esc, Ctrl-C", "interrupt the turn; with vi keys Esc leaves the insertion first"),
    ("Ctrl-C twice, Ctrl-D", "leave"),
    ("Ctrl-R", "search what was typed before"),
    ("Ctrl-G", "write the line in your editor ($VISUAL, $EDITOR)"),
    ("Shift-Tab", "next permission mode"),
    ("Ctrl-O", "the whole session with nothing folded, to scroll and search; q leaves it"),
    ("Ctrl-T", "agents at work: in one line, or each in one"),
    ("@path", "mention a file; some letters of its path find it"),
    ("!command", "run it in your own shell; the model reads what it said with your next message"),
]
