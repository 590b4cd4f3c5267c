"""The buttons of a group: cancel all, go on with what stopped, rename, delete alone or with its runs."""

import streamlit as st

from lib.core.errors import UserError
from lib.jobs import groups as whole
from lib.store import groups, runs
from lib.store.groups import Group
from lib.store.runs import Run
from lib.ui import errors
from lib.ui.widgets.text import plain

ALONE, ALL = "The group only; its runs stay", "The group and its runs"


def buttons(group: Group, members: list[Run]) -> None:
    """Draw the buttons that fit the state of a group."""
    with st.container(horizontal=True, width="content"):
        active = [run for run in members if not run.over]
        stopped = [run for run in members if run.state in runs.RESUMABLE]
        if active:
            with st.popover("Cancel all", icon=":material/stop_circle:"):
                many = f"{len(active)} run{'s' * (len(active) != 1)}"
                st.markdown(f"Cancel the {many} of **{plain(group.name)}** that are not over? Finished ones stay.")
                if st.button("Cancel these runs", key="group-cancel"):
                    whole.cancel(group.id)
                    st.rerun()
        if stopped and st.button(
            f"Resume {len(stopped)}",
            key="group-resume",
            icon=":material/replay:",
            help="Queue the runs again that failed, were cancelled or lost; they go on from their last checkpoints.",
        ):
            whole.resume(group.id)
            st.rerun()
        _rename(group)
        _delete(group, members)


def _rename(group: Group) -> None:
    with st.popover("Rename", icon=":material/edit:"):
        name = st.text_input("New name", value=group.name, key="group-name", max_chars=120)
        if st.button("Rename it", key="group-rename") and name != group.name:
            try:
                groups.rename(group.id, name)
            except UserError as error:
                errors.show(error)
                return
            st.rerun()


def _delete(group: Group, members: list[Run]) -> None:
    with st.popover("Delete", icon=":material/delete:"):
        st.markdown(f"Delete **{plain(group.name)}**? This cannot be undone.")
        what = st.radio("What to delete", (ALONE, ALL), key="group-what", label_visibility="collapsed")
        if what == ALL:
            st.caption(f"{len(members)} models with their predictions and logs are deleted.")
        elif group.kind == groups.SWEEP:
            st.caption("Its runs are single runs then, and show their test results: choose among them by validation.")
        if st.button("Delete it", key="group-delete", icon=":material/delete_forever:"):
            try:
                groups.delete(group.id, with_runs=what == ALL)
            except UserError as error:
                errors.show(error)
                return
            st.query_params.pop("group", None)
            st.rerun()
