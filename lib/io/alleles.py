"""Alleles and positions as they stand in files: what they mean, and what is wrong with those that mean nothing."""

import re

from lib.core.alphabet import BASES, to_dna

LONGEST = 5000
"""Letters of the longest allele."""
LETTERS = "letters A C G T U"
LETTERS_OR_NONE = f"{LETTERS}, or - for none"
_NONE = re.compile(r"[-–—−]+")
_BREAKEND = re.compile(r".*[\[\]].*|\.[A-Za-z]+|[A-Za-z]+\.")
_SYMBOLIC = re.compile(r"<[^<>]*>")
_WHOLE = re.compile(r"\d+(\.0+)?|\d{1,3}(,\d{3})+")


def allele(text: str) -> str:
    """Give the stored DNA of an allele that ``unfit`` has nothing against; a dash is none.

    >>> allele("acgu"), allele("-")
    ('ACGT', '')
    """
    return "" if _NONE.fullmatch(text) else to_dna(text)


def is_allele(cell: str) -> bool:
    """Say whether a cell holds alleles, several between commas.

    >>> is_allele("A,TTG"), is_allele("-"), is_allele("rs1"), is_allele("")
    (True, True, False, False)
    """
    return bool(cell) and not any(unfit(part, dashes=True) and not is_symbolic(part) for part in cell.split(","))


def is_symbolic(text: str) -> bool:
    """Say whether an allele of VCF names no letters: ``<DEL>``, ``*``, ``.`` or a breakend."""
    return text in ("*", ".") or bool(_SYMBOLIC.fullmatch(text) or _BREAKEND.fullmatch(text))


def unfit(text: str, *, dashes: bool, alternative: bool = False) -> str:
    """Say what is wrong with an allele as it stands in the file; nothing where it can be used.

    Parameters
    ----------
    text
        The allele.
    dashes
        Whether the format writes a dash where there are no letters; VCF does not.
    alternative
        Whether it is the alternative one, whose letters must be known.
    """
    what = "alternative" if alternative else "reference"
    if not text or (text == "." and not dashes) or (_NONE.fullmatch(text) and not dashes):
        return f"no {what} allele"
    if _NONE.fullmatch(text):
        return ""
    if text == ".":
        return "'.', which may mean none or not known"
    if text == "*":
        return "*, an allele that an upstream deletion takes away"
    if _SYMBOLIC.fullmatch(text):
        return f"the symbolic allele {short(text)}, which names no letters"
    if _BREAKEND.fullmatch(text):
        return f"the breakend {short(text)}, which joins two places"
    if not text.isalpha():
        return f"{short(text)!r}, which names no letters" if len(text) > 1 else repr(text)
    if len(text) > LONGEST:
        return f"{len(text):,} letters, more than {LONGEST:,}"
    known = BASES if alternative else f"{BASES}N"
    strange = next((letter for letter in text if to_dna(letter) not in known), "")
    return f"the letter {strange!r}" if strange else ""


def whole(cell: str) -> int | None:
    """Read a position: a whole number, also with groups of three digits or as ``12.0``; None for anything else.

    >>> whole("12"), whole("12.0"), whole("1,046"), whole("4.5"), whole("-3")
    (12, 12, 1046, None, None)
    """
    if not _WHOLE.fullmatch(cell) or not cell.isascii():
        return None
    return int(cell.replace(",", "").partition(".")[0])


def short(text: str) -> str:
    """Cut the middle out of a long allele."""
    return text if len(text) <= 20 else f"{text[:9]}…{text[-9:]}"
