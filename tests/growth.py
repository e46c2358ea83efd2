"""What some work costs, and how that grows, in processor time and so that a busy machine fails no test."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

Input = TypeVar("Input")

TIMES = 8
"""How much more the larger input is: linear work takes 8 times as long, quadratic work 64 times."""
ALLOWED = 24
ROUNDS = 5


def grows_linearly(work: Callable[[Input], object], make: Callable[[int], Input], size: int) -> bool:
    """Whether `work` on `make(8 * size)` takes less than 24 times the processor time of `make(size)`.

    That is half way, in powers, between what is linear and what is quadratic. The larger is measured until it
    was so once, at most five times: a busy machine makes work slower, never faster.
    """
    small, large = make(size), make(TIMES * size)
    return costs_less(ALLOWED * _seconds(work, small), work, large)


def costs_less(seconds: float, work: Callable[[Input], object], given: Input) -> bool:
    """Whether `work` on `given` takes less than `seconds` of processor time, in the best of five rounds."""
    return any(_seconds(work, given) < seconds for _ in range(ROUNDS))


def _seconds(work: Callable[[Input], object], given: Input) -> float:
    began = time.process_time()
    work(given)
    return time.process_time() - began
