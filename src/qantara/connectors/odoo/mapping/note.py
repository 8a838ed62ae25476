"""Notes as Odoo's chatter shows them: paragraphs, and buttons that are styled links.

Odoo's sanitiser drops buttons and forms; it keeps links with a style (16 and 18, November 2026).
"""

import html
import re

from qantara.connectors.odoo.mapping.tables import Tables
from qantara.connectors.odoo.mapping.values import marked_up
from qantara.model import Choice, Note, Text

_SHAPE = (
    "display:inline-block;padding:6px 18px;border-radius:4px;text-decoration:none;font-weight:bold"
)
_COLOURS = {
    "confirm": "background-color:#1a7f37;color:#ffffff",
    "accept": "background-color:#1a7f37;color:#ffffff",
    "reject": "background-color:#ffffff;color:#b42318;border:1px solid #b42318",
    "refuse": "background-color:#ffffff;color:#b42318;border:1px solid #b42318",
}
_LINKS = re.compile(r"(?s)<p[^>]*>(?:(?!</p>).)*/decide/(?:(?!</p>).)*</p>")


def body_of(note: Note, tables: Tables) -> str:
    """The whole body as HTML, in this Odoo's main language."""
    return marked_up(_shown(note.body, tables)) + _buttons(note, tables)


def closed(body: str, note: Note | None, tables: Tables) -> str:
    """The body without its buttons, and with the note's words instead."""
    return _LINKS.sub("", body) + (marked_up(_shown(note.body, tables)) if note else "")


def is_open(body: str) -> bool:
    """Whether there are buttons in it."""
    return bool(_LINKS.search(body))


def _buttons(note: Note, tables: Tables) -> str:
    shown = "&nbsp; ".join(_button(choice, tables) for choice in note.choices)
    return f"<p>{shown}</p>" if shown else ""


def _button(choice: Choice, tables: Tables) -> str:
    address, style = html.escape(choice.address), f"{_SHAPE};{_COLOURS[choice.verb]}"
    label = html.escape(tables.in_main(choice.label))
    return f'<a href="{address}" target="_blank" rel="noreferrer" style="{style}">{label}</a>'


def _shown(words: str | Text, tables: Tables) -> str:
    return tables.in_main(words) if isinstance(words, Text) else words
