"""Hears the bus of an Odoo over its websocket: rings without content, pushed after each commit."""

from collections.abc import AsyncIterator

from qantara.connectors.base import Event
from qantara.connectors.odoo.actions import RUNG
from qantara.connectors.odoo.capture import BUS, Readers, rung
from qantara.connectors.odoo.client import Client
from qantara.connectors.odoo.outbox import Outbox
from qantara.transport import Unsupported, exactjson

PATH = "/websocket"


class Doorbell:
    """One open line to which nobody logs in, so that an API key is enough, which opens no session.

    The name of the channel is the secret, and a ring says only which model changed.
    """

    def __init__(self, client: Client, outbox: Outbox, readers: Readers) -> None:
        self._client = client
        self._outbox = outbox
        self._readers = readers

    async def rings(self) -> AsyncIterator[Event]:
        """First one ring for all that was missed, then those of Odoo; ends when the line breaks."""
        self._outbox.forget_setup()
        setup = await self._outbox.setup()
        if setup is None:
            raise Unsupported(
                "This Odoo has no bell of ours to hear.",
                remedy="Prepare it: qantara outbox install",
            )
        wish = {"channels": [setup.channel], "last": 0}
        async with self._client.socket(PATH) as line:
            await line.send(exactjson.encode({"event_name": "subscribe", "data": wish}))
            yield Event(topic=BUS)
            async for message in line:
                for event in rung(self._readers, _models(message)):
                    yield event


def _models(message: str) -> set[str]:
    """The models that a message names; anything else on the line is not for us."""
    try:
        told = exactjson.decode(message.encode())
    except exactjson.NotJson:
        return set()
    notices = [one.get("message") for one in told if isinstance(one, dict)]
    return {
        str(one["payload"]["model"])
        for one in notices
        if isinstance(one, dict) and one.get("type") == RUNG
    }
