"""The process that FaultyDisk forks crawls from: a JSON line on stdin is an order, one on stdout its result."""

from __future__ import annotations

import ctypes
import json
import os
import signal
import sys
import tempfile
from typing import Any, NoReturn

from pipelines.article.model import shipped
from tests.scraper import crawling

LONGEST = 60
"""Seconds after which a crawl is ended."""


def main() -> None:
    """Answer orders until there are none."""
    shipped()
    for line in sys.stdin:
        order = json.loads(line)
        with tempfile.TemporaryFile("w+") as out:
            pid = os.fork()
            if pid == 0:
                _crawl(order, out)
            _, status = os.waitpid(pid, 0)
            out.seek(0)
            report, _, calls = out.read().partition("\ncalls: ")
        ended = os.waitstatus_to_exitcode(status)
        result = {
            "exit": ended,
            "report": json.loads(report) if calls and report.strip() else {},
            "calls": int(calls or 0),
        }
        print(json.dumps(result), flush=True)


def _crawl(order: dict[str, Any], out: Any) -> NoReturn:
    """One crawl, in a process of its own."""
    signal.alarm(LONGEST)
    os.dup2(out.fileno(), 1)
    library, fault = ctypes.CDLL(None), order["fault"]
    library.faulty_arm(fault["where"].encode(), fault["call"], fault["how"], fault["errno"])
    code = 70
    try:
        code = crawling.main(order["arguments"])
    except BaseException:  # noqa: BLE001 - told on stderr; the exit code says that nobody foresaw it
        sys.excepthook(*sys.exc_info())
    calls = library.faulty_arm(b"", 0, 0, 0)
    print(f"\ncalls: {calls}")
    sys.stdout.flush()
    os._exit(code)


if __name__ == "__main__":
    main()
