"""Files that others saved, plain text and pages (HTML, MHTML), into the archive: what `import` does.

Promises: a file's bytes go to the WARC as they are, as a resource record, before a row speaks of them (of
MHTML the page's own part, unpacked); bytes that the archive has are not taken again, so the same file twice
adds nothing, and an import that was broken off goes on; every file ends with a result and a reason. Never
changes a file, never fetches what one names.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from urllib.parse import quote, urlsplit

from pipelines import extract, identify
from pipelines.accession import mhtml, packs, plaintext
from pipelines.errors import InputUnreadable
from pipelines.intake import Intake
from pipelines.model import Capture, Circumstances, Extraction, Outcome, Site
from pipelines.store import Archive
from pipelines.warc import WarcWriter, payload_digest

TEXT_SUFFIXES = frozenset({".txt", ".text", ".md"})
HTML_SUFFIXES = frozenset({".html", ".htm", ".xhtml"})
MHTML_SUFFIXES = frozenset({".mhtml", ".mht"})
PAGE_SUFFIXES = TEXT_SUFFIXES | HTML_SUFFIXES | MHTML_SUFFIXES
SUPPORTED = (
    "plain text (.txt, .text, .md), saved pages (.html, .htm, .xhtml, .mhtml, .mht) "
    "and WARC (.warc, .warc.gz, .warc.zst, .wacz)"
)
MOST_BYTES = 50 * 2**20
IMPORTED = Site("imported", "import:", name="Imported files")
"""The site of files of which no site is known."""


class Result(StrEnum):
    """What became of a file."""

    ARTICLE = "article"
    UNCHANGED = "unchanged"
    NOT_ARTICLE = "not an article"
    UNREADABLE = "unreadable"


_RESULTS = {
    Outcome.ARTICLE: Result.ARTICLE,
    Outcome.UNCHANGED: Result.UNCHANGED,
    Outcome.DUPLICATE: Result.UNCHANGED,
}
"""Every other outcome is no article."""


@dataclass(frozen=True, slots=True)
class SavedFile:
    """A file to import."""

    path: Path
    name: str
    """Its path from the folder that was named, that folder's own name first; "/" between."""


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of one file, and why."""

    file: SavedFile
    result: Result
    reason: str = ""
    article: int | None = None
    """Row id in `articles`."""
    pack: packs.Accession | None = None
    """What became of the captures in it, where it is a WARC or WACZ."""


def of_pack(file: SavedFile, pack: packs.Accession) -> Imported:
    """What became of a WARC or WACZ: an article when a version was written."""
    met = {Result(what) for what in pack.counts}
    results = (Result.ARTICLE, Result.UNCHANGED, Result.NOT_ARTICLE)
    result = next((each for each in results if each in met), Result.NOT_ARTICLE)
    return Imported(file, Result.UNCHANGED if pack.before and not met else result, str(pack), pack=pack)


def find(paths: Iterable[Path]) -> tuple[list[SavedFile], Counter[str]]:
    """The files to import: those named, and those of a supported kind in folders; and what was passed over.

    The counter has the suffixes of files in folders that are of another kind.
    """
    files: list[SavedFile] = []
    others: Counter[str] = Counter()
    for path in paths:
        if not path.is_dir():
            files.append(SavedFile(path, path.name))
            continue
        root = path.resolve()
        for each in _walk(root):
            if each.suffix.lower() in PAGE_SUFFIXES or packs.is_pack(each):
                files.append(SavedFile(each, each.relative_to(root.parent).as_posix()))
            else:
                others[each.suffix.lower() or each.name] += 1
    return files, others


def _walk(root: Path) -> Iterator[Path]:
    """The files below `root` in order, without the parts that browsers save beside a page, in NAME_files."""
    for folder, folders, names in os.walk(root):
        pages = {Path(name).stem for name in names if Path(name).suffix.lower() in HTML_SUFFIXES}
        folders[:] = sorted(name for name in folders if name.removesuffix("_files") not in pages)
        yield from (Path(folder, name) for name in sorted(names))


class Importer:
    """Takes files into one archive. The caller commits, and syncs the WARC before."""

    def __init__(self, archive: Archive, warc: WarcWriter, sites: Mapping[str, Site]) -> None:
        self._archive = archive
        self._warc = warc
        self._sites = {**sites, IMPORTED.key: sites.get(IMPORTED.key, IMPORTED)}
        self._intake = Intake(archive, self._sites)

    def take(
        self, file: SavedFile, *, now: datetime, site: str | None = None, url: str | None = None
    ) -> Imported:
        """Import one file; `url` is its address where that is known, `site` its site.

        Without `site` it is the site whose host the address has, or "imported". Raises what the archive and
        the WARC raise; a file that cannot be read is a result.
        """
        try:
            page = _read(file.path)
        except InputUnreadable as error:
            return Imported(file, Result.UNREADABLE, str(error))
        body, kind, saved = page.body, page.content_type, page.saved or now
        digest = payload_digest(body)
        if self._archive.original("", digest) is not None:
            return Imported(file, Result.UNCHANGED, "these bytes are in the archive")
        is_text = kind == "text/plain"
        extraction = plaintext.extract(body) if is_text else extract(body, page.url, content_type=kind)
        address = url or page.url or _named_address(extraction) or self._own_address(file, digest, extraction)
        owner = site or self._site_of(address)
        self._archive.put_sites([self._sites[owner]])
        position, _ = self._warc.append_resource(address, body, kind, saved, Circumstances(owner))
        capture = Capture(address, saved, 200, (("Content-Type", kind),), body, digest, position)
        # HTML is read once more by the intake: with its address, and with the rules of its site.
        taken = self._intake.take(capture, site=owner, extraction=extraction if is_text else None)
        result = _RESULTS.get(taken.outcome, Result.NOT_ARTICLE)
        return Imported(file, result, taken.reason, taken.article)

    def _site_of(self, address: str) -> str:
        near = (key for key, site in self._sites.items() if identify.same_site(address, site, site.url))
        return next(near, IMPORTED.key) if _is_web(address) else IMPORTED.key

    def _own_address(self, file: SavedFile, digest: str, extraction: Extraction) -> str:
        """ "import:" and the file's name; with its digest behind when another article came by that name."""
        address = f"import:{quote(file.name)}"
        known = self._archive.article_by_url(address)
        if known is None or identify.agree(known.latest.text, extraction.text):
            return address
        return f"{address}?{digest.removeprefix('sha1:')[:8].lower()}"


def _read(path: Path) -> mhtml.Page:
    """The page in a file; InputUnreadable says why there is none that could be an article."""
    if path.suffix.lower() not in PAGE_SUFFIXES and path.exists():
        kind = path.suffix.lower() or "a file without suffix"
        raise InputUnreadable(f"{kind} cannot be imported; what can: {SUPPORTED}")
    try:
        if path.stat().st_size > MOST_BYTES:
            raise InputUnreadable(f"larger than {MOST_BYTES >> 20} MiB")
        body = path.read_bytes()
    except OSError as error:
        raise InputUnreadable(error.strerror or str(error)) from error
    if not body.strip():
        raise InputUnreadable("empty")
    if path.suffix.lower() in MHTML_SUFFIXES:
        return mhtml.read(body)
    if plaintext.is_binary(body):
        raise InputUnreadable("binary, not text")
    return mhtml.Page(body, "text/html" if path.suffix.lower() in HTML_SUFFIXES else "text/plain")


def _named_address(extraction: Extraction) -> str | None:
    """The address that the file says it was saved from."""
    address = extraction.canonical_url
    return address if address and identify.names_page(address) else None


def _is_web(address: str) -> bool:
    return urlsplit(address).scheme in ("http", "https")
