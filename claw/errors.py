"""Every error that claw raises on purpose.

::

    ClawError                     1
    ├── UsageError                2   what was typed cannot be meant
    │   ├── SessionNotFound
    │   ├── SessionAmbiguous
    │   ├── SessionNotLive            nobody takes what is sent to it
    │   └── InputConflict             an input id was used before with other content
    ├── PermissionDenied          3
    ├── BudgetExhausted           4
    ├── TurnsExhausted            5
    ├── ProviderError             7   the model's service, or the way to it
    │   ├── KeyMissing            7   the service wants a key, and there is none
    │   └── RouteUnusable         7   a proxy or certificates that the environment names
    ├── ReplayDiverged            8
    ├── LogError                  1
    │   ├── LogNotFound           2
    │   ├── LogLocked             1   another process writes to it
    │   ├── LogCorrupt            9   bytes that were durable are damaged
    │   ├── LogTooNew             1   written by a newer claw
    │   ├── LogPoisoned           1   a write or sync failed; the writer is dead
    │   └── LogFull               1   no room; nothing was accepted
    ├── EventInvalid              9   a record that its own kind cannot explain
    ├── BlobError                 9   missing, or not what its name says
    ├── ArgumentsInvalid          1   tool arguments that are not one JSON object
    ├── ToolError                 1   a tool could not do what was asked
    │   └── SandboxUnavailable    1   a command cannot be confined here as it must be
    └── SessionFaulted            1   claw's own logic failed; the session has stopped

The number is the exit code. ``str(error)`` says what happened and where; ``hint`` says what to type next.
``_native`` raises these same classes.
"""

from __future__ import annotations


class ClawError(Exception):
    """The root. ``message`` is one sentence; ``hint`` is a command or an action, or empty.

    Raised itself where claw's native code fails (panics).
    """

    exit_code: int = 1

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(ClawError):
    exit_code = 2


class SessionNotFound(UsageError):
    pass


class SessionAmbiguous(UsageError):
    pass


class SessionNotLive(UsageError):
    pass


class InputConflict(UsageError):
    pass


class PermissionDenied(ClawError):
    exit_code = 3


class BudgetExhausted(ClawError):
    exit_code = 4


class TurnsExhausted(ClawError):
    exit_code = 5


class ProviderError(ClawError):
    exit_code = 7


class KeyMissing(ProviderError):
    """The service wants a key, and there is none."""


class RouteUnusable(ProviderError):
    """No connection can be tried with the proxy or the certificates that the environment names."""


class ReplayDiverged(ClawError):
    exit_code = 8


class LogError(ClawError):
    """``path`` is the file or folder concerned."""

    def __init__(self, message: str, *, hint: str = "", path: str = "") -> None:
        super().__init__(message, hint=hint)
        self.path = path


class LogNotFound(LogError):
    exit_code = 2


class LogLocked(LogError):
    pass


class LogCorrupt(LogError):
    """``offset`` is the byte offset in ``path`` where damage begins; ``last_good_seq`` the last record before it."""

    exit_code = 9

    def __init__(
        self, message: str, *, hint: str = "", path: str = "", offset: int = 0, last_good_seq: int | None = None
    ) -> None:
        super().__init__(message, hint=hint, path=path)
        self.offset = offset
        self.last_good_seq = last_good_seq


class LogTooNew(LogError):
    pass


class LogPoisoned(LogError):
    pass


class LogFull(LogError):
    pass


class EventInvalid(ClawError):
    exit_code = 9


class BlobError(ClawError):
    exit_code = 9


class ArgumentsInvalid(ClawError):
    pass


class ToolError(ClawError):
    pass


class SandboxUnavailable(ToolError):
    """A command was not started, because it could not be confined as it must be."""


class SessionFaulted(ClawError):
    pass
