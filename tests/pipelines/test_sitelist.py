"""sites.yml: what is read, how mistakes are told, and that adding keeps what stands there."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from pipelines import sitelist
from pipelines.errors import SiteListError
from pipelines.model import Rules, Site

FULL = """\
contact: archive@example.org
sites:
  harbour-gazette:
    url: http://127.0.0.1:8765/
    name: The Harbour Gazette
    language: en
    delay: 0.0
    allow_private: true
    remove: [".x7-tide"]
    keep: []
    rule: rules/harbour.py      # relative to sites.yml; must exist
    hosts: [News.Example.ORG, "127.0.0.1:8766"]
    feeds: [/rss.xml, "https://feeds.example.org/all"]
    sitemaps:
      - /news-sitemap.xml
    sections: [/politics/]
    allow: ['/\\d{4}/']
    deny: ['/shop/']
    max_pages: 2_000
    paused: false
    respect: [noarchive, tdm]
    licence: CC BY 4.0
  plain:
    url: https://plain.example/
"""


@pytest.fixture
def sites_yml(tmp_path: Path) -> Path:
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "harbour.py").write_text("def tidy(article): return article\n")
    path = tmp_path / "sites.yml"
    path.write_text(FULL)
    return path


def mistakes(path: Path, text: str | bytes) -> list[str]:
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    with pytest.raises(SiteListError) as caught:
        sitelist.load(path)
    assert caught.value.exit_code == 3
    return str(caught.value).splitlines()


def test_every_key_is_read(sites_yml: Path) -> None:
    contents = sitelist.load(sites_yml)
    assert contents.contact == "archive@example.org"
    assert list(contents.sites) == ["harbour-gazette", "plain"]
    assert contents.sites["harbour-gazette"] == Site(
        key="harbour-gazette",
        url="http://127.0.0.1:8765/",
        name="The Harbour Gazette",
        language="en",
        hosts=("news.example.org", "127.0.0.1:8766"),
        feeds=("http://127.0.0.1:8765/rss.xml", "https://feeds.example.org/all"),
        sitemaps=("http://127.0.0.1:8765/news-sitemap.xml",),
        sections=("http://127.0.0.1:8765/politics/",),
        allow=(r"/\d{4}/",),
        deny=("/shop/",),
        delay=0.0,
        max_pages=2000,
        allow_private=True,
        respect=("noarchive", "tdm"),
        licence="CC BY 4.0",
        rules=Rules(remove=(".x7-tide",), tidy=str((sites_yml.parent / "rules/harbour.py").resolve())),
    )
    assert contents.sites["plain"] == Site(key="plain", url="https://plain.example/")


@pytest.mark.parametrize(
    "text", ["contact:\nsites:\n", "sites: {}\n", "sites: # none yet\n", "contact: a@b.example\n"]
)
def test_an_archive_may_have_no_sites_yet(sites_yml: Path, text: str) -> None:
    sites_yml.write_text(text)
    assert sitelist.load(sites_yml).sites == {}


def test_empty_values_count_as_not_given(sites_yml: Path) -> None:
    sites_yml.write_text("sites:\n  a:\n    url: https://a.example/\n    name:\n    hosts: ~\n")
    assert sitelist.load(sites_yml).sites["a"] == Site("a", "https://a.example/")


def test_a_byte_order_mark_and_windows_newlines_are_read(sites_yml: Path) -> None:
    sites_yml.write_bytes(b"\xef\xbb\xbf" + FULL.replace("\n", "\r\n").encode())
    assert len(sitelist.load(sites_yml).sites) == 2


SITE = "sites:\n  x:\n    url: https://x.example/\n"


EMPTY = "line 1: the file is empty; it needs `sites:` and below it a key and a url for each site"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (SITE + "    dealy: 2\n", "line 4: unknown key 'dealy' in site 'x'; did you mean 'delay'?"),
        ("site:\n  x:\n", "line 1: unknown key 'site' in the file; did you mean 'sites'?"),
        (
            "sites:\n  x:\n    url: https://x.example/\n    url: https://y.example/\n",
            "line 4: 'url' in site 'x' is there twice; the first is in line 3",
        ),
        (
            SITE + "  x:\n    url: https://y.example/\n",
            "line 4: 'x' in 'sites' is there twice; the first is in line 2",
        ),
        (SITE + "  y:\n    url: http://X.example\n", "line 4: site 'y' has the same url as site 'x'"),
        (
            SITE + "    delay: fast\n",
            "line 4: 'delay' in site 'x' must be a number of seconds from 0 to 3600, not 'fast'",
        ),
        (
            SITE + "    delay: true\n",
            "line 4: 'delay' in site 'x' must be a number of seconds from 0 to 3600, not 'true'",
        ),
        (
            SITE + "    delay: .inf\n",
            "line 4: 'delay' in site 'x' must be a number of seconds from 0 to 3600, not '.inf'",
        ),
        (
            SITE + "    respect: [noarchives]\n",
            "line 4: 'respect' in site 'x' must name noarchive, nofollow, tdm, noai, not 'noarchives'; "
            "did you mean 'noarchive'?",
        ),
        (
            SITE + "    max_pages: 0\n",
            "line 4: 'max_pages' in site 'x' must be a whole number, 1 or more, not '0'",
        ),
        (SITE + "    paused: yes\n", "line 4: 'paused' in site 'x' must be true or false, not 'yes'"),
        (SITE + "    name: 1984\n", "line 4: 'name' in site 'x' must be text; put it in quotes: \"1984\""),
        (SITE + "    name: [a]\n", "line 4: 'name' in site 'x' must be text, not a list"),
        (
            SITE + "    language: english\n",
            "line 4: 'language' in site 'x' must be a language tag such as en or pt-BR, not 'english'",
        ),
        (
            SITE + "    hosts: ['https://a.example/']\n",
            "line 4: 'hosts' in site 'x' must be bare host names such as news.example.org, not 'https://a.example/'",
        ),
        (SITE + "    remove: .ad\n", "line 4: 'remove' in site 'x' must be a list: ['.ad']"),
        (
            SITE + "    remove:\n      - .ok\n      - div >\n",
            "line 6: 'remove' in site 'x' must be CSS selectors; 'div >' is none",
        ),
        (
            SITE + "    allow: ['(a']\n",
            "line 4: 'allow' in site 'x' must be regular expressions; '(a' is none: "
            "missing ), unterminated subpattern at position 0",
        ),
        (
            SITE + "    deny: ['[[a]']\n",
            "line 4: 'deny' in site 'x' must be regular expressions; '[[a]' is none: "
            "Possible nested set at position 1",
        ),
        (
            SITE + "    rule: rules/harbour.txt\n",
            "line 4: 'rule' in site 'x' must be a Python file (.py), not 'rules/harbour.txt'",
        ),
        (
            "sites:\n  x:\n    name: X\n",
            "line 2: site 'x' has no url; write its front page as `url: https://...`",
        ),
        ("sites:\n  x:\n", "line 2: site 'x' is empty; it needs a url"),
        (
            "sites:\n  x: https://x.example/\n",
            "line 2: site 'x' must hold keys with values (`key: value`), not 'https://x.example/'",
        ),
        (
            "sites:\n  - url: https://x.example/\n",
            "line 2: 'sites' must hold keys with values (`key: value`), not a list",
        ),
        (
            "sites:\n  My_Site:\n    url: https://x.example/\n",
            "line 2: a site's key is made of a-z, 0-9 and single hyphens, 64 at most, not 'My_Site'",
        ),
        ("contact: nobody\n", "line 1: 'contact' in the file must be an e-mail or web address, not 'nobody'"),
        ("", EMPTY),
        ("# only this\n", EMPTY),
        ("just words\n", "line 1: the file must hold keys with values (`key: value`), not 'just words'"),
        ("sites:\n\tx:\n", "line 2, column 1: a tab; YAML is indented with spaces"),
        (
            "a: b: c\n",
            "line 1, column 5: a colon where none can be: put the value in quotes, or mend the "
            "indentation above",
        ),
        (
            "sites: [1\n",
            "line 2, column 1: not YAML: while parsing a flow sequence expected ',' or ']', "
            "but got '<stream end>'",
        ),
        ("sites:\nx: \x07\n", "line 2: a control character, which YAML does not allow"),
        (
            b"contact: a@b.example\nsites:\n  x:\n    name: Caf\xe9\n",
            "line 4: byte 0xE9 is not UTF-8: save it as UTF-8",
        ),
        ("\ufeffsites:\n".encode("utf-16-le"), "is UTF-16, not UTF-8: save it as UTF-8"),
    ],
)
def test_one_mistake_is_one_line_with_its_place(sites_yml: Path, text: str | bytes, line: str) -> None:
    [told] = mistakes(sites_yml, text)
    assert told in (f"sites.yml, {line}", f"sites.yml {line}")


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("ftp://x.example/", "it does not begin with http:// or https://"),
        ("x.example", "it does not begin with http:// or https://"),
        ("https://", "its host is not one"),
        ("https://x.example:99999/", "Port out of range 0-65535"),
        ("https://x.example/a b", "it has a space in it"),
        ("https://me:secret@x.example/", "it holds a name or password"),
        ("http://[::1/", "Invalid IPv6 URL"),
    ],
)
def test_an_address_that_is_none_says_why(sites_yml: Path, url: str, why: str) -> None:
    [line] = mistakes(sites_yml, f'sites:\n  x:\n    url: "{url}"\n')
    assert line.endswith(f"not '{url}': {why}")


def test_a_rule_that_is_not_there_is_named_with_where_it_was_looked_for(sites_yml: Path) -> None:
    [line] = mistakes(sites_yml, SITE + "    rule: rules/gone.py\n")
    assert "names the file 'rules/gone.py', which is not there" in line
    assert str(sites_yml.parent / "rules" / "gone.py") in line


def test_all_mistakes_are_told_together_in_the_order_of_the_file(sites_yml: Path) -> None:
    lines = mistakes(sites_yml, "contact: x\n" + SITE + "    dealy: 1\n    paused: maybe\n  y:\n    nam: Y\n")
    assert [line.split(":")[0] for line in lines] == [f"sites.yml, line {n}" for n in (1, 5, 6, 7, 8)]


def test_what_is_nested_without_end_or_points_at_itself_is_told(sites_yml: Path) -> None:
    assert "not YAML that can be read" in mistakes(sites_yml, "a: " + "[" * 5000)[0]
    assert "unknown key 'a'" in mistakes(sites_yml, "a: &x {b: *x}\n")[0]


def test_nothing_in_the_file_is_executed(sites_yml: Path) -> None:
    lines = mistakes(sites_yml, "contact: !!python/object/apply:os.system ['exit 1']\n")
    assert "'contact' in the file must be text" in lines[0]


def test_a_missing_file_names_the_command_that_makes_one(tmp_path: Path) -> None:
    with pytest.raises(SiteListError, match=r"no sites\.yml in .*`newsarchive init` makes one"):
        sitelist.load(tmp_path / "sites.yml")


@given(st.text())
def test_whatever_is_in_the_file_is_read_or_told(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    path = tmp_path_factory.getbasetemp() / "any.yml"
    path.write_bytes(text.encode(errors="surrogatepass"))
    try:
        sitelist.load(path)
    except SiteListError as error:
        assert str(error)  # noqa: PT017 - either way is right; anything but SiteListError fails


@pytest.mark.parametrize("contact", [None, "archive@example.org", "https://example.org/archive"])
def test_the_template_is_a_file_without_sites(tmp_path: Path, contact: str | None) -> None:
    path = tmp_path / "sites.yml"
    path.write_text(sitelist.template(contact))
    assert sitelist.load(path) == sitelist.SiteList(contact, {})


def test_the_example_in_the_template_is_right(sites_yml: Path) -> None:
    example = sitelist.template(None).split("defaults.\n#\n")[1].split("\nsites:")[0]
    (sites_yml.parent / "rules" / "gazette.py").touch()
    sites_yml.write_text("sites:\n" + "\n".join(line[1:] for line in example.splitlines()) + "\n")
    site = sitelist.load(sites_yml).sites["example-gazette"]
    assert site.max_pages == 2000
    assert site.allow == (r"/\d{4}/",)


def test_a_template_refuses_a_contact_that_is_none() -> None:
    with pytest.raises(SiteListError, match="neither an e-mail nor a web address"):
        sitelist.template("me: &x")


NEW = Site("new", "https://new.example/", name="New: the \"paper\" # 1", language="de", feeds=("https://new.example/rss",),
           allow_private=True, delay=2.5)  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        FULL,
        FULL.rstrip("\n"),
        FULL + "\n\n# the last word\n",
        FULL.replace("\n", "\r\n"),
        sitelist.template(None),
        "contact: a@b.example\n",
        "sites:   # mine\n",
        "sites:\n        wide:\n            url: https://wide.example/\n",
    ],
)
def test_adding_keeps_every_byte_above(sites_yml: Path, text: str) -> None:
    sites_yml.write_bytes(text.encode())
    before = sitelist.load(sites_yml)
    sitelist.append(sites_yml, NEW, ["Seen today: one feed."])
    raw = sites_yml.read_bytes()
    assert raw.startswith(text.encode())
    after = sitelist.load(sites_yml)
    assert after.sites == {**before.sites, "new": NEW}
    assert after.contact == before.contact
    added = raw.decode()[len(text) :]
    assert "# Seen today: one feed." in added
    assert ("\r\n" in text) == ("\r\n" in added)
    assert added.replace("\r\n", "").count("\n") == (0 if "\r\n" in text else added.count("\n"))


def test_an_entry_is_as_a_person_would_write_it(sites_yml: Path) -> None:
    site = Site(
        "a",
        "https://a.example/",
        name="The A",
        sections=("https://a.example/x/",),
        rules=Rules(remove=(".p",)),
    )
    assert sitelist.entry(site, ["Seen: no feed."], sites_yml.parent) == (
        "  # Seen: no feed.\n  a:\n    url: https://a.example/\n    name: The A\n    sections:\n"
        "      - https://a.example/x/\n    remove:\n      - .p\n"
    )


def test_adding_goes_to_the_end_of_sites_when_something_follows(sites_yml: Path) -> None:
    head = "sites:\n  a:\n    url: https://a.example/   # front\n"
    tail = "\n# who we are\ncontact: a@b.example\n"
    sites_yml.write_text(head + tail)
    sitelist.append(sites_yml, NEW, [])
    text = sites_yml.read_text()
    assert text.startswith(head)
    assert text.endswith(tail)
    assert list(sitelist.load(sites_yml).sites) == ["a", "new"]


@pytest.mark.parametrize("text", ["sites: {}\n", "sites: {a: {url: 'https://a.example/'}}\n", SITE + "...\n"])
def test_a_layout_that_cannot_be_added_to_is_left_alone(sites_yml: Path, text: str) -> None:
    sites_yml.write_text(text)
    with pytest.raises(SiteListError, match=r"add by hand:\n  new:"):
        sitelist.append(sites_yml, NEW, [])
    assert sites_yml.read_text() == text
    assert sorted(os.listdir(sites_yml.parent)) == ["rules", "sites.yml"]


@pytest.mark.parametrize(
    ("site", "message"),
    [
        (Site("plain", "https://other.example/"), "has a site 'plain' already (https://plain.example/)"),
        (Site("other", "http://Plain.example"), "has http://Plain.example already, as site 'plain'"),
        (
            Site("Not A Key", "https://other.example/"),
            "a site's key is made of a-z, 0-9 and single hyphens, 64 at most, not 'Not A Key'",
        ),
    ],
)
def test_the_same_site_is_not_added_twice(sites_yml: Path, site: Site, message: str) -> None:
    with pytest.raises(SiteListError) as caught:
        sitelist.append(sites_yml, site, [])
    assert message in str(caught.value)
    assert sites_yml.read_text() == FULL


def test_a_file_with_mistakes_is_not_added_to(sites_yml: Path) -> None:
    sites_yml.write_text(SITE + "    dealy: 1\n")
    with pytest.raises(SiteListError, match="did you mean 'delay'"):
        sitelist.append(sites_yml, NEW, [])


def test_a_link_and_the_permissions_stay(sites_yml: Path, tmp_path: Path) -> None:
    sites_yml.chmod(0o640)
    link = tmp_path / "link.yml"
    link.symlink_to(sites_yml)
    sitelist.append(link, NEW, [])
    assert link.is_symlink()
    assert sites_yml.stat().st_mode & 0o777 == 0o640
    assert "new" in sitelist.load(sites_yml).sites


def test_what_a_site_says_of_itself_cannot_leave_its_line(sites_yml: Path) -> None:
    bad = Site("new", "https://new.example/", name="A\n    rule: evil.py\x1b[31m\u2028\u202e")
    sitelist.append(sites_yml, bad, ["a title\n  evil:\n    url: https://evil.example/"])
    sites = sitelist.load(sites_yml).sites
    assert list(sites) == ["harbour-gazette", "plain", "new"]
    assert sites["new"].rules == Rules()
    assert sites["new"].name == "A rule: evil.py [31m"


@given(st.text(min_size=1))
def test_any_name_comes_back_as_it_was_printed(text: str) -> None:
    scalar = sitelist._scalar(text)
    assert YAML(typ="safe", pure=True).load(f"name: {scalar}\n")["name"] == sitelist._printable(text)


@given(st.text(alphabet="abc: #'\"[]{}&*!|>%@`,-?0~\\=", min_size=1, max_size=8))
def test_marks_of_yaml_in_names_are_quoted(text: str) -> None:
    loaded = YAML(typ="safe", pure=True).load(f"name: {sitelist._scalar(text)}\n")
    assert loaded["name"] == " ".join(text.split())


def test_the_site_of_an_address_is_found(sites_yml: Path) -> None:
    sites = sitelist.load(sites_yml).sites
    found = sitelist.find(sites, "http://plain.example")
    assert found is not None
    assert found.key == "plain"
    assert sitelist.find(sites, "https://plain.example/other") is None
