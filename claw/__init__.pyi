"""claw: a coding agent for the terminal whose only memory is an event log."""

from claw.api.asking import Accept as Accept
from claw.api.asking import Allow as Allow
from claw.api.asking import Deny as Deny
from claw.api.log import Log as Log
from claw.api.result import Result as Result
from claw.api.session import Session as Session
from claw.api.turn import Turn as Turn
from claw.events.question import Choices as Choices

__version__: str
