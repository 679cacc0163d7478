"""Which session is gone on with, where nobody has named one."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence

import anyio

from claw.cli.output import standard
from claw.cli.terminal.looking import theme_of
from claw.cli.terminal.picker import Picker, by_number
from claw.cli.terminal.screen import of_this_process
from claw.cli.terminal.session_rows import sessions
from claw.cli.terminal.start import in_words
from claw.errors import SessionNotFound
from claw.execution.threads import finished
from claw.log import Home
from claw.session.trust import home_of
from claw.settings.looks import looks as read_looks


def chosen(home: Home, workspace: str, environ: Mapping[str, str], *, plain: bool) -> str | None:
    """The folder of the session that the person takes from a list; None: of none. Raises SessionNotFound."""
    return anyio.run(_choose, home, workspace, environ, plain)


async def _choose(home: Home, workspace: str, environ: Mapping[str, str], plain: bool) -> str | None:
    listing = sessions(home, workspace)
    if not listing.rows:
        raise SessionNotFound("there is no session yet", hint="claw")
    if len(listing.rows) == 1 and listing.more is not None and len(listing.more()) == 1:
        return listing.rows[0].value
    looks = read_looks(home_of(environ))
    screen = of_this_process(words=in_words(plain, looks, environ))
    if not screen.can.dumb:
        screen.theme = theme_of(looks, environ)
        return await Picker(listing, screen).run()
    return await by_number(listing, _say, _line)


def _say(lines: Sequence[str]) -> None:
    standard().note("\n".join(lines))


async def _line() -> str | None:
    """What is typed next; None: nothing more comes."""

    def read() -> str:
        with open(os.dup(0), encoding="utf-8", errors="replace", closefd=True) as stdin:
            return stdin.readline()

    return await finished(read) or None
