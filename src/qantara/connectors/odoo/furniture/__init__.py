"""All that is made in an Odoo over its interface: models, fields, screens, menus, rights, buttons."""

from qantara.connectors.odoo.furniture.furnishing import Furniture, Order, overpowered

__all__ = ["Furniture", "Order", "overpowered"]
