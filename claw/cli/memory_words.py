"""Notes for later sessions in words for people, in the terminal and outside."""

from __future__ import annotations

from claw.events.memory import MemoryLoaded
from claw.projections.long_term import path_of
from claw.projections.notes import Note
from claw.session.notes import date_of, remembered

MEANS = (
    "With long-term memory on, the model may write notes for later sessions, of which each is shown to you first; they "
    "stand in your own log (claw log user). Sessions load those of their project, and those for all projects, and send "
    "them to the model. claw memory off ends that, in all projects."
)
KEPT = "What it said stays in your own log, as all that was ever written there: claw log user."


def read(event: MemoryLoaded) -> str:
    """What a person who works with the session sees of it; empty: nothing."""
    if event.problem:
        return f"notes of earlier sessions could not be read: {event.problem}"
    if not event.notes:
        return ""
    which = "1 note" if len(event.notes) == 1 else f"{len(event.notes)} notes"
    return f"read {which} of earlier sessions; /memory shows them"


def path(note: Note) -> str:
    """As the model names it."""
    return path_of(remembered(note))


def origin(note: Note) -> str:
    """Who has written what it says now, where and when."""
    who = "you" if note.origin.by == "person" else "a model"
    event = "" if note.origin.seq is None else f"@{note.origin.seq}"
    where = f" in {note.origin.session}{event}" if note.origin.session else ""
    return f"{who}{where}, {date_of(note.changed)}"


def whole(note: Note) -> str:
    """What it says, below where it comes from. May hold anything."""
    project = note.project or "all projects"
    return f"note {note.id}: {path(note)}\n  for {project}\n  by {origin(note)}\n\n{note.text}\n"
