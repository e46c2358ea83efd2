"""Feed the cleaner what a coverage-guided fuzzer makes up, beginning with the made-up pages of the tests.

    pip install atheris
    python -m bench.fuzz -max_total_time=300

What follows is for libFuzzer: -help=1 lists its options. A page that raises, takes two seconds, or whose
text cannot be written as UTF-8, ends the run and is kept as crash-* or timeout-* in the working directory:
`python -m bench.fuzz FILE` runs it again.
"""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import atheris

with atheris.instrument_imports(include=["pipelines.article"]):
    from pipelines.article import extract

PAGES = Path(__file__).parent.parent / "tests" / "pipelines" / "article" / "pages"
_BOUNDS = ("-timeout=2", "-rss_limit_mb=0", "-max_len=200000")
"""No bound on memory: the instrumented process grows by 70 kB a run, the cleaner without it by nothing."""
_ADDRESS = b"https://harbour.example/2024/02/03/a-story\0"
_WORDS = r"""
<p> <div </div> <article> <h1> <a href= <li> <table> <td> <br> <time <script> </script> <template> <!-- -->
<script type=\x22application/ld+json\x22> <meta property=\x22og:title\x22 content= datetime= class= hidden
\x22@type\x22:\x22NewsArticle\x22 \x22datePublished\x22: \x22articleBody\x22: 2024-02-30T25:61 &nbsp; &#xD800;
"""


def one(data: bytes) -> None:
    """Read one page: bytes up to the first NUL are its address."""
    address, _, html = data.partition(b"\0")
    found = extract(html or address, address.decode("utf-8", "replace") if html else None)
    for text in (found.title or "", found.text, found.html, *found.authors, *found.tags):
        text.encode("utf-8")


def main() -> None:
    """Run until something breaks, or as long as libFuzzer was told to."""
    with TemporaryDirectory() as folder:
        words = Path(folder) / "words"
        words.write_text("".join(f'"{word}"\n' for word in _WORDS.split()))
        seeds = Path(folder) / "seeds"
        seeds.mkdir()
        for page in PAGES.glob("*.html"):
            (seeds / page.name).write_bytes(_ADDRESS + page.read_bytes())
        atheris.Setup([sys.argv[0], f"-dict={words}", *_BOUNDS, *sys.argv[1:], str(seeds)], one)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
