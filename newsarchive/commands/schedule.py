"""`newsarchive schedule`: the units by which systemd or cron crawl an archive."""

from __future__ import annotations

import shlex
import shutil
import sys
from pathlib import Path

import click

from newsarchive import output

_SERVICE = """\
# ~/.config/systemd/user/{name}.service
[Unit]
Description=Crawl the news archive in {where}
Wants=network-online.target
After=network-online.target

[Service]
Type=oneshot
ExecStart={command}
# 5: another process works on the archive; 9: a site failed, the others are archived
SuccessExitStatus=5 9
TimeoutStopSec=90
Nice=10
"""
_TIMER = """\
# ~/.config/systemd/user/{name}.timer
# then: systemctl --user daemon-reload && systemctl --user enable --now {name}.timer
#       loginctl enable-linger    (so that it runs while nobody is logged in)
[Unit]
Description=Crawl the news archive in {where} every {every} minutes

[Timer]
OnCalendar=*:0/{every}
RandomizedDelaySec=60
# what was missed while the machine was off is caught up once
Persistent=true

[Install]
WantedBy=timers.target
"""
_CRON = """\
# for `crontab -e`; whatever was missed is still due, and is caught up by the next run
*/{every} * * * * {command}
"""


@click.command(epilog=output.epilog("newsarchive schedule --systemd", 3))
@click.option("--systemd", "kind", flag_value="systemd", help="Print a service and its timer.")
@click.option("--cron", "kind", flag_value="cron", help="Print a line for crontab.")
@click.option(
    "--every", type=click.Choice(["5", "10", "15", "20", "30"]), default="15", show_default=True,
    metavar="MINUTES", help="How often to look whether something is due.",
)  # fmt: skip
@output.archive_option
@output.debug_option
def schedule(kind: str | None, every: str, folder: Path) -> None:
    """Print how systemd or cron crawl what is due, for those who prefer them to `newsarchive run`.

    Nothing is installed: put the text where its first line says.
    """
    if kind is None:
        raise click.UsageError("choose --systemd or --cron")
    from pipelines import sitelist

    sitelist.load(folder / "sites.yml")  # what every crawl would fail for is said now, and not in a journal
    command = [*_program(), "crawl", "--due", "--quiet", "--archive", str(folder)]
    if kind == "cron":
        line = shlex.join(command).replace("%", "\\%")  # a bare % is a newline to cron
        click.echo(_CRON.format(every=every, command=line), nl=False)
        return
    line = " ".join(_systemd_word(word) for word in command)
    values = {"name": "newsarchive", "where": str(folder).replace("%", "%%"), "every": every, "command": line}
    click.echo(_SERVICE.format(**values) + "\n" + _TIMER.format(**values), nl=False)


def _program() -> list[str]:
    """How this very newsarchive is called by its full path."""
    found = shutil.which(sys.argv[0])
    if found and Path(found).name == "newsarchive":
        return [str(Path(found).absolute())]
    return [sys.executable, "-m", "newsarchive"]


def _systemd_word(word: str) -> str:
    """A word of ExecStart (systemd.service(5)): specifiers and variables as they are, quoted where needed."""
    plain = word.replace("\\", "\\\\").replace("%", "%%").replace("$", "$$")
    return '"' + plain.replace('"', '\\"') + '"' if set(word) & set(" \t\"';") else plain
