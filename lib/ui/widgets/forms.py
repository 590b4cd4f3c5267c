"""Any dataclass of settings as widgets; what comes back is checked again by the rules of the dataclass."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

import streamlit as st

from lib.core.registry import Setting, Value, presets_of, settings_of
from lib.store import checkpoints
from lib.ui.widgets import checkpoint_choice

T = TypeVar("T")

COLUMNS = 3
OWN = "Own settings"


def configure(cls: type[T], key: str, values: Mapping[str, object] | None = None, *, columns: int = COLUMNS) -> T:
    """Draw the settings of a registered class and build it from what is chosen.

    A class with presets gets a list of them first; a chosen preset fills the widgets, which can still be changed.
    Settings that change nothing, given the others, are hidden and keep what they were given.

    Parameters
    ----------
    cls
        A frozen dataclass whose fields were declared by ``setting``.
    key
        Prefix of the widgets' keys; one per place where a form stands.
    values
        What the widgets show first, such as the settings of a run that is cloned; the defaults where absent.
    columns
        Widgets side by side.

    Raises
    ------
    UserError
        If a value breaks its limits.
    """
    settings = settings_of(cls)
    chosen: dict[str, Value] = {}
    prefix = f"{key}-{getattr(cls, 'name', cls.__name__)}"
    values = dict(values or {})
    presets = presets_of(cls)
    if presets:
        preset = st.selectbox("Preset", [OWN, *presets], key=f"{prefix}-preset", help="Fills the settings below.")
        if preset in presets:
            values |= presets[preset]
            prefix += f"-{preset}"  # other widgets, which begin with the values of the preset
    chosen |= _grid([item for item in settings if not item.advanced], prefix, values, columns)
    advanced = [item for item in settings if item.advanced and item.matters(chosen)]
    if advanced:
        with st.expander(f"More settings ({len(advanced)})", icon=":material/tune:"):
            chosen |= _grid(advanced, prefix, values, columns)
    hidden = {item.name: values.get(item.name, item.default) for item in settings if item.name not in chosen}
    checked = {item.name: item.check((chosen | hidden)[item.name]) for item in settings}
    build: Any = cls
    return build(**checked)  # type: ignore[no-any-return]


def _grid(settings: list[Setting], prefix: str, values: Mapping[str, object], columns: int) -> dict[str, Value]:
    """Draw those settings that matter, given what was chosen above them; the others are left out."""
    chosen: dict[str, Value] = {}
    line: list[Any] = []
    for item in settings:
        if not item.matters(chosen):
            continue
        line = line or list(st.columns(columns, vertical_alignment="bottom"))
        with line.pop(0):
            chosen[item.name] = widget(item, f"{prefix}-{item.name}", values.get(item.name, item.default))
    return chosen


def widget(item: Setting, key: str, value: object) -> Value:
    """Draw one setting: a switch, a list, a number or a text, with unit, limits and help."""
    label = f"{item.label} ({item.unit})" if item.unit and f"({item.unit})" not in item.label else item.label
    help_text = describe(item)
    shown = item.check(value)
    if item.type is bool:
        return st.toggle(label, value=bool(shown), key=key, help=help_text)
    if item.choices:
        position = item.choices.index(shown)
        picked = st.selectbox(label, item.choices, index=position, key=key, help=help_text, format_func=str)
        return item.default if picked is None else picked
    if item.type is int:
        whole = st.number_input(
            label,
            value=int(shown),
            step=1,
            min_value=None if item.low is None else int(item.low),
            max_value=None if item.high is None else int(item.high),
            key=key,
            help=help_text,
        )
        return int(whole)
    if item.type is float:
        # A text field: a number input would round 0.00003 to its step and format.
        return st.text_input(label, value=f"{float(shown):g}", key=key, help=help_text)
    if item.files:
        return _file(item, key, label, str(shown))
    if item.runs:
        return _run(item, key, label, str(shown))
    if item.checkpoint:
        return _checkpoint(item, key, label, str(shown))
    return st.text_input(label, value=str(shown), key=key, help=help_text)


def _file(item: Setting, key: str, label: str, shown: str) -> str:
    """Draw the path of a file or folder, and a place to bring the file to."""
    from lib.store.tokenizers import keep_file

    if key not in st.session_state:
        st.session_state[key] = shown
    field = st.container()
    with st.popover("Bring a file", icon=":material/upload_file:"):
        endings = [ending.removeprefix(".") for ending in item.files]
        brought = st.file_uploader(f"{item.label}: a {' or '.join(item.files)} file", type=endings, key=f"{key}-upload")
    if brought is not None and st.session_state.get(f"{key}-taken") != brought.file_id:
        st.session_state[f"{key}-taken"] = brought.file_id
        st.session_state[key] = str(keep_file(brought.name, brought.getvalue()))
    if item.checkpoint:
        checkpoint_choice.offer(key, lambda folder: not checkpoints.is_bare(folder))
    with field:
        typed = st.text_input(label, key=key, help=describe(item), placeholder="Path of a file or folder")
    return checkpoint_choice.require_readable(typed)


def _checkpoint(item: Setting, key: str, label: str, shown: str) -> str:
    """Draw the folder of a published model or its name on the hub, and the folders and zips to choose from."""
    if key not in st.session_state:
        st.session_state[key] = shown
    field = st.container()
    checkpoint_choice.offer(key, lambda folder: not checkpoints.is_bare(folder))
    with field:
        typed = st.text_input(label, key=key, help=describe(item), placeholder="owner/name on the hub, or a folder")
    return checkpoint_choice.require_readable(typed)


def _run(item: Setting, key: str, label: str, shown: str) -> str:
    """Draw the choice of a finished run of a kind, or of none; a link may name one by the name of the setting."""
    from lib.store import runs

    names = {run.id: f"{run.name} ({run.id})" for run in runs.all(kind=item.runs) if run.state == runs.FINISHED}
    asked = str(st.query_params.get(item.name, ""))
    shown = shown or (asked if asked in names else "")
    if key not in st.session_state:
        st.session_state[key] = shown
    field = st.container()
    if item.checkpoint:
        checkpoint_choice.offer(key, checkpoints.is_bare)
        bare = filter(checkpoints.is_bare, checkpoints.list_checkpoints())
        names |= {str(folder): f"{folder.name} (published weights)" for folder in bare}
    shown = st.session_state[key] or ""
    if shown and shown not in names:
        names[shown] = f"{shown} (not in this workspace)"
    with field:
        picked = st.selectbox(
            label,
            ["", *names],
            key=key,
            help=describe(item),
            format_func=lambda one: names.get(one, "none"),
        )
    return checkpoint_choice.require_readable(picked) if picked and Path(picked).is_absolute() else picked or ""


def describe(item: Setting) -> str | None:
    """Write the help of a setting: what it does, its limits and its default."""
    parts = [item.help] if item.help else []
    unit = f" {item.unit}" if item.unit else ""
    if item.low is not None and item.high is not None:
        parts.append(f"From {item.low:g} to {item.high:g}{unit}.")
    elif item.low is not None:
        parts.append(f"At least {item.low:g}{unit}.")
    elif item.high is not None:
        parts.append(f"At most {item.high:g}{unit}.")
    if item.type is not bool and item.default != "":
        parts.append(f"Default: {item.default:g}." if isinstance(item.default, float) else f"Default: {item.default}.")
    return " ".join(parts) or None
