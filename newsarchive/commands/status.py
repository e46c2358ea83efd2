"""`newsarchive status`: what is in the archive, and how its sites do."""
from __future__ import annotations
import click
from newsarchive import output


@click.command()
def status() -> None:
    """placeholder"""
