"""The part of a command line that chooses flows and links."""

from collections.abc import Collection
from typing import Annotated

import typer

from qantara.engine.link import Link
from qantara.runtime.hub import Hub, Unconfigured

FlowName = Annotated[
    str | None, typer.Argument(metavar="[FLOW]", help="Which flow; all when none is named.")
]

LinkNames = Annotated[
    list[str] | None,
    typer.Option("--link", metavar="LINK", help="Only this link of the flow; may be repeated."),
]


async def selected(hub: Hub, flow: str | None, only: Collection[str] | None) -> list[Link]:
    """The links that were chosen; raises Unconfigured when there is none."""
    if links := await hub.links(flow, only or ()):
        return links
    raise Unconfigured(
        "There is nothing to do: no flow is configured, or all of its links are off.",
        remedy="Add a flow to qantara.toml; the file that `qantara init` wrote shows how.",
    )
