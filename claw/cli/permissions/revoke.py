"""`claw permissions revoke`: take back what was allowed: for always, for one session, to a repository."""

from __future__ import annotations

import os
import shlex
from contextlib import suppress
from pathlib import Path

from claw.cli.offline import lookup
from claw.cli.output import standard
from claw.cli.sanitize import clean_line
from claw.errors import ClawError, LogLocked, UsageError
from claw.session import holders, trust
from claw.session import revoke as revoked
from claw.session.config import Options, workspace_named
from claw.session.wiring import home_of
from claw.settings.edit import has_allow_rule, remove_allow_rule
from claw.settings.layers import FILES


def revoke(
    rule: str | None = None,
    session: str | None = None,
    trusted: bool = False,
    folder: str | None = None,
) -> int:
    """Take an allow rule out of your settings, where an answer of "always" has put it; the rest of the file stays."""
    if (rule is not None or session is not None) if trusted else folder is not None:
        raise UsageError("--trust and -C go with each other, and with nothing else", hint="claw permissions revoke -h")
    if trusted:
        return _trust(workspace_named(folder))
    if session is not None:
        return _in_session(session, rule or "")
    if rule is None:
        raise UsageError("which rule?", hint="claw permissions revoke RULE, or --session S for all that S was granted")
    removed = [name for name, path in _settings() if _removed(path, rule)]
    if not removed:
        hint = "claw permissions list; what one session was granted: claw permissions revoke RULE --session S"
        raise UsageError(f"~/{FILES['user'][1]} has no allow rule {rule}", hint=hint)
    standard().answer(f"no longer allowed: {clean_line(rule)} (taken out of {' and '.join(removed)})\n")
    for session in holders(lookup.home(), rule):
        standard().note(f"still allowed in the session {session}, which you told always")
        standard().note(f"  try: claw permissions revoke --session {session} {_typed(rule)}")
    return 0


def _trust(workspace: str) -> int:
    if not trust.forget(lookup.home(), workspace):
        raise UsageError(f"nothing was answered about the settings in {workspace}", hint="claw permissions list")
    standard().answer(f"forgotten: what you answered about the settings in {clean_line(workspace)}\n")
    return 0


def _in_session(name: str, rule: str) -> int:
    path = lookup.session(name)
    try:
        grants = revoked(str(path), rule)
    except LogLocked as error:
        raise UsageError(error.message, hint="type /permissions revoke RULE where claw runs it") from None
    for grant in grants:
        standard().answer(f"no longer allowed in {path.name}: {clean_line(grant.rule)}\n")
        saved = [name for name, path in _settings() if _is_saved(path, grant.rule)]
        if grant.scope == "always" and saved:
            standard().note(f"also saved in {saved[0]}: claw permissions revoke {_typed(grant.rule)}")
    return 0


def _removed(path: Path, rule: str) -> bool:
    try:
        return remove_allow_rule(path, rule)
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}") from None


def _is_saved(path: Path, rule: str) -> bool:
    with suppress(ClawError, OSError):
        return has_allow_rule(path, rule)
    return False


def _typed(rule: str) -> str:
    """As it is typed in a shell."""
    return clean_line(shlex.quote(rule))


def _settings() -> list[tuple[str, Path]]:
    """The user's files, and what people call them."""
    home = home_of(Options(workspace="/", environ=os.environ))
    return [(f"~/{name}", Path(home, name)) for name in FILES["user"]]
