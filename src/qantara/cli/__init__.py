"""The command line: one file per command."""

from qantara.cli.program import app, main

__all__ = ["app", "main"]
