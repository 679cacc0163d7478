"""vi keys in the line: what prompt_toolkit knows of them, and how it is shown."""

from __future__ import annotations

from typing import Any

from prompt_toolkit.application import Application
from prompt_toolkit.enums import EditingMode
from prompt_toolkit.key_binding.vi_state import InputMode

from claw.settings.looks import Looks

_SHOWN = {
    InputMode.INSERT: "INSERT",
    InputMode.INSERT_MULTIPLE: "INSERT",
    InputMode.NAVIGATION: "NORMAL",
    InputMode.REPLACE: "REPLACE",
    InputMode.REPLACE_SINGLE: "REPLACE",
}


def editing_mode(looks: Looks) -> EditingMode:
    return EditingMode.VI if looks.vim else EditingMode.EMACS


def is_typing(app: Application[Any]) -> bool:
    """Whether Esc means something to vi: it ends an insertion, a selection, or a command that is not whole."""
    if app.editing_mode is not EditingMode.VI:
        return False
    state = app.vi_state
    begun = state.operator_func is not None or state.waiting_for_digraph
    return state.input_mode is not InputMode.NAVIGATION or begun or app.current_buffer.selection_state is not None


def mode_shown(app: Application[Any]) -> str:
    """`-- INSERT --`."""
    selecting = app.vi_state.input_mode is InputMode.NAVIGATION and app.current_buffer.selection_state is not None
    return f"-- {'VISUAL' if selecting else _SHOWN[app.vi_state.input_mode]} --"
