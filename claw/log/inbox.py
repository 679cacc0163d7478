"""Inputs that other processes of the same user leave for a session that is live, and names and tags for it: it alone
writes its log.

An inbox is a folder beside the sessions, in the folder `inboxes` of claw's home, with the session's id as its name. It
holds a FIFO, `bell`, which the live session reads, and a file for each input: whole, because it is renamed to its name,
which begins with the time it was sent. Whoever takes a file holds its lock, and removes it once the log has the input
for certain; who has sent it may take it back while nobody holds that lock. So each is taken or not, and its sender
knows which.

A bell that nobody reads cannot be opened for writing: the session is not live. Nothing in an inbox outlives that: a
session that begins to listen empties it first.
"""

from __future__ import annotations

import fcntl
import os
import stat
import uuid
from contextlib import suppress
from pathlib import Path
from typing import Literal

import msgspec

from claw.errors import UsageError
from claw.events.codec import UNREADABLE
from claw.late import pattern
from claw.log.files import Home, check_name
from claw.log.tags import parse_tags

FOLDER = "inboxes"
BELL = "bell"
LONGEST = 32 * 1024 * 1024
"""Bytes of an input, with what is said of it."""
_NAME = pattern(r"\d{20}-[0-9a-f]{32}")


class Sent(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """An input from outside. `sender` is what whoever sent it calls itself, `at` when that was, in ns since 1970 UTC;
    `waits` and `id` are as in `input.received`. What is to `rename` or to `tag` the session is no input: `text` is the
    name, or the tags as they are typed.
    """

    id: str
    text: str
    waits: bool = True
    sender: str = ""
    at: int = 0
    does: Literal["say", "rename", "tag"] = "say"


class Taken(msgspec.Struct, frozen=True):
    """An input that nobody can take back: `held` is its file, locked."""

    name: str
    held: int
    sent: Sent


class Unusable(Exception):
    """Something in an inbox that is no input: half a file, a link, another user's."""


def inbox_of(home: Home, session: str) -> Path:
    """Where inputs for this session are left, while it is live."""
    return home.path / FOLDER / session


# --- who sends -------------------------------------------------------------------------------------------------------


def ring(inbox: Path) -> bool:
    """Tell the session that something is there; False: none listens."""
    try:
        bell = os.open(inbox / BELL, os.O_WRONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        status = os.fstat(bell)
        if not stat.S_ISFIFO(status.st_mode) or status.st_uid != os.geteuid():
            return False
        with suppress(BlockingIOError):  # It is full of such news.
            os.write(bell, b"!")
        return True
    except OSError:
        return False
    finally:
        os.close(bell)


def ring_all(home: Home) -> None:
    """Tell every live session that something may have changed which is not its own."""
    with suppress(OSError):
        for name in os.listdir(home.path / FOLDER):
            ring(home.path / FOLDER / name)


def leave(inbox: Path, sent: Sent) -> Path:
    """Leave an input; the file. Raises UsageError where it is too long or cannot be written."""
    data = msgspec.msgpack.encode(sent)
    if len(data) > LONGEST:
        raise UsageError(
            f"the text has {len(data)} bytes, and {LONGEST} are the most that can be sent",
            hint="write it into a file of the workspace, and send its name",
        )
    file = inbox / f"{sent.at:020d}-{uuid.uuid4().hex}"
    unfinished = inbox / f".{file.name}"
    try:
        with open(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600), "wb") as opened:
            opened.write(data)
        unfinished.rename(file)
    except OSError as error:
        with suppress(OSError):
            unfinished.unlink()
        raise UsageError(f"nothing can be left in {inbox}: {error.strerror}", hint="claw doctor") from None
    return file


def take_back(file: Path) -> bool:
    """Remove an input that is not being taken; False: it is, or it is gone."""
    try:
        held = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.fstat(held).st_nlink == 0:
            return False
        file.unlink()
    except OSError:
        return False
    finally:
        os.close(held)
    return True


# --- who listens -----------------------------------------------------------------------------------------------------


class Inbox:
    """The end of the live session, which has the log's lock. Not for two threads."""

    def __init__(self, inbox: Path) -> None:
        self._path = inbox
        self._ignored: set[str] = set()

    def open(self) -> int:
        """Begin to listen: the file descriptor that can be read when something has come. Raises OSError."""
        os.makedirs(self._path, mode=0o700, exist_ok=True)
        self._folder = os.open(self._path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
        try:
            if os.fstat(self._folder).st_uid != os.geteuid():
                raise PermissionError(f"{self._path} belongs to somebody else")
            os.fchmod(self._folder, 0o700)
            self._clear()
            os.mkfifo(BELL, 0o600, dir_fd=self._folder)
            # For both ways: so it never comes to its end, whoever closes it.
            flags = os.O_RDWR | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC
            self._bell = os.open(BELL, flags, dir_fd=self._folder)
        except OSError:
            os.close(self._folder)
            raise
        return self._bell

    def heard(self) -> None:
        """The bell is read until it is quiet."""
        with suppress(BlockingIOError):
            while os.read(self._bell, 65536):
                pass

    def names(self) -> list[str]:
        """What is there, what was sent first comes first."""
        return sorted(filter(_NAME.fullmatch, set(os.listdir(self._folder)) - self._ignored))

    def take(self, name: str) -> Taken | None:
        """An input, which its sender cannot take back from here on; None: it is gone, or was no input and is removed.

        Close what is taken, by `done` or by `release`.
        """
        try:
            held = self._held(name)
        except Unusable:
            self._remove(name)
            self._ignored.add(name)
            return None
        return held

    def done(self, taken: Taken) -> None:
        """The log has it for certain, or never will."""
        self._remove(taken.name)
        os.close(taken.held)

    def release(self, taken: Taken) -> None:
        """It was not taken after all."""
        os.close(taken.held)

    def close(self) -> None:
        """Listen no longer, and leave nothing behind."""
        os.close(self._bell)
        self._clear()
        os.close(self._folder)
        with suppress(OSError):
            self._path.rmdir()

    def _held(self, name: str) -> Taken | None:
        flags = os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC
        try:
            held = os.open(name, flags, dir_fd=self._folder)
        except FileNotFoundError:
            return None
        except OSError:
            raise Unusable from None
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if os.fstat(held).st_nlink == 0:
                raise BlockingIOError
            return Taken(name, held, _read(held))
        except BlockingIOError:  # Its sender takes it back.
            os.close(held)
            return None
        except BaseException:
            os.close(held)
            raise

    def _remove(self, name: str) -> None:
        with suppress(OSError):
            os.unlink(name, dir_fd=self._folder)

    def _clear(self) -> None:
        for name in os.listdir(self._folder):
            self._remove(name)


def _read(held: int) -> Sent:
    status = os.fstat(held)
    own = stat.S_ISREG(status.st_mode) and status.st_nlink == 1 and status.st_uid == os.geteuid()
    if not own or status.st_size > LONGEST:
        raise Unusable
    with open(held, "rb", closefd=False) as opened:
        data = opened.read(LONGEST + 1)
    try:
        sent = msgspec.msgpack.decode(data, type=Sent)
    except UNREADABLE:
        raise Unusable from None
    if not sent.id or not sent.text.strip():
        raise Unusable
    try:
        match sent.does:
            case "rename":
                check_name(sent.text)
            case "tag":
                parse_tags(sent.text.split())
    except UsageError:
        raise Unusable from None
    return sent
