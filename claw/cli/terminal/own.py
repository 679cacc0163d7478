"""Command files and skills in the terminal: the list of them, and completion of their names."""

from __future__ import annotations

from collections.abc import Callable, Collection, ItemsView, Iterator, Mapping

from rich.console import Group, RenderableType

from claw.cli.sanitize import clean_line
from claw.cli.terminal import tables
from claw.cli.terminal.commands.registry import RESERVED
from claw.cli.terminal.layout import line
from claw.cli.terminal.styles import QUIET
from claw.late import load
from claw.session import Session


def shown(session: Session, reserved: Collection[str]) -> RenderableType:
    """Those that there are now, and why one is left out."""
    if session.own is None:
        return line("no commands or skills of your own: ~/.claude/commands and ~/.claude/skills may have some", QUIET)
    listed = load("claw.session.own_listing", "listed")(session.own, reserved)
    rows = [(f"/{one.name} {one.hint}".rstrip(), f"{one.description} ({one.where})") for one in listed.rows]
    sentences = [line(clean_line(sentence), QUIET) for sentence in listed.notes]
    return Group(tables.pairs([(clean_line(name), clean_line(text)) for name, text in rows]), *sentences)


class Helps(Mapping[str, str]):
    """The help of each slash command, by name: claw's own, and the files that there are now behind them."""

    def __init__(self, builtin: Mapping[str, str], opened: Callable[[], Session | None]) -> None:
        self._builtin = builtin
        self._opened = opened

    def __getitem__(self, name: str) -> str:
        return self._all()[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._all())

    def __len__(self) -> int:
        return len(self._all())

    def items(self) -> ItemsView[str, str]:
        """With one look at the disk."""
        return self._all().items()

    def _all(self) -> dict[str, str]:
        session = self._opened()
        own = session.own if session is not None else None
        if own is None:
            return dict(self._builtin)
        files = (file for file in own.now().files.values() if file.by_person and file.name not in RESERVED)
        told = {file.name: clean_line(" ".join(filter(None, (file.hint, file.description)))) for file in files}
        return {**self._builtin, **told}
