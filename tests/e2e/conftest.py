"""What a person does with claw, from what is typed to what is on disk: real program, real wire, real terminal."""

from __future__ import annotations

from tests.cli.live.conftest import pseudo as pseudo
from tests.cli.live.conftest import terminal as terminal
from tests.cli.live.conftest import world as world
