"""An Odoo that has all the bridge's furniture: `furnish(stand)` is all that a test needs to say.

    with OdooStandIn(version=18) as buyer:
        await furnish(buyer)                            # the board, and the fields on transfers
        buyer.create("x_qantara_offer", {"x_name": "Lamp", "x_free": 5.0})

`furnish` takes the entities that the flows read and write there; as they stand, the defaults give
everything. It is done as the administrator of the stand-in (hub@example.com with its key hub-key).
A run-time user with fewer rights is a member of the group made here: give his id as `user`.
"""

from contextlib import aclosing, asynccontextmanager

from qantara.connectors.base import Connection
from qantara.connectors.odoo.client import Client
from qantara.connectors.odoo.furniture import Furniture, Order

READS = ("request", "transfer")
WRITES = ("offer", "receipt", "transfer")


async def furnish(stand, reads=READS, writes=WRITES, *, user=0):
    """Make it; what was made, as findings. Safe to repeat."""
    async with furnishing(stand, reads, writes, user=user) as furniture:
        return await furniture.apply()


@asynccontextmanager
async def furnishing(stand, reads=READS, writes=WRITES, **by):
    """The furniture itself, to plan, apply and remove it; `by`: user, login, key, settings."""
    connection = Connection(
        name=by.get("name", "buyer"),
        connector="odoo",
        url=stand.url,
        settings={
            "database": stand.settings.database,
            "login": by.get("login") or stand.settings.login,
            **by.get("settings", {}),
        },
        secrets={"key": by.get("key") or stand.settings.key},
        private=True,
    )
    client = Client(connection)
    number = by.get("user") or (await client.enter()).uid
    order = Order(connection=connection, user=number, reads=reads, writes=writes)
    async with aclosing(Furniture(client, order)) as furniture:
        yield furniture
