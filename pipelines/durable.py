"""What a disk does -> what is on it, or the error of the archive that says why not."""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Iterator
from pathlib import Path

from pipelines.errors import ArchiveReadOnly, DiskFull


def sync_file(path: Path) -> None:
    """Return when all that was written to the file is on disk."""
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """Make names that were given or changed in the folder durable."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def disk(path: Path) -> Iterator[None]:
    """OSError of a full, failing or read-only disk -> the error of the archive that says so."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.EROFS, errno.EACCES, errno.EPERM):
            raise ArchiveReadOnly(f"{path} cannot be written: {error.strerror}") from error
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EFBIG):
            raise DiskFull(f"{path}: {error.strerror}; make room and run again, nothing is lost") from error
        raise
