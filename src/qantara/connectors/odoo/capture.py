"""What Odoo tells by itself, as events: rows of the outbox, rings of the bus, webhooks."""

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from qantara.connectors.base import Delivery, Event
from qantara.connectors.odoo.outbox import Outbox
from qantara.connectors.odoo.polling import Stream
from qantara.connectors.odoo.reading import Reader
from qantara.connectors.odoo.site import Site
from qantara.transport import Rejected, exactjson

Readers = Mapping[str, type[Reader]]

OUTBOX, BUS, WEBHOOK = "outbox", "bus", "webhook"
"""The topics, by how the news came."""


@dataclass(slots=True, kw_only=True)
class _News:
    """All rows about one record of an entity."""

    entity: str
    owner: int
    rows: list[Mapping[str, Any]] = field(default_factory=list)


class Capture:
    """Takes what waits in the outbox and says what it means for the hub's entities."""

    def __init__(self, site: Site, outbox: Outbox, readers: Readers) -> None:
        self._site = site
        self._outbox = outbox
        self._readers = readers

    async def pull(self, limit: int) -> list[Event]:
        """The events of the oldest rows, at most `limit` rows; several rows may be one event.

        One row may be several events (a quant is a level in each warehouse): all events of a pull
        must be stored before any is forgotten.
        """
        news = self._grouped(await self._outbox.take(limit))
        named = await self._named(news)
        events: list[Event] = []
        for one in news:
            external_ids = named.get(one.entity, {}).get(one.owner) or ("",)
            events += [_event(one, external_id) for external_id in external_ids]
        return events

    async def forget(self, events: Iterable[Event]) -> None:
        """Delete the rows of these events."""
        receipts = (one.receipt for one in events if one.receipt)
        ids = {int(number) for receipt in receipts for number in receipt.split(",")}
        await self._outbox.forget(sorted(ids))

    def _grouped(self, rows: Iterable[Mapping[str, Any]]) -> list[_News]:
        wanted = interests(self._readers)
        found: dict[tuple[str, int], _News] = {}
        for row in rows:
            owner = int(row["x_owner"])
            for entity in wanted.get((row["x_model"], row["x_field"])) or ("",):
                one = found.setdefault((entity, owner), _News(entity=entity, owner=owner))
                one.rows.append(row)
        return list(found.values())

    async def _named(self, news: Iterable[_News]) -> dict[str, Mapping[int, Sequence[str]]]:
        owners: dict[str, list[int]] = {}
        for one in news:
            owners.setdefault(one.entity, []).append(one.owner)
        return {
            entity: await self._readers[entity](self._site).named(some)
            for entity, some in owners.items()
            if entity
        }


def interests(readers: Readers) -> dict[tuple[str, str], list[str]]:
    """The entities that rows of a model are news of, by model and the field of the owner."""
    found: dict[tuple[str, str], list[str]] = {}
    for entity, reader in readers.items():
        own = Stream(model=reader.model, owner=reader.owner)
        for stream in (own, *reader.also):
            found.setdefault((stream.model, stream.owner), []).append(entity)
    return found


def rung(readers: Readers, models: Collection[str]) -> list[Event]:
    """A ring of the bus: something has happened to records of these models."""
    entities = {
        entity
        for (watched, _), some in interests(readers).items()
        if watched in models
        for entity in some
    }
    return [Event(topic=BUS, entity=entity) for entity in sorted(entities)]


def heard(readers: Readers, delivery: Delivery) -> list[Event]:
    """A webhook of Odoo 17 and later. Until 18 it is sent before the commit: do not believe it.

    Its body names the record, and when it was written; that tells repeats from news.
    """
    try:
        told = exactjson.decode(delivery.body)
        model, number = str(told["_model"]), int(told["_id"])
        written = str(told.get("write_date") or "")[:32]
    except (exactjson.NotJson, LookupError, TypeError, ValueError, AttributeError) as error:
        raise Rejected(
            "This is not what an Odoo's webhook sends.",
            remedy="Let Odoo's automation send its own notification, with the field write_date.",
        ) from error
    stamp = f"{model}:{number}:{written}" if written else ""
    events = []
    for (watched, owner), entities in interests(readers).items():
        for entity in entities if watched == model else ():
            plain = owner == "id" and readers[entity].named is Reader.named
            events.append(
                Event(
                    topic=WEBHOOK,
                    event_key=stamp and f"{entity}:{stamp}",
                    entity=entity,
                    external_id=str(number) if plain else "",
                )
            )
    return events


def _event(news: _News, external_id: str) -> Event:
    """Its key names every row: rows that appear late make another event, never a repeat.

    The moment of each row is in it too, since numbers begin anew in an outbox made anew.
    """
    rows = [f"{row['id']}@{row['create_date']}" for row in news.rows]
    digest = hashlib.sha256(",".join(rows).encode()).hexdigest()[:24]
    return Event(
        topic=OUTBOX,
        event_key=f"{news.entity}:{external_id or news.owner}:{digest}",
        entity=news.entity,
        external_id=external_id,
        receipt=",".join(str(row["id"]) for row in news.rows),
    )
