"""Grep: files by their content."""

from __future__ import annotations

import os
import re
from typing import Any

from claw import _native
from claw.errors import ToolError
from claw.execution.context import Facts, ToolContext
from claw.execution.files import must_be_real
from claw.execution.masking import masked, without_rests
from claw.execution.output import SHOWN_LIMIT
from claw.execution.paths import judged, shown
from claw.late import pattern
from claw.tools.arguments import parsed
from claw.tools.base import Outcome, Report
from claw.tools.grep import GrepArguments
from claw.tools.search import LEFT_OUT, excluded, ignores, searched
from claw.tools.text import decoded

MOST_DECODED = 200
"""Files of other encodings that one search decodes."""
LARGEST_DECODED = 1 << 20
"""Bytes of such a file."""

_CUT_LINE = pattern(r"^(.*?\[… \d+ bytes\] )?(.*?)( \[… \d+ bytes\])?$", re.MULTILINE)


async def run(arguments: dict[str, Any], facts: Facts, context: ToolContext, report: Report) -> Outcome:
    wanted = parsed("Grep", GrepArguments, arguments)
    root = judged(facts.paths[0], context)
    decode = _Decoder()
    text, cut, named = await searched(
        lambda token: (*_search(wanted, facts, context, decode, token), os.path.isfile(root))
    )
    if not text:
        none = f"No match for {masked(wanted.pattern, context)}."
        return Outcome(" ".join([none, *([] if named else [LEFT_OUT]), *decode.remark]))
    told = _fitting(_relative(masked(_safely_cut(text, context), context), context), cut)
    left_out = not named and ignores(root, context.workspace)
    return Outcome("\n".join([told, *([LEFT_OUT] if left_out else []), *decode.remark]))


class _Decoder:
    """Gives the text of files that are not UTF-8, as Read shows them, and counts those that are too much."""

    def __init__(self) -> None:
        self._tried = 0
        self._passed_over = 0

    def __call__(self, data: bytes) -> str | None:
        self._tried += 1
        if self._tried > MOST_DECODED or len(data) > LARGEST_DECODED:
            self._passed_over += 1
            return None
        text = decoded(data)
        return text.text if text and text.encoding != "utf-8" else None

    @property
    def remark(self) -> list[str]:
        count = self._passed_over
        return [f"(Files that are neither UTF-8 nor small were searched by their bytes: {count}.)"] if count else []


def _search(
    wanted: GrepArguments, facts: Facts, context: ToolContext, decode: _Decoder, token: _native.CancelToken
) -> tuple[str, bool]:
    root = judged(facts.paths[0], context)
    must_be_real(root)
    if not os.path.exists(root):
        raise ToolError(f"{shown(root, context)} does not exist.")
    around = wanted.around or 0
    return _native.grep(
        wanted.pattern,
        root,
        glob=wanted.glob,
        file_type=wanted.type,
        ignore_case=wanted.ignore_case,
        multiline=wanted.multiline,
        before=around if wanted.before is None else wanted.before,
        after=around if wanted.after is None else wanted.after,
        mode=wanted.output_mode,
        line_numbers=wanted.numbers,
        limit=wanted.head_limit or None,
        exclude=excluded(facts, context),
        decode=decode,
        cancel=token,
    )


def _relative(text: str, context: ToolContext) -> str:
    """Paths, which begin every line, as people write them."""
    text = re.sub(rf"^{re.escape(context.workspace.rstrip('/') + '/')}", "", text, flags=re.MULTILINE)
    own = context.scratch.root if context.scratch else ""
    return re.sub(rf"^{re.escape(own)}(?=/)", "", text, flags=re.MULTILINE) if own else text


def _safely_cut(text: str, context: ToolContext) -> str:
    """Long lines come cut; where that went through a secret, the rest of it goes too."""

    def trimmed(line: re.Match[str]) -> str:
        front, middle, back = line[1] or "", line[2], line[3] or ""
        return front + without_rests(middle, context, before=bool(front), behind=bool(back)) + back

    return _CUT_LINE.sub(trimmed, text) if "[… " in text else text


def _fitting(text: str, cut: bool) -> str:
    """As many whole lines as a model is told, with a note where that is not all."""
    if len(text) > SHOWN_LIMIT:
        text, cut = text[: text.rfind("\n", 0, SHOWN_LIMIT) + 1] or text[:SHOWN_LIMIT], True
    return text.rstrip("\n") + ("\n(There is more. Narrow the search to see it.)" if cut else "")
