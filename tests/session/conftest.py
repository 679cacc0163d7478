"""A home, a workspace and a scripted model, as the tests of the terminal have them."""

from __future__ import annotations

from tests.cli.live.conftest import world as world
