"""Jobs for worker processes, which import this module and, with it, nothing that a test needs."""

from __future__ import annotations

import os
import signal
import time
from typing import Any

from pipelines import workers


def do(job: Any) -> Any:
    """Jobs by name: what hostile pages do to those who read them."""
    if job == "crash":
        os.kill(os.getpid(), signal.SIGSEGV)
    if job == "leave":
        os._exit(3)
    while job == "spin":
        pass
    if job == "swell":
        return len(bytearray(workers.MEMORY + 1))
    return job, os.getpid()


def refuse() -> None:
    raise RuntimeError("cannot be prepared")


def nothing() -> None:
    pass


def spend(seconds: float) -> float:
    end = time.process_time() + seconds
    while time.process_time() < end:
        pass
    return seconds
