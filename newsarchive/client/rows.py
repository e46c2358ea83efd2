"""What is many: asked anew by each loop, read as it comes; a data frame if pandas is there."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, fields, is_dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from pipelines.errors import ArchiveError

if TYPE_CHECKING:
    import pandas

Item = TypeVar("Item")


class Rows(Generic[Item]):
    """Articles, versions, sites or rows: `for`, `list(...)`, `next(iter(...))`, or `.frame()`."""

    def __init__(self, ask: Callable[[], Iterable[Item]], kind: type[Item] | None = None) -> None:
        self._ask, self._kind = ask, kind

    def __iter__(self) -> Iterator[Item]:
        return iter(self._ask())

    def frame(self) -> pandas.DataFrame:
        """All of them as a pandas data frame: a column for each field; moments as UTC timestamps, where a
        bare date is its midnight.

        Raises ArchiveError where pandas is not installed.
        """
        try:
            import pandas as pd
        except ImportError as error:
            raise ArchiveError("pandas is not installed: pip install 'newsarchive[frames]'") from error
        found = [_fields(item) for item in self]
        names = [one.name for one in fields(self._kind)] if is_dataclass(self._kind) else None
        frame = pd.DataFrame(found, columns=names)
        for name in frame.columns:
            if any(isinstance(row[name], date) for row in found):
                frame[name] = pd.to_datetime(
                    [_text(row[name]) for row in found], utc=True, format="ISO8601", errors="coerce"
                )
        return frame


def _fields(item: object) -> Mapping[str, Any]:
    if isinstance(item, Mapping):
        return item
    return asdict(item)  # type: ignore[call-overload, no-any-return]


def _text(value: object) -> str | None:
    return value.isoformat() if isinstance(value, date) else None
