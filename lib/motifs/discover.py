"""Find motifs in attributions by TF-MoDISco (Shrikumar et al. 2018, arXiv:1811.00416), with modisco-lite.

Stretches of sequence whose attributions stand out, the seqlets, are clustered by what they look like; each cluster is
a pattern. TF-MoDISco was made for DNA: wherever it compares two seqlets it also compares the reverse complement of
one of them, ``[::-1, ::-1]``, and merges what is alike. RNA has one strand, and a motif and its reverse complement are
two different things there. modisco-lite 3.0.0 has no switch for that, and its patterns are four channels wide, so that
empty channels cannot be added. What it knows of the other strand comes from two of its functions only; on a single
strand both give the forward strand twice. The reverse never scores higher then, so that no seqlet is ever turned,
which is checked at the end.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lib.core.arrays import FloatArray
from lib.core.errors import UserError
from lib.core.registry import setting
from lib.motifs.instances import FEWEST_SEQUENCES
from lib.motifs.pattern import Coordinates, Pattern, patterns_of

SINGLE, BOTH = "single strand", "both strands"
__all__ = [
    "BOTH",
    "SINGLE",
    "Coordinates",
    "Discovery",
    "Pattern",
    "coordinates",
    "patterns_of",
    "require",
    "require_enough",
]

_patched = threading.Lock()


@dataclass(frozen=True)
class Discovery:
    """Settings of TF-MoDISco, for motifs of RNA: shorter windows than its own, which are for DNA."""

    strands: str = setting(
        SINGLE,
        label="Strands",
        choices=(SINGLE, BOTH),
        help="RNA has one strand: a motif and its reverse complement stay two. For double-stranded DNA take both.",
    )
    window: int = setting(
        10, label="Window", unit="nt", low=4, high=50, help="Length over which attributions are summed.", advanced=True
    )
    flank: int = setting(
        4, label="Flank of a seqlet", unit="nt", low=1, high=30, help="Added on either side.", advanced=True
    )
    width: int = setting(
        12,
        label="Longest pattern without flanks",
        unit="nt",
        low=4,
        high=60,
        help="Patterns are cut to it.",
        advanced=True,
    )
    least: int = setting(
        20,
        label="Seqlets of a pattern, at least",
        low=5,
        high=1000,
        help="Smaller patterns are dropped.",
        advanced=True,
    )
    most: int = setting(
        10_000, label="Seqlets of one sign, at most", low=100, high=20_000, help="More take longer.", advanced=True
    )
    fdr: float = setting(
        0.2, label="False seqlets", low=0.01, high=0.9, help="Share of seqlets that may be chance.", advanced=True
    )
    repeats: int = setting(
        3,
        label="Clusterings",
        low=1,
        high=100,
        help="How often seqlets are clustered; the best one counts.",
        advanced=True,
    )


def require_enough(sequences: int, settings: Discovery) -> None:
    """Check that there are sequences enough for a pattern, and to tell its instances from chance.

    Raises
    ------
    UserError
        If there are too few.
    """
    if sequences < FEWEST_SEQUENCES:
        raise UserError(
            f"There are {sequences} sequences; motifs are looked for in at least {FEWEST_SEQUENCES}. "
            "Take more sequences."
        )
    if sequences < settings.least:
        raise UserError(
            f"There are {sequences} sequences; a pattern needs at least {settings.least} seqlets. "
            "Take more sequences, or allow smaller patterns."
        )


def require(one_hot: NDArray[Any], hypothetical: NDArray[Any] | None, settings: Discovery) -> FloatArray:
    """Check that motifs can be looked for, and give the contributions (N, 4, L) of the bases that stand there.

    Raises
    ------
    UserError
        If there are no hypothetical contributions, they are no numbers, all zero, of one sign, or too few sequences.
    """
    if hypothetical is None:
        raise UserError(
            "This attribution method gives no hypothetical contributions, and TF-MoDISco needs them. Choose "
            "integrated gradients, DeepLIFT or in-silico mutagenesis."
        )
    require_enough(len(one_hot), settings)
    contribution = np.asarray(one_hot * hypothetical, dtype=np.float64)
    if not np.isfinite(contribution).all():
        raise UserError("Some attributions are no numbers, so no motif can be found in them. Train the model again.")
    if not contribution.any():
        raise UserError(
            "All attributions are zero: the prediction of this model does not depend on the nucleotides. "
            "Choose another run, or another target."
        )
    sums = np.lib.stride_tricks.sliding_window_view(
        contribution.sum(axis=1), min(settings.window, one_hot.shape[2]), axis=1
    ).sum(axis=2)
    if (sums >= 0).all() or (sums <= 0).all():
        raise UserError(
            "All attributions have the same sign, and TF-MoDISco sets seqlets apart from a background around zero. "
            "Choose a method with a reference sequence."
        )
    return contribution


def coordinates(one_hot: NDArray[Any], hypothetical: NDArray[Any], settings: Discovery) -> list[Coordinates]:
    """Run TF-MoDISco in this process; modisco-lite compiles its kernels first, about ten seconds in a new process.

    Parameters
    ----------
    one_hot, hypothetical
        (N, 4, L); shorter sequences end in zeros.

    Returns
    -------
    list[Coordinates]
        Patterns, first those that raise the prediction, then those that lower it, by falling number of seqlets.
        Starts may lie before 0 and ends beyond L: near its ends a sequence is filled up.
    """
    from modiscolite.tfmodisco import TFMoDISco

    margin = settings.window + 2 * settings.flank
    pad = ((0, 0), (margin, margin), (0, 0))
    given = [np.pad(np.asarray(x, dtype=np.float32).transpose(0, 2, 1), pad) for x in (one_hot, hypothetical)]
    _fill(*given)
    with _single_strand(settings.strands == SINGLE):
        found = TFMoDISco(
            *given,
            sliding_window_size=settings.window,
            flank_size=settings.flank,
            min_metacluster_size=settings.least,
            max_seqlets_per_metacluster=settings.most,
            target_seqlet_fdr=settings.fdr,
            n_leiden_runs=settings.repeats,
            trim_to_window_size=settings.width,
            initial_flank_to_add=settings.flank - 1,
            final_min_cluster_size=settings.least,
        )
    patterns = []
    for sign, some in zip((1, -1), found, strict=True):
        for pattern in sorted(some or [], key=lambda one: -len(one.seqlets)):
            rows, starts, turned = zip(
                *((seqlet.example_idx, seqlet.start - margin, seqlet.is_revcomp) for seqlet in pattern.seqlets),
                strict=True,
            )
            patterns.append(Coordinates(sign, rows, starts, turned, len(pattern)))
    if settings.strands == SINGLE and any(pattern.turned.any() for pattern in patterns):
        raise RuntimeError("modisco-lite turned a seqlet of single-stranded data; its internals have changed")
    return patterns


def _fill(letters: NDArray[Any], hypothetical: NDArray[Any]) -> None:
    """Put random letters that contribute nothing where no letter is known, in place, (N, L, 4) each.

    Beyond the ends of sequences modisco-lite would divide by the number of letters, which is 0.
    """
    unknown = letters.sum(axis=2) == 0
    hypothetical[unknown] = 0.0
    letters[unknown, np.random.default_rng(0).integers(0, 4, int(unknown.sum()))] = 1.0


@contextmanager
def _single_strand(wanted: bool) -> Iterator[None]:  # noqa: FBT001 (the setting itself)
    """Let modisco-lite see the forward strand where it asks for the reverse one; one run at a time in a process."""
    from modiscolite import gapped_kmer, util

    with _patched:
        if not wanted:
            yield
            return
        data, inputs, loop = util.get_2d_data_from_patterns, gapped_kmer._gkmer_inputs, gapped_kmer._gkmer_inputs_loop

        def forward_data(*args: Any, **options: Any) -> Any:
            forward, _ = data(*args, **options)
            return forward, forward

        def forward_inputs(*args: Any, **options: Any) -> Any:
            both = inputs(*args, **options)
            return None if both is None else (both[0], both[0])

        def forward_loop(seqlets: Any, topn: int, _take_fwd: object, sign: int) -> Any:
            return loop(seqlets, topn, take_fwd=True, sign=sign)

        util.get_2d_data_from_patterns = forward_data
        gapped_kmer._gkmer_inputs, gapped_kmer._gkmer_inputs_loop = forward_inputs, forward_loop
        try:
            yield
        finally:
            util.get_2d_data_from_patterns = data
            gapped_kmer._gkmer_inputs, gapped_kmer._gkmer_inputs_loop = inputs, loop
