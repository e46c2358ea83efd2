"""The log as JSON: one object a line, whatever a site puts into an address or an error."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
from pathlib import Path

from scraper.log import JsonLines
from tests.scraper.crawling import make
from tests.scraper.localsite import LocalSite


def test_a_record_is_one_line_with_its_fields() -> None:
    record = logging.LogRecord("a", logging.WARNING, "x.py", 1, "bad %s", ("li\nne",), None)
    record.fields = {"site": "mill", "reason": "x\ny"}
    line = JsonLines().format(record)
    assert "\n" not in line
    told = json.loads(line)
    assert (told["level"], told["message"], told["reason"]) == ("warning", "bad li\nne", "x\ny")


def test_a_crawl_logs_each_page_and_nothing_that_is_no_json(tmp_path: Path, site: LocalSite) -> None:
    make(tmp_path, {"mill": f"{site.url}/"})
    command = [sys.executable, "-m", "newsarchive", "crawl", "--log-json", "--json"]
    command += ["--archive", str(tmp_path)]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60, env=os.environ, check=True)
    assert json.loads(ended.stdout)["state"] == "finished"
    lines = [json.loads(line) for line in ended.stderr.splitlines()]
    pages = {line["url"].removeprefix(site.url): line for line in lines if line.get("event") == "page"}
    told = pages["/news/mill-opens-its-doors"]
    assert (told["site"], told["role"], told["status"]) == ("mill", "page", 200)
    assert "/sitemap.xml" in pages


def test_an_error_and_a_warning_are_lines_of_json_too(tmp_path: Path) -> None:
    make(tmp_path, {"mill": "http://mill.example/"}, dealy=3)
    command = [sys.executable, "-m", "newsarchive", "crawl", "--log-json", "--archive", str(tmp_path)]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=300, env=os.environ, check=False)
    (told,) = [json.loads(line) for line in ended.stderr.splitlines()]
    assert (ended.returncode, told["level"], told["logger"]) == (3, "error", "newsarchive")
    assert "did you mean 'delay'" in told["message"]
