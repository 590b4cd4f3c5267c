"""How a page says that something went wrong: a fault that the user can mend as it is, anything else with an id."""

import logging
import secrets
from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from lib.core.errors import Cancelled, DataError, Problem, UserError
from lib.ui.widgets.text import plain

logger = logging.getLogger("motiflens")

SHOWN_PROBLEMS = 1000
"""Rows of the table of problems; the rest are counted."""


@contextmanager
def guard() -> Iterator[None]:
    """Show what goes wrong inside as one calm sentence; use it as ``with guard():`` or as ``@guard()``.

    ``app.py`` holds one around every page. Fragments that rerun on their own and callbacks need their own. Streamlit's
    own control flow (``st.stop``, ``st.rerun``) passes through.
    """
    try:
        yield
    except UserError as error:
        show(error)
    except Cancelled as stopped:
        st.info(plain(str(stopped) or "The work was cancelled."), icon=":material/cancel:")
    except Exception:
        identifier = secrets.token_hex(4)
        logger.exception("error %s", identifier)
        _calm(identifier)


def uncaught(error: Exception) -> bool:
    """Treat what escapes every ``guard``, such as a fault of a callback, in the same way; for ``streamlit.App``."""
    if isinstance(error, UserError):
        show(error)
        return True
    identifier = secrets.token_hex(4)
    logger.error("error %s", identifier, exc_info=error)
    _calm(identifier)
    return True


def _calm(identifier: str) -> None:
    st.error(
        f"Something went wrong on our side, and nothing you entered was lost. It is in the server's log under the "
        f"id **{identifier}**. Try again; if it happens again, tell whoever runs this app the id.",
        icon=":material/sentiment_dissatisfied:",
    )


def show(error: UserError) -> None:
    """Show a sentence for the user and, for faults at certain lines or columns of files, a table of every fault."""
    st.error(plain(str(error)), icon=":material/error:")
    if isinstance(error, DataError) and any(fault.line is not None or fault.column for fault in error.problems):
        problems_table(error.problems)


def problems_table(problems: tuple[Problem, ...], *, key: str | None = None) -> None:
    """Show faults of files as a table: file, line, column, what was found, what was needed."""
    rows = [
        {"File": fault.file, "Line": fault.line, "Column": fault.column, "Found": fault.found, "Needed": fault.needed}
        for fault in problems[:SHOWN_PROBLEMS]
    ]
    st.dataframe(
        rows,
        hide_index=True,
        placeholder="",
        key=key,
        alt="Faults of the files: file, line, column, what was found and what was needed",
        column_config={"Line": st.column_config.NumberColumn(format="%d", width="small")},
    )
    if len(problems) > SHOWN_PROBLEMS:
        st.caption(f"The first {SHOWN_PROBLEMS:,} of {len(problems):,} problems.")
