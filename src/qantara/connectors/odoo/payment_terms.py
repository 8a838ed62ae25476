"""Payment terms are known by their name; where a side does not have them they stay its own affair."""

from collections.abc import Iterable

from qantara.connectors.odoo.mapping.values import text
from qantara.connectors.odoo.site import Site


async def terms_for(site: Site, names: Iterable[str]) -> dict[str, int]:
    """The id of each of these payment terms that is known and active here; one call at most."""
    wanted = sorted({name for name in names if name})
    if not wanted or not await site.having("sale.order", ["payment_term_id"]):
        return {}
    domain = [("name", "in", wanted), ("active", "=", True)]
    rows = await site.rows("account.payment.term", domain, ["name"])
    return {text(row["name"]): row["id"] for row in reversed(rows)}
