"""A model that says what a file tells it to, over loopback and in the real wire formats: for tests and the demo."""

from claw.providers.scripted.scenario import Break, Reply, Scenario, Status, Text, Thinking, Thread, Tokens, Tool, load
from claw.providers.scripted.server import ScriptedServer
from claw.providers.scripted.thread import serving

__all__ = [
    "Break",
    "Reply",
    "Scenario",
    "ScriptedServer",
    "Status",
    "Text",
    "Thinking",
    "Thread",
    "Tokens",
    "Tool",
    "load",
    "serving",
]
