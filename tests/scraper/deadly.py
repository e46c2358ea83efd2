"""What pages do to who reads them, in place of the readers' work. A module of its own: a process that is to
do such work imports where it stands, and from here that is no more than readers import anyway."""

from __future__ import annotations

import os
import signal
from typing import Any, NoReturn

from pipelines.errors import WarcError
from scraper import readers
from scraper.reading import Read

_read = readers._read


def read_or_die(job: readers.Job) -> Read | WarcError:
    """Some end their reader, some never end, by their address."""
    url = job[0].url
    if url.endswith("/deadly"):
        die()
    while url.endswith("/endless"):
        pass
    return _read(job)


def die(*_: Any) -> NoReturn:
    """The process is ended."""
    os.kill(os.getpid(), signal.SIGSEGV)
    raise AssertionError("it has ended")


def refuse(*_: Any) -> None:
    """Instead of getting ready."""
    raise RuntimeError("cannot be prepared")
