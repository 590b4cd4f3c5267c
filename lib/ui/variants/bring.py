"""What somebody uploads to the Variants page: variants, the sequences that they change, and the runs to ask."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import NamedTuple

import numpy as np
import pandas as pd
import streamlit as st

from lib.analysis.motifs import of_table
from lib.core.alphabet import BASES, codes, in_alphabet
from lib.core.arrays import FloatArray
from lib.core.errors import UserError
from lib.core.spec import content_id
from lib.datasets.dataset import Dataset
from lib.io.decisions import Reading
from lib.io.files import Source
from lib.io.sandbox import run_reader
from lib.io.variant_input import KnownSequences, Understood, count_reasons, reference_sequences, understand
from lib.io.variants import Columns, Variants
from lib.jobs.variants import MOST_RUNS
from lib.store.runs import Run
from lib.ui import errors
from lib.ui.variants import measured
from lib.ui.widgets import attribution_comparison, cached, decisions, downloads, progress, state
from lib.ui.widgets.text import plain

EXAMPLES, EACH = 4, 3
_MOTIFS = 40


def of(dataset: Dataset) -> str:
    """Write a table of variants of the first test sequences: SNVs, one insertion and one deletion."""
    rows = dataset.rows("test")
    rows = (rows if len(rows) else np.arange(len(dataset)))[:EXAMPLES]
    motifs = of_table(dataset.rbp, {})[:_MOTIFS]
    rng = np.random.default_rng(0)
    lines = ["sequence\tposition\tref\talt"]
    for row in rows:
        name, text = str(dataset.ids[row]), str(dataset.sequences[row])
        letters = codes(text)
        hits = [start + motif.width // 2 for motif in motifs for start in motif.starts(letters).tolist()[:1]]
        places = list(dict.fromkeys([*hits[: EACH - 1], *rng.permutation(len(text)).tolist()]))[:EACH]
        for place in sorted(places):
            alt = next(base for base in BASES[int(rng.integers(3)) :] + BASES if base != text[place])
            lines.append(_line(name, place, text[place], alt))
    middle = len(text) // 2
    base = text[middle - 1]  # an insertion repeats the base before it, so that its place can be read in one way only
    lines += [_line(name, middle - 1, base, f"{base}TTAG"), _line(name, middle, text[middle : middle + 3], "-")]
    return "\n".join([*lines, ""])


def _line(name: str, place: int, ref: str, alt: str) -> str:
    return f"{name}\t{place + 1}\t{in_alphabet(ref, rna=True)}\t{in_alphabet(alt, rna=True)}"


TEXT, FILE, CHOSEN = "variants-text", "variants-file", "variants-runs"
_FIRST = "variants-first"
PASTED = "pasted variants"
SEQUENCES = ["fa", "fasta", "fna", "tsv", "csv", "txt", "xlsx", "parquet", "gz", "bgz", "zip"]
TYPES = ["vcf", "maf", "avinput", "bed", *SEQUENCES]
_ROLES = {
    "sequence": "Sequence",
    "position": "Position",
    "end": "End",
    "ref": "Reference",
    "alt": "Alternative",
    "name": "Name",
    "strand": "Strand",
}


@dataclass(frozen=True)
class Brought:
    """Variants that can be used, whom to ask about them (ids of runs, numbers of their targets), measured effects."""

    found: Variants
    runs: tuple[str, ...]
    targets: tuple[int, ...]
    measured: Mapping[str, FloatArray] = field(default_factory=dict)


class _File(NamedTuple):
    name: str
    data: bytes


def draw(first: Run, done: list[Run]) -> Brought | None:
    """Draw the places for variants and sequences and the choice of runs; give what can be used, None until then."""
    dataset = cached.dataset(first.dataset)
    left, right = st.columns([3, 2], gap="medium")
    with right:
        uploaded = st.file_uploader(
            "or drop a file",
            type=TYPES,
            key=FILE,
            help="VCF, MAF, ANNOVAR, a table, or pairs of sequences such as NAME_ref and NAME_alt; may be gzipped.",
        )
        own = st.file_uploader(
            "Their sequences (FASTA), if not in the dataset",
            type=SEQUENCES,
            key="variants-sequences",
            help="With FASTA as variants: the sequences as they stand, called by the same IDs.",
        )
    with left:
        text = st.text_area(
            "Variants",
            key=TEXT,
            height=190,
            placeholder="sequence  position  ref  alt\nreporter-12  45  A  G\nreporter-12  60  A  AUUAG\n\nor VCF, or "
            "FASTA with reporter-12_ref and reporter-12_alt",
            help="Positions count from 1. An insertion repeats the base before it (A to AUUAG); a dash as alt deletes. "
            "Upper or lower case, T or U.",
        )
        st.button(
            "Use an example",
            icon=":material/lightbulb:",
            type="tertiary",
            on_click=_example,
            args=(dataset,),
            help=f"Variants of test sequences of {plain(dataset.name)}",
        )
    asked = _runs(first, done)
    file = _File(uploaded.name, uploaded.getvalue()) if uploaded is not None else _File(PASTED, text.encode())
    if not file.data.strip():
        st.caption(f"IDs are those of **{plain(dataset.name)}** (n = {len(dataset):,}), unless you upload sequences.")
        return None
    try:
        read = _understood(dataset, file, None if own is None else _File(own.name, own.getvalue()))
    except UserError as error:
        errors.show(error)
        return None
    if read is None:
        return None
    found, effects = read
    if not asked:
        st.info("Choose at least one run to ask.")
        return None
    targets = _targets(asked)
    return Brought(found, tuple(run.id for run in asked), targets, effects)


def _understood(dataset: Dataset, file: _File, own: _File | None) -> tuple[Variants, Mapping[str, FloatArray]] | None:
    """Read the variants, ask what must be decided and tell what was found; None while something is open.

    Returns
    -------
    tuple
        The variants, and their measured effects by the name of the column.
    """
    where = dataset.id if own is None else own
    digests = [Source(*one).sha256() for one in (file, own) if one is not None]
    key = f"variants-{content_id([file.name, *digests, dataset.id])}"
    reading = decisions.answers(key)
    if chosen := st.session_state.get(f"{key}-columns"):
        reading = replace(reading, variant_columns=chosen)
    try:
        known = _of_dataset(dataset.id, dataset) if own is None else _of_file(own, reading)
        read = _read(file, reading, where, known.sequences)
    except UserError:
        if reading != Reading():  # what was answered may be what does not fit
            st.button("Undo my answers", key=f"{key}-undo", icon=":material/undo:", on_click=_forget, args=(key,))
        raise
    every = (*known.decisions, *read.decisions)
    decisions.ask(every, key)
    is_open = decisions.is_open(every)
    if known.rejected:
        count = len(known.rejected)
        st.warning(f"{count:,} of the sequences cannot be used and {'is' if count == 1 else 'are'} excluded.")
        errors.problems_table(tuple(one.problem() for one in known.rejected), key="variants-sequence-faults")
    if read.table is not None and read.columns is not None:
        _columns(read.columns, [str(name) for name in read.table.frame.columns], key)
    if not is_open:
        _tell(read.found)
    if not any(one.is_open and one.option != decisions.EXCLUDED for one in every):
        _count_excluded(read.found, file.name)
    decisions.decisions_table(every, key, label="How the variants were read")
    if is_open:
        return None
    effects = measured.choose(read, known, reading, key)
    return None if effects is None else (read.found, effects)


def _forget(key: str) -> None:
    decisions.forget(key)
    st.session_state.pop(f"{key}-columns", None)


@st.cache_resource(max_entries=8, show_spinner="Reading the variants")
def _read(file: _File, reading: Reading, where: str | _File, _known: dict[str, str]) -> Understood:
    """Read variants; ``where`` names the sequences, which are too many to be compared each time."""
    return run_reader(understand, Source(file.name, file.data), _known, reading)


def _columns(columns: Columns, names: list[str], key: str) -> None:
    """Show how the columns are read and let it be changed."""

    def change() -> None:
        chosen = {one.name: st.session_state[f"{key}-column-{one.name}"] for one in fields(Columns)}
        st.session_state[f"{key}-columns"] = Columns(**chosen).told

    with st.popover("Columns", icon=":material/view_column:", key="variants-columns"):
        for one in fields(Columns):
            own = f"{key}-column-{one.name}"
            state.put(own, getattr(columns, one.name))
            st.selectbox(
                _ROLES[one.name], ["", *names], format_func=lambda name: name or "none", key=own, on_change=change
            )
    said = " · ".join(
        f"{label.lower()}: **{plain(getattr(columns, role))}**"
        for role, label in _ROLES.items()
        if getattr(columns, role)
    )
    st.caption(f"Read as {said}")


def _tell(found: Variants) -> None:
    """Say what was understood."""
    kinds = [one.kind for one in found.variants]
    said = ", ".join(f"{kinds.count(kind):,} {kind}{'s' * (kinds.count(kind) != 1)}" for kind in dict.fromkeys(kinds))
    many = len(found.sequences)
    st.caption(
        f":material/check_circle: {len(found):,} variant{'s' * (len(found) != 1)} of {many:,} "
        f"sequence{'s' * (many != 1)} match: {said}. Each is made alone, also where others lie near it."
    )
    for note in found.notes:
        st.caption(plain(note))


def _count_excluded(found: Variants, name: str) -> None:
    """Count the variants that are excluded by their reasons, and show every fault."""
    if not found.excluded:
        return
    counted = ", ".join(f"{count:,} with {reason}" for reason, count in count_reasons(found.rejected).items())
    are = "is" if found.excluded == 1 else "are"
    st.warning(f"{found.excluded:,} of {found.total:,} variants {are} excluded: {plain(counted)}.")
    errors.problems_table(tuple(one.problem() for one in found.rejected), key="variants-faults")
    downloads.csv_button(
        lambda: pd.DataFrame(found.rejected).rename(columns={"id": "variant"}),
        name=f"{name} excluded",
        key="variants-excluded",
        label="Excluded variants with reasons (CSV)",
    )


def _runs(first: Run, done: list[Run]) -> list[Run]:
    known, names = {run.id: run for run in done}, attribution_comparison.run_names(done)
    if CHOSEN not in st.session_state or st.session_state.get(_FIRST) != first.id:
        st.session_state[CHOSEN], st.session_state[_FIRST] = [first.id], first.id
    state.put(CHOSEN, [name for name in st.session_state[CHOSEN] if name in known])
    picked = st.multiselect(
        "Runs to ask",
        list(known),
        key=CHOSEN,
        placeholder="Choose finished runs",
        max_selections=MOST_RUNS,
        format_func=lambda name: f"{names[name]} ({progress.model_label(known[name].model)})",
        help="Several runs that predict the same, such as seeds, give the mean effect an interval.",
    )
    return [known[name] for name in picked]


def _targets(asked: list[Run]) -> tuple[int, ...]:
    """Draw the choice of target, where there are several, and give the number of the one of that name for each run."""
    names = [cached.dataset(run.dataset).target_names for run in asked]
    chosen = names[0][0]
    if len(names[0]) > 1:
        picked = st.selectbox("Target", names[0], key="target", bind="query-params", width=300)
        chosen = picked if picked in names[0] else chosen
    return tuple(own.index(chosen) if chosen in own else 0 for own in names)


def _example(dataset: Dataset) -> None:
    with errors.guard():
        st.session_state[TEXT] = of(dataset)


@st.cache_resource(max_entries=4, show_spinner=False)
def _of_dataset(dataset_id: str, _dataset: Dataset) -> KnownSequences:
    return KnownSequences(dict(zip(_dataset.ids.tolist(), _dataset.sequences.tolist(), strict=True)))


@st.cache_resource(max_entries=4, show_spinner="Reading the sequences")
def _of_file(file: _File, reading: Reading) -> KnownSequences:
    return run_reader(reference_sequences, Source(file.name, file.data), reading)
