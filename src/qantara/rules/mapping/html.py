"""HTML to text and back, for descriptions: what a reader sees, line by line."""

import html
from html.parser import HTMLParser

from qantara.rules.mapping.faults import Unmappable
from qantara.rules.mapping.functions import LARGEST

BLOCKS = frozenset({"address", "article", "div", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "li"})
BLOCKS |= {"ol", "p", "section", "table", "tr", "ul"}
SILENT = frozenset({"head", "script", "style", "title"})
BREAK = "<br>"


def to_text(source: str) -> str:
    """The text that the HTML shows: a line for each block, no double blanks.

    Raises Unmappable for more than anybody reads: broken HTML takes the parser long.
    """
    if len(source) > LARGEST:
        raise Unmappable(f"The HTML has more than {LARGEST} letters.", "Leave the field as it is.")
    reader = _Reader()
    reader.feed(source)
    reader.close()
    lines = (" ".join(line.split()) for line in "".join(reader.parts).split("\n"))
    return "\n".join(line for line in lines if line)


def to_html(text: str) -> str:
    """The text as HTML that shows it; `of_html` leads back exactly."""
    return html.escape(text, quote=False).replace("\n", BREAK)


def of_html(source: str) -> str:
    """What `to_html` made, exactly; other HTML as `to_text` has it."""
    plain = source.replace(BREAK, "\n")
    if "<" not in plain and to_html(html.unescape(plain)) == source:
        return html.unescape(plain)
    return to_text(source)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002 - the parser's shape
        self._silent += tag in SILENT
        if tag in BLOCKS or tag == "br":
            self.parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        self._silent = max(0, self._silent - (tag in SILENT))
        if tag in BLOCKS:
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.parts.append(" ".join(data.split("\n")))
