"""`newsarchive extract`: of files, stdin, addresses and captures; with and without a site's rules."""

from __future__ import annotations

import json
from dataclasses import fields
from pathlib import Path

import pytest

from pipelines.model import Extraction
from tests.newsarchive.conftest import Run
from tests.pipelines.article.test_examine import BOX, PAGE, PARAGRAPHS, TITLE
from tests.scraper.localsite import Answer, LocalSite

SITES = """sites:
  gazette:
    url: https://gazette.example/
    keep: [".box"]
"""


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    path = tmp_path / "saved.html"
    path.write_bytes(PAGE)
    return path


def test_a_file_in_the_terminal(run: Run, saved: Path, tmp_path: Path) -> None:
    told = run("extract", saved, "--archive", tmp_path)
    assert told.exit_code == 0, told.output
    assert told.stdout.startswith(f"{TITLE}\n  read        {saved}\n")
    assert "  language    en\n" in told.stdout
    assert told.stdout.endswith("\n\n" + "\n\n".join(PARAGRAPHS) + "\n")


def test_stdin(run: Run, tmp_path: Path) -> None:
    told = run("extract", "-", "--archive", tmp_path, input=PAGE.decode())
    assert "  read        stdin\n" in told.stdout
    assert PARAGRAPHS[2] in told.stdout


def test_json_is_the_extraction(run: Run, saved: Path, tmp_path: Path) -> None:
    read = json.loads(run("extract", saved, "--archive", tmp_path, "--json").stdout)
    assert list(read) == [field.name for field in fields(Extraction)]
    assert read["text"] == "\n\n".join(PARAGRAPHS)
    read = json.loads(run("extract", saved, "--archive", tmp_path, "--json", "--why").stdout)
    assert read["blocks"][0]["reason"] == "navigation"
    assert [block["kept"] for block in read["blocks"]].count(True) == len(PARAGRAPHS)


def test_json_of_dates_and_of_what_no_utf8_can_hold(run: Run, saved: Path, tmp_path: Path) -> None:
    node = (
        r'{"@type":"NewsArticle","headline":"Bridge","datePublished":"2026-03-04T10:00:00Z",'
        r'"image":{"url":"https://gazette.example/\ud800.jpg"}}'
    )
    body = "".join(f"<p>{text}</p>" for text in PARAGRAPHS)
    saved.write_text(f'<script type="application/ld+json">{node}</script>{body}')
    asked = ("extract", saved, "--archive", tmp_path, "--html", tmp_path / "why.html")
    read = json.loads(run(*asked, "--json").stdout)
    assert read["published"] == "2026-03-04T10:00:00+00:00"
    assert read["image"]["url"] == "https://gazette.example/?.jpg"
    assert run(*asked).exit_code == 0


def test_why_marks_every_block(run: Run, saved: Path, tmp_path: Path) -> None:
    lines = run("extract", saved, "--archive", tmp_path, "--why").stdout.splitlines()
    marks = [line[:1] for line in lines if line[:2] in ("+ ", "- ")]
    assert marks == ["-", "-", "-", *"+" * len(PARAGRAPHS), "-"]
    menu = next(number for number, line in enumerate(lines) if line.endswith("navigation (by frame)"))
    assert lines[menu + 1] == "  Home · Sport"
    assert any(line.startswith("- 0.") and "newsletter (by belief)" in line for line in lines)
    assert lines[-1] == "5 blocks kept, 4 removed."


def test_nothing_of_a_page_steers_the_terminal(run: Run, saved: Path, tmp_path: Path) -> None:
    saved.write_bytes(PAGE.replace(b"The council", "\x1b]0;owned\x07\u202e\x9bThe council".encode()))
    for options in ([], ["--why"]):
        told = run("extract", saved, "--archive", tmp_path, *options).stdout
        assert "owned" in told
        assert not {"\x1b", "\x07", "\x9b", "\u202e"} & set(told)


def test_html_writes_a_page(run: Run, saved: Path, tmp_path: Path) -> None:
    target = tmp_path / "why.html"
    told = run("extract", saved, "--archive", tmp_path, "--html", target)
    assert told.stdout.endswith(f"is in {target}.\n")
    assert target.read_text(encoding="utf-8").count('<section class="kept">') == len(PARAGRAPHS)


def test_html_does_not_write_over_what_it_reads(run: Run, saved: Path, tmp_path: Path) -> None:
    assert run("extract", saved, "--archive", tmp_path, "--html", saved).exit_code == 2
    assert saved.read_bytes() == PAGE
    nowhere = tmp_path / "none" / "why.html"
    told = run("extract", saved, "--archive", tmp_path, "--html", nowhere)
    assert (told.exit_code, told.stderr) == (
        1,
        f"newsarchive: {nowhere} cannot be written: No such file or directory\n",
    )


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("gone.html", None, "no such file; an address begins with http:// or https://"),
        ("picture.jpg", bytes(range(32)) * 40, "is not text: give an HTML page"),
        ("empty.html", b" \n", "is empty"),
    ],
)
def test_what_is_no_page(run: Run, tmp_path: Path, name: str, content: bytes | None, message: str) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    told = run("extract", tmp_path / name, "--archive", tmp_path)
    assert (told.exit_code, told.stdout) == (7, "")
    assert told.stderr.startswith(f"newsarchive: {tmp_path / name}")
    assert message in told.stderr
    assert run("extract", tmp_path, "--archive", tmp_path).exit_code == 7, "a folder"


def test_rules_apply_by_address_or_by_name(run: Run, saved: Path, archive: Path) -> None:
    (archive / "sites.yml").write_text(SITES)
    asked = ("extract", saved, "--archive", archive)
    assert BOX not in run(*asked).stdout
    by_address = run(*asked, "--url", "https://www.gazette.example/bridge").stdout
    assert BOX in by_address
    assert "  site        gazette\n" in by_address
    assert BOX in run(*asked, "--site", "gazette").stdout
    assert BOX not in run(*asked, "--url", "https://gazette.other/bridge").stdout
    unknown = run(*asked, "--site", "gazete")
    assert unknown.exit_code == 3
    assert "did you mean 'gazette'?" in unknown.stderr


def test_wrong_usage(run: Run, saved: Path, tmp_path: Path) -> None:
    assert run("extract", saved, "--archive", tmp_path, "--url", "gazette.example").exit_code == 2
    assert (
        run("extract", "https://a.example/", "--archive", tmp_path, "--url", "https://b.example/").exit_code
        == 2
    )
    assert run("extract", saved, "--archive", tmp_path, "--capture").exit_code == 2


def test_an_address_is_fetched_once_and_robots_respected(run: Run, archive: Path) -> None:
    robots = Answer(b"User-agent: *\nDisallow: /closed\n", headers=(("Content-Type", "text/plain"),))
    picture = Answer(b"x", headers=(("Content-Type", "image/png"),))
    with LocalSite(
        {"/robots.txt": robots, "/bridge": Answer(PAGE), "/closed": Answer(PAGE), "/a.png": picture}
    ) as site:
        told = run("extract", f"{site.url}/bridge", "--archive", archive, "--allow-private")
        assert told.exit_code == 0, told.output
        assert PARAGRAPHS[0] in told.stdout
        assert site.paths() == ["/robots.txt", "/bridge"]
        closed = run("extract", f"{site.url}/closed", "--archive", archive, "--allow-private")
        assert closed.exit_code == 6
        assert "robots.txt does not allow" in closed.stderr
        assert "/closed" not in site.paths()
        other = run("extract", f"{site.url}/a.png", "--archive", archive, "--allow-private")
        assert (other.exit_code, "image/png, not an HTML page" in other.stderr) == (7, True)
        before = len(site.asked)
        private = run("extract", f"{site.url}/bridge", "--archive", archive)
        assert (private.exit_code, len(site.asked)) == (6, before)
        assert "--allow-private" in private.stderr


def test_a_capture_is_read_and_nothing_fetched(run: Run, archive: Path, saved: Path) -> None:
    (archive / "sites.yml").write_text(SITES)
    url = "https://gazette.example/bridge"
    assert run("extract", url, "--archive", archive, "--capture").exit_code == 1, "not there yet"
    done = run("import", saved, "--archive", archive, "--url", url)
    assert done.exit_code == 0, done.output
    told = run("extract", url, "--archive", archive, "--capture")
    assert told.exit_code == 0, told.output
    assert f"  read        {url}, captured 20" in told.stdout
    assert BOX in told.stdout
