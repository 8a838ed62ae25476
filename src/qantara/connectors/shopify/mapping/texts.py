"""Texts with their translations, which Shopify keeps beside the record."""

from collections.abc import Mapping

from qantara.model import Text

Translations = Mapping[str, Mapping[str, str]]
"""By language, then by Shopify's name of the field."""


def translated(value: str, translations: Translations, key: str) -> Text:
    """The text in all languages that the connection names."""
    return Text.of(value, {code: told.get(key, "") for code, told in translations.items()})
