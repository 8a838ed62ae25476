"""The part of a command line that chooses flows and links."""

from typing import Annotated

import typer

FlowName = Annotated[
    str | None, typer.Argument(metavar="[FLOW]", help="Which flow; all when none is named.")
]

LinkNames = Annotated[
    list[str] | None,
    typer.Option("--link", metavar="LINK", help="Only this link of the flow; may be repeated."),
]
