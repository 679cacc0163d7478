"""What people are told of instruction files: which were read, why, and which were not."""

from __future__ import annotations

from claw.events.context import InstructionFile, InstructionsFound, InstructionsRequested

SHOWN = 3
"""Sentences about files that were left out; what else there is is counted."""


def wanted(event: InstructionsRequested) -> str:
    """Why they are read."""
    match event.why:
        case "session":
            return "all"
        case "input":
            return "what has changed"
        case "touch":
            return f"of what was touched: {', '.join((*event.folders, *event.rules))}"


def found(event: InstructionsFound) -> str:
    """All that was found: files, who imports them, what has changed, which rules wait, what was left out."""
    parts = [_file(file) for file in event.files]
    parts += [f"{rule.path} (once a file matches {', '.join(rule.paths)})" for rule in event.rules]
    parts += [f"{path} (gone)" for path in (*event.gone, *event.dropped)]
    none = "nothing new" if event.partly else "none"
    return "; ".join([", ".join(parts) or none, *event.skipped])


def _file(file: InstructionFile) -> str:
    notes = [f"imported by {file.imported_by}"] if file.imported_by else []
    notes += [f"for {', '.join(file.paths)}"] if file.paths else [f"for {file.folder}"] if file.folder else []
    notes += ["changed"] if file.replaces else []
    return f"{file.path} ({', '.join(notes)})" if notes else file.path


def told(event: InstructionsFound) -> str:
    """What a person who works with the session sees of it; empty: nothing."""
    new = [file.path for file in event.files if not file.replaces]
    changed = [file.path for file in event.files if file.replaces]
    kinds = (("read", new), ("changed, and read again:", changed), ("gone:", event.gone))
    return "; ".join(f"{what} {', '.join(paths)}" for what, paths in kinds if paths)


def left_out(event: InstructionsFound) -> list[str]:
    """Sentences on what does not count, or not all of it."""
    more = len(event.skipped) - SHOWN
    rest = [f"{more} more instruction files do not count, or not all of them: see claw log @last -k 'context.*'"]
    return [*event.skipped[:SHOWN], *(rest if more > 0 else [])]
