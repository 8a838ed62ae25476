"""The connector to Odoo, versions 14 to 19."""
