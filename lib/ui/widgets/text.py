"""Text from users on its way to a page: as markdown that shows every character, as HTML, as a spreadsheet cell."""

import html
import re

_MARKDOWN = re.compile(r"([\\`*_{}\[\]()#+\-.!|~<>$:&=^])")
_BLANKS = re.compile(r"\s+")


def plain(text: str) -> str:
    r"""Escape text so that markdown shows it letter by letter: no markup, no HTML, no LaTeX, no icons, one line.

    >>> plain("<b>*x*</b>")
    '\\<b\\>\\*x\\*\\</b\\>'
    """
    return _MARKDOWN.sub(r"\\\1", _BLANKS.sub(" ", text).strip())


def markup(text: str) -> str:
    """Escape text for HTML, attributes included.

    >>> markup('<img src="x">')
    '&lt;img src=&quot;x&quot;&gt;'
    """
    return html.escape(_BLANKS.sub(" ", text).strip(), quote=True)


def short(text: str, length: int = 40) -> str:
    """Cut a long text in its middle, where names differ least.

    >>> short("abcdefghij", 5)
    'ab…ij'
    """
    if len(text) <= length:
        return text
    half = (length - 1) // 2
    return f"{text[:half]}…{text[-(length - 1 - half) :]}"


def file_name(text: str, ending: str) -> str:
    """Make a name for a download from what a user typed: letters, digits, dot, dash; never a path.

    >>> file_name("../../etc/passwd", ".csv")
    'etc-passwd.csv'
    """
    stem = re.sub(r"[^\w.-]+", "-", text).strip("-._")
    stem = re.sub(r"\.{2,}", ".", stem)
    return f"{stem[:80] or 'motiflens'}{ending}"
