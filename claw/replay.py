"""The loop on rails: recorded observed events go in, and every derived event must come out as it was recorded.

Replay acts on nothing: no network, no process, no write.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from claw import __version__, log
from claw._native import LogReader, blake3
from claw.decide import behaviour
from claw.decide.step import take
from claw.errors import LogCorrupt, LogTooNew
from claw.events import codec
from claw.events.base import SKIPPABLE, Envelope, Unknown
from claw.events.session import SessionFaulted, SessionForked, SessionResumed, SessionStarted
from claw.events.upcasting import added_since
from claw.projections.state import INITIAL, State

CAUSES = 8
"""Links of the chain of causes that a report shows."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One field, as recorded and as derived now; a dotted path into the event. Missing values are None."""

    field: str
    recorded: Any
    derived: Any


@dataclass(frozen=True, slots=True)
class Divergence:
    """The first event that came out differently. A kind is empty where there is no event on that side."""

    seq: int
    recorded_kind: str
    derived_kind: str
    differences: tuple[Difference, ...]
    causes: tuple[tuple[int, str], ...]
    """(seq, kind) from the event itself back to what began its step and beyond."""
    reason: str


@dataclass(slots=True)
class Replayed:
    """What came of it. `needs`: behaviours that only another claw has; then nothing was compared from there on."""

    session: str
    events: int = 0
    derived: int = 0
    needs: list[str] = field(default_factory=list)
    recorded_by: str = ""
    divergence: Divergence | None = None

    @property
    def ok(self) -> bool:
        return self.divergence is None and not self.needs


def replay(path: str) -> Replayed:
    """Replay a whole session, inherited events included.

    Raises LogCorrupt where the log does not verify, LogTooNew where a newer claw wrote it, EventInvalid.
    """
    verified = LogReader(path).verify()
    if not verified.ok:
        raise LogCorrupt(
            f"the log does not verify: {verified.error}",
            path=verified.error_path or path,
            offset=verified.error_offset or 0,
            last_good_seq=verified.last_seq,
            hint=f"claw verify {Path(path).name}",
        )
    return _Replay(path).run()


class _Replay:
    def __init__(self, path: str) -> None:
        self._path = path
        self._state: State = INITIAL
        self._result = Replayed(Path(path).name)

    def run(self) -> Replayed:
        for step in _recorded_steps(self._path):
            if not self._step(step):
                break
            self._result.events += len(step)
            self._result.derived += len(step) - 1
        return self._result

    def _step(self, recorded: list[Envelope]) -> bool:
        """Compare one step; say whether to go on."""
        observed = recorded[0]
        match observed.data:
            case SessionStarted(runtime=runtime) | SessionResumed(runtime=runtime) | SessionForked(runtime=runtime):
                self._result.recorded_by = runtime.claw
                self._result.needs = behaviour.unsupported(runtime.behaviours)
                if self._result.needs:
                    return False
        try:
            step = take(self._state, observed)
        except Exception as error:  # noqa: BLE001 - whatever decide raises is the divergence
            self._result.divergence = self._failed(recorded, error)
            return False
        self._state = step.state
        for position in range(1, max(len(recorded), len(step.envelopes))):
            if not _same(recorded, step.envelopes, position):
                self._result.divergence = self._diverged(recorded, step.envelopes, position, "")
                return False
        return True

    def _diverged(self, recorded: list[Envelope], derived: list[Envelope], position: int, reason: str) -> Divergence:
        was = recorded[position] if position < len(recorded) else None
        now = derived[position] if position < len(derived) else None
        differences = tuple(_differences(was, now))
        return Divergence(
            seq=recorded[0].seq + position,
            recorded_kind=was.kind if was else "",
            derived_kind=now.kind if now else "",
            differences=differences,
            causes=tuple(self._causes(was or now or recorded[0])),
            reason=reason or _reason(was, now, differences, self._result.recorded_by),
        )

    def _failed(self, recorded: list[Envelope], error: Exception) -> Divergence:
        difference = Difference("error", None, str(error))
        reason = f"decide fails here with {type(error).__name__}"
        diverged = self._diverged(recorded, recorded[:1], 1, reason)
        return dataclasses.replace(diverged, differences=(*diverged.differences, difference))

    def _causes(self, envelope: Envelope) -> Iterator[tuple[int, str]]:
        for _ in range(CAUSES):
            yield envelope.seq, envelope.kind
            if envelope.cause is None or envelope.cause >= envelope.seq:
                return
            envelope = log.event_at(self._path, envelope.cause)


def _recorded_steps(path: str) -> Iterator[list[Envelope]]:
    """The log, step by step. A fault ends the step that it is about: nothing was decided there."""
    step: list[Envelope] = []
    for envelope in log.read(path):
        if isinstance(envelope.data, Unknown) and not envelope.flags & SKIPPABLE:
            raise LogTooNew(
                f"event {envelope.seq} is a {envelope.kind} of version {envelope.version}, which a newer claw wrote",
                hint="update claw",
                path=path,
            )
        if isinstance(envelope.data, SessionFaulted):
            return
        if envelope.derived:
            step.append(envelope)
            continue
        if step:
            yield step
        step = [envelope]
    if step:
        yield step


def _same(recorded: list[Envelope], derived: list[Envelope], position: int) -> bool:
    if position >= len(recorded) or position >= len(derived):
        return False
    was, now = recorded[position], derived[position]
    if was.version == now.version:
        return was == now
    return not any(_differences(was, now))


def _differences(was: Envelope | None, now: Envelope | None) -> Iterator[Difference]:
    """Field by field, header first. Fields that the recorded version did not have are not compared."""
    if was is None or now is None or was.kind != now.kind:
        yield Difference("kind", was.kind if was else None, now.kind if now else None)
        return
    for name in ("ts", "agent", "cause", "flags"):
        if getattr(was, name) != getattr(now, name):
            yield Difference(name, getattr(was, name), getattr(now, name))
    skipped = added_since(was.kind, was.version)
    yield from _diff("", _without(codec.fields(was.data), skipped), _without(codec.fields(now.data), skipped))


def _without(fields: dict[str, Any], names: frozenset[str]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if name not in names}


def _diff(path: str, was: Any, now: Any) -> Iterator[Difference]:
    if isinstance(was, dict) and isinstance(now, dict):
        for name in sorted(was.keys() | now.keys()):
            yield from _diff(f"{path}.{name}" if path else name, was.get(name), now.get(name))
    elif was != now:
        yield Difference(path, was, now)


def _reason(was: Envelope | None, now: Envelope | None, differences: tuple[Difference, ...], recorded_by: str) -> str:
    if recorded_by != __version__:
        return (
            f"claw {recorded_by} recorded this and claw {__version__} decides otherwise under the same behaviour number"
        )
    if was is None:
        return "this claw decides one more event than was recorded"
    if now is None:
        return "this claw does not decide this event"
    names = {difference.field for difference in differences}
    if was.kind == now.kind == "model.requested" and names == {"digest"}:
        return "the request is built differently: prompts, tools, instructions or the conversation's fold have changed"
    if names & {"ts", "agent", "cause", "flags"}:
        return "the record's header is not what claw writes: the log was changed, or the runtime has"
    return f"the code that decides {was.kind} has changed, or the recorded event was"


def report(result: Replayed, *, content: bool = True) -> str:
    """Text for people. Without `content` it has no word of the session, and is safe to paste: values are named by type
    and digest, and fields by their first part, since what is below it may be a key that a model wrote.
    """
    if result.needs:
        return (
            f"needs another claw: recorded by claw {result.recorded_by} with behaviour {', '.join(result.needs)}, "
            f"which claw {__version__} cannot repeat"
        )
    found = result.divergence
    if found is None:
        return f"replayed {result.events} events; {result.derived} decisions came out the same"
    lines = [f"event {found.seq} diverges: recorded {found.recorded_kind or 'nothing'}"]
    if found.derived_kind != found.recorded_kind:
        lines[0] += f", derived {found.derived_kind or 'nothing'}"
    for difference in found.differences:
        was, now = (_shown(value, content) for value in (difference.recorded, difference.derived))
        name = difference.field if content else difference.field.partition(".")[0]
        lines.append(f"  {name}: recorded {was}, derived {now}")
    lines.append("  because of " + " ← ".join(f"{seq} {kind}" for seq, kind in found.causes))
    lines.append(f"  likely: {found.reason}")
    lines.append(f"  next: claw show {result.session}@{found.seq}")
    return "\n".join(lines)


def _shown(value: Any, content: bool) -> str:
    text = msgspec.json.encode(value).decode()
    if content:
        return text if len(text) <= 200 else text[:200] + "…"
    return f"{type(value).__name__} {blake3(text.encode())[:12]}"
