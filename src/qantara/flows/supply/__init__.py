"""Supply: a factory's Odoo and a buyer's Odoo as one.

Catalogue, partners and free stock travel from the factory to the buyer; a purchase order of the
buyer becomes a sale order at the factory, and the buyer hears what becomes of it.
"""

from qantara.flows.supply.recipe import recipe

__all__ = ["recipe"]
