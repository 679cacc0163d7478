"""``python -m claw.providers.scripted SCENARIO.json [--port N]``: serve a scenario until interrupted, its URL on
stdout.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import sys

import msgspec

from claw.providers.scripted.scenario import Scenario, load
from claw.providers.scripted.server import ScriptedServer


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m claw.providers.scripted", description=__doc__)
    parser.add_argument("scenario", help="a JSON file; claw/providers/scripted/scenario.py says what it holds")
    parser.add_argument("--port", type=int, default=0, help="0, the default, takes a free one")
    options = parser.parse_args(arguments)
    try:
        scenario = load(options.scenario)
    except (OSError, msgspec.MsgspecError) as error:
        sys.stderr.write(f"{options.scenario}: {error}\n")
        return 2
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_serve(scenario, options.port))
    return 0


async def _serve(scenario: Scenario, port: int) -> None:
    async with ScriptedServer(scenario, port=port) as server:
        sys.stdout.write(f"{server.url}\n")
        sys.stdout.flush()
        await asyncio.Event().wait()


if __name__ == "__main__":
    sys.exit(main())
