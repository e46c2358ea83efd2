"""A disk that fails on demand: at the n-th call that changes a file of an archive, the process is killed, or is
told that the disk is full, read-only or broken.

`interpose.c` stands between a process and its C library (LD_PRELOAD), so that SQLite's own calls are met as
well as Python's. `FaultyDisk` keeps one process that has imported all there is to import, and forks a crawl
from it for every fault: a few tenths of a second each.

    with FaultyDisk() as disk:
        disk.crawl(folder)                                     # no fault; says how many calls there were
        disk.crawl(folder, Fault(ARCHIVE, 17, KILL))

Needs gcc; `have_compiler` says whether it is there.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass
from errno import EIO, ENOSPC, EROFS
from pathlib import Path
from types import TracebackType
from typing import Any, Self

FRONTIER, WARC, ARCHIVE = "/frontier.db", "/warc/", "/archive.db"
"""What the path of a file has in it; the journals of a database have its name in theirs."""
ANYWHERE = f"{FRONTIER}\n{WARC}\n{ARCHIVE}"
KILL, TORN, ERROR = 1, 2, 3
"""kill -9 before the call; after half of what it was to write; errno from the call on."""
ERRORS = {"EIO": EIO, "ENOSPC": ENOSPC, "EROFS": EROFS}
KILLED = -9


@dataclass(frozen=True, slots=True)
class Fault:
    """What goes wrong, where, and when."""

    where: str
    """FRONTIER, WARC, ARCHIVE or ANYWHERE."""
    call: int
    """Number of the call (write, fsync, truncate, rename, unlink) to such a file, from 1."""
    how: int
    """KILL, TORN or ERROR."""
    errno: int = 0


@dataclass(frozen=True, slots=True)
class Ended:
    """How a crawl ended."""

    exit: int
    """Its exit code, or minus the signal that ended it."""
    report: dict[str, Any]
    """What it printed; empty when it was killed."""
    calls: int
    """Calls that changed files of `where`; 0 when it was killed."""


def have_compiler() -> bool:
    """Whether interpose.c can be compiled."""
    return shutil.which("gcc") is not None and sys.platform == "linux"


class FaultyDisk:
    """Runs crawls (tests.scraper.crawling) on such a disk, one at a time."""

    def __enter__(self) -> Self:
        self._folder = tempfile.TemporaryDirectory()
        library = Path(self._folder.name) / "interpose.so"
        source = Path(__file__).parent / "interpose.c"
        flags = ("-O1", "-Wall", "-Werror", "-shared", "-fPIC")
        subprocess.run(["gcc", *flags, "-o", library, source], check=True, timeout=60)
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.faultydisk.nursery"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            env={**os.environ, "LD_PRELOAD": str(library), "OMP_NUM_THREADS": "1"},
        )  # fmt: skip
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.close()
        self._process.wait(timeout=70)
        self._process.stdout.close()
        self._folder.cleanup()

    def crawl(self, folder: Path, fault: Fault | None = None, **values: Any) -> Ended:
        """Crawl the archive in `folder`; `values` as tests.scraper.crawling has them."""
        assert self._process.stdin
        assert self._process.stdout
        armed = asdict(fault or Fault(ANYWHERE, 0, 0))
        arguments = [str(folder), *(f"{name}={value}" for name, value in values.items())]
        self._process.stdin.write(json.dumps({"fault": armed, "arguments": arguments}) + "\n")
        self._process.stdin.flush()
        told = json.loads(self._process.stdout.readline())
        return Ended(told["exit"], told["report"], told["calls"])
