"""Names and tags for a session, whether a claw runs it or not: only its writer writes its log."""

from __future__ import annotations

import os
import time
import uuid
from pathlib import Path

from claw.cli.live.delivery import delivered, sender
from claw.errors import LogLocked, UsageError
from claw.events.session import SessionRenamed, SessionTagged
from claw.execution.credentials import known_secrets
from claw.execution.masking import without_secrets
from claw.late import load
from claw.log import Home, check_name, describe, is_named
from claw.log.inbox import Sent
from claw.log.tags import check_tags, parse_tags


def rename(home: Home, path: Path, name: str) -> None:
    """Raises UsageError for what cannot be its name, and other ClawErrors."""
    check_name(name)
    if describe(str(path)).name == name:
        return
    if is_named(home, name):
        raise UsageError(f"a session is already named {name!r}", hint=f"claw rename {path.name} another-name")
    _write(home, path, Sent(id=uuid.uuid4().hex, text=name, does="rename", sender=sender(), at=time.time_ns()))
    if describe(str(path)).name != name:
        raise _not_taken(path)


def tag(home: Home, path: Path, words: list[str]) -> SessionTagged:
    """Give it tags, or take them away, as `NAME` and `-NAME`; what of it changed something. Raises UsageError, and
    other ClawErrors.
    """
    event = check_tags(describe(str(path)).tags, parse_tags(words))
    if event.added or event.removed:
        text = " ".join((*event.added, *(f"-{tag}" for tag in event.removed)))
        _write(home, path, Sent(id=uuid.uuid4().hex, text=text, does="tag", sender=sender(), at=time.time_ns()))
        after = describe(str(path)).tags
        if event.applied(after) != after:
            raise _not_taken(path)
    return event


def _write(home: Home, path: Path, sent: Sent) -> None:
    """By the claw that runs the session, else here."""
    if without_secrets(sent.text, tuple(known_secrets(os.environ))) != sent.text:
        raise UsageError("it holds a secret, which the log must not keep")
    if delivered(home, path, sent):
        return
    event = SessionRenamed(name=sent.text) if sent.does == "rename" else parse_tags(sent.text.split())
    try:
        load("claw.session.unattended", "record")(str(path), event, f"/{sent.does} {sent.text}")
    except LogLocked as error:
        raise UsageError(error.message, hint=f"type /{sent.does} {sent.text} where claw runs it") from None


def _not_taken(path: Path) -> UsageError:
    return UsageError(
        f"the claw that runs {path.name} has not taken it", hint=f"claw log {path.name} tells what it has"
    )
