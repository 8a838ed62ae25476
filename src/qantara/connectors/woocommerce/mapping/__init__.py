"""WooCommerce's words and the hub's, one module for each kind of record."""
