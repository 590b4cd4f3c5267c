"""What the Patterns view shows of a discovery: patterns, what they go with, and what they resemble. No widgets here."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray
from scipy import sparse

from lib.attribution.trust import WORDS
from lib.core.alphabet import BASES, in_alphabet
from lib.datasets.dataset import Dataset
from lib.motifs.pattern import Pattern
from lib.store import groups
from lib.store.files import home
from lib.store.rbp_identity import id_of
from lib.store.runs import Run
from lib.store.set_choice import SetChoice, choice_of, rows_of
from lib.store.set_files import SetTrust, judge_job
from lib.tokenizers.token import CONTINUES

GROUPS = {1: "raise the prediction", -1: "lower the prediction"}
"""What patterns of each sign do, in words."""
SHORTEST = 4
"""Letters of a token that is compared with patterns: shorter ones lie in every pattern."""


@dataclass(frozen=True)
class View:
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
        from lib.motifs.discover import BOTH

        return bool(self.job.payload["discovery"]["strands"] == BOTH)

    @cached_property
    def rows(self) -> NDArray[np.int64]:
        """Rows of the dataset in which patterns were looked for."""
        return rows_of(self.choice, self.dataset)

    @property
    def effects(self) -> pd.DataFrame:
        """Target with and without each pattern, by name; see ``effects``."""
        return _effects(str(home()), self.job.id, str(self.job.ended), self)

    @property
    def matches(self) -> pd.DataFrame | None:
        """The three best matches of each pattern; None where there is nothing to compare with."""
        if self.dataset.rbp is None and not self.dataset.pwms:
            return None
        table = id_of(self.dataset.rbp, self.dataset.pwms)
        return _matches(str(home()), self.job.id, str(self.job.ended), table, self)

    @property
    def trust(self) -> SetTrust:
        """The trust badges of the attributions that the patterns come from."""
        held_back = bool(groups.runs_without_test([self.run]))
        return _trust(str(home()), self.job.id, str(self.job.ended), held_back=held_back)

    @property
    def warning(self) -> str:
        """What pictures say of a model that did not pass, after other words; nothing where it did."""
        word = WORDS.get(self.trust.model.verdict, "")
        return f", {word.lower()}" if word else ""

    def named(self, name: str | None) -> Pattern | None:
        """Give a pattern by its name."""
        return next((pattern for pattern in self.patterns if pattern.name == name), None)


def patterns_of(job: Run) -> tuple[Pattern, ...]:
    """Give the patterns of a finished discovery.

    Raises
    ------
    UserError
        If its files are gone or damaged.
    """
    return _patterns(str(home()), job.id, str(job.ended))


@st.cache_resource(max_entries=8, show_spinner="Opening the patterns")
def _patterns(home: str, job_id: str, ended: str) -> tuple[Pattern, ...]:
    from lib.store import patterns

    return tuple(patterns.load(job_id))


@st.cache_resource(max_entries=8, show_spinner=False)
def _trust(home: str, job_id: str, ended: str, *, held_back: bool) -> SetTrust:
    return judge_job(job_id)


@st.cache_data(max_entries=16, show_spinner=False)
def _effects(home: str, job_id: str, ended: str, _view: View) -> pd.DataFrame:
    return effects(_view.patterns, _view.dataset, _view.rows, _view.choice.target)


@st.cache_data(max_entries=16, show_spinner="Comparing with known motifs")
def _matches(home: str, job_id: str, ended: str, table: str, _view: View) -> pd.DataFrame:
    from lib.motifs.match import known_motifs, match

    return match(_view.patterns, known_motifs(_view.dataset.rbp, _view.dataset.pwms), both=_view.both_strands)


def token_matches(view: View, name: str) -> pd.DataFrame | None:
    """Compare a pattern with the tokens of the run's own tokenizer; None where the run reads nucleotides."""
    pattern = view.named(name)
    if view.run.spec.tokenizer is None or pattern is None:
        return None
    return _token_matches(str(home()), view.run.id, str(view.run.ended), view.job.id, name, pattern)


@st.cache_data(max_entries=64, show_spinner="Comparing with the tokens of this run")
def _token_matches(
    home: str, run_id: str, ended: str, job_id: str, name: str, _pattern: Pattern
) -> pd.DataFrame | None:
    from lib.motifs.match import match, word
    from lib.store.fitted import load_fitted

    model: Any = load_fitted(run_id)  # a run with a tokenizer holds a model that has it
    texts = dict.fromkeys(piece.removeprefix(CONTINUES) for piece in model.tokenizer.vocabulary.pieces)
    tokens = {text: word(text) for text in texts if len(text) >= SHORTEST and set(text) <= set(BASES)}
    return match([_pattern], tokens, top=8) if tokens else None


def effects(patterns: tuple[Pattern, ...], dataset: Dataset, rows: NDArray[np.int64], target: int) -> pd.DataFrame:
    """Compare the target of the sequences with a seqlet of each pattern with that of the others that were looked at.

    Returns
    -------
    pd.DataFrame
        The columns of ``lib.analysis.association.associate``, one row per pattern, by its name.
    """
    from lib.analysis.association import associate

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


def shown_match(view: View, name: str) -> tuple[str, float] | None:
    """Give the best match of a pattern with its q value, None where none is good enough."""
    from lib.motifs.match import best

    return None if view.matches is None else best(view.matches, name)


def letters(view: View, motif: str) -> str:
    """Write a motif of a table in the letters that are asked for; the name of a PWM stays."""
    words = () if view.dataset.rbp is None else view.dataset.rbp["motif"].to_numpy()
    return in_alphabet(motif, rna=view.rna) if motif in words else motif


def seqlets_table(view: View, pattern: Pattern) -> pd.DataFrame:
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


def summary(view: View) -> pd.DataFrame:
    """Give one row per pattern, for a table and a file."""
    from lib.figures.pattern_logos import consensus

    rows = []
    for pattern in view.patterns:
        effect: Any = view.effects.loc[pattern.name]
        match = shown_match(view, pattern.name)
        rows.append(
            {
                "Pattern": pattern.name,
                "Consensus": consensus(pattern.ppm, rna=view.rna),
                "Effect": GROUPS[pattern.sign],
                "Seqlets": len(pattern.seqlets),
                "Sequences": int(effect["n_with"]),
                "Contribution": float(pattern.contribution.sum()),
                "Best match": "" if match is None else letters(view, match[0]),
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


def signed(value: float) -> str:
    """Write a difference with its sign.

    >>> signed(0.314), signed(-2.0)
    ('+0.31', '−2.00')
    """
    return f"{value:+.2f}".replace("-", "−")
