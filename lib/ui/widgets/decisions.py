"""How files were read, on a page: what must be decided is asked first, what was found is told in one quiet table.

A page reads with what was chosen so far, then draws what is open and what was read::

    reading = decisions.answers(key)
    read = understand(source, known, reading)
    decisions.ask(read.decisions, key)
    decisions.decisions_table(read.decisions, key)

The key names the files (such as a digest of their content), so that no choice outlives the file it was made for.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from lib.core.errors import UserError
from lib.core.spec import content_id
from lib.io.decisions import DEFAULT, Decision, Reading, choose
from lib.ui.widgets import state
from lib.ui.widgets.text import plain

_FEW, SHOWN = 6, 8
"""Alternatives, and rows of what is told, up to which all are shown at once."""
EXCLUDED = "excluded_ok"


def answers(key: str, base: Reading = DEFAULT) -> Reading:
    """Give what was chosen so far in the controls of a key, on top of what is known already."""
    for option, value in _recall(key).items():
        try:
            base = choose(base, option, value)
        except UserError as error:
            st.error(plain(str(error)))
    return base


def forget(key: str) -> None:
    """Drop every choice that was made for a key."""
    st.session_state.pop(f"{key}-answers", None)


def ask(decisions: Iterable[Decision], key: str, base: Reading = DEFAULT) -> Reading:
    """Draw a control for each open decision, none chosen, and for each that was answered here; give the choices.

    Decisions of several files that share an option share its control.
    """
    asked = [one for one in dict.fromkeys(decisions) if one.option and (one.is_open or one.option in _recall(key))]
    for option in dict.fromkeys(one.option for one in asked):
        _control([one for one in asked if one.option == option], key)
    return answers(key, base)


def is_open(decisions: Iterable[Decision]) -> bool:
    """Say whether something must be decided before the files can be used."""
    return any(one.is_open for one in decisions)


def decisions_table(decisions: Iterable[Decision], key: str, *, label: str = "How the files were read") -> None:
    """Draw what was decided as one table that opens: file, what, taken as, why; with the choice of another reading."""
    told = [one for one in dict.fromkeys(decisions) if not one.is_open]
    if not told:
        return
    if len(told) > SHOWN:
        holder: DeltaGenerator = st.expander(
            f"{label} (n = {len(told)})", icon=":material/fact_check:", key=f"{key}-told"
        )
    else:
        holder = st.container(key=f"{key}-told", gap="xsmall")
        holder.caption(f":material/fact_check: {label}")
    with holder:
        st.dataframe(
            [{"File": one.file, "What": one.topic, "Taken as": one.label, "Why": one.evidence} for one in told],
            hide_index=True,
            key=f"{key}-told-table",
            height="content",
            alt=f"{label}: what was decided for each file, and why",
        )
        offered = [one for one in told if one.option not in ("", *_recall(key)) and len(one.alternatives) > 1]
        if not offered:
            return
        with st.popover("Change", icon=":material/edit:", key=f"{key}-told-change", type="tertiary"):
            for option in dict.fromkeys(one.option for one in offered):
                _change([one for one in offered if one.option == option], key)


def _control(asked: Sequence[Decision], key: str) -> None:
    """Draw the control of one option under the evidence of every file that needs it."""
    option, label = asked[0].option, plain(asked[0].topic)
    choices = _choices(asked)
    about = "\n\n".join(dict.fromkeys(f"{plain(one.file)}: {plain(one.evidence)}" for one in asked if one.evidence))
    # The browser names what was chosen by its label, so that other labels are another widget.
    own = f"{key}-{content_id([choices])[:8]}-read-{option}"
    kept = _recall(key).get(option)
    given: dict[str, Any] = {"key": own, "on_change": _keep, "args": (key, option, own)}
    with st.container(border=True, key=f"{own}-box"):
        if option == EXCLUDED:
            st.warning(about, icon=":material/warning:")
        else:
            st.markdown(f":material/help: **{label}**: {about}")
            given["label_visibility"] = "collapsed"
        if option == EXCLUDED:
            state.put(own, kept is not None)
            st.checkbox("Continue without these rows", **given)
        elif not choices:
            state.put(own, kept or "")
            st.text_input(label, **given)
        elif len(choices) <= _FEW:
            state.put(own, kept if kept in choices else None)
            st.radio(label, list(choices), format_func=lambda value: plain(choices[value]), index=None, **given)
        else:
            state.put(own, kept if kept in choices else None)
            st.selectbox(
                label, list(choices), format_func=choices.__getitem__, index=None, placeholder="Choose", **given
            )


FURTHER = {
    "sheet": ("Sheet", "Name of the sheet of a workbook, or of the file within a zip"),
    "header_line": ("Line of the header", "Counted from 1; 0 for a table without a header"),
    "decimal": ("Decimal mark", "point or comma"),
    "sequence_column": ("Column of the sequences", "Several are put end to end: UTR5+CDS+UTR3"),
    "columns": ("Value columns", "NAME=TIME[:CONDITION[:REPLICATE]], separated by commas"),
    "match_ids": ("Rule for IDs", "Such as before-pipe; exact for the IDs as they stand"),
}
"""What can be said of a table although nothing has to be: options of the command line without another control."""


def further_options(key: str) -> None:
    """Draw the options of reading that nobody has to answer, for a file that was read wrongly all the same."""
    with st.popover("Read differently", icon=":material/tune:", key=f"{key}-further", type="tertiary"):
        st.caption("Leave a field empty to let the file decide.")
        for option, (label, help_text) in FURTHER.items():
            own = f"{key}-further-{option}"
            state.put(own, _recall(key).get(option, ""))
            st.text_input(label, key=own, help=help_text, on_change=_keep, args=(key, option, own))


def _change(told: Sequence[Decision], key: str) -> None:
    option, choices, found = told[0].option, _choices(told), f"As found: {told[0].label}"
    own = f"{key}-change-{option}"
    st.selectbox(
        plain(told[0].topic),
        ["", *(value for value in choices if value != told[0].chosen)],
        key=own,
        format_func=lambda value: choices[value] if value else found,
        on_change=_keep,
        args=(key, option, own),
    )


def _choices(decisions: Sequence[Decision]) -> dict[str, str]:
    """Give what can be chosen and its label, those of all files together."""
    choices: dict[str, str] = {}
    for one in (one for decision in decisions for one in decision.alternatives):
        choices.setdefault(one.value, one.label or one.value)
    return choices


def _recall(key: str) -> dict[str, str]:
    """Give the choices of a key by option; they outlive controls that are not drawn for a while."""
    kept: dict[str, str] = st.session_state.setdefault(f"{key}-answers", {})
    return kept


def _keep(key: str, option: str, widget: str) -> None:
    value = st.session_state[widget]
    kept = {name: given for name, given in _recall(key).items() if name != option}
    st.session_state[f"{key}-answers"] = kept | ({option: str(value)} if value not in (None, "", False) else {})
