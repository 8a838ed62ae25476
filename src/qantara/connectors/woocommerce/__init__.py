"""The connector to WooCommerce, the web store of WordPress."""

from qantara.connectors.woocommerce.connector import WooCommerce

connector = WooCommerce

__all__ = ["connector"]
