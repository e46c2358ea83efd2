"""The commands: what they say, what they write, and the exit codes they end with."""

from __future__ import annotations

import json
import re
from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from newsarchive.cli import newsarchive
from newsarchive.output import EXIT_CODES
from pipelines import errors, sitelist
from pipelines.errors import DiskFull, SiteUnreachable
from pipelines.model import Site
from scraper.report import CrawlReport, Past, SiteReport
from scraper.survey import Survey
from tests.newsarchive.conftest import Run
from tests.pipelines.accession.test_plaintext import BODY, TITLE, page

SEEN = Survey(
    Site("gazette", "https://gazette.example/", name="The Gazette", language="en", sections=("https://gazette.example/x/",)),
    ("robots.txt: 1 group", "front page: 9 links to articles, 1 to sections"),
    ("no feed: the crawl rests on links",),
)  # fmt: skip


COMMANDS = [
    "init", "add", "crawl", "run", "schedule", "plan", "import", "status", "explain", "extract",
    "rebuild", "verify", "withhold", "export", "publish", "serve",
]  # fmt: skip


@pytest.fixture
def with_site(archive: Path) -> Path:
    sitelist.append(archive / "sites.yml", SEEN.site, [])
    return archive


def test_every_command_has_an_example_and_its_exit_codes(run: Run) -> None:
    assert list(newsarchive.commands) == COMMANDS
    for name, command in newsarchive.commands.items():
        told = run(name, "--help").output
        assert re.search(rf"Example:\n\s+newsarchive {name} ", told), name
        assert "Exit codes:\n" in told
        assert "--archive DIR" in told
        assert (command.get_short_help_str() or "").strip()


def test_the_exit_codes_are_those_of_the_errors() -> None:
    tree: list[type[errors.ArchiveError]] = [errors.ArchiveError]
    for error in tree:
        tree.extend(error.__subclasses__())
    assert {error.exit_code for error in tree} | {0, 2, errors.SOME_SITES_FAILED, 130} == set(EXIT_CODES)


# init


def test_init_makes_an_archive(run: Run, tmp_path: Path) -> None:
    made = run("init", tmp_path / "new", "--contact", "https://example.org/me", "--json")
    assert made.exit_code == 0
    assert json.loads(made.stdout) == {
        "archive": str(tmp_path / "new"), "made": ["archive.db", "sites.yml", "metadata.yml"], "kept": [],
    }  # fmt: skip
    assert {path.name for path in (tmp_path / "new").iterdir()} >= {
        "archive.db",
        "sites.yml",
        "metadata.yml",
        "warc",
    }
    assert sitelist.load(tmp_path / "new" / "sites.yml").contact == "https://example.org/me"
    assert "databases:" in (tmp_path / "new" / "metadata.yml").read_text()


def test_init_without_a_contact_says_so_in_the_file(run: Run, tmp_path: Path) -> None:
    assert run("init", "--archive", tmp_path / "new").exit_code == 0
    text = (tmp_path / "new" / "sites.yml").read_text()
    assert "contact:    # nobody yet" in text
    assert sitelist.load(tmp_path / "new" / "sites.yml").contact is None


def test_init_leaves_an_archive_alone(run: Run, archive: Path) -> None:
    (archive / "sites.yml").write_text("sites:   # mine\n")
    again = run("init", archive)
    assert again.exit_code == 4
    assert again.stderr == f"newsarchive: {archive} holds an archive already: it stays as it is\n"
    assert (archive / "sites.yml").read_text() == "sites:   # mine\n"


def test_init_keeps_files_that_are_there(run: Run, tmp_path: Path) -> None:
    (tmp_path / "sites.yml").write_text("sites:   # mine\n")
    made = run("init", tmp_path)
    assert made.exit_code == 0
    assert "kept sites.yml" in made.stdout
    assert (tmp_path / "sites.yml").read_text() == "sites:   # mine\n"


def test_init_refuses_a_contact_that_is_none(run: Run, tmp_path: Path) -> None:
    made = run("init", tmp_path / "new", "--contact", "me")
    assert made.exit_code == 3
    assert not (tmp_path / "new").exists()


# add


def test_add_writes_what_was_seen(run: Run, archive: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def survey(url: str, **options: object) -> Survey:
        asked.append((url, options))
        return SEEN

    monkeypatch.setattr("scraper.survey.survey", survey)
    before = (archive / "sites.yml").read_bytes()
    added = run("add", "https://gazette.example/", "--archive", archive, "--delay", "2", "--name", "Gazette!")
    assert added.exit_code == 0, added.output
    assert asked == [("https://gazette.example/", {"contact": "archive@example.org", "allow_private": False})]
    assert (archive / "sites.yml").read_bytes().startswith(before)
    entry = (archive / "sites.yml").read_text()[len(before) :]
    assert "# robots.txt: 1 group" in entry
    assert "# Mind: no feed" in entry
    site = sitelist.load(archive / "sites.yml").sites["gazette"]
    assert (site.name, site.delay, site.language) == ("Gazette!", 2.0, "en")
    assert "Gazette! is in sites.yml as 'gazette'." in added.stdout
    assert "Next: newsarchive crawl" in added.stdout


def test_add_reports_as_json(run: Run, archive: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scraper.survey.survey", lambda *_, **__: SEEN)
    told = json.loads(run("add", "gazette.example", "--archive", archive, "--json", "--key", "g2").stdout)
    assert told["key"] == "g2"
    assert told["warnings"] == ["no feed: the crawl rests on links"]


def test_add_does_not_look_at_a_site_twice(run: Run, with_site: Path) -> None:
    again = run("add", "http://Gazette.example", "--archive", with_site)
    assert again.exit_code == 3
    assert again.stderr == "newsarchive: sites.yml has http://Gazette.example already, as site 'gazette'\n"


def test_add_finds_a_free_key(run: Run, with_site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = Survey(Site("gazette", "https://gazette.other/", name="Other"), ())
    monkeypatch.setattr("scraper.survey.survey", lambda *_, **__: other)
    assert run("add", "https://gazette.other/", "--archive", with_site).exit_code == 0
    assert list(sitelist.load(with_site / "sites.yml").sites) == ["gazette", "gazette-2"]


def test_add_of_an_address_that_does_not_answer(run: Run, archive: Path) -> None:
    before = (archive / "sites.yml").read_bytes()
    failed = run("add", "http://127.0.0.1:9/", "--archive", archive, "--allow-private")
    assert failed.exit_code == 6
    assert len(failed.stderr.splitlines()) == 1
    assert run("add", "http://127.0.0.1:9/", "--archive", archive).exit_code == 6
    assert (archive / "sites.yml").read_bytes() == before


# crawl


def report(state: str = "finished", error: str | None = None) -> CrawlReport:
    site = SiteReport("gazette", found=9, fetched=8, archived=5, error=error, bytes=12_345)
    site.left_out = Counter({("refused", "robots"): 2, ("not an article", "listing"): 1})
    site.failed = Counter({"timeout": 1})
    site.notes.append("feed \x1b[31mhttps://gazette.example/rss is no feed")
    return CrawlReport(state, (site,), 3.0)


def test_crawl_tells_what_it_did(run: Run, with_site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scraper.crawl.crawl", lambda *_, **__: report())
    told = run("crawl", "--archive", with_site)
    assert told.exit_code == 0
    assert "Crawl finished: 8 answers, 12.3 kB, 3 s." in told.stdout
    assert re.search(r"gazette\s+9\s+5\s+0\s+0\s+0\s+3\s+1\s+0", told.stdout)
    assert re.search(r"refused\s+robots\s+2", told.stdout)
    assert re.search(r"timeout\s+1", told.stdout)
    assert "\x1b" not in told.stdout


def test_crawl_as_json_is_the_report(run: Run, with_site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given: dict[str, object] = {}

    def crawl(folder: Path, **options: object) -> CrawlReport:
        given.update(options, folder=folder)
        return report()

    monkeypatch.setattr("scraper.crawl.crawl", crawl)
    told = run("crawl", "--archive", with_site, "--json", "--site", "gazette", "--max-pages", "7")
    assert json.loads(told.stdout) == report().as_dict()
    assert (given["folder"], given["only"], given["max_pages"]) == (with_site, ("gazette",), 7)


def test_a_back_fill_says_how_far_back_it_came(
    run: Run, with_site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: dict[str, object] = {}
    ended = report()
    ended.sites[0].past = Past(
        date(2019, 1, 1), complete=False, walked=37, left=1200,
        oldest=date(2019, 3, 2), newest=date(2020, 1, 5),
        years={2019: 1400, 2020: 8},
    )  # fmt: skip

    def crawl(folder: Path, **options: object) -> CrawlReport:
        given.update(options)
        return ended

    monkeypatch.setattr("scraper.crawl.crawl", crawl)
    told = run("crawl", "--archive", with_site, "--backfill", "--since", "2019-01-01")
    assert given["since"] == date(2019, 1, 1)
    row = r"gazette\s+2019-01-01\s+2019-03-02\s+2020-01-05\s+2019: 1,400, 2020: 8\s+37\s+1,200\s+no"
    assert re.search(row, told.stdout)
    assert "Not done: gazette. The same command again goes on" in told.stdout
    told = run("crawl", "--archive", with_site, "--backfill", "--json")
    past = json.loads(told.stdout)["sites"][0]["backfill"]
    assert past["years"] == {"2019": 1400, "2020": 8}
    assert (past["oldest"], past["complete"]) == ("2019-03-02", False)
    assert given["since"] == date(1990, 1, 1)
    assert run("crawl", "--archive", with_site).exit_code == 0
    assert given["since"] is None


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--since", "2019-01-01"), "give --backfill as well"),
        (("--backfill", "--due"), "give one"),
        (("--backfill", "--since", "yesterday"), "does not match the format"),
    ],
)
def test_a_back_fill_that_is_asked_for_wrongly(
    run: Run, with_site: Path, options: tuple[str, ...], says: str
) -> None:
    told = run("crawl", "--archive", with_site, *options)
    assert told.exit_code == 2
    assert says in told.stderr


@pytest.mark.parametrize(
    ("ended", "code"), [(report(error="connection refused"), 9), (report("interrupted"), 130)]
)
def test_crawl_ends_with_what_happened(
    run: Run, with_site: Path, monkeypatch: pytest.MonkeyPatch, ended: CrawlReport, code: int
) -> None:
    monkeypatch.setattr("scraper.crawl.crawl", lambda *_, **__: ended)
    assert run("crawl", "--archive", with_site, "-q").exit_code == code


def test_crawl_without_sites_says_what_to_do(run: Run, archive: Path) -> None:
    told = run("crawl", "--archive", archive)
    assert told.exit_code == 3
    assert told.stderr == "newsarchive: sites.yml has no site yet: `newsarchive add URL` adds one\n"


def test_a_mistake_in_sites_yml_is_a_line_for_each(run: Run, with_site: Path) -> None:
    (with_site / "sites.yml").write_text(
        "sites:\n  x:\n    url: https://x.example/\n    dealy: 1\n    feds: []\n"
    )
    told = run("crawl", "--archive", with_site)
    assert told.exit_code == 3
    assert told.stderr.splitlines() == [
        "newsarchive: sites.yml, line 4: unknown key 'dealy' in site 'x'; did you mean 'delay'?",
        "sites.yml, line 5: unknown key 'feds' in site 'x'; did you mean 'feeds'?",
    ]


# import and status


def test_import_and_status(run: Run, with_site: Path, tmp_path: Path) -> None:
    folder = tmp_path / "saved"
    folder.mkdir()
    (folder / "a.txt").write_text(page(TITLE, "3 March 2021", *BODY))
    (folder / "b.txt").write_text("Menu\n")
    (folder / "c.jpg").touch()
    told = run("import", folder, "--archive", with_site)
    assert told.exit_code == 0, told.output
    assert told.stdout.splitlines() == [
        "saved/a.txt: article (first)", "saved/b.txt: not an article (other)",
        "2 files: 1 article, 1 not an article.", "Passed over, of other kinds: 1 .jpg.",
    ]  # fmt: skip
    again = json.loads(run("import", folder, "--archive", with_site, "--json").stdout)
    assert again["results"] == {"unchanged": 2}
    status = json.loads(run("status", "--archive", with_site, "--json").stdout)
    assert (status["articles"], status["revisions"], status["urls"]) == (1, 1, 2)
    assert [(site["key"], site["articles"], site["health"]) for site in status["sites"]] == [
        ("gazette", 0, "new"), ("imported", 1, "imported"),
    ]  # fmt: skip
    shown = run("status", "--archive", with_site)
    assert "1 article in 1 version, from 2 captures." in shown.stdout
    assert re.search(r"not an article\s+other\s+1", shown.stdout)
    assert "Ledger of imported" in run("status", "imported", "--archive", with_site).stdout


@pytest.mark.parametrize("name", ["x.warc", "gone.txt", "empty.txt"])
def test_import_of_what_cannot_be_read(run: Run, archive: Path, tmp_path: Path, name: str) -> None:
    (tmp_path / "x.warc").touch()
    (tmp_path / "empty.txt").touch()
    told = run("import", tmp_path / name, "--archive", archive)
    assert told.exit_code == 7
    assert len(told.stderr.splitlines()) == 1
    assert name in told.stderr


def test_import_of_a_file_without_an_article(run: Run, archive: Path, tmp_path: Path) -> None:
    (tmp_path / "menu.txt").write_text("Menu\n\nHome\n")
    told = run("import", tmp_path / "menu.txt", "--archive", archive, "-q")
    assert (told.exit_code, told.stdout) == (7, "")
    assert told.stderr == f"newsarchive: {tmp_path / 'menu.txt'}: no article in it\n"


def test_import_knows_the_sites(run: Run, with_site: Path, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(page(TITLE, *BODY))
    told = run("import", tmp_path / "a.txt", "--archive", with_site, "--site", "gazete")
    assert told.exit_code == 3
    assert "did you mean 'gazette'?" in told.stderr
    assert run("import", tmp_path / "a.txt", "--archive", with_site, "--site", "gazette").exit_code == 0
    assert run("import", tmp_path, "--archive", with_site, "--url", "https://x.example/").exit_code == 2
    assert run("import", tmp_path / "a.txt", "--archive", with_site, "--url", "x.example").exit_code == 2


def test_status_of_a_site_that_is_none(run: Run, with_site: Path) -> None:
    told = run("status", "gazete", "--archive", with_site)
    assert told.exit_code == 3
    assert told.stderr == "newsarchive: there is no site 'gazete'; did you mean 'gazette'?\n"


@pytest.mark.parametrize("command", [["status"], ["import", "x.txt"], ["serve"]])
def test_where_no_archive_is(run: Run, tmp_path: Path, command: list[str]) -> None:
    told = run(*command, "--archive", tmp_path)
    assert told.exit_code == 4
    assert len(told.stderr.splitlines()) == 1
    assert "newsarchive init" in told.stderr


def test_an_archive_that_is_no_database(run: Run, archive: Path) -> None:
    (archive / "archive.db").write_bytes(b"not a database at all" * 100)
    assert run("status", "--archive", archive).exit_code == 4


# errors


@pytest.mark.parametrize(
    ("error", "code", "line"),
    [
        (DiskFull("x: broke; mend it"), 4, "newsarchive: x: broke; mend it\n"),
        (SiteUnreachable("a\x1b[2J"), 6, "newsarchive: a [2J\n"),
        (
            RuntimeError("odd\nmore"),
            1,
            "newsarchive: RuntimeError: odd; run again with --debug to see where\n",
        ),
        (ValueError(), 1, "newsarchive: ValueError: no more is known; run again with --debug to see where\n"),
        (KeyboardInterrupt(), 130, ""),
    ],
)
def test_an_error_is_one_line_and_its_code(
    run: Run, with_site: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException, code: int, line: str
) -> None:
    def crawl(*_: object, **__: object) -> CrawlReport:
        raise error

    monkeypatch.setattr("scraper.crawl.crawl", crawl)
    told = run("crawl", "--archive", with_site)
    assert (told.exit_code, told.stderr) == (code, line)
    assert "Traceback" not in told.output
    assert "Traceback" in run("crawl", "--archive", with_site, "--debug").output
