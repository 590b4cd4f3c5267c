"""What the Results page says of a blend: what each member counts, and what each minute of training gave."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from lib.figures.blend import draw_blend_path
from lib.ui.widgets import charts
from lib.ui.widgets.text import plain


def draw(found: Mapping[str, Any]) -> None:
    """Draw the weights of the members and how good the blend was after each of them."""
    st.markdown(sentence(found))
    with st.expander("Members and their weights", icon=":material/join_inner:"):
        st.dataframe(
            table(found),
            hide_index=True,
            alt="Table of the members with weight, held-out score and time",
            column_config={
                "Weight": st.column_config.ProgressColumn(format="%.2f", min_value=0, max_value=1),
                found["shortfall"]: st.column_config.NumberColumn(
                    format="%.3f",
                    help="Of the held-out sequences, of the training and validation parts; lower is better.",
                ),
                "Time (s)": st.column_config.NumberColumn(format="%.0f"),
            },
        )
        charts.draw(
            lambda: draw_blend_path(found["path"], found["shortfall"]),
            name="blend",
            key="blend-path",
            alt=f"{found['shortfall']} of the blend on held-out sequences after each member, over the time spent",
        )


def sentence(found: Mapping[str, Any]) -> str:
    """Say in Markdown what was blended and how it was judged."""
    groups = found["groups"]
    several = found["folds"] > 1
    where = f"{found['folds']} folds of the training and validation parts" if several else "the validation part"
    rest = max(0.0, 1 - sum(group["weight"] for group in groups))
    parts = [f"{plain(group['label'])} {group['weight']:.2f}" for group in sort_groups(groups)]
    if rest > 0.005:
        parts.append(f"mean of the training part {rest:.2f}")
    return f"Blend of {', '.join(parts)}, by weights fitted on {where} (n = {found['n']:,} held-out sequences)."


def sort_groups(groups: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Put the members that count most first, all seeds of a model together as one."""
    together: dict[str, dict[str, Any]] = {}
    for group in groups:
        known = together.setdefault(group["label"], {"label": group["label"], "weight": 0.0})
        known["weight"] += group["weight"]
    return sorted(together.values(), key=lambda group: -group["weight"])


def table(found: Mapping[str, Any]) -> pd.DataFrame:
    """Give one row for each member, folds taken together, with its own held-out score."""
    return pd.DataFrame(
        [
            {
                "Member": group["label"],
                "Seed": group["seed"],
                "Weight": group["weight"],
                found["shortfall"]: group["shortfall"],
                "Trainings": len(group["members"]),
                "Time (s)": group["seconds"],
            }
            for group in sorted(found["groups"], key=lambda group: -group["weight"])
        ]
    )
