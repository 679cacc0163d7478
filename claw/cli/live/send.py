"""`claw send S TEXT`: an input for a session that runs elsewhere."""

from __future__ import annotations

import os
import time
import uuid
from pathlib import Path

from claw._native import blake3
from claw.cli.live.delivery import delivered, sender
from claw.cli.live.prompt import gathered
from claw.cli.output import standard
from claw.errors import InputConflict, SessionNotLive, UsageError
from claw.events.input import InputReceived
from claw.log import Home, find, parse_address, read, tip
from claw.log.inbox import Sent


def send(session: str, text: str | None = None, steer: bool = False, input_id: str = "") -> int:
    """Send an input, and say which event it is. Raises ClawError."""
    address = parse_address(session)
    home = Home.default(os.environ)
    path = find(home, address.ref)
    if address.seq is not None:
        raise UsageError(f"{session} is a step: what is sent comes at a session's end", hint=f"claw send {address.ref}")
    words = gathered(None) if text in (None, "-") else str(text)
    if not words.strip():
        raise UsageError("there is nothing to send", hint=f"claw send {session} 'TEXT', or pipe it in")
    id = input_id or uuid.uuid4().hex
    sent = Sent(id=id, text=words, waits=not steer, sender=sender(), at=time.time_ns())
    seq = _given(home, path, sent, 0 if input_id else tip(str(path)) + 1)
    standard().answer(f"{path.name}@{seq}\n")
    return 0


def _given(home: Home, path: Path, sent: Sent, since: int) -> int:
    """The seq of the event once the log has it for certain; it is looked for from `since` on.

    Raises SessionNotLive where it was not taken, and will not be; InputConflict.
    """
    delivered(home, path, sent)
    known = _found(path, sent, since)
    if known is None:
        raise _not_live(path)
    return known


def _found(path: Path, sent: Sent, since: int) -> int | None:
    """The event that has it. Raises InputConflict."""
    for envelope in read(str(path), since, kinds=["input.received"]):
        event = envelope.data
        if not isinstance(event, InputReceived) or event.id != sent.id:
            continue
        if event.digest != blake3(sent.text.encode()):
            raise InputConflict(
                f"the input id {sent.id!r} was used in event {envelope.seq} with another text",
                hint="send a new text with a new id",
            )
        return envelope.seq
    return None


def _not_live(path: Path) -> SessionNotLive:
    return SessionNotLive(
        f"no claw takes inputs for session {path.name} now, and nothing was sent",
        hint=f"claw resume {path.name} -p 'TEXT' goes on with it and says that",
    )
