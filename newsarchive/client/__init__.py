"""The archive for scripts: the same few questions to a file, or to a server over HTTP.

    import newsarchive

    archive = newsarchive.open("my-archive")                          # a folder, or its archive.db
    archive = newsarchive.open("http://127.0.0.1:8001/archive")       # a reading room, or plain Datasette

    for article in archive.articles(site="gazette", since="2026-03"):
        print(article.published, article.title, len(article.text))
    archive.search('lamp OR "light house"').frame()                   # pandas, if it is installed

Promises: nothing is written, the file is opened read-only; what is many comes as it is read, never all at
once; the answers are the same either way. docs/scripts.md has every function.
"""

from __future__ import annotations

import os
from pathlib import Path

from newsarchive.client.archive import Archive
from newsarchive.client.records import Article, Match, Period, Site, Version
from newsarchive.client.rows import Rows

__all__ = ["Archive", "Article", "Match", "Period", "Rows", "Site", "Version", "open"]


def open(place: str | os.PathLike[str], *, token: str | None = None) -> Archive:
    """The archive at `place`: a folder, its archive.db, or the address of a Datasette database.

    token: for a server that asks for one; it is sent as `Authorization: Bearer`.
    Raises NotAnArchive where there is none, ArchiveReadOnly where SQLite cannot write beside it as it must
    even to read, ServerUnreachable where nobody answers.
    """
    if str(place).startswith(("http://", "https://")):
        from newsarchive.client.server import Server

        return Archive(Server(str(place), token))
    from newsarchive.client.file import File

    return Archive(File(Path(place)))
