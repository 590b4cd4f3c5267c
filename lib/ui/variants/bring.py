"""What somebody brings to the Variants page: variants, the sequences that they change, and the runs to ask."""

from dataclasses import dataclass, fields
from typing import NamedTuple

import streamlit as st

from lib.core.errors import Problem, UserError
from lib.core.spec import content_id
from lib.data.dataset import Dataset
from lib.io.files import Source
from lib.io.table import Table
from lib.io.variant_input import Understood, is_fasta, reference_sequences, understand
from lib.io.variant_tables import guess_columns, open_table
from lib.io.variants import Columns, Variants
from lib.jobs.variants import MOST_RUNS
from lib.store.runs import Run
from lib.ui import cached, errors, lanes, progress, state
from lib.ui.text import plain
from lib.ui.variants import example

TEXT, FILE, CHOSEN = "variants-text", "variants-file", "variants-runs"
_FIRST = "variants-first"
PASTED = "pasted variants"
SEQUENCES = ["fa", "fasta", "fna", "tsv", "csv", "txt", "xlsx", "parquet", "gz"]
TYPES = ["vcf", *SEQUENCES]
_ROLES = {
    "sequence": "Sequence", "position": "Position", "ref": "Reference", "alt": "Alternative", "name": "Name",
}  # fmt: skip


@dataclass(frozen=True)
class Brought:
    """Variants that can be used, and whom to ask about them: ids of runs and numbers of their targets."""

    found: Variants
    runs: tuple[str, ...]
    targets: tuple[int, ...]


class _File(NamedTuple):
    name: str
    data: bytes


def draw(first: Run, done: list[Run]) -> Brought | None:
    """Draw the places for variants and sequences and the choice of runs; give what can be used, None until then."""
    dataset = cached.dataset(first.dataset)
    left, right = st.columns([3, 2], gap="medium")
    with right:
        uploaded = st.file_uploader(
            "or drop a file", type=TYPES, key=FILE,
            help="A table, a VCF file, or FASTA with NAME_ref and NAME_alt; may be gzipped.",
        )  # fmt: skip
        own = st.file_uploader(
            "Their sequences (FASTA), if not in the dataset", type=SEQUENCES, key="variants-sequences",
            help="With FASTA as variants: the sequences as they stand, called by the same ids.",
        )  # fmt: skip
    with left:
        text = st.text_area(
            "Variants", key=TEXT, height=190,
            placeholder="sequence  position  ref  alt\nreporter-12  45  A  G\nreporter-12  60  -  UUAG\n\nor VCF, or "
            "FASTA with reporter-12_ref and reporter-12_alt",
            help="Positions count from 1. A dash stands for nothing: as ref it inserts before the position, as alt it "
            "deletes. Upper or lower case, T or U.",
        )  # fmt: skip
        st.button(
            "Use an example", icon=":material/lightbulb:", type="tertiary", on_click=_example, args=(dataset,),
            help=f"Variants of test sequences of {dataset.name}",
        )  # fmt: skip
    asked = _runs(first, done)
    file = _File(uploaded.name, uploaded.getvalue()) if uploaded is not None else _File(PASTED, text.encode())
    if not file.data.strip():
        st.caption(f"Ids are those of **{plain(dataset.name)}** (n = {len(dataset):,}), unless you bring sequences.")
        return None
    try:
        read = _understood(dataset, file, None if own is None else _File(own.name, own.getvalue()))
    except UserError as error:
        errors.show(error)
        return None
    _told(read.found)
    if not asked:
        st.info("Choose at least one run to ask.")
        return None
    targets = _targets(asked)
    return Brought(read.found, tuple(run.id for run in asked), targets)


def _understood(dataset: Dataset, file: _File, own: _File | None) -> Understood:
    """Read the variants with the columns that are chosen; the guess is what the choice begins with."""
    known, faults = _sequences(dataset, own)
    if faults:
        count = len(faults)
        st.warning(f"{count:,} of the sequences cannot be used and {'is' if count == 1 else 'are'} left out.")
        errors.problems_table(faults, key="variants-sequence-faults")
    where = dataset.id if own is None else own
    if _is_fasta(file):
        return _read(file, None, where, known)
    table = _table(file)
    columns = _columns(guess_columns(table), [str(name) for name in table.frame.columns])
    return _read(file, columns, where, known)


@st.cache_resource(max_entries=4, show_spinner="Reading the variants")
def _read(file: _File, columns: Columns | None, where: str | _File, _known: dict[str, str]) -> Understood:
    """Read variants; ``where`` names the sequences, which are too many to be compared each time."""
    table = None if columns is None else _table(file)
    return understand(Source(file.name, file.data), _known, table=table, columns=columns)


def _columns(guess: Columns, names: list[str]) -> Columns:
    """Show how the columns are read and let it be changed."""
    chosen = {}
    with st.popover("Columns", icon=":material/view_column:", key="variants-columns"):
        for field in fields(guess):
            offered = names if field.name != "name" else ["", *names]
            start = offered.index(getattr(guess, field.name))
            chosen[field.name] = st.selectbox(
                _ROLES[field.name], offered, index=start, format_func=lambda name: name or "none",
                key=f"variants-column-{field.name}-{content_id(names)}",
            )  # fmt: skip
    columns = Columns(**chosen)
    said = " · ".join(
        f"{_ROLES[field.name].lower()}: **{plain(getattr(columns, field.name))}**"
        for field in fields(columns)
        if getattr(columns, field.name)
    )
    st.caption(f"Read as {said}")
    return columns


def _told(found: Variants) -> None:
    """Say what was understood, and show every fault."""
    kinds = [one.kind for one in found.variants]
    said = ", ".join(f"{kinds.count(kind):,} {kind}{'s' * (kinds.count(kind) != 1)}" for kind in dict.fromkeys(kinds))
    many = len(found.sequences)
    st.caption(
        f":material/check_circle: {len(found):,} variant{'s' * (len(found) != 1)} of {many:,} "
        f"sequence{'s' * (many != 1)} match: {said}. Each is made alone, also where others lie near it."
    )
    for note in found.notes:
        st.caption(plain(note))
    if found.rejected:
        count = len(found.rejected)
        st.warning(f"{count:,} fault{'s' * (count != 1)}; these variants are left out.")
        errors.problems_table(tuple(item.problem() for item in found.rejected), key="variants-faults")


def _runs(first: Run, done: list[Run]) -> list[Run]:
    known, names = {run.id: run for run in done}, lanes.run_names(done)
    if CHOSEN not in st.session_state or st.session_state.get(_FIRST) != first.id:
        st.session_state[CHOSEN], st.session_state[_FIRST] = [first.id], first.id
    state.put(CHOSEN, [name for name in st.session_state[CHOSEN] if name in known])
    picked = st.multiselect(
        "Runs to ask", list(known), key=CHOSEN, placeholder="Choose finished runs", max_selections=MOST_RUNS,
        format_func=lambda name: f"{names[name]} ({progress.model_label(known[name].model)})",
        help="Several runs that predict the same, such as seeds, give the mean effect an interval.",
    )  # fmt: skip
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
        st.session_state[TEXT] = example.of(dataset)


def _sequences(dataset: Dataset, own: _File | None) -> tuple[dict[str, str], tuple[Problem, ...]]:
    return _of_dataset(dataset.id, dataset) if own is None else _of_file(own)


@st.cache_resource(max_entries=4, show_spinner=False)
def _of_dataset(dataset_id: str, _dataset: Dataset) -> tuple[dict[str, str], tuple[Problem, ...]]:
    return dict(zip(_dataset.ids.tolist(), _dataset.sequences.tolist(), strict=True)), ()


@st.cache_resource(max_entries=4, show_spinner="Reading the sequences")
def _of_file(file: _File) -> tuple[dict[str, str], tuple[Problem, ...]]:
    known, rejected = reference_sequences(Source(file.name, file.data))
    return known, tuple(item.problem() for item in rejected)


@st.cache_resource(max_entries=4, show_spinner="Reading the variants")
def _table(file: _File) -> Table:
    return open_table(Source(file.name, file.data))


@st.cache_data(max_entries=8, show_spinner=False)
def _is_fasta(file: _File) -> bool:
    return is_fasta(Source(file.name, file.data))
