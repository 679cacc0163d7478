"""What the model is told to remember: the instruction files as they were last found."""

import msgspec

from claw.events.context import InstructionFile, InstructionsFound
from claw.projections.base import Projection


class Memory(msgspec.Struct, frozen=True, kw_only=True):
    """Outermost first."""

    files: tuple[InstructionFile, ...] = ()


MEMORY = Projection(
    "memory", Memory(), {InstructionsFound: lambda _, __, event: Memory(files=event.files)}, owner="agent"
)
