"""`newsarchive`: the commands, and what becomes of errors.

Promises: an error of pipelines.errors is a line on stderr and its exit code; Ctrl-C ends with 130, a reader
that goes away (`| head`) with silence, and none of these with a traceback unless --debug asks for one.
"""

from __future__ import annotations

import os
import sys
import traceback
from typing import Any

import click

from newsarchive import output
from newsarchive.commands.add import add
from newsarchive.commands.crawl import crawl
from newsarchive.commands.explain import explain
from newsarchive.commands.export import export
from newsarchive.commands.extract import extract
from newsarchive.commands.import_ import import_
from newsarchive.commands.init import init
from newsarchive.commands.plan import plan
from newsarchive.commands.publish import publish
from newsarchive.commands.rebuild import rebuild
from newsarchive.commands.run import run
from newsarchive.commands.schedule import schedule
from newsarchive.commands.serve import serve
from newsarchive.commands.status import status
from newsarchive.commands.verify import verify
from newsarchive.commands.withhold import withhold


class Face(click.Group):
    """A group that lists its commands in the order of work and turns errors into lines and exit codes."""

    def list_commands(self, _: click.Context) -> list[str]:
        """The commands as they were added."""
        return list(self.commands)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command, and end with the exit code that its error asks for."""
        try:
            result = super().invoke(ctx)
            sys.stdout.flush()
            return result
        except (click.exceptions.Exit, click.ClickException):
            raise
        except (KeyboardInterrupt, click.Abort):
            _trace()
            ctx.exit(output.INTERRUPTED)
        except BrokenPipeError:
            os.dup2(
                os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno()
            )  # what is left to flush goes nowhere
            ctx.exit(1)
        except Exception as error:  # noqa: BLE001 - said in one line, and shown whole with --debug
            _trace()
            ctx.exit(_explain(error))


def _trace() -> None:
    if output.debugging():
        traceback.print_exc()


def _explain(error: Exception) -> int:
    """Write what went wrong; the exit code for it."""
    errors = sys.modules.get("pipelines.errors")  # where it was never loaded, the error is none of its own
    if errors is not None and isinstance(error, errors.ArchiveError):
        output.fail(str(error))
        return int(error.exit_code)
    again = "" if output.debugging() else "; run again with --debug to see where"
    said = str(error).partition("\n")[0] or "no more is known"
    output.fail(f"{type(error).__name__}: {said}{again}")
    return 1


def _version(context: click.Context, _: click.Parameter, asked: bool) -> None:
    if asked:
        click.echo(output.software())
        context.exit()


@click.group(
    cls=Face,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog=output.epilog(
        "newsarchive init my-archive && cd my-archive\nnewsarchive add https://gazette.example/\n"
        "newsarchive crawl && newsarchive serve",
        *range(3, 10),
    ),
)
@click.option(
    "--version", is_flag=True, expose_value=False, is_eager=True, callback=_version, help="Show the version."
)
@output.debug_option
def newsarchive() -> None:
    """Archive news sites: every article, every version of it, with proof of where it came from."""


for _command in (
    init, add, crawl, run, schedule, plan, import_, status, explain, extract, rebuild, verify, withhold,
    export, publish, serve,
):  # fmt: skip
    newsarchive.add_command(_command)


def main() -> None:
    """The console script."""
    newsarchive(prog_name="newsarchive")
