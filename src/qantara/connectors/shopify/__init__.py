"""The connector to Shopify, by its Admin GraphQL interface."""

from qantara.connectors.shopify.connector import Shopify
from qantara.connectors.shopify.versions import VERSIONS

connector = Shopify

__all__ = ["VERSIONS", "connector"]
