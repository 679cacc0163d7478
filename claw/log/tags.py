"""Tags: words that a person gives sessions, to find them by."""

from __future__ import annotations

from collections.abc import Sequence

from claw.errors import UsageError
from claw.events.session import SessionTagged
from claw.late import pattern

_TAG = pattern(r"[A-Za-z0-9][A-Za-z0-9._-]{0,31}")
MOST_TAGS = 16
"""That a session can have."""


def parse_tags(words: Sequence[str]) -> SessionTagged:
    """What `NAME` and `-NAME` come to, as typed: tags that a session gets and loses. Raises UsageError."""
    added: list[str] = []
    removed: list[str] = []
    for word in words:
        tag = word.removeprefix("-").lower()
        if not _TAG.fullmatch(tag):
            raise UsageError(f"{word!r} cannot be a tag", hint="use 1 to 32 letters, digits, '.', '_' or '-'")
        (removed if word.startswith("-") else added).append(tag)
    twice = set(added).intersection(removed)
    if twice:
        raise UsageError(f"{min(twice)} is added and removed", hint="name each tag once")
    if len(added) > MOST_TAGS:
        raise UsageError(f"{len(added)} are too many tags: a session has {MOST_TAGS} at most")
    return SessionTagged(added=tuple(dict.fromkeys(added)), removed=tuple(dict.fromkeys(removed)))


def check_tags(tags: Sequence[str], event: SessionTagged) -> SessionTagged:
    """What of it changes a session that has these tags. Raises UsageError where it had too many then."""
    after = event.applied(tags)
    if len(after) > MOST_TAGS:
        raise UsageError(
            f"it would have {len(after)} tags, and {MOST_TAGS} are the most", hint="/tag -NAME takes one away"
        )
    added = tuple(tag for tag in event.added if tag not in tags)
    return SessionTagged(added=added, removed=tuple(tag for tag in event.removed if tag in tags))
