"""The tokenizer comparison on the Train page, before it starts: what will run, what cannot and why, what it costs."""

import streamlit as st

from lib.core.errors import UserError
from lib.datasets.dataset import Dataset
from lib.jobs import comparison, devices, slots
from lib.jobs.comparison import PUBLISHED_R2, SMALL, Entry
from lib.jobs.devices import DeviceRequest
from lib.jobs.sweep_axes import LARGEST_SEED
from lib.store import runs
from lib.store.files import home
from lib.tokenizers.dnabert_2 import HUB
from lib.ui import errors
from lib.ui.rbp import choice
from lib.ui.train import cost, device, tokens
from lib.ui.widgets import checkpoint_choice, state
from lib.ui.widgets.text import plain

PARAM = "comparison"
EVERY_SECONDS = 1.5
SIZES = {"tiny": "tiny (a quick try)", "small": "small (sensible on a CPU)", "base": "base (as published)"}
_FRESH_SECONDS = 30
"""How long it is taken for granted that no weights have come or gone."""


def is_open() -> bool:
    """Say whether the link asks for the comparison in place of one run."""
    return bool(st.query_params.get(PARAM))


def offer() -> None:
    """Draw the button that opens the panel."""
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.caption(
            "Or train MORPH, byte-pair, 6-mer and nucleotide models side by side on this split, as in the published "
            "comparison."
        )
        st.button(
            "Run the tokenizer comparison", icon=":material/compare_arrows:", key="open-comparison", on_click=_open
        )


def panel(dataset: Dataset) -> None:
    """Draw what is to be chosen before the start, and the button that starts it."""
    st.button(
        "Train one model instead",
        icon=":material/arrow_back:",
        key="close-comparison",
        on_click=_close,
        type="tertiary",
    )
    st.subheader("The tokenizer comparison", anchor=False)
    st.markdown(
        "Trains the models below on the same split of this dataset with one seed, one run each, and draws one table: "
        "MSE, MAE, RMSE and R² with 95% intervals, beside the figures that were published on other data."
    )
    with st.container(border=True):
        size, seed, weights = _choices()
        applied = tokens.with_table(None, dataset).dataset
        wish = device.choose(None)
    found = _entries(str(home()), dataset.id, choice.table_id(applied), size, weights, applied)
    with st.container(border=True, gap="small"):
        wanted = [entry for entry in found if _entry(entry)]
    if not wanted:
        st.info("Choose at least one model that can run.")
        return
    _cost(applied, wanted, wish)
    label = f"Start the comparison of {len(wanted)} model{'s' * (len(wanted) != 1)}"
    if st.button(label, type="primary", icon=":material/play_arrow:", key="start-comparison"):
        payload = {"device": wish.to_json()} | ({"rbp": choice.choose_table()} if choice.choose_table() else {})
        left_out = [entry for entry in found if entry.missing]
        group = comparison.start_comparison(
            applied, [*wanted, *left_out], seed=seed, payload=payload, owner=state.owner()
        )
        st.query_params.pop(PARAM, None)
        state.go(state.GROUPS, dataset=dataset.id, group=group.id)


def _open() -> None:
    st.query_params[PARAM] = "1"


def _close() -> None:
    st.query_params.pop(PARAM, None)


def _choices() -> tuple[str, int, str]:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        first = "base" if devices.gpus() else SMALL
        size = st.segmented_control(
            "Size of BERT",
            list(SIZES),
            default=first,
            required=True,
            format_func=SIZES.__getitem__,
            key="comparison-size",
            help="The published models are of size base, which takes days on a CPU; all BERT models get one size.",
        )
        seed = st.number_input("Seed", 0, LARGEST_SEED, 0, key="comparison-seed", width=140)
    weights = st.text_input(
        "Weights of DNABERT-2",
        key="comparison-weights",
        placeholder=f"A folder, or empty for {HUB} if it was fetched before",
        help="The folder with config.json, tokenizer.json and the weights, or owner/name on the hub. Nothing is "
        "fetched here.",
    )
    return size or first, int(seed), checkpoint_choice.require_readable(weights.strip())


@st.cache_resource(max_entries=16, ttl=_FRESH_SECONDS, show_spinner="Looking which models can run")
def _entries(home: str, dataset_id: str, table_id: str, size: str, weights: str, _dataset: Dataset) -> list[Entry]:
    return comparison.list_entries(_dataset, size=size, weights=weights)


def _entry(entry: Entry) -> bool:
    """Draw one model with its switch; give whether it is to run."""
    published = f" · published R² {PUBLISHED_R2[entry.key]}" if entry.key in PUBLISHED_R2 else ""
    chosen = st.checkbox(
        f"**{plain(entry.label)}**{published}",
        value=not entry.missing,
        disabled=bool(entry.missing),
        key=f"comparison-{entry.key}-{'cannot' if entry.missing else 'can'}",
    )
    if entry.missing:
        st.caption(f":material/block: Cannot run: {plain(entry.missing)}")
    elif entry.note:
        st.caption(f":material/info: {plain(entry.note)}")
    return chosen and not entry.missing


@st.fragment(run_every=EVERY_SECONDS)
def _cost(dataset: Dataset, wanted: list[Entry], wish: DeviceRequest) -> None:
    """Say what all runs take together; what is not known is measured one after the other."""
    with errors.guard():
        low = high = 0.0
        unknown: list[str] = []
        waits, busy = False, bool(runs.running())
        for entry in wanted:
            if entry.model is None:
                continue
            try:
                ask = cost.recall if waits or busy else cost.ask
                found = ask(dataset, entry.model, entry.tokenizer, wish)
            except UserError:
                unknown.append(entry.label)
                continue
            if found is None:
                waits = not busy
                unknown.append(entry.label)
            elif found.seconds_low is None or found.seconds_high is None:
                unknown.append(entry.label)
            else:
                low, high = low + found.seconds_low, high + found.seconds_high
        many = len(slots.list_slots())
        order = "one after another" if many == 1 else f"up to {many} at a time"
        said = f":material/timer: {len(wanted)} runs, {order}, after single runs that wait."
        if high:
            said += f" Expected in all: **{cost.span(low / many, high / many)}**"
            said += f", not counting {', '.join(map(plain, unknown))}." if unknown else "."
        if waits:
            said += " :material/hourglass_top: Being measured; you need not wait for it."
        elif unknown and not high:
            said += " How long they take is measured while nothing else trains."
        st.caption(said)
