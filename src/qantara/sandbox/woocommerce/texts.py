"""What WordPress does to texts: it takes out what may be dangerous, and sets paragraphs."""

import re

BLOCKS = (
    "address|article|aside|blockquote|dd|div|dl|dt|fieldset|figcaption|figure|footer|form|h[1-6]"
    "|header|hr|li|main|nav|ol|p|pre|section|table|tbody|td|tfoot|th|thead|tr|ul"
)
BLOCK = re.compile(rf"</?(?:{BLOCKS})\b", re.IGNORECASE)
OPENED = re.compile(rf"\s*(<(?:{BLOCKS})\b[^>]*>)", re.IGNORECASE)
CLOSED = re.compile(rf"(</(?:{BLOCKS})>)\s*", re.IGNORECASE)
PIECES = re.compile(
    rf"(<(?P<tag>{BLOCKS})\b[^>]*>.*?</(?P=tag)>|<hr\b[^>]*>)", re.IGNORECASE | re.DOTALL
)
DANGEROUS = re.compile(
    r"</?(?:script|style|iframe|object|embed|form|input|link|meta)\b[^>]*>", re.IGNORECASE
)
EVENTS = re.compile(r"\s+on\w+\s*=\s*(?:\"[^\"]*\"|'[^']*'|[^\s>]+)", re.IGNORECASE)
LOOSE_AND = re.compile(r"&(?!(?:#\d+|#x[0-9a-f]+|[a-z][a-z0-9]*);)", re.IGNORECASE)
TAGS = re.compile(r"<[^>]*>")


def kept_html(text: str) -> str:
    """HTML as an editor may send it: without scripts, with every loose `&` written out."""
    safe = TAGS.sub(lambda tag: EVENTS.sub("", tag.group()), DANGEROUS.sub("", text))
    return LOOSE_AND.sub("&amp;", safe)


def plain(text: str) -> str:
    """A text of one line: no tags, no doubled blanks."""
    return re.sub(r"\s+", " ", TAGS.sub("", text)).strip()


def paragraphs(text: str) -> str:
    """The text with its paragraphs as HTML, as the shop shows it."""
    if not text.strip():
        return ""
    return "".join(_set(piece) for piece in _pieces(text))


def _pieces(text: str) -> list[str]:
    found, at = [], 0
    for match in PIECES.finditer(text):
        found += [text[at : match.start()], match.group()]
        at = match.end()
    return [piece for piece in [*found, text[at:]] if piece.strip()]


def _set(piece: str) -> str:
    if BLOCK.match(piece.strip()):
        return f"{_lined(piece.strip())}\n"
    written = (part.strip() for part in re.split(r"\n\s*\n", piece.replace("\r\n", "\n")))
    return "".join(f"<p>{_broken(part)}</p>\n" for part in written if part)


def _lined(piece: str) -> str:
    """Every block on a line of its own."""
    return CLOSED.sub(r"\1\n", OPENED.sub(r"\n\1", piece)).strip().replace("\n\n", "\n")


def _broken(part: str) -> str:
    return re.sub(r"(?<!<br />)\s*\n", "<br />\n", part)
