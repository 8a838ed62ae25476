"""How a kind of record is written: what is sent, what came of it, and how it is found by the hub's key."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import ClassVar, TypeVar

from qantara.connectors.base import Outcome, Write, Written
from qantara.connectors.woocommerce.client import PAGE, Batch, Row
from qantara.connectors.woocommerce.mapping import category
from qantara.connectors.woocommerce.site import Site
from qantara.model import Category
from qantara.transport import ConnectorError, NotFound, Rejected, Unsupported

R = TypeVar("R")
T = TypeVar("T")
One = TypeVar("One")

LOOKED_BACK = timedelta(days=60)
"""How old a write of unknown outcome may be to be found in its order."""


class Writer(ABC):
    """Writes one entity."""

    entity: ClassVar[str]

    def __init__(self, site: Site) -> None:
        self.site = site

    @abstractmethod
    async def write(self, writes: Sequence[Write]) -> list[Outcome]:
        """What `Connector.write` promises, for this entity."""

    async def lookup(self, keys: Sequence[str]) -> dict[str, str]:
        """Ids by the key of an earlier write; none where writing again does no harm."""
        return {}


class Categories(Writer):
    """Product categories; the store makes no second one of a name under the same parent."""

    entity = "category"
    path = "/products/categories"

    async def write(self, writes: Sequence[Write]) -> list[Outcome]:
        """In one batch; one that is there already is taken as it is."""
        above = {one.parent.id for write in writes if (one := its(Category, write)).parent}
        missing = await self.site.missing_categories(above)
        body = partial(self._body, missing)
        bodies = [tried(body, one) for one in writes]
        answers = await sent(self.site, self.path, writes, bodies)
        return [self._outcome(one) for one in answers]

    def _body(self, missing: set[str], write: Write) -> Row:
        record = its(Category, write)
        if record.parent and "parent" in write.fields and record.parent.id in missing:
            raise Rejected(
                f"The store has no category {record.parent.id}, which {record.name.value} is under.",
                remedy="It may have been deleted there: qantara verify --repair makes it anew.",
                field="parent",
            )
        body = category.to_body(record, write.fields, self.site.language)
        return body if write.external_id is None else {"id": numbered(write), **body}

    def _outcome(self, answer: Row | ConnectorError) -> Outcome:
        if isinstance(answer, ConnectorError):
            return answer
        if refused := self.site.client.refusal(answer):
            if refused.resource and not answer.get("id"):
                return Written(external_id=str(refused.resource))
            return refused.error
        return Written(external_id=str(answer["id"]))


async def sent(
    site: Site, path: str, writes: Sequence[Write], bodies: Sequence[Row | ConnectorError]
) -> list[Row | ConnectorError]:
    """One answer for each write, from as few batches as the store bears."""
    good = [index for index, body in enumerate(bodies) if not isinstance(body, ConnectorError)]
    made = [index for index in good if writes[index].external_id is None]
    changed = [index for index in good if writes[index].external_id is not None]
    wanted = Batch(create=_rows(bodies, made), update=_rows(bodies, changed))
    answer = await site.client.batch(path, wanted, safe=not made) if good else {}
    found = dict(enumerate(bodies))
    for kind, places in (("create", made), ("update", changed)):
        found |= zip(places, answer.get(kind, ()), strict=bool(answer))
    return [found[index] for index in range(len(bodies))]


async def scanned(
    site: Site, path: str, params: Mapping[str, str], match: Callable[[Row], bool]
) -> None:
    """Shows the records of a list to `match`, the newest first, until it has seen enough."""
    number = 1
    while True:
        page = await site.client.listing(path, {**params, "page": str(number)})
        if any(match(row) for row in page.rows) or number * PAGE >= page.total or not page.rows:
            return
        number += 1


def looked_back() -> dict[str, str]:
    """The part of a list in which a write of unknown outcome may be."""
    since = (datetime.now(UTC) - LOOKED_BACK).strftime("%Y-%m-%dT%H:%M:%S")
    return {
        "modified_after": since,
        "dates_are_gmt": "true",
        "orderby": "modified",
        "order": "desc",
    }


def its(kind: type[R], write: Write) -> R:
    """The record of the write, which is of this kind."""
    if not isinstance(write.record, kind):
        raise Rejected(f"A {type(write.record).__name__} was sent as a {kind.__name__}.")
    return write.record


def numbered(write: Write) -> int:
    """The id to be updated as the store's number."""
    if not write.external_id or not write.external_id.isdigit():
        raise NotFound(f"The store has no record {write.external_id!r}.")
    return int(write.external_id)


def tried(work: Callable[[One], T], one: One) -> T | ConnectorError:
    """What comes of it, or why nothing does, for one record."""
    try:
        return work(one)
    except (Rejected, NotFound, Unsupported) as error:
        return error


def _rows(bodies: Sequence[Row | ConnectorError], places: Sequence[int]) -> list[Row]:
    return [body for place in places if not isinstance(body := bodies[place], ConnectorError)]
