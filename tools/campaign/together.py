"""A campaign on several cores: one process per job, one model for all."""

from __future__ import annotations

import multiprocessing
import shutil
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from pathlib import Path

from tools.campaign.kills import Tally, campaign
from tools.campaign.scenario import SCENARIO
from tools.campaign.server import serving

SHARE = 100
"""Kills of one piece of work; each piece has a seed of its own."""


def together(folder: Path, kills: int, seed: int, jobs: int, progress: Callable[[Tally], None]) -> Tally:
    """So many kills, `jobs` at a time. Raises Broken from the first piece that breaks, and leaves its folder."""
    total = Tally()
    pieces = [min(SHARE, kills - start) for start in range(0, kills, SHARE)]
    context = multiprocessing.get_context("spawn")
    with serving(SCENARIO, folder) as url, ProcessPoolExecutor(jobs, mp_context=context) as pool:
        waiting = {
            pool.submit(_piece, folder / f"piece-{number}", url, count, seed * 100_000 + number)
            for number, count in enumerate(pieces)
        }
        try:
            while waiting:
                done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
                for future in done:
                    total.add(future.result())
                    progress(total)
        except BaseException:
            pool.shutdown(wait=True, cancel_futures=True)
            raise
    return total


def _piece(folder: Path, url: str, kills: int, seed: int) -> Tally:
    folder.mkdir()
    tally = campaign(folder, url, kills, seed)
    shutil.rmtree(folder)
    return tally
