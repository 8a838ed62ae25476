"""HTML as text, and text as HTML and back without a loss."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qantara.rules.mapping import html


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("", ""),
        ("Chair", "Chair"),
        ("<p>Soft &amp; warm</p><p>كرسي</p>", "Soft & warm\nكرسي"),
        ("a<br/>b<br>\n c", "a\nb\nc"),
        ("<ul><li>one</li><li>two  <b>bold</b></li></ul>", "one\ntwo bold"),
        ("<style>p {}</style><script>1 < 2</script>seen<!-- not -->", "seen"),
        ("<p>not closed <b>at all", "not closed at all"),
    ],
)
def test_a_reader_sees_the_same(source: str, text: str) -> None:
    assert html.to_text(source) == text


@given(st.text(max_size=60))
def test_every_text_comes_back_from_its_html(text: str) -> None:
    assert html.of_html(html.to_html(text)) == text


def test_html_that_somebody_else_made_is_read_as_he_sees_it() -> None:
    assert html.of_html("<p>Soft &amp; warm</p>") == "Soft & warm"
