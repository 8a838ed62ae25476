"""`python -m qantara.cli` is the program `qantara`."""

from qantara.cli.program import main

main()
