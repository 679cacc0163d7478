"""What may stand behind the names of slash commands: words, with what each means.

Each function gets what is typed behind the command's name, up to the cursor.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import TypeAlias, get_args

from claw import log
from claw.cli.terminal.budget import FIELDS
from claw.cli.terminal.commands import registry
from claw.cli.terminal.commands.conversation import Conversation
from claw.cli.terminal.commands.looking import THEMES
from claw.events.permission import Mode
from claw.providers.catalogue import efforts_of

Words: TypeAlias = Iterator[tuple[str, str]]

LISTED = 50
"""Sessions that are offered: those that were written to last."""


def _before(typed: str) -> list[str]:
    """The words that are whole."""
    words = typed.split()
    return words if not typed or typed[-1].isspace() else words[:-1]


def commands(chat: Conversation, typed: str) -> Words:
    if not _before(typed):
        yield from ((command.name, command.help) for command in registry.COMMANDS.values())


def models(chat: Conversation, typed: str) -> Words:
    before = _before(typed)
    if not before:
        yield from ((model.name, model.provider) for model in chat.session.models_here())
    elif len(before) == 1:
        yield from efforts(chat, "")


def efforts(chat: Conversation, typed: str) -> Words:
    if not _before(typed):
        yield "off", "no thinking"
        yield from ((effort, "") for effort in efforts_of(chat.session.state.session.settings.model))


def styles(chat: Conversation, typed: str) -> Words:
    if not _before(typed):
        yield from ((row.name, row.description) for row in chat.session.styles_here())


def limits(chat: Conversation, typed: str) -> Words:
    before = _before(typed)
    if not before:
        yield from ((what, "") for what in FIELDS)
    elif len(before) == 1:
        yield "off", "no limit"


def themes(chat: Conversation, typed: str) -> Words:
    if not _before(typed):
        yield from THEMES.items()


def status_lines(chat: Conversation, typed: str) -> Words:
    if not _before(typed):
        yield from (("use", "have this command write it"), ("off", "no status line"))


def undo(chat: Conversation, typed: str) -> Words:
    if not _before(typed):
        yield "undo", "take the last summary back"


def memory(chat: Conversation, typed: str) -> Words:
    if not _before(typed):
        yield from (
            ("show", "all of a note"),
            ("edit", "change a note"),
            ("remove", "take a note out"),
            ("on", "load and write notes"),
            ("off", "no notes"),
        )


def permissions(chat: Conversation, typed: str) -> Words:
    match _before(typed):
        case []:
            yield from (("mode", "choose the mode"), ("revoke", "take back what was allowed"))
        case ["mode"]:
            yield from ((mode, "") for mode in get_args(Mode))
        case ["revoke"]:
            yield from grants(chat, "")


def grants(chat: Conversation, typed: str) -> Words:
    if not _before(typed):
        yield from ((grant.rule, f"for {grant.scope}") for grant in chat.session.state.permissions.grants)


def agents(chat: Conversation, typed: str) -> Words:
    match _before(typed):
        case []:
            yield from (("tell", "say something to an agent at work"), ("stop", "stop an agent at work"))
            yield from ((str(one.id), one.title) for one in chat.followed.known.values())
        case ["tell" | "stop"]:
            yield from ((str(one.id), one.title) for one in chat.followed.at_work)


def sessions(chat: Conversation, typed: str) -> Words:
    if _before(typed):
        return
    known = (one.entry for one in log.Catalogue(chat.home).newest() if one.entry)
    for entry in itertools.islice(known, LISTED):
        if entry.id != chat.session.id:
            yield entry.name or entry.id, entry.title or entry.workspace


def tags(chat: Conversation, typed: str) -> Words:
    """Those that other sessions have, and, behind a dash, those that this one has."""
    own = chat.session.state.session.tags
    if typed.split(" ")[-1].startswith("-"):
        yield from ((f"-{tag}", "remove it") for tag in own)
        return
    known = (one.entry for one in log.Catalogue(chat.home).newest() if one.entry)
    found = {tag for entry in itertools.islice(known, LISTED) for tag in entry.tags}
    yield from ((tag, "") for tag in sorted(found.difference(own)))


def servers(chat: Conversation, typed: str) -> Words:
    if not _before(typed):
        yield from ((name, link.server.shown) for name, link in chat.session.state.mcp.servers.items())
