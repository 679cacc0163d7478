"""What people are told of command files and skills: where each comes from, who may name it, why one is left out."""

from __future__ import annotations

from collections.abc import Collection
from functools import partial

from msgspec import Struct

from claw.execution.credentials import known_secrets
from claw.execution.masking import without_secrets
from claw.log import Home
from claw.session import trust
from claw.session.config import Options, with_variables
from claw.session.own_commands import OwnCommands
from claw.settings import read_settings
from claw.settings.commands import CommandFile


class Row(Struct, frozen=True):
    kind: str
    name: str
    hint: str
    description: str
    source: str
    where: str
    """The source, and how it is used."""


class Listed(Struct, frozen=True):
    """`notes` has a sentence for each file that counts for nothing, and for what does of one that counts."""

    rows: tuple[Row, ...]
    notes: tuple[str, ...]


def listed(own: OwnCommands, reserved: Collection[str]) -> Listed:
    """`reserved` are the names of claw's own commands. Looks at the disk."""
    found = own.now()
    rows, notes = [], list(found.left_out)
    for file in found.files.values():
        if file.name in reserved:
            notes.append(f"{file.source}:1: left out: /{file.name} is claw's own command.")
            continue
        rows.append(Row(file.kind, file.name, file.hint, file.description, file.source, _where(own, file)))
        notes += [*file.notes, *own.leave(file)[1]]
    return Listed(tuple(rows), tuple(notes))


def _where(own: OwnCommands, file: CommandFile) -> str:
    said = [
        file.source,
        "" if file.by_person else "for the model alone",
        "" if file.by_model else "for you alone",
        f"by an agent{f' of the kind {file.agent}' if file.agent else ''}" if file.fork else "",
        f"for {', '.join(file.paths)}" if file.paths else "",
        "" if own.is_trusted(file) or not file.widens else "not trusted with what it wants",
    ]
    return ", ".join(filter(None, said))


def own_here(home: Home, options: Options) -> OwnCommands:
    """Those of a session in the workspace. Blocks. Raises UsageError."""
    user_home = trust.home_of(options.environ)
    settings = trust.settle(home, options, read_settings(user_home, options.workspace))
    options = with_variables(options, settings)
    mask = partial(without_secrets, secrets=tuple(known_secrets(options.environ)))
    return OwnCommands(options, settings, user_home, mask, str)
