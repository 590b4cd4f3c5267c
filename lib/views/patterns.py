"""What is shown of a motif discovery: patterns, what they go with, and what they resemble."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from lib.analysis.association import associate
from lib.attribution.trust import WORDS
from lib.core.alphabet import in_alphabet
from lib.core.arrays import FloatArray
from lib.datasets.dataset import Dataset
from lib.figures.pattern_logos import consensus
from lib.motifs.discover import BOTH
from lib.motifs.match import THRESHOLD, best, gather_motifs, match
from lib.motifs.pattern import Pattern
from lib.store.run import Run
from lib.store.set_choice import SetChoice, choice_of, rows_of
from lib.store.set_files import SetTrust, judge_job

GROUPS = {1: "raise the prediction", -1: "lower the prediction"}
"""What patterns of each sign do, in words."""


@dataclass(frozen=True, eq=False)
class PatternView:
    """A finished discovery, with the RBP table that its patterns are compared with.

    Parameters
    ----------
    run, dataset
        The run that is explained, and its dataset with the chosen RBP table.
    job
        The discovery.
    patterns
        What it found.
    rna
        Whether U is shown instead of T.
    """

    run: Run
    dataset: Dataset
    job: Run
    patterns: tuple[Pattern, ...]
    rna: bool

    @property
    def choice(self) -> SetChoice:
        """What was attributed, and how."""
        return choice_of(self.job)

    @property
    def unit(self) -> str:
        """Unit of the target that was explained."""
        return self.dataset.target_units[self.choice.target]

    @property
    def target_name(self) -> str:
        """Name of the target that was explained."""
        return self.dataset.target_names[self.choice.target]

    @property
    def both_strands(self) -> bool:
        """Whether the data were taken for double-stranded DNA."""
        return bool(self.job.payload["discovery"].get("strands") == BOTH)

    @cached_property
    def rows(self) -> NDArray[np.int64]:
        """Rows of the dataset in which patterns were looked for."""
        return rows_of(self.choice, self.dataset)

    @cached_property
    def effects(self) -> pd.DataFrame:
        """Target with and without each pattern, by name; see ``associate_patterns``."""
        return associate_patterns(self.patterns, self.dataset, self.rows, self.choice.target)

    @cached_property
    def known(self) -> dict[str, FloatArray]:
        """The motifs that the dataset knows, (4, W) each, by name."""
        return gather_motifs(self.dataset.rbp, self.dataset.pwms)

    @cached_property
    def matches(self) -> pd.DataFrame | None:
        """The three best matches of each pattern; None where there is nothing to compare with."""
        return match(self.patterns, self.known, top=3, both=self.both_strands) if self.known else None

    @cached_property
    def trust(self) -> SetTrust:
        """The trust badges of the attributions that the patterns come from."""
        return judge_job(self.job.id)

    @property
    def warning(self) -> str:
        """What pictures say of a model that did not pass, after other words; nothing where it did."""
        word = WORDS.get(self.trust.model.verdict, "")
        return f", {word.lower()}" if word else ""

    def find_pattern(self, name: str | None) -> Pattern | None:
        """Give a pattern by its name."""
        return next((pattern for pattern in self.patterns if pattern.name == name), None)


def associate_patterns(
    patterns: tuple[Pattern, ...], dataset: Dataset, rows: NDArray[np.int64], target: int
) -> pd.DataFrame:
    """Compare the target of the sequences with a seqlet of each pattern with that of the others that were looked at.

    Returns
    -------
    pd.DataFrame
        The columns of ``lib.analysis.association.associate``, one row per pattern, by its name.
    """
    place = {str(name): number for number, name in enumerate(dataset.ids[rows])}
    at = [[place[name] for name in pattern.seqlets["id"] if name in place] for pattern in patterns]
    counts = sparse.csr_array(
        (
            np.ones(sum(map(len, at)), dtype=np.int32),
            (
                np.concatenate([np.empty(0, dtype=np.int64), *map(np.asarray, at)]).astype(np.int64),
                np.repeat(np.arange(len(patterns)), [len(one) for one in at]),
            ),
        ),
        shape=(len(rows), len(patterns)),
    )
    counts.sum_duplicates()
    found = associate(counts, dataset.targets[rows, target])
    return found.assign(pattern=[pattern.name for pattern in patterns]).set_index("pattern")


def find_match(view: PatternView, name: str) -> tuple[str, float] | None:
    """Give the best match of a pattern with its q value, None where none is good enough."""
    return None if view.matches is None else best(view.matches, name)


def describe_matches(view: PatternView, name: str) -> str:
    """Name the motifs that a pattern resembles, the best first, each with its q value."""
    if view.matches is None:
        return "the dataset has no RBP table"
    own: Any = view.matches[(view.matches["query"] == name) & (view.matches["q"] <= THRESHOLD)]
    return ", ".join(f"{write_motif(view, str(row.match))} ({row.q:.2g})" for row in own.itertuples()) or "none"


def write_motif(view: PatternView, motif: str) -> str:
    """Write a motif of a table in the letters that are asked for; the name of a PWM stays."""
    words = () if view.dataset.rbp is None else view.dataset.rbp["motif"].to_numpy()
    return in_alphabet(motif, rna=view.rna) if motif in words else motif


def tabulate_seqlets(view: PatternView, pattern: Pattern) -> pd.DataFrame:
    """List the seqlets of a pattern, the strongest first: sequence, place from 1, letters, contribution, target."""
    row, trust = {str(name): number for number, name in enumerate(view.dataset.ids)}, view.trust
    rows = [row[name] for name in pattern.seqlets["id"]]
    texts = [
        str(view.dataset.sequences[number])[start:end]
        for number, start, end in zip(rows, pattern.seqlets["start"], pattern.seqlets["end"], strict=True)
    ]
    table = pd.DataFrame(
        {
            "Sequence": pattern.seqlets["id"],
            "From (nt)": pattern.seqlets["start"] + 1,
            "To (nt)": pattern.seqlets["end"],
            "Letters": [in_alphabet(text, rna=view.rna) for text in texts],
            "Contribution": pattern.seqlets["contribution"],
            "Target": view.dataset.targets[rows, view.choice.target],
            "Part": view.dataset.parts[rows],
            "Badge": [trust.write([str(name)]) for name in pattern.seqlets["id"]],
        }
    )
    return table.assign(Strand=np.where(pattern.seqlets["reversed"], "-", "+")) if view.both_strands else table


def tabulate_patterns(view: PatternView) -> pd.DataFrame:
    """Give one row per pattern, for a table and a file."""
    rows = []
    for pattern in view.patterns:
        effect: Any = view.effects.loc[pattern.name]
        match = find_match(view, pattern.name)
        rows.append(
            {
                "Pattern": pattern.name,
                "Consensus": consensus(pattern.ppm, rna=view.rna),
                "Effect": GROUPS[pattern.sign],
                "Seqlets": len(pattern.seqlets),
                "Sequences": int(effect["n_with"]),
                "Contribution": float(pattern.contribution.sum()),
                "Best match": "" if match is None else write_motif(view, match[0]),
                "Match q": np.nan if match is None else match[1],
                "Target with": float(effect["mean_with"]),
                "Target without": float(effect["mean_without"]),
                "Difference": float(effect["difference"]),
                "Difference, low": float(effect["low"]),
                "Difference, high": float(effect["high"]),
                "Difference q": float(effect["q_mann_whitney"]),
                "Badge": view.trust.write(pattern.seqlets["id"]),
            }
        )
    return pd.DataFrame(rows)
