"""How fast a rebuild is beside the cleaner alone: `python -m bench.rebuild ARCHIVE [--copies N]`.

CPU seconds, not time on a clock, so that what else runs on the machine matters less. The pages of the archive
are taken N times into one of its own, each time as articles of their own. Never changes the archive.
"""

from __future__ import annotations

import argparse
import re
import resource
import tempfile
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from pipelines import extract, rebuild, sitelist, warc
from pipelines.intake import Intake
from pipelines.model import Capture, Circumstances, Exchange, Site
from pipelines.store import Archive
from pipelines.warc import inventory


def main() -> None:
    """Print the figures for bench/RESULTS.md."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("archive", type=Path)
    parser.add_argument("--copies", type=int, default=8)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="newsarchive-bench-") as made:
        measure(
            grown(asked.archive, Path(made), asked.copies), sitelist.load(asked.archive / "sites.yml").sites
        )


def grown(archive: Path, folder: Path, copies: int) -> Path:
    """An archive of the pages of `archive`, each `copies` times with other words, under other addresses,
    which are their own by their word too: else all but the first would be copies, which cost less."""
    sites = sitelist.load(archive / "sites.yml").sites
    pages = [page for page in read(archive) if page.status == 200 and b"</h1>" in page.body]
    with Archive.create(folder) as made, warc.WarcWriter(folder, "bench", originals=made.original) as writer:
        made.put_sites(sites.values())
        takes = Intake(made, sites)
        key = next(iter(sites))
        for n in range(copies):
            for page in pages:
                body = page.body.replace(b"</p>", f" {n}</p>".encode())
                body = re.sub(re.escape(page.url.encode()) + rb"(?=[\"'<])", f"{page.url}{n}".encode(), body)
                headers = tuple(pair for pair in page.headers if pair[0].lower() != "content-encoding")
                sent = Exchange(
                    f"{page.url}{n}", page.fetched, "GET", (), 200, "OK", "HTTP/1.1", headers, body
                )
                position, digest = writer.append(sent, Circumstances(key))
                takes.take(warc.to_capture(sent, position, digest), site=key)
        writer.sync()
        made.commit()
    return folder


def read(folder: Path) -> list[Capture]:
    """Every capture of an archive."""
    places = (entry.position for path in inventory.segments(folder) for entry in inventory.entries(path)[0])
    return [warc.read_capture(folder, place) for place in places]


def measure(folder: Path, sites: Mapping[str, Site]) -> None:
    """Print how fast the cleaner is, and a rebuild in one process and in two."""
    pages = read(folder)

    def clean() -> None:
        for page in pages:
            extract(page.body, page.url, content_type=page.header("content-type"))

    def again(workers: int) -> None:
        found = rebuild.rebuild(folder, sites, "bench", workers=workers)
        assert not found.differences.tables

    rebuild._SMALL = 0  # processes, however small the archive is
    alone = cpu_of(clean)
    print(f"{len(pages)} pages; the cleaner alone: {1000 * alone / len(pages):.2f} ms CPU a page, "
          f"{len(pages) / alone:.0f} pages a second of CPU")  # fmt: skip
    for workers in (1, 2):
        taken = cpu_of(partial(again, workers))
        print(f"rebuild in {workers} process(es): {1000 * taken / len(pages):.2f} ms CPU a page, "
              f"{len(pages) / taken:.0f} pages a second of CPU, {alone / taken:.0%} of that")  # fmt: skip


def cpu_of(work: Callable[[], None]) -> float:
    """CPU seconds of this process and of those that it starts."""
    before = cpu()
    work()
    return cpu() - before


def cpu() -> float:
    """CPU seconds so far."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


if __name__ == "__main__":
    main()
