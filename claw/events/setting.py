"""Settings that a call changes, once the person has said yes."""

from typing import ClassVar

from claw.events.base import Event, Intent, Observed


class SettingSaved(Observed, frozen=True, kw_only=True, tag="setting.saved"):
    """`path` is the settings file; `error` why it was not written, for the model."""

    call: int
    tool_call: int
    path: str = ""
    error: str = ""


class SettingSaveRequested(Intent, frozen=True, kw_only=True, tag="setting.save_requested"):
    """Write a setting into the user's settings file, for the call `tool_call`, the key of a `tool.started`."""

    ends: ClassVar[tuple[type[Event], ...]] = (SettingSaved,)
    cancellable: ClassVar[bool] = False

    tool_call: int
    setting: str
    value: str
