"""The Gazette over HTTP on loopback: `python -m demo.site --port 8765 --edition 1`.

Answers GET and HEAD with ETag, Last-Modified, 304 and gzip, and writes one line of JSON a request. It never
listens on another address than 127.0.0.1, and with --while-stdin it ends when its standard input does, so
that it cannot outlive the process that started it.
"""

from __future__ import annotations

import argparse
import errno
import json
import os
import sys
import threading
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from email.message import Message
from email.utils import format_datetime, parsedate_to_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TextIO

from demo.pages import Gazette, Reply
from demo.stories import DAYS, edition

PORT_TAKEN = 1
"""Exit code when the port cannot be listened on."""


class Site(ThreadingHTTPServer):
    """One edition, listening on 127.0.0.1. `port` 0 lets the system choose; `base` tells the address."""

    daemon_threads = True

    def __init__(self, number: int, port: int = 0, log: TextIO | None = None) -> None:
        super().__init__(("127.0.0.1", port), Desk)
        self.base = f"http://127.0.0.1:{self.server_port}"
        self.gazette = Gazette(edition(number), self.base)
        self.log = log

    def __enter__(self) -> Site:
        """Serve in a thread until the block ends."""
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self.server_close()

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up is no news; anything else is printed as http.server does."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]


class Desk(BaseHTTPRequestHandler):
    """Answers the requests of one connection."""

    protocol_version = "HTTP/1.1"
    server_version = "HarbourGazette/1.0"
    server: Site
    timeout = 30
    wbufsize = -1  # head and body in one segment: two would wait for an acknowledgement between them

    def do_GET(self) -> None:
        """Answer with headers and body."""
        self._answer(with_body=True)

    def do_HEAD(self) -> None:
        """Answer with the headers of GET."""
        self._answer(with_body=False)

    def log_message(self, format: str, *args: object) -> None:
        """Keep silent: `_record` writes the log."""

    def _answer(self, *, with_body: bool) -> None:
        began = time.monotonic()
        reply = self.server.gazette.reply(self.path)
        fresh = reply.status == 200 and _is_fresh(reply, self.headers)
        zipped = "gzip" in self.headers.get("Accept-Encoding", "") and reply.body != b""
        body = b"" if fresh else reply.zipped if zipped else reply.body
        self.send_response(304 if fresh else reply.status)
        for name, value in _headers(reply, zipped=zipped and not fresh).items():
            self.send_header(name, value)
        if not fresh:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body if with_body else b"")
        self._record(304 if fresh else reply.status, len(body), time.monotonic() - began)

    def _record(self, status: int, size: int, seconds: float) -> None:
        if self.server.log is None:
            return
        line = {
            "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "method": self.command,
            "path": self.path,
            "status": status,
            "bytes": size,
            "ms": round(seconds * 1000, 1),
            "agent": self.headers.get("User-Agent"),
            "conditional": "If-None-Match" in self.headers or "If-Modified-Since" in self.headers,
        }
        self.server.log.write(json.dumps(line) + "\n")
        self.server.log.flush()


def _headers(reply: Reply, *, zipped: bool) -> dict[str, str]:
    headers = dict(reply.headers)
    if reply.status == 200:
        headers |= {"ETag": reply.etag, "Vary": "Accept-Encoding", "Cache-Control": "max-age=60"}
    if reply.modified:
        headers["Last-Modified"] = format_datetime(reply.modified.astimezone(UTC), usegmt=True)
    if zipped:
        headers["Content-Encoding"] = "gzip"
    return {"Content-Type": reply.content_type, **headers}


def _is_fresh(reply: Reply, asked: Message) -> bool:
    """RFC 9110, 13.2.2: If-None-Match decides when it is there; else If-Modified-Since."""
    if tags := asked.get("If-None-Match"):
        return tags.strip() == "*" or reply.etag in (tag.strip() for tag in tags.split(","))
    since = asked.get("If-Modified-Since")
    if since is None or reply.modified is None:
        return False
    try:
        return reply.modified.replace(microsecond=0) <= parsedate_to_datetime(since)
    except (ValueError, TypeError):
        return False  # RFC 9110, 13.1.3: a date that cannot be read is ignored


def _end_with_stdin(site: Site) -> None:
    while os.read(0, 4096):
        pass
    site.shutdown()


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until interrupted; the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m demo.site", description="Serve a made-up news site on loopback."
    )
    parser.add_argument("--port", type=int, default=8765, help="default 8765; 0 lets the system choose")
    parser.add_argument("--edition", type=int, choices=sorted(DAYS), default=1, help="2 is a day later")
    parser.add_argument(
        "--log",
        type=argparse.FileType("a", encoding="utf-8"),
        default=sys.stdout,
        metavar="FILE",
        help="a line of JSON a request; default standard output",
    )
    parser.add_argument("--while-stdin", action="store_true", help="end when standard input ends")
    asked = parser.parse_args(arguments)
    try:
        site = Site(asked.edition, asked.port, asked.log)
    except OSError as error:
        if error.errno not in (errno.EADDRINUSE, errno.EACCES):
            raise
        why = (
            f"port {asked.port} on 127.0.0.1 cannot be used ({error.strerror}); choose another with --port N"
        )
        print(f"demo.site: {why}", file=sys.stderr)
        return PORT_TAKEN
    if asked.while_stdin:
        threading.Thread(target=_end_with_stdin, args=(site,), daemon=True).start()
    try:
        site.serve_forever(0.1)
    except KeyboardInterrupt:
        return 0
    finally:
        site.server_close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
