"""From what a webhook tells to notices for the inbox; each event has a key that its repeats share."""

import logging
from collections.abc import Sequence
from hashlib import sha256

import msgspec

from qantara.connectors.base import Delivery, Event
from qantara.storage.columns import storable
from qantara.storage.inbox import Notice
from qantara.transport.signing import Refused
from qantara.web.sources import Source

NONSENSE = "nonsense"

MOST = 1000
"""Events in one delivery."""

LONGEST = 200
"""Characters of a topic, an id or a key; PostgreSQL indexes no more than 2,700 bytes of a row."""

log = logging.getLogger(__name__)


def notices(source: Source, delivery: Delivery) -> list[Notice]:
    """What the delivery tells; none when it concerns nobody. Raises Refused for nonsense."""
    events = _heard(source, delivery)
    if len(events) > MOST:
        raise Refused(NONSENSE)
    own = delivery.headers.get(source.event_id, "") if source.event_id else ""
    given = own or sha256(delivery.body).hexdigest()
    found = [
        Notice(
            connection=source.connection,
            topic=event.topic or delivery.topic,
            event_key=_key(event, own=own, given=given, alone=len(events) == 1),
            body=b"" if position else delivery.body,
            entity=event.entity,
            external_id=event.external_id,
        )
        for position, event in enumerate(events)
    ]
    if not all(map(_can_be_kept, found)):
        raise Refused(NONSENSE)
    return found


def _heard(source: Source, delivery: Delivery) -> Sequence[Event]:
    """A connector reads what a stranger wrote: whatever goes wrong there is the stranger's doing."""
    try:
        return source.connector.hear(delivery)
    except Exception as error:
        log.warning("%s sent what cannot be read (%s).", source.connection, type(error).__name__)
        raise Refused(NONSENSE) from error


def _key(event: Event, *, own: str, given: str, alone: bool) -> str:
    """The system's id where there is one, else a hash; "" makes the notice a bell."""
    if event.event_key:
        return _short(event.event_key)
    if not own and not event.external_id:
        return ""
    if own and alone:
        return _short(own)
    return _hash(given, event.entity, event.external_id)


def _short(key: str) -> str:
    return key if len(key) <= LONGEST and key == storable(key) else _hash(key)


def _hash(*parts: str) -> str:
    return sha256(msgspec.json.encode([storable(part) for part in parts])).hexdigest()


def _can_be_kept(notice: Notice) -> bool:
    texts = (notice.topic, notice.entity, notice.external_id)
    return all(len(text) <= LONGEST and text == storable(text) for text in texts)
