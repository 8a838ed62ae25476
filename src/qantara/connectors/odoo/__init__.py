"""The connector to Odoo, versions 14 to 19."""

from qantara.connectors.odoo.connector import Odoo

connector = Odoo

__all__ = ["connector"]
