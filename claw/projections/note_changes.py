"""What is to be written into the user's own log for a change of its notes, or why it cannot be made."""

import re
from typing import NamedTuple

from claw.errors import UsageError
from claw.events.memory import MemoryChangeRequested
from claw.events.note import NoteEdited, NoteOrigin, NoteRemoved, NoteWritten
from claw.projections.notes import Note, Notes

LONGEST = 4_000
"""Bytes of UTF-8 of one note."""
MOST_BYTES = 12_000
"""Bytes of all notes of a project, and of all of the user's: so much of them each session is sent."""
MOST = 50
"""Notes of a project, and of the user's."""

Written = NoteWritten | NoteEdited | NoteRemoved

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*(/[A-Za-z0-9][A-Za-z0-9._-]*){0,3}")


class Place(NamedTuple):
    """Where a note is: its project (empty: the user's own), and its name."""

    project: str
    name: str


def place(path: str, project: str) -> Place:
    """What a path means in this project. Raises UsageError."""
    name = path.strip().removeprefix("/").removeprefix("memories/")
    owner = project
    if name.startswith("user/"):
        owner, name = "", name.removeprefix("user/")
    if len(name) > 100 or not _NAME.fullmatch(name):
        raise UsageError(
            f"{path!r} is no path of a note: /memories/NAME.md or /memories/user/NAME.md is, with letters, digits, "
            "'.', '_', '-' in NAME"
        )
    return Place(owner, name)


def wanted_by(
    change: MemoryChangeRequested, notes: Notes, project: str, origin: NoteOrigin
) -> tuple[Written | None, str]:
    """What a call's change comes to (None: it is so already), and what its model is told. Raises UsageError."""
    at = place(change.path, project)
    there = notes.find(*at)
    if change.command == "create":
        if there is None:
            return written(notes, at, change.text, origin), f"File created successfully at: {change.path}"
        return _edited(notes, there, change.text, origin), f"File {change.path} has been overwritten."
    if there is None:
        raise UsageError(f"The path {change.path} does not exist.")
    match change.command:
        case "str_replace":
            text = _replaced(there.text, change)
            return _edited(notes, there, text, origin), f"The memory file has been edited:\n{text}"
        case "insert":
            text = _inserted(there.text, change)
            return _edited(notes, there, text, origin), f"The file {change.path} has been edited:\n{text}"
        case "rename":
            return _renamed(notes, there, change, project, origin), f"{change.path} is {change.to} from now on."
        case _:
            return NoteRemoved(note=there.id, origin=origin), f"{change.path} has been deleted."


def _replaced(text: str, change: MemoryChangeRequested) -> str:
    count = text.count(change.old) if change.old else 0
    if count != 1:
        often = "did not appear" if not count else f"appeared {count} times, and has to be unique,"
        raise UsageError(f"No replacement was performed: old_str {often} in {change.path}.")
    return text.replace(change.old, change.text)


def _inserted(text: str, change: MemoryChangeRequested) -> str:
    lines = text.splitlines()
    if change.line > len(lines):
        raise UsageError(f"insert_line is {change.line}, and {change.path} has {len(lines)} lines.")
    return "\n".join([*lines[: change.line], change.text.removesuffix("\n"), *lines[change.line :]])


def _renamed(notes: Notes, note: Note, change: MemoryChangeRequested, project: str, origin: NoteOrigin) -> NoteEdited:
    to = place(change.to, project)
    if to.project != note.project:
        raise UsageError("A note stays in its project, or among the user's: create it there, and delete it here.")
    if notes.find(*to) is not None:
        raise UsageError(f"The destination {change.to} already exists.")
    return NoteEdited(note=note.id, name=to.name, text=note.text, origin=origin)


def written(notes: Notes, at: Place, text: str, origin: NoteOrigin) -> NoteWritten:
    """A new note. Raises UsageError where there is no room for it."""
    if sum(note.project == at.project for note in notes.by_id.values()) >= MOST:
        raise UsageError(f"There are {MOST} notes already, as many as there may be: take out or join some first.")
    _check_room(notes, at, text, None)
    return NoteWritten(name=at.name, text=text, project=at.project, origin=origin)


def edited(notes: Notes, id: int, text: str, origin: NoteOrigin) -> NoteEdited | None:
    """The note of this id, saying this; None: it does already. Raises UsageError."""
    return _edited(notes, known(notes, id), text, origin)


def removed(notes: Notes, id: int, origin: NoteOrigin) -> NoteRemoved:
    """The end of the note of this id. Raises UsageError."""
    return NoteRemoved(note=known(notes, id).id, origin=origin)


def known(notes: Notes, id: int) -> Note:
    """The note of this id. Raises UsageError."""
    if id not in notes.by_id:
        raise UsageError(f"there is no note {id}", hint="claw memory list shows those that there are")
    return notes.by_id[id]


def _edited(notes: Notes, note: Note, text: str, origin: NoteOrigin) -> NoteEdited | None:
    if note.text == text:
        return None
    _check_room(notes, Place(note.project, note.name), text, note.id)
    return NoteEdited(note=note.id, name=note.name, text=text, origin=origin)


def _check_room(notes: Notes, at: Place, text: str, instead: int | None) -> None:
    if not text.strip():
        raise UsageError("A note says something: this one would be empty.")
    size = len(text.encode())
    if size > LONGEST:
        raise UsageError(f"The note would have {size} bytes, and {LONGEST} are the most: keep what matters.")
    others = (note for note in notes.by_id.values() if note.project == at.project and note.id != instead)
    total = size + sum(len(note.text.encode()) for note in others)
    if total > MOST_BYTES:
        raise UsageError(
            f"All notes here would have {total} bytes, and {MOST_BYTES} are the most: take out or shorten some first."
        )
