"""Deletes records of Odoo in few calls and tells for each what became of it.

`unlink` is all or nothing: when it is refused the batch is halved until the record that is still
needed (by an order, a move, another record) stands alone.
"""

from collections.abc import Mapping, Sequence

from qantara.connectors.base import Outcome, Written
from qantara.connectors.odoo.site import Site
from qantara.connectors.odoo.tables import EVERYTHING
from qantara.transport import ConnectorError, NotFound, Rejected, Unsupported

MODELS: Mapping[str, str] = {
    "category": "product.category",
    "partner": "res.partner",
    "product": "product.template",
}
"""Entities whose records nobody needs once their counterpart is gone. Orders and moves stay."""


async def delete(site: Site, entity: str, ids: Sequence[str]) -> list[Outcome]:
    """What `Connector.delete` promises."""
    if entity not in MODELS:
        raise Unsupported(f"A {entity.replace('_', ' ')} of Odoo is not deleted from outside.")
    model = MODELS[entity]
    numbers = {one: int(one) for one in ids if one.isdigit()}
    context = await site.tables.context(**EVERYTHING)
    wanted = [("id", "in", sorted(numbers.values()))]
    there = await site.client.search(model, wanted, context=context) if numbers else []
    refused = await _unlink(site, model, there)
    return [refused.get(numbers.get(one, 0)) or Written(external_id=one) for one in ids]


async def _unlink(site: Site, model: str, ids: Sequence[int]) -> dict[int, ConnectorError]:
    """Those that were refused, and why."""
    if not ids:
        return {}
    context = await site.tables.context(**EVERYTHING)
    try:
        await site.client.call(model, "unlink", list(ids), context=context, slow=True)
    except (Rejected, NotFound) as error:
        if len(ids) == 1:
            return {} if isinstance(error, NotFound) else {ids[0]: error}
        middle = len(ids) // 2
        first = await _unlink(site, model, ids[:middle])
        return first | await _unlink(site, model, ids[middle:])
    return {}
