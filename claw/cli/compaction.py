"""What is said of a conversation that was made shorter, or longer again."""

from __future__ import annotations

from claw.events.context import ContextCompacted, ResultsCleared


def compacted(event: ContextCompacted) -> str:
    """How long it was and is, and what was kept beside the summary."""
    if not event.before:
        return "the conversation was summarised; the log keeps all of it"
    kept = ", ".join(filter(None, _kept(event)))
    words = f"; kept beside the summary: {kept}" if kept else ""
    return (
        f"the conversation was summarised: about {event.before:,} tokens before, {event.after:,} after{words}; the log "
        "keeps all of it, and /compact undo takes this back"
    )


def _kept(event: ContextCompacted) -> list[str]:
    carried = event.carried
    return [
        _counted(len(event.inputs or ()), "message of yours", "messages of yours"),
        "the last messages as they are" if event.keep_from is not None else "",
        _counted(len(carried.tasks.splitlines()), "task", "tasks"),
        _counted(len(carried.edited), "changed file", "changed files"),
        _counted(len(carried.refused), "refused call", "refused calls"),
    ]


def _counted(count: int, one: str, many: str) -> str:
    return f"{count} {one if count == 1 else many}" if count else ""


def cleared(event: ResultsCleared) -> str:
    """What made room."""
    what = _counted(len(event.results), "old result", "old results")
    return f"{what} of calls made room (about {event.freed:,} tokens); the model may make those calls again"


RESTORED = "the summary was taken back: the conversation is what it was before it, and what came since"
