"""What a resumed session does with what its last run left open."""

from __future__ import annotations

from claw import log
from claw.events.base import Event, Intent
from claw.events.kinds import kind_of
from claw.events.shell import ShellFinished, ShellOutput
from claw.handlers.base import Handler, LostCall
from claw.late import load
from claw.projections.shells import ShellInfo


def end(path: str, call: int, intent: Intent, handler: Handler, *, cancelled: bool, note: str = "") -> Event | None:
    """The terminal event that an open call gets; None for one that is performed again, by its handler.

    `cancelled`: the person had called the turn off, so nothing of it is performed again. `note`: what was done for a
    tool's files since. Raises LogError, EventInvalid.
    """
    if intent.resumption == "report":
        pieces = _pieces(path, call, intent)
        event = handler.end_lost(LostCall(call, intent, pieces, note))
        assert event is not None, f"nobody says how a lost {kind_of(intent)} ends"
        return event
    return handler.end_cancelled(call) if cancelled else None


def end_shell(path: str, shell: ShellInfo, note: str = "") -> ShellFinished:
    """What a command that ran in the background when claw died has said, and `note`. Raises LogError, EventInvalid."""
    events = [envelope.data for envelope in log.read(path, shell.call + 1, kinds=[kind_of(ShellOutput)])]
    said = "".join(event.text for event in events if isinstance(event, ShellOutput) and event.id == shell.id)
    words = load("claw.handlers.shell", "last_words")(said, note)
    return ShellFinished(id=shell.id, reason="crash", content=words)


def _pieces(path: str, call: int, intent: Intent) -> list[Event]:
    if intent.pieces is None:
        return []
    events = [envelope.data for envelope in log.read(path, call + 1, kinds=[kind_of(intent.pieces)])]
    return [event for event in events if event.call == call]
