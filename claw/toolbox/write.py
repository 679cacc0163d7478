"""Write: a whole file at once."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, Field

from claw.errors import ToolError
from claw.events.request import ToolSpec
from claw.toolbox.arguments import Arguments, parsed, schema_of
from claw.toolbox.base import Facts, Outcome, Place, Report
from claw.toolbox.files import File, write_atomic
from claw.toolbox.masking import masked, must_not_write_masks
from claw.toolbox.paths import judged, shown
from claw.toolbox.seen import current, remember
from claw.toolbox.text import decoded, lines_of, numbered
from claw.toolbox.threads import finished

SNIPPET = 8
"""Lines of the written file that are shown again."""

DESCRIPTION = """\
Write a whole file; the text is stored exactly as given, with missing folders made on the way.
- `file_path` is absolute, or relative to the workspace.
- An existing file is overwritten only if you have read it with Read in this session and it has not changed since.
- To change part of a file use Edit: it is shorter and cannot lose the rest.
- Do not make documentation files that nobody asked for."""


class WriteArguments(Arguments):
    file_path: Annotated[str, Field(description="The file to write")]
    content: Annotated[str, Field(description="All of the file's text")]


class Write:
    spec = ToolSpec(
        name="Write",
        description=DESCRIPTION,
        schema=schema_of(WriteArguments),
        footprint="write",
        paths=("file_path",),
    )
    arguments: type[BaseModel] = WriteArguments

    def paths(self, arguments: BaseModel) -> tuple[tuple[str, str], ...]:
        assert isinstance(arguments, WriteArguments)
        return (("file_path", arguments.file_path),)

    async def run(self, arguments: dict[str, Any], facts: Facts, place: Place, report: Report) -> Outcome:
        wanted = parsed("Write", WriteArguments, arguments)
        return Outcome(await finished(lambda: _write(wanted, facts, place)))


def _write(wanted: WriteArguments, facts: Facts, place: Place) -> str:
    (fact,) = facts.paths
    path = judged(fact, place)
    name = shown(path, place)
    data = wanted.content.encode()
    try:
        if fact.given.endswith("/"):
            raise IsADirectoryError(path)
        old = _old(path, name, place)
        must_not_write_masks(_text(old), wanted.content)
        write_atomic(facts.grant, fact.canonical, data, old.stat if old else None, place.workspace, path)
    except IsADirectoryError:
        raise ToolError(f"{name} is a folder, not a file.") from None
    except OSError as error:
        raise ToolError(f"{name} cannot be written: {error.strerror}.") from None
    remember(path, data, place)
    return _told(wanted.content, name, old, place)


def _old(path: str, name: str, place: Place) -> File | None:
    try:
        return current(path, name, place)
    except FileNotFoundError:
        return None


def _text(file: File | None) -> str:
    text = decoded(file.data) if file else None
    return text.text if text else ""


def _told(content: str, name: str, old: File | None, place: Place) -> str:
    lines = lines_of(masked(content, place))
    told = f"{'Overwrote' if old else 'Created'} {name} ({len(lines)} lines)."
    if lines:
        told += f"\n{numbered(lines[:SNIPPET], 1)}"
    if len(lines) > SNIPPET:
        told += "\n…"
    if "\r\n" in _text(old) and "\r\n" not in content:
        told += "\n(Note: the lines ended in CRLF before; they end in LF now.)"
    return told
