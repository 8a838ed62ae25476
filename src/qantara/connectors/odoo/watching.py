"""Sees to it that the outbox goes on being filled: what somebody removed in Odoo is made again."""

from collections.abc import Sequence

from qantara.connectors.base import Finding
from qantara.connectors.odoo.outbox import Outbox, Setup, absent
from qantara.connectors.odoo.polling import Stream
from qantara.transport import ConnectorError, RetryLater


async def watch(outbox: Outbox, streams: Sequence[Stream], address: str) -> list[Finding]:
    """Let the guard mend the rules; what it had to mend, and what it cannot, is a warning.

    Nothing to say of an Odoo in order. The guard works with Odoo's own rights, so the user of the
    connection needs none to do this. Raises Unsupported for an Odoo that nobody has prepared: then
    its changes are found by asking, and nothing is wrong.
    """
    was_there = outbox.known
    outbox.forget_setup()
    setup = await outbox.setup()
    if setup is None and not was_there:
        raise absent(outbox.name)
    if setup is None:
        return [_again("The outbox is gone from this Odoo.", outbox)]
    try:
        wish = {"qantara_address": address} if address else {}
        told = await outbox.ask_guard(qantara_mend=True, **wish)
    except RetryLater:
        raise
    except ConnectorError as error:
        return [_again(f"The guard over the outbox does not answer: {error.reason}", outbox)]
    found = told.found if told else {}
    return [
        *(
            Finding(
                level="warning",
                what=f"The rule {key} in Odoo was {wrong}; it was made again.",
                remedy="To stop the capture for good, use: qantara outbox remove",
            )
            for key, wrong in sorted(found.items())
        ),
        *_uncovered(outbox, setup, streams),
    ]


def _uncovered(outbox: Outbox, setup: Setup, streams: Sequence[Stream]) -> list[Finding]:
    absent = sorted({stream.model for stream in streams} - setup.models)
    return [_again(f"Not watched by the outbox: {', '.join(absent)}.", outbox)] if absent else []


def _again(what: str, outbox: Outbox) -> Finding:
    return Finding(
        level="warning",
        what=what,
        remedy=f"Prepare Odoo again: qantara outbox install {outbox.name}",
    )
