"""What is imported late: handlers by the first intent they serve, and before that nothing of them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from claw.handlers.late import LateHandler
from claw.handlers.permission import Headless
from claw.log import Home
from claw.session.config import Options, resolve
from claw.session.wiring import wire
from claw.settings import read_settings


def test_a_late_handler_performs_the_intents_that_it_stands_for(tmp_path: Path) -> None:
    home, options = Home(tmp_path), Options(workspace=str(tmp_path), environ={"ANTHROPIC_API_KEY": "k"})
    settings = read_settings(str(tmp_path), options.workspace)
    wiring = wire(home, tmp_path / "session", options, Headless(), settings, resolve(options, settings))
    late = [handler for handler in wiring.handlers if isinstance(handler, LateHandler)]
    assert len(late) >= 6
    for handler in late:
        assert handler.begun is None
        assert handler.made.intents == handler.intents
        assert handler.begun is handler.made


def test_a_session_is_put_together_without_what_only_calls_need() -> None:
    code = "import sys, claw.session.creation; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    modules = set(done.stdout.split())
    assert "claw.session.wiring" in modules
    assert not modules & {
        *("claw.handlers.hook", "claw.handlers.tool", "claw.handlers.worktree", "claw.execution.sandbox"),
        *("claw.execution.reach", "claw.session.resumption", "claw.session.forks", "claw.session.snapshots"),
        *("pydantic", "typer", "rich", "prompt_toolkit", "genai_prices", "httpx2", "anthropic", "openai", "yaml"),
        *("shutil", "tempfile", "difflib", "random", "hashlib", "email", "html", "zipfile", "http"),
    }
