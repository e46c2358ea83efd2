"""Everything that newsarchive raises on purpose, and the exit code each ends a command with.

    ArchiveError                    1   something failed; the message says what, where and what to do
    ├── SiteListError               3   sites.yml cannot be used: line, key and the nearest right word
    ├── ArchiveUnusable             4   archive.db cannot be used as it is
    │   ├── NotAnArchive            4   no archive here, or the file is not a database
    │   ├── ArchiveTooNew           4   made by a newer newsarchive
    │   ├── ArchiveReadOnly         4   the file or its folder cannot be written
    │   └── DiskFull                4   no room, or the disk reports an error
    ├── ArchiveBusy                 5   another process works on this archive
    ├── SiteUnreachable             6   an address that does not answer, or answers with no news
    │   └── AddressRefused          6   not a public address, and the site has no allow_private
    ├── InputUnreadable             7   a file to import holds nothing that can be read as an article
    ├── NotKnown                    1   an address that the archive has nothing of
    ├── QueryRefused                1   a question that the archive cannot answer: wrong, too long, too slow
    ├── ServerUnreachable           1   a server with an archive that does not answer, or asks who you are
    └── WarcError                   8   a WARC file is damaged or says other than its digest

A crawl that ends although some sites failed exits with 9; Ctrl-C with 130; wrong usage with 2.
Expected absence is None, never an error.
"""

from __future__ import annotations

from typing import ClassVar


class ArchiveError(Exception):
    """The root: `str(error)` is one line for a person, naming what failed, where, and what to do."""

    exit_code: ClassVar[int] = 1


class SiteListError(ArchiveError):
    """sites.yml cannot be used as it stands."""

    exit_code = 3


class ArchiveUnusable(ArchiveError):  # noqa: N818 - reads as the sentence it is
    """archive.db cannot be used as it stands."""

    exit_code = 4


class NotAnArchive(ArchiveUnusable):
    """There is no archive at this place, or the file is not a SQLite database."""


class ArchiveTooNew(ArchiveUnusable):
    """A newer newsarchive made this archive; this one would not know what it means."""


class ArchiveReadOnly(ArchiveUnusable):
    """The archive, or the folder it lies in, cannot be written."""


class DiskFull(ArchiveUnusable):
    """No room is left, or the disk reports an input/output error."""


class ArchiveBusy(ArchiveError):  # noqa: N818
    """Another process holds this archive's lock, or locks its database."""

    exit_code = 5


class SiteUnreachable(ArchiveError):  # noqa: N818
    """An address does not answer, or answers with nothing that looks like a news site."""

    exit_code = 6


class AddressRefused(SiteUnreachable):
    """The address, or what it resolves to, is not globally routable."""


class InputUnreadable(ArchiveError):  # noqa: N818
    """A file given to `import` holds nothing that can be read as an article."""

    exit_code = 7


class NotKnown(ArchiveError):  # noqa: N818
    """The archive has nothing of the address that was named."""


class QueryRefused(ArchiveError):  # noqa: N818
    """A question that cannot be answered as it is put: its SQL, a value of it, the length of its answer."""


class ServerUnreachable(ArchiveError):  # noqa: N818
    """The server that has the archive does not answer, fails, or wants a token."""


class WarcError(ArchiveError):
    """A WARC file is damaged, or a record does not match its digest."""

    exit_code = 8


SOME_SITES_FAILED = 9
"""Exit code of a crawl that ended in order although at least one of its sites failed."""
