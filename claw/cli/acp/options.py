"""What of a session a client can set: mode, model, and how much the model thinks."""

from __future__ import annotations

from typing import get_args

from claw.cli.acp.client import MODES
from claw.cli.acp.texts import Piece
from claw.cli.acp.wire import INVALID_PARAMS, Refused
from claw.cli.sanitize import clean
from claw.errors import UsageError
from claw.events.permission import Mode
from claw.events.session import Model
from claw.providers.catalogue import efforts_of
from claw.session import Session
from claw.session.config import Options, check_mode
from claw.session.wiring import settings_of
from claw.settings.modes import find_mode

_EFFORTS = {"off": "Off", "low": "Low", "medium": "Medium", "high": "High"}


def modes(session: Session, options: Options) -> Piece:
    """Those that this session may be in, and the one that it is in."""
    offered = [{"id": mode, "name": MODES[mode][0], "description": MODES[mode][1]} for mode in _open(session, options)]
    return {"currentModeId": session.state.permissions.mode, "availableModes": offered}


def config_options(session: Session, options: Options) -> list[Piece]:
    """All that can be set, with what it is now."""
    model = session.state.session.settings.model
    levels = ("off", *efforts_of(model))
    offered = [
        _select(
            "mode",
            "Mode",
            session.state.permissions.mode,
            [(mode, *MODES[mode]) for mode in _open(session, options)],
        ),
        _select("model", "Model", _name(model), _models(session, model)),
    ]
    if len(levels) > 1:
        values = [(str(level), _EFFORTS[level], "") for level in levels]
        offered.append(_select("effort", "Thinking", model.effort, values, "thought_level"))
    return offered


async def set_mode(session: Session, mode: str) -> None:
    """Raises Refused, ClawError."""
    known = find_mode(mode)
    if known is None or known != mode:
        raise Refused(INVALID_PARAMS, f"there is no mode {mode!r}", hint=f"one of {', '.join(get_args(Mode))}")
    await session.configure(mode=known)


async def set_option(session: Session, options: Options, id: str, value: object) -> None:
    """Raises Refused, ClawError."""
    if not isinstance(value, str):
        raise Refused(INVALID_PARAMS, f"the value of {id!r} is a text")
    offered = {one["id"]: one for one in config_options(session, options)}
    if id not in offered:
        raise Refused(INVALID_PARAMS, f"there is no option {id!r}", hint=f"one of {', '.join(offered)}")
    values = [one["value"] for one in offered[id]["options"]]
    if value not in values:
        raise Refused(INVALID_PARAMS, f"{id} cannot be {value!r}", hint=f"one of {', '.join(values)}")
    if value == offered[id]["currentValue"]:
        return
    match id:
        case "mode":
            await set_mode(session, value)
        case "model":
            await session.configure(model=value)
        case "effort":
            await session.configure(effort=value)


def _open(session: Session, options: Options) -> list[Mode]:
    settings = settings_of(options, session.state.session.workspace)
    found: list[Mode] = []
    for mode in get_args(Mode):
        try:
            check_mode(mode, options, settings)
        except UsageError:
            if mode != session.state.permissions.mode:
                continue
        found.append(mode)
    return found


def _models(session: Session, now: Model) -> list[tuple[str, str, str]]:
    known = {_name(model): model for model in (now, *session.models_here())}
    return [(name, clean(one.name), f"{clean(one.provider)}, {one.window} tokens") for name, one in known.items()]


def _name(model: Model) -> str:
    return f"{model.provider}/{model.name}"


def _select(id: str, name: str, now: str, values: list[tuple[str, str, str]], category: str = "") -> Piece:
    offered = [
        {"value": value, "name": label} | ({"description": about} if about else {}) for value, label, about in values
    ]
    return {
        "id": id,
        "name": name,
        "category": category or id,
        "type": "select",
        "currentValue": now,
        "options": offered,
    }
