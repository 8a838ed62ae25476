"""Commerce: a web store and the Odoo behind it as one.

The catalogue and what may be sold travel from Odoo to the store; orders, their customers and
refunds come from the store to Odoo; shipments and cancellations go back. One flow for each store.
"""

from qantara.flows.commerce.recipe import recipe

__all__ = ["recipe"]
