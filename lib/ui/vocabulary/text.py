"""What the page looks at, and what tokens and their effects are called in sentences. No widgets here."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from lib.analysis.association import LEAST
from lib.core.alphabet import in_alphabet
from lib.datasets.dataset import Dataset
from lib.store.token_reports import TokenReport
from lib.ui.widgets import class_labels
from lib.ui.widgets.text import plain

_SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")

CAVEAT = (
    "An association is no cause. Tokens that overlap, such as AUUUAU and UAUUUA, or that share a composition go "
    "together: if one matters, its neighbours stand out as well. Only an experiment that inserts or removes the token "
    "can tell them apart."
)


@dataclass(frozen=True)
class View:
    """What is looked at: a report, a target, a test, a threshold for q, and the letters that people read."""

    dataset: Dataset
    report: TokenReport
    target: int
    test: str
    threshold: float
    rna: bool

    @property
    def name(self) -> str:
        """Name of the target."""
        return self.dataset.target_names[self.target]

    @property
    def unit(self) -> str:
        """Unit of the target."""
        return class_labels.find_unit(self.dataset, self.target)

    @property
    def key(self) -> str:
        """All that the figure and the table depend on."""
        return f"{self.report.folder.name}-{self.target}-{self.test}-{self.threshold:g}-{self.rna}"

    def table(self) -> pd.DataFrame:
        """Give the tested tokens with ``shown``, ``p`` and ``q`` of the chosen test, the strongest first."""
        found = self.report.of_target(self.target)
        column = self.test.replace("-", "_")
        shown = found["token"].str.replace("T", "U") if self.rna else found["token"]
        found = found.assign(shown=shown, p=found[f"p_{column}"], q=found[f"q_{column}"])
        order = found["difference"].abs().rename("size")
        return found.assign(size=order).sort_values(["p", "size"], ascending=[True, False], kind="stable")


def write_signed(value: float, digits: int = 2) -> str:
    """Write a number with its sign.

    >>> write_signed(-0.413), write_signed(0.2)
    ('−0.41', '+0.20')
    """
    return f"{value:+.{digits}f}".replace("-", "−")


def small(p: float) -> str:
    r"""Write a p or q value.

    >>> small(0.0432), small(3.94e-12), small(0.0), small(1.0)
    ('0.043', '4\xa0×\xa010⁻¹²', 'below 10⁻³⁰⁰', '1.0')
    """
    if p < 1e-300:
        return "below 10⁻³⁰⁰"
    if p >= 0.001:
        return f"{p:.2g}" if p < 0.995 else "1.0"
    digits, exponent = f"{p:.0e}".split("e")
    return f"{digits}\N{NO-BREAK SPACE}×\N{NO-BREAK SPACE}10{str(int(exponent)).translate(_SUPERSCRIPT)}"


def write_letters(token: str, *, rna: bool) -> str:
    """Write a token in the letters that the user prefers; special tokens hold no T.

    >>> write_letters("##TTA", rna=True)
    '##UUA'
    """
    return in_alphabet(token, rna=rna)


def headline(table: pd.DataFrame, *, threshold: float, n: int, unit: str) -> str:
    """Say in one sentence how many tokens go with the target and which do so most, as markdown.

    Parameters
    ----------
    table
        (V,) tested tokens with ``shown``, ``difference`` and ``q``, the strongest first.
    threshold
        q up to which a token counts.
    n
        Sequences of the training part.
    unit
        Of the target.
    """
    tested = len(table)
    if not tested:
        few = n < 2 * LEAST
        why = (
            "are too few" if few else "show no difference between having a token and lacking it: all have it, or few do"
        )
        return f"No token can be tested: n = {n:,} training sequences {why}."
    sure = table[table["q"] <= threshold]
    share = f"{len(sure):,} of {tested:,} tokens tested go with the target at q ≤ {threshold:g}"
    first = f"{share} (n = {n:,} training sequences)."
    rising, falling = sure[sure["difference"] > 0], sure[sure["difference"] < 0]
    parts = [
        f"{plain(str(row['shown']))} {verb} by {abs(row['difference']):.2f}"
        for verb, rows in (("raises it", rising), ("lowers it", falling))
        for _, row in rows.head(1).iterrows()
    ]
    if not parts:
        return first
    named = f" {plain(unit)}" if unit else ""
    return f"{first} Strongest: {' and '.join(parts)}{named}."


def effect(row: Mapping[str, Any], *, target: str, unit: str, test: str) -> str:
    """Say what sequences with a token do, with interval, p, q and both n, as markdown.

    Parameters
    ----------
    row
        One token of ``lib.analysis.association.associate`` with ``shown``, ``p`` and ``q``.
    target, unit
        Of the comparison.
    test
        Name of the test behind p.
    """
    named, token = f" {plain(unit)}" if unit else "", plain(str(row["shown"]))
    return (
        f"Sequences with **{token}** have a mean {plain(target)} of {write_signed(row['mean_with'])}, those without it "
        f"of {write_signed(row['mean_without'])}: a difference of **{write_signed(row['difference'])}**{named} "
        f"(95% interval {write_signed(row['low'])} to {write_signed(row['high'])}). p = {small(row['p'])} ({test}), "
        f"q = {small(row['q'])}; n = {int(row['n_with']):,} with it, {int(row['n_without']):,} without it."
    )
