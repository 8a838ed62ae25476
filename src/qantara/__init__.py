"""Qantara keeps an Odoo and the systems around it in agreement."""

__version__ = "0.1.0.dev0"
