"""`claw permissions check --json` gives the verdicts that a session would: the lines without rules, in one process."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

from tests.cli.live.world import CLAW, PATIENCE
from tests.redteam.case import Rules, families, read
from tests.redteam.judging import brief
from tests.redteam.trees import build


def test_check(tmp_path: Path) -> None:
    tree = build("project", os.path.realpath(tmp_path))
    lines = [
        line
        for family in families()
        for line in read(family)
        if line.case.rules == Rules() and not line.case.grants and line.case.tree == "project" and line.case.sandboxed
        # Which of them the kernel confines, and so allows, depends on the machine.
        if line.case.mode in ("default", "plan")
    ]
    asked = [
        {"tool": line.case.tool, "input": tree.fill(line.case.arguments), "mode": line.case.mode} for line in lines
    ]
    done = subprocess.run(
        [CLAW, "permissions", "check", "--json"],
        input="".join(json.dumps(call) + "\n" for call in asked).encode(),
        capture_output=True,
        cwd=tree.context.workspace,
        env={"PATH": os.environ["PATH"], "HOME": tree.context.home, "CLAW_HOME": tree.context.claw_home},
        timeout=PATIENCE,
        check=False,
    )
    answers = [json.loads(answer) for answer in done.stdout.splitlines()]
    assert len(answers) == len(lines) > 1000, done.stderr.decode()
    # A call that cannot be made at all is answered with an error.
    wrong = [
        f"{line.place}: {brief(line.case.text)!r}: {answer}"
        for line, answer in zip(lines, answers, strict=True)
        if not line.case.accepts(answer.get("verdict", "deny"))
    ]
    assert wrong == []
