"""claw with one more kind of intent: a family declares it; a fold, a decision and a handler know it; no list does.

Run as `python -m tests.session.added_intent ARGUMENTS`, which are claw's own.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import Any, ClassVar

from msgspec.structs import replace

from claw.events import control
from claw.events.base import Event, Intent, Observed


def storm() -> None:
    """Die once with all of claw, where there is one."""
    sign = Path("storm")
    if sign.exists():
        sign.unlink()
        os.kill(os.getpid(), signal.SIGKILL)


class SkyReported(Observed, frozen=True, kw_only=True, tag="sky.reported"):
    call: int
    sky: str


class SkyRequested(Intent, frozen=True, kw_only=True, tag="sky.requested"):
    ends: ClassVar[tuple[type[Event], ...]] = (SkyReported,)
    doing: ClassVar[str] = "Looking out of the window"

    place: str


def declare() -> None:
    """As if the classes stood in that family's file. Before anything imports what is gathered from the families."""
    for kind in (SkyReported, SkyRequested):
        kind.__module__ = control.__name__
        setattr(control, kind.__name__, kind)


def main() -> int:
    declare()
    from claw.projections.session import SESSION  # noqa: PLC0415

    folds: Any = SESSION.folds
    folds[SkyReported] = lambda session, _, event: type(session)(**{**plain(session), "name": event.sky})

    from claw.cli.entry import main as claw  # noqa: PLC0415
    from claw.decide import core  # noqa: PLC0415
    from claw.decide.flow import go_on  # noqa: PLC0415
    from claw.events.input import InputReceived  # noqa: PLC0415
    from claw.handlers.base import Call, Handler  # noqa: PLC0415
    from claw.session import creation, resumption, wiring  # noqa: PLC0415

    decisions: Any = core._DECISIONS
    decisions[InputReceived] = lambda *_: [SkyRequested(place="here")]
    decisions[SkyReported] = lambda state, agent, event: go_on(state, agent) if state.session.name == event.sky else []

    class SkyHandler(Handler):
        intents = frozenset({SkyRequested})

        async def perform(self, call: Call) -> None:
            storm()
            call.emit(SkyReported(call=call.seq, sky="blue"))

    def wire(*arguments: Any) -> Any:
        wired = wiring.wire(*arguments)
        return replace(wired, handlers=(*wired.handlers, SkyHandler()))

    for module in (creation, resumption):
        module.wire = wire  # type: ignore[attr-defined]
    return claw(sys.argv[1:])


def plain(value: Any) -> dict[str, Any]:
    return {name: getattr(value, name) for name in value.__struct_fields__}


if __name__ == "__main__":
    sys.exit(main())
