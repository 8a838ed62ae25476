"""Refuse: what the target shall not or cannot make is said at the source, where the link has words.

To tell it again writes the same once more: after a crash the page comes again, and so do the words.
"""

from collections.abc import Sequence

from qantara.connectors.base import Write, Written
from qantara.engine.item import SKIPPED, Item
from qantara.engine.link import Link, Refusal
from qantara.model import Record
from qantara.storage.steps import reached
from qantara.transport import ConnectorError, OutcomeUnknown, RetryLater


async def examine(link: Link, items: Sequence[Item]) -> None:
    """Let the link look at what is about to be made; it parks what shall not be."""
    if link.examine is None:
        return
    if new := [item for item in items if item.open and item.target_id is None]:
        await link.examine(link, new)


async def tell(link: Link, items: Sequence[Item]) -> None:
    """Say at the source why a record was not made; then it waits for nobody.

    What exists at the target already was not refused: a person looks at it.
    """
    refused = [item for item in items if item.error and not item.target_id]
    if link.refusal is None or not refused:
        return
    writes = [_words(link, link.refusal, item) for item in refused]
    reached("refusal: about to be told")
    try:
        outcomes = await link.source.write(link.entity, writes)
    except OutcomeUnknown as error:
        raise _again(error) from error
    reached("refusal: told")
    for item, outcome in zip(refused, outcomes, strict=True):
        if isinstance(outcome, Written):
            item.error = None
            item.end(SKIPPED, f"{link.here_name} was told: {item.reason}")


def _again(error: OutcomeUnknown) -> RetryLater:
    """Whether the words arrived is no matter: they are said again."""
    later = RetryLater(error.reason, remedy=error.remedy)
    later.connection = error.connection
    return later


def _words(link: Link, refusal: Refusal, item: Item) -> Write:
    assert item.error is not None  # noqa: S101 - `tell` has chosen those that have one
    return Write(
        key=item.hub,
        record=refusal.words(_source_record(link, item), item.error),
        fields=refusal.fields,
        external_id=item.change.external_id,
    )


def _source_record(link: Link, item: Item) -> Record | None:
    try:
        return link.source.to_canonical(item.change)
    except ConnectorError:
        return None
