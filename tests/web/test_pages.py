"""The words of the pages: every language says everything, with the same facts in it."""

import string
import tomllib
from importlib import resources

import pytest

from qantara.web import pages


def words(language: str) -> dict[str, set[str]]:
    """Each text by its place, with the facts that stand in it."""
    text = resources.files(pages).joinpath(f"locales/{language}.toml").read_text("utf-8")
    flat: dict[str, str] = {}
    for name, told in tomllib.loads(text).items():
        inner = told if isinstance(told, dict) else {"": told}
        flat |= {f"{name}.{key}": value for key, value in inner.items()}
    return {
        place: {name for _, name, _, _ in string.Formatter().parse(value) if name}
        for place, value in flat.items()
    }


@pytest.mark.parametrize("language", pages.LANGUAGES[1:])
def test_every_language_says_everything(language):
    assert words(language) == words("en")


def test_the_policy_allows_the_style_that_is_in_the_page():
    page = pages.page(pages.locale("en"), "Title & more").decode()

    assert "Title &amp; more" in page
    assert pages.policy().count("sha256-") == 1
