"""`claw plugin`: folders of commands, skills, agents and hooks, installed by a person's yes to just their files."""

from __future__ import annotations

import os
import sys

import msgspec

from claw.cli import plugin_words as words
from claw.cli.offline import lookup
from claw.cli.offline.style import YELLOW, paint, put
from claw.cli.offline.table import Column, Table
from claw.cli.output import standard
from claw.cli.sanitize import clean_line, reveal_line
from claw.errors import UsageError
from claw.session.plugin_store import PluginStore, Staged
from claw.session.plugins import checked

NEXT = "Sessions that begin from here on have it."


def plugin() -> int:
    """Folders of commands, skills, agents and hooks."""
    raise UsageError("claw plugin what?", hint="claw plugin --help")


def install(source: str, yes: bool = False) -> int:
    """Show what it brings, and install it once a person has said yes. Raises ClawError."""
    store = _store()
    with store.staged(source) as staged:
        before = store.records().plugins.get(staged.name)
        if before is not None and before.digest == staged.digest and _is_whole(before.name):
            store.keep(staged)
            standard().answer(f"{staged.name} is installed already, with just these files\n")
            return 0
        _show(staged)
        if before is not None:
            standard().note(f"It takes the place of the {staged.name} that is installed, from {before.source.shown}.")
        if not _agreed(f"Install {staged.name}?", "installed", yes=yes):
            return 1
        store.keep(staged)
        standard().answer(f"installed: {staged.name}\n")
    standard().note(NEXT)
    return 0


def update(name: str | None = None, yes: bool = False) -> int:
    """Look where a plugin was taken from, and take what is there now once a person has said yes. Raises ClawError."""
    store = _store()
    names = [name] if name else sorted(store.records().plugins)
    if not names:
        standard().note("No plugin is installed.")
    refused = 0
    for one in names:
        refused += _updated(store, one, yes=yes)
    return 1 if refused else 0


def _updated(store: PluginStore, name: str, *, yes: bool) -> bool:
    """Whether it was not updated, though it is another by now."""
    before = store.installed(name)
    with store.again(before) as staged:
        if staged.digest == before.digest and _is_whole(name):
            standard().answer(f"{name} is as it was\n")
            return False
        _show(staged)
        if others := store.difference(staged):
            standard().note(f"Against what is installed: {reveal_line(others)}.")
        if not _agreed(f"Update {name}?", "updated", yes=yes):
            return True
        store.keep(staged)
        standard().answer(f"updated: {name}\n")
    return False


def _is_whole(name: str) -> bool:
    """Whether what is installed is what was said yes to."""
    found = _store().records().plugins.get(name)
    return found is not None and not checked(str(lookup.home().path), found).why


def list_(json: bool = False) -> None:
    """List the plugins that are installed, with what is wrong with one. Raises ClawError."""
    home, output = str(lookup.home().path), standard()
    records = _store().records()
    found = [checked(home, records.plugins[name]) for name in sorted(records.plugins)]
    if json:
        for one in found:
            output.answer_json(msgspec.json.encode(words.plain(one)))
        return
    if not found:
        output.note("No plugin is installed: claw plugin install SOURCE")
        return
    table = Table(
        (
            Column("name"),
            Column("version"),
            Column("state"),
            Column("brings", shrinks=True),
            Column("from", shrinks=True),
        )
    )
    for one in found:
        brings = words.counted(one.brought) if one.brought else ""
        table.add(one.installed.name, one.installed.version, words.state(one), brings, one.installed.source.shown)
    table.show(output)
    notes = [note for one in found for note in (one.why, *(one.brought.notes if one.brought else ())) if note]
    if notes:
        put(["", *(paint(clean_line(note), YELLOW) for note in notes)])


def show(what: str, json: bool = False) -> None:
    """Show what a plugin brings, whether it is installed or not. Raises ClawError."""
    store = _store()
    known = store.records().plugins.get(what)
    if known is None:
        with store.staged(what) as staged:
            if json:
                standard().answer_json(msgspec.json.encode(words.of_staged(staged)))
            else:
                _show(staged)
        return
    one = checked(str(lookup.home().path), known)
    if json:
        standard().answer_json(msgspec.json.encode(words.plain(one)))
    elif one.brought is None:
        raise UsageError(one.why)
    else:
        _print(
            words.heading(one.brought, one.installed.source, one.installed.digest), words.rows(one.brought, one.root)
        )
        put([paint(clean_line(note), YELLOW) for note in one.brought.notes])


def remove(name: str) -> None:
    """Take a plugin out. Raises ClawError."""
    _store().remove(name)
    standard().answer(f"removed: {name}\n")


def enable(name: str) -> None:
    """Have a plugin take part again. Raises ClawError."""
    store = _store()
    store.enable(name, enabled=True)
    standard().answer(f"enabled: {name}\n")
    if why := checked(str(lookup.home().path), store.installed(name)).why:
        standard().note(f"But {why}.")


def disable(name: str) -> None:
    """Keep a plugin, and have it take no part. Raises ClawError."""
    _store().enable(name, enabled=False)
    standard().answer(f"disabled: {name}\n")


def marketplace(what: str | None = None, source: str | None = None, json: bool = False) -> int:
    """The marketplaces that are known: list them or what one has, add or remove one. Raises ClawError."""
    store, output = _store(), standard()
    if what == "add" and source:
        with store.marketplace(source) as (market, at):
            store.know(market, at)
        output.answer(f"added: {market.name}\n")
        output.note(f"It has {len(market.entries)} plugins: claw plugin marketplace {market.name}")
        return 0
    if what == "remove" and source:
        store.forget(source)
        output.answer(f"removed: {source}\n")
        return 0
    if what in ("add", "remove") or source:
        raise UsageError("which marketplace?", hint="claw plugin marketplace add SOURCE, or remove NAME")
    if what is None:
        _list_marketplaces(store, json=json)
        return 0
    with store.marketplace(what) as (market, _):
        entries = market.entries.values()
        if json:
            plain = [{"name": one.name, "version": one.version, "description": one.description} for one in entries]
            output.answer_json(msgspec.json.encode({"name": market.name, "plugins": plain, "notes": market.notes}))
            return 0
        table = Table((Column("name"), Column("version"), Column("what it is for", shrinks=True)))
        for one in entries:
            table.add(f"{one.name}@{market.name}", one.version, one.description)
        table.show(output)
        put([paint(clean_line(note), YELLOW) for note in market.notes])
    return 0


def _list_marketplaces(store: PluginStore, *, json: bool) -> None:
    known = store.records().marketplaces
    if json:
        for name, source in sorted(known.items()):
            standard().answer_json(msgspec.json.encode({"name": name, "source": source}))
        return
    if not known:
        standard().note("No marketplace is known: claw plugin marketplace add SOURCE")
        return
    table = Table((Column("name"), Column("from", shrinks=True)))
    for name, source in sorted(known.items()):
        table.add(name, source.shown)
    table.show(standard())


def _store() -> PluginStore:
    return PluginStore(lookup.home(), os.environ)


def _show(staged: Staged) -> None:
    _print(words.heading(staged.brought, staged.source, staged.digest), words.rows(staged.brought, staged.folder))
    put([paint(clean_line(note), YELLOW) for note in staged.brought.notes])


def _print(heading: str, rows: list[tuple[str, str]]) -> None:
    put([reveal_line(heading), *(f"  {kind}  {reveal_line(text)}" for kind, text in rows)])


def _agreed(question: str, done: str, *, yes: bool) -> bool:
    """Whether the person wants just that."""
    if yes:
        return True
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise UsageError(
            f"nothing is {done} without a yes", hint="the same with --yes, once you have read what it brings"
        )
    sys.stderr.write(f"{question} Hooks run as your own programs, and what commands allow counts. [y/N] ")
    sys.stderr.flush()
    if sys.stdin.readline().strip().lower() in ("y", "yes"):
        return True
    standard().note(f"Nothing is {done}.")
    return False
