"""Writes what becomes of an order in the store: its state, a note to the customer, what was sent."""

from collections.abc import Sequence

from qantara.connectors.base import Outcome, Write, Written
from qantara.connectors.woocommerce.client import Client, Row
from qantara.connectors.woocommerce.mapping import order, shipment
from qantara.connectors.woocommerce.mapping.values import meta, text
from qantara.connectors.woocommerce.orders import PATH
from qantara.connectors.woocommerce.writing import (
    Writer,
    its,
    looked_back,
    numbered,
    scanned,
    sent,
    tried,
)
from qantara.model import Shipment, StoreOrder
from qantara.transport import ConnectorError, NotFound, Rejected

REFERENCE = "hub_ref"
"""Metadata of an order that holds the hub's key, where one was made through it."""

OVER = frozenset({"cancelled", "refunded", "failed"})
"""States in which goods that leave complete nothing."""


class StoreOrders(Writer):
    """The state of orders; with `extra["customer_note"]` the customer is told something as well."""

    entity = "store_order"

    async def write(self, writes: Sequence[Write]) -> list[Outcome]:
        """Safe to repeat."""
        bodies = [tried(_state, one) for one in writes]
        answers = await sent(self.site, PATH, writes, bodies)
        found = [self._outcome(answer) for answer in answers]
        for write, outcome in zip(writes, found, strict=True):
            told = text(getattr(write.record, "extra", {}).get("customer_note"))
            if told and isinstance(outcome, Written):
                await tell(self.site.client, outcome.external_id, told)
        return found

    async def lookup(self, keys: Sequence[str]) -> dict[str, str]:
        """By the hub's key in the metadata of recent orders."""
        wanted, found = set(keys), dict[str, str]()

        def match(row: Row) -> bool:
            if (key := meta(row, REFERENCE)) in wanted:
                found.setdefault(str(key), str(row["id"]))
            return len(found) == len(wanted)

        asked = {"_fields": "id,meta_data", "status": "any", **looked_back()}
        await scanned(self.site, PATH, asked, match)
        return found

    def _outcome(self, answer: Row | ConnectorError) -> Outcome:
        if isinstance(answer, ConnectorError):
            return answer
        refused = self.site.client.refusal(answer)
        return refused.error if refused else Written(external_id=str(answer["id"]))


class Shipments(Writer):
    """What left: kept in the order's metadata, told to the customer, and completed with the last."""

    entity = "shipment"

    async def write(self, writes: Sequence[Write]) -> list[Outcome]:
        """One after the other: two of one order must know of each other."""
        async with self.site.shipping:
            return [await self._write(one) for one in writes]

    async def lookup(self, keys: Sequence[str]) -> dict[str, str]:
        """By the marks in the metadata of recent orders."""
        wanted, found = {shipment.mark(key): key for key in keys}, dict[str, str]()

        def match(row: Row) -> bool:
            for mark in shipment.kept(row).keys() & wanted.keys():
                found.setdefault(wanted[mark], shipment.shipment_id(row["id"], mark))
            return len(found) == len(wanted)

        asked = {"_fields": "id,meta_data", "status": "any", **looked_back()}
        await scanned(self.site, PATH, asked, match)
        return found

    async def _write(self, write: Write) -> Outcome:
        try:
            return await self._ship(write)
        except (Rejected, NotFound) as error:
            return error

    async def _ship(self, write: Write) -> Outcome:
        record = its(Shipment, write)
        row = await self._order(record.order.id)
        id_, mark = _identity(write, record)
        known = shipment.kept(row)
        if write.external_id and mark not in known:
            raise NotFound(f"Order {record.order.id} has no shipment {write.external_id}.")
        before = _shipment(row, known[mark]) if mark in known else None
        merged = _merged(before, record, write)
        others = [_shipment(row, kept) for one, kept in known.items() if one != mark]
        body: Row = {
            "meta_data": [{"key": f"{shipment.KEPT}{mark}", "value": shipment.to_text(merged)}]
        }
        open_ = row["status"] not in {*OVER, "completed"}
        if open_ and shipment.complete(row, [merged, *others]):
            body["status"] = order.WRITTEN["completed"]
        if merged != before or "status" in body:
            await self.site.client.send("PUT", f"{PATH}/{row['id']}", body, safe=before is not None)
        await tell(self.site.client, str(row["id"]), shipment.note(merged))
        return Written(external_id=id_)

    async def _order(self, one: str) -> Row:
        if not one.isdigit():
            raise NotFound(f"The store has no order {one!r}.")
        row: Row = await self.site.client.get(
            f"{PATH}/{one}", {"_fields": "id,status,line_items,meta_data"}
        )
        if not order.is_order(row):
            raise NotFound(
                f"Order {one} lies in the store's trash.", remedy="Restore it there first."
            )
        return row


async def tell(client: Client, one: str, said: str) -> None:
    """Tell the customer, once: a note that is there already is not written again."""
    notes = await client.get(f"{PATH}/{one}/notes", {"type": "customer", "_fields": "id,note"})
    if not any(text(note.get("note")).strip() == said.strip() for note in notes):
        await client.send("POST", f"{PATH}/{one}/notes", {"note": said, "customer_note": True})


def _state(write: Write) -> Row:
    record = its(StoreOrder, write)
    if write.external_id is None:
        raise Rejected(
            f"Order {record.number} was not made in this store, and is not made there by the hub."
        )
    if "state" not in write.fields:
        return {"id": numbered(write)}
    if record.state not in order.WRITTEN:
        raise Rejected(
            f"An order cannot be set to {record.state} from outside.",
            remedy=f"It may be {', '.join(order.WRITTEN)}.",
            field="state",
        )
    return {"id": numbered(write), "status": order.WRITTEN[record.state]}


def _identity(write: Write, record: Shipment) -> tuple[str, str]:
    if write.external_id:
        return write.external_id, write.external_id.partition("/")[2]
    mark = shipment.mark(write.key)
    return shipment.shipment_id(record.order.id, mark), mark


def _shipment(row: Row, kept: str) -> Shipment:
    return shipment.from_wire({"order": str(row["id"]), "kept": kept})


def _merged(before: Shipment | None, record: Shipment, write: Write) -> Shipment:
    """Only the named fields are new."""
    if before is None or write.external_id is None:
        return record
    return type(record)(
        **{
            name: getattr(record if name in write.fields else before, name)
            for name in Shipment.__dataclass_fields__
        }
    )
