"""A run without a terminal: send the prompt, wait until the session is quiet, say what came of it."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING

import anyio
from msgspec import Struct

from claw import log
from claw.cli.crash import in_session
from claw.cli.live.flags import Format
from claw.cli.live.report import name_calls, name_refusals, report_in, tell_messages
from claw.cli.live.signals import caught
from claw.cli.output import Disconnected, Output
from claw.errors import UsageError
from claw.events.base import Envelope
from claw.late import load
from claw.session import Session
from claw.session.outcome import Outcome, outcome
from claw.session.summary import Summary

if TYPE_CHECKING:
    from claw.cli.programs.asker import Program
    from claw.cli.programs.dialogue import Dialogue

LOOK_EVERY_S = 0.5
"""Time between two looks at whether anyone still reads our output."""


class Work(Struct, frozen=True):
    """What to do. An empty `prompt` means: finish what the session has left open."""

    prompt: str
    input_id: str = ""
    format: Format = "text"
    verbose: bool = False
    partial: bool = False
    """Replies are told while they come, too."""
    talks: bool = False
    """A program says what to do, by lines of standard input."""
    asker: Program | None = None
    """Who asks that program for permission."""


async def perform(opened: AbstractAsyncContextManager[Session], work: Work, output: Output) -> int:
    """Do it in this session; the exit code. Raises Disconnected when nobody reads the output any more."""
    async with opened as session:
        with in_session(session.path):
            return await _perform(session, work, output)


async def _perform(session: Session, work: Work, output: Output) -> int:
    report = report_in(work.format, output, partial=work.partial, talks=work.talks)
    dialogue: Dialogue | None = None
    if work.talks:
        dialogue = load("claw.cli.programs.dialogue", "Dialogue")(session, report, work.asker)
    # A program that talks has lines for each call, and Claude Code's SDKs always say --verbose.
    verbose = (work.verbose and not work.talks) or (work.format == "text" and output.on_terminal)
    summary = Summary(session.load)
    gone: Disconnected | None = None
    seen = session.first_seq
    for notice in session.notices:
        output.note(f"claw: {notice}")

    async with anyio.create_task_group() as tasks:

        def interrupt() -> None:
            if dialogue is not None:
                dialogue.stop()
            tasks.start_soon(session.interrupt, "signal")

        async def notice_abandonment() -> None:
            nonlocal gone
            while True:
                if output.abandoned():
                    gone = Disconnected()
                    interrupt()
                    return
                await anyio.sleep(LOOK_EVERY_S)

        def listen(envelopes: Sequence[Envelope]) -> None:
            nonlocal gone, seen
            envelopes = [envelope for envelope in envelopes if envelope.seq >= seen]
            if not envelopes:
                return
            seen = envelopes[-1].seq + 1
            summary.take(envelopes)
            name_refusals(envelopes, output)
            if work.format in ("text", "json"):
                tell_messages(envelopes, output)
            if verbose:
                name_calls(envelopes, output)
            try:
                if gone is None:
                    report.events(envelopes)
            except Disconnected as error:
                gone = error
                interrupt()

        with caught(interrupt) as signal:
            tasks.start_soon(notice_abandonment)
            report.begin(session)
            listen(session.so_far())
            session.subscribe(listen)
            if dialogue is not None and not (gone or signal.number):
                await dialogue.run()
            elif not (gone or signal.number):
                await _send(session, work, summary, output)
            if gone or signal.number:
                # It came before there was a turn to interrupt.
                await session.interrupt("signal")
            await session.settled()
            tasks.cancel_scope.cancel()
    if gone is not None:
        raise gone
    scheduled = len(session.state.schedules.own)
    if scheduled:
        output.note(
            f"claw: {scheduled} scheduled prompt{'' if scheduled == 1 else 's'} will come only in a terminal: "
            f"claw resume {session.id}"
        )
    end = dialogue.outcome if dialogue is not None else outcome(session.id, summary)
    if signal.number:
        end = Outcome(signal.exit_code, "interrupted", f"claw resume {session.id}")
    report.end(session.id, summary, end.message)
    if end.message:
        output.note(f"claw: {end.message}")
    elif summary.finished is not None and summary.finished.message:
        output.note(f"claw: {summary.finished.message}")
    if end.hint:
        output.note(f"  try: {end.hint}")
    return end.code


async def _send(session: Session, work: Work, summary: Summary, output: Output) -> None:
    if not work.prompt:
        if not session.state.busy:
            raise UsageError(f"session {session.id} has nothing left to do", hint=f"claw resume {session.id} -p PROMPT")
        return
    reserved = (
        load("claw.cli.terminal.commands.registry", "RESERVED") if work.prompt.startswith("/") and session.own else ()
    )
    seq, _, notes = await session.enter(work.prompt, work.input_id, reserved=reserved)
    for note in notes:
        output.note(f"claw: {note}")
    if seq < session.first_seq:
        # The same input was received in an earlier run: its answer is told again.
        summary.take(list(log.read(session.path, seq, session.first_seq)))
