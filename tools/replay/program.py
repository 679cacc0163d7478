"""A program in front of claw, played: it says its lines, and answers what it is asked."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from typing import IO, Any

from tools.replay.golden import Program
from tools.replay.stage import PATIENCE, RecordingFailed, Stage

FLAGS = ("--output-format", "stream-json", "--input-format", "stream-json", "--permission-prompt-tool", "stdio")


def converse(claw: str, stage: Stage, act: Program, environ: Mapping[str, str]) -> None:
    """Hold the whole conversation. Raises RecordingFailed."""
    lines, answers = list(act.lines), list(act.answers)
    process = subprocess.Popen(
        [claw, *FLAGS, *act.arguments],
        cwd=stage.workspace,
        env=environ,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        _say(process.stdin, {"type": "user", "message": {"role": "user", "content": lines.pop(0)}})
        for text in process.stdout:
            line = json.loads(text)
            if line["type"] == "control_request":
                if not answers:
                    raise RecordingFailed(f"nothing is answered to {text}")
                response = {"subtype": "success", "request_id": line["request_id"], "response": answers.pop(0)}
                _say(process.stdin, {"type": "control_response", "response": response})
            elif line["type"] == "result" and lines:
                _say(process.stdin, {"type": "user", "message": {"role": "user", "content": lines.pop(0)}})
            elif line["type"] == "result":
                process.stdin.close()
        process.wait(PATIENCE)
    finally:
        process.kill()
    if answers or lines:
        raise RecordingFailed(f"left are the lines {lines} and the answers {answers}")


def _say(stdin: IO[str], line: Mapping[str, Any]) -> None:
    stdin.write(json.dumps(line) + "\n")
    stdin.flush()
