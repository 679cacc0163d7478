"""The loop on rails: recorded observed events go in, and every derived event must come out as it was recorded.

Replay acts on nothing: no network, no process, no write.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from claw import __version__, log
from claw._native import POLICY_DIGEST, LogReader, blake3
from claw.decide import behaviour
from claw.decide.step import take
from claw.errors import LogCorrupt, LogTooNew
from claw.events import codec
from claw.events.base import DURABLE, SKIPPABLE, Envelope, Unknown
from claw.events.permission import PermissionAsked, PermissionEvaluated
from claw.events.session import SessionFaulted, SessionForked, SessionResumed, SessionStarted
from claw.events.tool import ToolStarted
from claw.events.upcasting import added_since
from claw.projections.state import INITIAL, RecordedVerdicts, State

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
    """What came of it. `needs`: behaviours that only another claw has; then nothing was compared from there on.

    `unchecked`: verdicts on calls that were taken as recorded, since another policy than this claw's reached them.
    """

    session: str
    events: int = 0
    derived: int = 0
    unchecked: int = 0
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


class _Recorded(NamedTuple):
    """An event of the log, and its payload as it lies there."""

    envelope: Envelope
    payload: bytes


class _Replay:
    def __init__(self, path: str) -> None:
        self._path = path
        self._state: State = INITIAL
        self._same_policy = True
        self._result = Replayed(Path(path).name)

    def run(self) -> Replayed:
        steps = _recorded_steps(self._path)
        following = next(steps, None)
        while following is not None:
            step, following = following, next(steps, None)
            if not (self._is_fault(step, following) or self._step(step)):
                break
            self._result.events += len(step)
            self._result.derived += len(step) - 1
        return self._result

    def _is_fault(self, step: list[_Recorded], following: list[_Recorded] | None) -> bool:
        """Whether it is the step that failed when it was recorded, or the record of that: nothing was decided then."""
        if len(step) > 1:
            return False
        observed = step[0].envelope
        if isinstance(observed.data, SessionFaulted):
            return following is None
        if following is None:
            return False
        fault = following[0].envelope
        return isinstance(fault.data, SessionFaulted) and fault.cause == observed.seq and fault.flags == observed.flags

    def _step(self, recorded: list[_Recorded]) -> bool:
        """Compare one step; say whether to go on."""
        observed = recorded[0].envelope
        if (observed.flags ^ codec.flags_of(observed.data)) & ~DURABLE and not isinstance(observed.data, Unknown):
            flags = Difference("flags", observed.flags, codec.flags_of(observed.data))
            self._result.divergence = self._diverged(observed, observed, (flags,), "the record is not what claw writes")
            return False
        match observed.data:
            case SessionStarted(runtime=runtime) | SessionResumed(runtime=runtime) | SessionForked(runtime=runtime):
                self._result.recorded_by = runtime.claw
                self._result.needs = behaviour.unsupported(runtime.behaviours)
                self._same_policy = runtime.policy == POLICY_DIGEST
                if self._result.needs:
                    return False
            case SessionFaulted():
                reason = "a session stops at a fault, and this one goes on"
                self._result.divergence = self._diverged(observed, None, (), reason)
                return False
        try:
            step = take(self._state, observed, self._verdicts(recorded))
        except Exception as error:  # noqa: BLE001 - whatever decide raises is the divergence
            reason = f"decide fails on event {observed.seq} with {type(error).__name__}"
            said = Difference("error", None, str(error))
            self._result.divergence = self._diverged(observed, None, (said,), reason)
            return False
        self._state = step.state
        for position in range(1, max(len(recorded), len(step.envelopes))):
            was = recorded[position] if position < len(recorded) else None
            now = step.envelopes[position] if position < len(step.envelopes) else None
            differences = tuple(_differences(was, now))
            if differences:
                reason = _reason(was, now, differences, self._result.recorded_by)
                self._result.divergence = self._diverged(was and was.envelope, now, differences, reason)
                return False
        return True

    def _verdicts(self, recorded: list[_Recorded]) -> RecordedVerdicts | None:
        """What policy said in this step, where it was another one; then it is not compared but taken as given."""
        if self._same_policy:
            return None
        events = [record.envelope.data for record in recorded]
        verdicts = RecordedVerdicts(
            evaluated={event.request: event for event in events if isinstance(event, PermissionEvaluated)},
            asked={event.request: event for event in events if isinstance(event, PermissionAsked)},
            started={event.request: event for event in events if isinstance(event, ToolStarted)},
        )
        self._result.unchecked += len(verdicts.evaluated)
        return verdicts

    def _diverged(
        self, was: Envelope | None, now: Envelope | None, differences: tuple[Difference, ...], reason: str
    ) -> Divergence:
        envelope = was or now
        assert envelope is not None
        return Divergence(
            seq=envelope.seq,
            recorded_kind=was.kind if was else "",
            derived_kind=now.kind if now else "",
            differences=differences,
            causes=tuple(self._causes(envelope)),
            reason=reason,
        )

    def _causes(self, envelope: Envelope) -> Iterator[tuple[int, str]]:
        for _ in range(CAUSES):
            yield envelope.seq, envelope.kind
            if envelope.cause is None or envelope.cause >= envelope.seq:
                return
            envelope = log.event_at(self._path, envelope.cause)


def _recorded_steps(path: str) -> Iterator[list[_Recorded]]:
    """The log, step by step."""
    step: list[_Recorded] = []
    reader = LogReader(path)
    for record in log.records(reader, 0, reader.refresh()[0]):
        envelope = codec.decode(record)
        if isinstance(envelope.data, Unknown) and not envelope.flags & SKIPPABLE:
            raise LogTooNew(
                f"event {envelope.seq} is a {envelope.kind} of version {envelope.version}, which a newer claw wrote",
                hint="update claw",
                path=path,
            )
        if step and not envelope.derived:
            yield step
            step = []
        step.append(_Recorded(envelope, bytes(record[-1])))
    if step:
        yield step


def _differences(was: _Recorded | None, now: Envelope | None) -> Iterator[Difference]:
    """Field by field, header first. Fields that the recorded version did not have are not compared."""
    if was is None or now is None or was.envelope.kind != now.kind:
        yield Difference("kind", was.envelope.kind if was else None, now.kind if now else None)
        return
    now_flags = codec.flags_in(now.data, was.envelope.version)
    header = (("ts", now.ts), ("agent", now.agent), ("cause", now.cause), ("flags", now_flags))
    for name, value in header:
        if getattr(was.envelope, name) != value:
            yield Difference(name, getattr(was.envelope, name), value)
    if was.envelope.version == now.version:
        encoded = codec.encode(now.data)
        if was.payload != encoded:
            found = list(_diff("", codec.plain(was.payload), codec.plain(encoded)))
            yield from found or [Difference("payload", was.payload.hex(), encoded.hex())]
        return
    skipped = added_since(was.envelope.kind, was.envelope.version)
    recorded, derived = codec.fields(was.envelope.data), codec.fields(now.data)
    yield from _diff("", _without(recorded, skipped), _without(derived, skipped))


def _without(fields: dict[str, Any], names: frozenset[str]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if name not in names}


def _diff(path: str, was: Any, now: Any) -> Iterator[Difference]:
    if isinstance(was, dict) and isinstance(now, dict):
        for name in sorted(was.keys() | now.keys()):
            below = f"{path}.{name}" if path else name
            if name in was and name in now:
                yield from _diff(below, was[name], now[name])
            else:  # What is missing is not what is null.
                yield Difference(below, was.get(name), now.get(name))
    elif was != now or type(was) is not type(now):
        yield Difference(path, was, now)


def _reason(was: _Recorded | None, now: Envelope | None, differences: tuple[Difference, ...], recorded_by: str) -> str:
    if recorded_by != __version__:
        return (
            f"claw {recorded_by} recorded this and claw {__version__} decides otherwise under the same behaviour number"
        )
    if was is None:
        return "this claw decides one more event than was recorded"
    if now is None:
        return "this claw does not decide this event"
    names = {difference.field for difference in differences}
    if was.envelope.kind == now.kind == "model.requested" and names == {"digest"}:
        return "the request is built differently: prompts, tools, instructions or the conversation's fold have changed"
    if names & {"ts", "agent", "cause", "flags"}:
        return "the record's header is not what claw writes: the log was changed, or the runtime has"
    return f"the code that decides {was.envelope.kind} has changed, or the recorded event was"


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
        same = f"replayed {result.events} events; {result.derived} decisions came out the same"
        if not result.unchecked:
            return same
        return (
            f"{same}; verdicts not checked: another policy than this claw's reached {result.unchecked} of them\n"
            f"  next: claw permissions backtest {result.session}"
        )
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
