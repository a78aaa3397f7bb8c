"""The words of an error that is no JSON: a line of plain text, or the visible text of an HTML page."""

from collections.abc import Sequence
from html.parser import HTMLParser

from voices.althea.masking import mask_text
from voices.kit.secret import Secret

MAX_BYTES = 20_000  # an error page; a longer one is somebody's whole site
MAX_TEXT = 300
_UNSEEN = frozenset({"script", "style", "template", "noscript", "svg"})


def text_of_page(body: bytes, *, hidden: Sequence[Secret]) -> str:
    """Return what people would read of the body, in one line, with the `hidden` secrets masked; "" if it is no text."""
    if len(body) > MAX_BYTES or body.lstrip()[:1] in (b"{", b"[", b'"'):  # JSON without words, or cut off
        return ""
    text = mask_text(" ".join(" ".join(_pieces(body.decode("utf-8", "replace"))).split()), hidden)
    return text[:MAX_TEXT] if text.isprintable() and "\ufffd" not in text else ""


def _pieces(page: str) -> Sequence[str]:
    reader = _VisibleText()
    try:
        reader.feed(page)
        reader.close()
    except AssertionError:  # the parser's way to refuse "<![x["
        return ()
    return reader.pieces


class _VisibleText(HTMLParser):
    """Collects the text outside of scripts and styles. Plain text is a page without elements."""

    def __init__(self) -> None:
        super().__init__()
        self.pieces: list[str] = []
        self._unseen = ""

    def handle_starttag(self, tag: str, attrs: object) -> None:
        """Leave out what is in an element that browsers do not show."""
        self._unseen = self._unseen or (tag if tag in _UNSEEN else "")

    def handle_endtag(self, tag: str) -> None:
        """Go on after such an element."""
        if tag == self._unseen:
            self._unseen = ""

    def handle_data(self, data: str) -> None:
        """Keep a piece of text."""
        if not self._unseen:
            self.pieces.append(data)
