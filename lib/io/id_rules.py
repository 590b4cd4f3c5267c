"""What databases, browsers and spreadsheets add to an ID, as rules that take it off again."""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Ids = NDArray[np.object_]
Change = Callable[[str, str], str]
"""From an ID and the rest of its header line to what is compared; empty where the rule does not fit."""
_KEY = re.compile(r"(?:^|[\s\[(;,])([A-Za-z_]+)[=:]\"?([^\s\]);,\"]+)")


@dataclass(frozen=True)
class Keys:
    """IDs of one file, (N,), and what stands after each in its header line, (N,) or (0,)."""

    file: str
    ids: Ids
    descriptions: Ids

    def sample(self, most: int) -> "Keys":
        """Give at most so many, spread over the file."""
        if len(self.ids) <= most:
            return self
        rows = np.linspace(0, len(self.ids) - 1, most).astype(np.intp)
        return Keys(self.file, self.ids[rows], self.descriptions[rows] if len(self.descriptions) else self.descriptions)

    def apply(self, change: Change) -> Ids:
        """Apply a rule, (N,)."""
        others = self.descriptions if len(self.descriptions) else np.full(len(self.ids), "", dtype=object)
        return np.array([change(str(a), str(b)) for a, b in zip(self.ids, others, strict=True)], dtype=object)


def _before(sign: str) -> Change:
    return lambda name, _: name.partition(sign)[0].strip() if sign in name else ""


RULES: Mapping[str, tuple[str, Change]] = {
    "ignore-case": ("upper and lower case are one", lambda name, _: name.casefold().strip()),
    "before-version": ("without the version after the dot", lambda name, _: re.sub(r"\.\d{1,3}$", "", name)),
    "without-chr": ("without chr before them", lambda name, _: re.sub(r"^chr(?=.)", "", name, flags=re.IGNORECASE)),
    "before-pipe": ("what stands before the first |", _before("|")),
    "before-coordinates": ("what stands before ::", lambda name, _: name.partition("::")[0] if "::" in name else ""),
    "before-strand": ("without (+) or (-)", lambda name, _: re.sub(r"\([+-]\)$", "", name)),
    "before-blank": ("what stands before the first blank", _before(" ")),
    "whole-header": ("the whole header line", lambda name, rest: f"{name} {rest}".strip() if rest else ""),
    "parentheses": (
        "the word in parentheses of the header line",
        lambda _, rest: next(iter(re.findall(r"\(([^\s()]+)\)", rest)[-1:]), ""),
    ),
    "second-word": ("the second word of the header line", lambda _, rest: rest.split()[0] if rest.split() else ""),
}


def _pipe(number: int) -> Change:
    def change(name: str, _: str) -> str:
        fields = name.split("|")
        return fields[number - 1].strip() if len(fields) >= number else ""

    return change


def _tag(key: str) -> Change:
    def change(_: str, rest: str) -> str:
        return next((value for name, value in _KEY.findall(rest) if name.lower() == key), "")

    return change


def _cut_at(text: str, *, end: bool) -> Change:
    if end:
        return lambda name, _: name.removesuffix(text)
    return lambda name, _: name.removeprefix(text)


def rules_for(keys: Keys) -> Iterator[tuple[str, str, Change]]:
    """Give the rules that may fit the IDs of a file: name, what it means, and the change."""
    for name, (label, change) in RULES.items():
        yield name, label, change
    ids = [str(name) for name in keys.ids[:200]]
    for number in range(2, min(max((name.count("|") for name in ids), default=0), 8) + 2):
        yield f"pipe-{number}", f"field {number} between |", _pipe(number)
    tags = Counter(key.lower() for rest in keys.descriptions[:200] for key in {k for k, _ in _KEY.findall(str(rest))})
    for key, count in tags.most_common(12):
        if count * 2 >= len(ids):
            yield f"tag-{key}", f"{key} in the header line", _tag(key)
    for end in (False, True):
        common = _common(ids, end=end)
        if common:
            where = "end" if end else "beginning"
            rule = "before-suffix" if end else "after-prefix"
            yield rule, f"without {common} at the {where}", _cut_at(common, end=end)


def _common(ids: Sequence[str], *, end: bool) -> str:
    """Give what all IDs begin or end with, up to the last separator; empty where that is nothing."""
    if len(ids) < 2:
        return ""
    texts = [name[::-1] for name in ids] if end else list(ids)
    low, high = min(texts), max(texts)
    length = next((i for i, (a, b) in enumerate(zip(low, high, strict=False)) if a != b), min(len(low), len(high)))
    match = re.match(r".*[_:|.\-/ ]", low[:length])
    shared = match.group() if match else ""
    return shared[::-1] if end else shared
