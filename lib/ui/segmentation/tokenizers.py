"""Which tokenizers stand side by side, each with its settings: in the link, as ``k-mer(k=5),bpe(size=512)``."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from lib.core.errors import UserError
from lib.core.registry import presets_of, settings_of, values_of
from lib.datasets.dataset import Dataset
from lib.store.files import home
from lib.store.tokenizers import FILES, keep_files
from lib.tokenizers import TOKENIZERS, Tokenizer
from lib.ui import errors
from lib.ui.widgets import forms, state, tokenizer_choice
from lib.ui.widgets.text import plain, short

PARAM = "tokenizers"
NONE = "none"
"""What the link says where no tokenizer is chosen."""
SETTINGS = "compare-settings"
MOST = 12

WITH_TABLE = ("k-mer", "bpe(size={size})", "morfessor", "sliding-window", "motif")
WITH_SEQUENCES = ("k-mer", "k-mer(k=3,stride=3)", "bpe(size={size})", "wordpiece(size={size})")
SIZES = ((512, 20_000), (128, 2_000), (64, 0))
"""Sizes of learned vocabularies, each with the letters of the training part from which it suits."""
ALONE: tuple[str, ...] = ("nucleotide", "k-mer", "k-mer(k=3,stride=3)")

_KEPT, _PLACES, _NEXT, _WIDGET = "compare-kept", "compare-places", "compare-next", "compare-tokenizers"


@dataclass(frozen=True)
class Entry:
    """A tokenizer with its settings, at its place on the page.

    Parameters
    ----------
    place
        Names its widgets; it stays the same while the settings change.
    tokenizer
        The settings.
    label
        What people read, no two alike.
    """

    place: str
    tokenizer: Tokenizer
    label: str

    @property
    def text(self) -> str:
        """How a link writes it."""
        return tokenizer_choice.write(self.tokenizer)


def choose_tokenizers(dataset: Dataset | None) -> list[Entry]:
    """Draw the choice of tokenizers with their settings and give them in their order."""
    found = _entries(dataset)
    known = TOKENIZERS.all()
    labels = {entry.place: entry.label for entry in found}
    for name, cls in known.items():  # a list tells its options apart by what is read on them
        labels[name] = cls.label if cls.label not in labels.values() else f"{cls.label}, once more"
    state.put(_WIDGET, [entry.place for entry in found], like=tuple(labels.values()))
    st.multiselect(
        "Tokenizers",
        list(labels),
        format_func=labels.__getitem__,
        key=_WIDGET,
        max_selections=MOST,
        wrap=True,
        on_change=_pick,
        placeholder="Choose how to cut",
        help="  \n".join(f"**{cls.label}**: {cls.summary}" for cls in known.values())
        + "  \nChoose one twice to see it with two settings.",
    )
    if found:
        # Closed it holds nothing: two dozen widgets that nobody sees would be a fifth of the time of every rerun.
        label, icon = "Settings of the tokenizers", ":material/tune:"
        with st.expander(label, icon=icon, key=SETTINGS, on_change="rerun") as expander:
            if expander.open:
                _settings(found)
    return found


def name_tokenizer(tokenizer: Tokenizer) -> str:
    """Name a tokenizer with the settings that differ from their defaults.

    >>> name_tokenizer(TOKENIZERS.create("k-mer", {"k": 5}))
    'k-mers (k=5)'
    """
    values, settings = values_of(tokenizer), settings_of(tokenizer)
    standard = {item.name: item.default for item in settings}
    for preset, changed in presets_of(tokenizer).items():
        if values == standard | dict(changed):
            return f"{tokenizer.label} ({preset})"
    written = [
        f"{item.name}={short(Path(str(values[item.name])).name, 14) if item.files else values[item.name]}"
        for item in settings
        if values[item.name] != item.default
    ]
    return short(f"{tokenizer.label} ({', '.join(written)})", 44) if written else tokenizer.label


def defaults(dataset: Dataset | None) -> list[Tokenizer]:
    """Give tokenizers that tell much side by side and work with what there is."""
    names, size = ALONE, 0
    if dataset is not None:
        names = WITH_TABLE if dataset.rbp is not None and len(dataset.rbp) else WITH_SEQUENCES
        letters = sum(map(len, dataset.sequences[dataset.rows("train")]))
        size = next((size for size, needed in SIZES if letters >= needed), SIZES[-1][0])
    return [
        tokenizer_choice.parse(name.format(size=size)) for name in names if name.partition("(")[0] in TOKENIZERS.all()
    ]


def _entries(dataset: Dataset | None) -> list[Entry]:
    """Read what the link asks for, else what was chosen before, else a telling set; give each its place."""
    asked = st.query_params.get(PARAM)
    if asked is None and _KEPT in st.session_state:
        asked = st.query_params[PARAM] = st.session_state[_KEPT]
    elif asked is not None:
        st.session_state[_KEPT] = asked
    read = defaults(dataset) if asked is None else _read(asked)
    if len(read) > MOST:
        st.warning(f"The link asks for {len(read)} tokenizers; the first {MOST} are shown.")
    free, seen, found = list(st.session_state.get(_PLACES, [])), Counter[str](), []
    for tokenizer in read[:MOST]:
        text, label = tokenizer_choice.write(tokenizer), name_tokenizer(tokenizer)
        before = next((item for item in free if item[1] == text), None)
        if before is not None:
            free.remove(before)
        seen[label] += 1
        shown = label if seen[label] == 1 else f"{label} ({seen[label]})"
        found.append(Entry(before[0] if before else _new(), tokenizer, shown))
    st.session_state[_PLACES] = [(entry.place, entry.text) for entry in found]
    return found


def _read(asked: str) -> list[Tokenizer]:
    found = []
    for part in tokenizer_choice.parts("" if asked == NONE else asked):
        try:
            found.append(tokenizer_choice.parse(part))
        except UserError as error:
            st.error(
                f"The link asks for a tokenizer that cannot be had; it is left out. {plain(str(error))}",
                icon=":material/link_off:",
            )
    return found


def _pick() -> None:
    places = dict(st.session_state[_PLACES])
    _keep([(option, places[option]) if option in places else (_new(), option) for option in st.session_state[_WIDGET]])


def _settings(entries: Sequence[Entry]) -> None:
    """Draw the settings of each tokenizer; a change goes into the link."""
    changed, seen, names = {}, Counter[str](), []
    for entry in entries:  # names that stay while settings change, so that the open tab stays open
        seen[entry.tokenizer.name] += 1
        number = seen[entry.tokenizer.name]
        names.append(entry.tokenizer.label if number == 1 else f"{entry.tokenizer.label} ({number})")
    for tab, entry in zip(st.tabs([plain(name) for name in names]), entries, strict=True):
        with tab:
            st.caption(plain(entry.tokenizer.summary))
            if not settings_of(entry.tokenizer):
                st.caption("It has no settings.")
                continue
            try:
                made = _keep_files(
                    forms.configure(type(entry.tokenizer), f"compare-{entry.place}", values_of(entry.tokenizer))
                )
            except UserError as error:
                errors.show(error)
                continue
            text = tokenizer_choice.write(made)
            if text != entry.text:
                changed[entry.place] = text
    if changed:
        _keep([(entry.place, changed.get(entry.place, entry.text)) for entry in entries])
        st.rerun()


def _keep_files(tokenizer: Tokenizer) -> Tokenizer:
    """Take the files that the settings name by their paths into the workspace, so that a link can name them.

    Raises
    ------
    UserError
        If there is no such file, or it is too large.
    """
    names = [item.name for item in settings_of(tokenizer) if item.files and str(getattr(tokenizer, item.name)).strip()]
    if not names or not hasattr(tokenizer, "files"):
        return tokenizer
    found = [Path(path) for path in tokenizer.files()]
    if not found or all(path.is_relative_to(home() / FILES) for path in found):
        return tokenizer
    return TOKENIZERS.create(tokenizer.name, {**values_of(tokenizer), names[0]: str(keep_files(found))})


def _keep(items: Sequence[tuple[str, str]]) -> None:
    st.session_state[_PLACES] = list(items)
    st.session_state[_KEPT] = st.query_params[PARAM] = ",".join(text for _, text in items) or NONE


def _new() -> str:
    """Give a place that no other tokenizer has or had."""
    number = int(st.session_state.get(_NEXT, 0))
    st.session_state[_NEXT] = number + 1
    return f"{number:03d}"
