"""Odoo's words and the hub's, one module per kind of record; pure."""
