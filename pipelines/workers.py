"""Processes that do pure work for this one: they end with it, and leave Ctrl-C to it.

Promises nothing about what is done in them; what they are given and give back must be picklable.
"""

from __future__ import annotations

import logging
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing.connection import wait
from typing import Any


def pool(workers: int, prepare: Callable[..., None], *given: Any) -> ProcessPoolExecutor:
    """`workers` processes, each of which begins with `prepare(*given)`.

    They are not forked: a copy of this process would hold the archive's lock and its database.
    """
    level = logging.getLogger("pipelines").getEffectiveLevel()
    context = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(workers, context, _start, (level, prepare, given))


def _start(level: int, prepare: Callable[..., None], given: tuple[Any, ...]) -> None:
    prepare(*given)
    logging.getLogger("pipelines").setLevel(level)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent.sentinel,), daemon=True).start()


def _end_with(sentinel: int) -> None:
    wait([sentinel])
    os._exit(1)
