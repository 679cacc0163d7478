"""Decide and fold recorded sessions with nothing in reach: ``python -m tests.pure.pure_run SESSION… [--do PYTHON]``.

Prints one digest of every derived event, every request and every state. Whatever touches the world on the way raises.
"""

from __future__ import annotations

import builtins
import os
import random
import secrets
import sys
import time
from collections.abc import Sequence
from typing import Any, NoReturn

import msgspec
from msgspec.structs import replace

from claw import log
from claw._native import blake3
from claw.decide.step import take
from claw.events.base import DERIVED
from claw.events.codec import Record, decode, encode
from claw.projections.state import INITIAL
from tests.replay.goldens import Path, records

BEGUN = "pure from here on"
CLOCKS = ("time", "time_ns", "monotonic", "monotonic_ns", "perf_counter", "perf_counter_ns", "localtime", "gmtime")
CHANCES = ("random", "randint", "randrange", "choice", "shuffle", "getrandbits")

_encode = msgspec.msgpack.Encoder(order="deterministic").encode


class Impure(BaseException):
    """Not an Exception, so that nothing between here and there takes it for its own."""


def _refuse(*arguments: object, **named: object) -> NoReturn:
    raise Impure(f"called with {arguments}")


def _watch(event: str, arguments: tuple[Any, ...]) -> None:
    raise Impure(f"{event} {arguments}")


def close_the_world() -> None:
    """From here on clocks, chance and the environment raise, and so does anything that Python audits."""
    for name in CLOCKS:
        setattr(time, name, _refuse)
    for name in CHANCES:
        setattr(random, name, _refuse)
    for module, name in ((os, "urandom"), (os, "getenv"), (secrets, "randbits"), (builtins, "open"), (log, "read")):
        setattr(module, name, _refuse)
    vars(os)["environ"] = _Closed()
    sys.addaudithook(_watch)


class _Closed(dict[str, str]):
    __getitem__ = get = __contains__ = __iter__ = _refuse  # type: ignore[assignment]


def digest(sessions: Sequence[list[Record]]) -> str:
    """BLAKE3 over what comes out of these sessions' observed events."""
    found = []
    for session in sessions:
        state = INITIAL
        for record in session:
            if record[6] & DERIVED:
                continue
            step = take(state, decode(record))
            state = step.state
            found += [encode(envelope.data) for envelope in step.envelopes[1:]]
            requests = (replace(request, messages=tuple(request.messages)) for request in step.requests.values())
            found += [_encode(request) for request in requests]
            found.append(msgspec.msgpack.encode(state))
    return blake3(b"".join(found))


def main(arguments: list[str]) -> None:
    something = arguments.pop() if arguments[-2:-1] == ["--do"] else ""
    sessions = [records(Path(path)) for path in arguments if path != "--do"]
    for record in (record for session in sessions for record in session):
        decode(record)  # what is made once for each kind of event is made before
    act = compile(something, "<act>", "exec")
    sys.stderr.write(f"{BEGUN}\n")
    sys.stderr.flush()
    close_the_world()
    exec(act, {"os": os, "time": time, "random": random}) if something else None
    sys.stdout.write(f"{digest(sessions)}\n")
    sys.stdout.flush()
    # Leaving in the usual way is audited, too.
    os._exit(0)


if __name__ == "__main__":
    main(sys.argv[1:])
