"""What is recorded about a process that runs a session, and said about it."""

from __future__ import annotations

import datetime
import os
import sys

from claw import __version__
from claw._native import POLICY_DIGEST
from claw.decide import behaviour
from claw.events.session import Config
from claw.events.session import Runtime as RuntimeFacts
from claw.execution.confinement import available, lacking
from claw.settings.modes import BYPASS


def facts() -> RuntimeFacts:
    """This process, and the chance it starts with."""
    system = os.uname()
    return RuntimeFacts(
        claw=__version__,
        python=sys.version.split()[0],
        platform=f"{system.sysname} {system.machine}",
        behaviours=behaviour.CURRENT,
        seed=int.from_bytes(os.urandom(8)) >> 1,
        confinement=available(),
        policy=POLICY_DIGEST,
    )


def unconfined(config: Config) -> tuple[str, ...]:
    """What the kernel cannot give, where it is asked for it."""
    sentence = lacking(available())
    return (sentence,) if sentence and config.mode != BYPASS else ()


def today() -> str:
    """ISO 8601, as the user's clock has it."""
    return datetime.datetime.now().astimezone().date().isoformat()
