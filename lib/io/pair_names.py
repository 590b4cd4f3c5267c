"""Which sequences belong together as reference and alternative, by their ids.

An id is cut into words. One word, or the same word several times, tells the reference (``ref``, ``wt``) from the
alternative (``alt``, ``mut``); what is left must be equal: ``rs1_ref_2`` and ``rs1_alt_2``, ``ref_x`` and ``alt_x``.
Where ids name alleles instead (``rs1_A`` and ``rs1_G``, ``rs1_allele1``), which of them is the reference is not told.
"""

import re
from collections.abc import Sequence
from typing import NamedTuple

REFERENCES = ("ref", "reference", "refallele", "wt", "wildtype", "native", "original", "orig")
ALTERNATIVES = ("alt", "alternate", "alternative", "altallele", "mut", "mutant", "mutated", "var", "variant")
ALLELES = (("allele1", "allele2"), ("a1", "a2"), ("major", "minor"), ("a", "b"))
"""Words that tell two alleles apart and not which is the reference."""
_WORDS = re.compile(r"([^A-Za-z0-9]+)")
_ROLE = re.compile(rf"(?:({'|'.join(REFERENCES)})|({'|'.join(ALTERNATIVES)}))(\d*)", re.IGNORECASE)
_NUCLEOTIDES = re.compile(r"[ACGTUacgtu]{1,50}|-")
_HOLE = "\0"
_MARKED = 1


class Pair(NamedTuple):
    """Two records that belong together.

    Parameters
    ----------
    reference, alternative
        Their numbers.
    name
        What both are called without the word that tells them apart.
    is_told
        Whether their ids say which is the reference.
    words
        The words that tell them apart, where these name alleles.
    """

    reference: int
    alternative: int
    name: str
    is_told: bool = True
    words: tuple[str, str] = ("", "")


class _Role(NamedTuple):
    """One way to read an id: what it is, and what must be equal in its partner, the surest first."""

    is_reference: bool
    keys: tuple[str, ...]
    name: str


def pair_by_words(ids: Sequence[str]) -> list[Pair]:
    """Pair records whose ids differ in a word that tells reference from alternative.

    >>> [pair[:3] for pair in pair_by_words(["rs1_ref_2", "rs1_alt_2", "mut_x", "wt_x", "r/s_ref", "r/s_alt", "z_alt"])]
    [(0, 1, 'rs1_2'), (3, 2, 'x'), (4, 5, 'r/s')]
    """
    roles = [_roles(identifier) for identifier in ids]
    references: dict[str, tuple[int, str]] = {}
    shared: dict[str, tuple[int, str]] = {}
    for number, found in enumerate(roles):
        for role in found:
            if role.is_reference:
                references.setdefault(role.keys[0], (number, role.name))
                for part in _parts(ids[number]):
                    shared.setdefault(part, (number, role.name))
    pairs = []
    for number, found in enumerate(roles):
        offered = [key for role in found if not role.is_reference for key in role.keys]
        partner = next((references[key] for key in offered if key in references), None)
        if partner is None and any(not role.is_reference for role in found):
            partner = next((shared[part] for part in _parts(ids[number]) if part in shared), None)
        if partner is not None and partner[0] != number:
            pairs.append(Pair(partner[0], number, partner[1]))
    return pairs


def is_reference(identifier: str) -> bool:
    """Say whether an id holds a word for the reference.

    >>> is_reference("rs1_wt"), is_reference("rs1_mut")
    (True, False)
    """
    return any(role.is_reference for role in _roles(identifier)[:1])


def base_name(identifier: str) -> str:
    """Give an id without the word that tells reference from alternative; empty where it has none.

    >>> base_name("rs1_alt_2"), base_name("rs1")
    ('rs1_2', '')
    """
    return next((role.name for role in _roles(identifier)), "")


def pair_by_alleles(ids: Sequence[str]) -> list[Pair]:
    """Pair records whose ids differ in the name of an allele; the first record of a pair stands as its reference.

    Of ``R`` and ``A`` the record with ``R`` does, wherever it stands.

    >>> [pair[:4] for pair in pair_by_alleles(["rs1_A", "rs1_G", "x:allele2", "x:allele1", "y_A", "y_R"])]
    [(0, 1, 'rs1', False), (2, 3, 'x', False), (5, 4, 'y', True)]
    """
    groups: dict[tuple[int, str, str], dict[str, int]] = {}
    for number, identifier in enumerate(ids):
        cut = _WORDS.split(identifier)
        for place in range(0, len(cut), 2):
            for kind in _kinds(cut[place]):
                key = (kind, _HOLE.join([*cut[:place], "", *cut[place + 1 :]]), _name(cut, [place]))
                groups.setdefault(key, {}).setdefault(cut[place].upper(), number)
    pairs: dict[int, Pair] = {}
    used: set[int] = set()
    for (kind, _, name), members in sorted(groups.items(), key=lambda item: (item[0][0], min(item[1].values()))):
        numbers = [number for number in members.values() if number not in used]
        if len(numbers) < 2 or len(numbers) != len(members):
            continue
        used.update(numbers)
        is_told = kind == _MARKED
        first, *others = sorted(numbers, key=lambda number: (is_told and number != members["R"], number))
        called = {number: word for word, number in members.items()}
        pairs.update({other: Pair(first, other, name, is_told, (called[first], called[other])) for other in others})
    return [pairs[number] for number in sorted(pairs)]


def letters_of(word: str) -> str | None:
    """Give the letters that a word names as an allele, none for a dash; None where it names no nucleotides.

    >>> letters_of("AU"), letters_of("-"), letters_of("allele1")
    ('AT', '', None)
    """
    return word.replace("-", "").upper().replace("U", "T") if _NUCLEOTIDES.fullmatch(word) else None


def _kinds(word: str) -> list[int]:
    """Give which kinds of names of alleles a word is: nucleotides, reference and alternative, and numbered ones."""
    plain = word.lower()
    found = [0] if _NUCLEOTIDES.fullmatch(word) else []
    found += [_MARKED] if plain in ("r", "a") else []
    return found + [number for number, names in enumerate(ALLELES, start=2) if plain in names]


def _roles(identifier: str) -> list[_Role]:
    """List the ways to read an id, the last word first; several words that say the same come before all."""
    cut = _WORDS.split(re.sub(r"wild[-_ ]type", "wildtype", identifier, flags=re.IGNORECASE))
    found = {place: match for place in range(0, len(cut), 2) if (match := _ROLE.fullmatch(cut[place]))}
    ways = [[place] for place in reversed(found)]
    if len(found) > 1 and len({bool(match[1]) for match in found.values()}) == 1:
        ways.insert(0, list(found))
    roles = []
    for places in ways:
        match = found[places[-1]]
        rest = _HOLE.join(_HOLE if place in places else word for place, word in enumerate(cut))
        keys = [f"{rest}{_HOLE}{match[3]}"]
        after = places[-1] + 2
        if not match[1]:
            keys.append(f"{rest}{_HOLE}")
            if after < len(cut) and cut[after].isdigit():
                shorter = [*cut[: after - 1], *cut[after + 1 :]]
                keys.append(
                    _HOLE.join(_HOLE if place in places else word for place, word in enumerate(shorter)) + _HOLE
                )
        numbered = f"_{match[3]}" if match[1] and match[3] else ""
        roles.append(_Role(bool(match[1]), tuple(keys), _name(cut, places) + numbered))
    return roles


def _name(cut: Sequence[str], places: Sequence[int]) -> str:
    """Join the words of an id without some of them, and without the mark before each, or behind the first.

    >>> _name(["x", "(+)_", "ref"], [2]), _name(["ref", "_", "x"], [0]), _name(["x", " (", "ref", ")", ""], [2])
    ('x(+)', 'x', 'x')
    """
    left = list(cut)
    for place in places:
        left[place] = ""
        if place and left[place - 1].endswith(("(", "[", "{")):
            left[place + 1] = left[place + 1][1:]
        if place:
            left[place - 1] = left[place - 1][:-1].rstrip()
        elif len(left) > 1:
            left[1] = ""
    return "".join(left) or "".join(cut)


def _parts(identifier: str) -> list[str]:
    """Give the names that one record answers to where several are joined by / ; or , : each without its word."""
    names = re.split(r"[/;,]", identifier)
    if len(names) < 2:
        return [name for name in (base_name(identifier),) if name]
    return [base_name(name) or name for name in names]
