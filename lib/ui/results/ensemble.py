"""What the Results page says of an ensemble and of a blend.

Of an ensemble: what it gains over its best member, and whether its spread warns. Of a blend: what each member counts,
and what each minute of training gave.
"""

from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from lib.figures.blend import draw_blend_path
from lib.store.runs import Run
from lib.tasks import metric
from lib.tasks.scores import write_signed
from lib.ui.widgets import charts
from lib.ui.widgets.progress import model_label
from lib.ui.widgets.text import plain
from lib.views.run_view import RunView


def sort_groups(groups: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Put the members that count most first, all seeds of a model together as one."""
    together: dict[str, dict[str, Any]] = {}
    for group in groups:
        known = together.setdefault(group["label"], {"label": group["label"], "weight": 0.0})
        known["weight"] += group["weight"]
    return sorted(together.values(), key=lambda group: -group["weight"])


SPREAD = (
    "Standard deviation over the members: how much they disagree on this sequence. It is no confidence interval: it "
    "knows neither the noise of the measurement nor what all members get wrong together."
)
_WARNS = 0.1


def draw_ensemble(view: RunView) -> None:
    """Draw what the ensemble gains, what its spread says, and its members; nothing for other models."""
    if blended := view.metrics.get("blend"):
        draw_blend(blended)
        return
    found = view.metrics.get("members")
    if not found:
        return
    members, score = about(view.run), _score(found["gain"])
    best = members[found["gain"]["best"]]["name"]
    st.markdown(f"{gain_words(found['gain'], found['count'], best)} {_spread(view, found['deviation'])}", help=SPREAD)
    with st.expander(f"Its {found['count']} members", icon=":material/join_inner:"):
        st.dataframe(
            table(members, found["gain"]),
            hide_index=True,
            placeholder="–",
            alt=f"Table of the {found['count']} members with model, seed and validation {score}",
            column_config={
                f"Validation {score}": st.column_config.NumberColumn(
                    format="%.3f", help=f"Of the validation part: {metric(found['gain'].get('metric', 'r2')).help}"
                ),
                f"Test {score}": st.column_config.NumberColumn(
                    format="%.3f", help="Shown for the best by validation only, so that nobody chooses by the test part"
                ),
            },
        )
        st.caption("The models were copied when the ensemble was made; deleting these runs changes nothing here.")


def about(run: Run) -> list[dict[str, Any]]:
    """Give id, name, model and seed of each member of an ensemble, as they were when it was made."""
    return [{"run": name, **run.payload["about"][name]} for name in run.payload["members"]]


def table(members: list[dict[str, Any]], gain: Mapping[str, Any]) -> pd.DataFrame:
    """Give one row for each member; the test R2 of the best by validation alone."""
    return pd.DataFrame(
        [
            {
                "Member": member["name"],
                f"Validation {_score(gain)}": gain["validation"][place],
                f"Test {_score(gain)}": gain["best_test"] if place == gain["best"] else None,
                "Model": model_label(member["model"]),
                "Seed": member["seed"],
                "Run": member["run"],
            }
            for place, member in enumerate(members)
        ]
    )


def _score(gain: Mapping[str, Any]) -> str:
    """Name the metric that members are compared by."""
    return metric(gain.get("metric", "r2")).label


def gain_words(gain: Mapping[str, Any], count: int, best: str) -> str:
    """Say in Markdown how an ensemble compares with its best member on the test part."""
    low, high = gain["interval"]
    more = gain[gain.get("metric", "r2")]
    if more is None or low is None or high is None:
        return f"The mean of {count} runs."
    words = ("better", "worse", "well") if "metric" in gain else ("more", "less", "much")
    much = f"**{words[0]}** than" if low > 0 else f"**{words[1]}** than" if high < 0 else f"about **as {words[2]}** as"
    verb = "tells the classes apart" if "metric" in gain else "explains"
    said = f"The mean of {count} runs {verb} {much} the best of them by validation, {plain(best)}"
    scored = f"test {_score(gain)} {write_signed(gain['best_test'] + more)} against {write_signed(gain['best_test'])}"
    size = f"{'+' if more > 0 else ''}{write_signed(more)} [{write_signed(low)}, {write_signed(high)}]"
    advice = " Weak members pull it down; leave them out." if high < 0 else ""
    return f"{said}: {scored}, difference {size}, n = {gain['n']:,}.{advice}"


def spread_words(spread: Mapping[str, Any], unit: str) -> str:
    """Say in Markdown how far the members lie apart, and whether the error is larger where they do."""
    if spread["mean"] is None:
        return ""
    said = f"Its members lie ±{spread['mean']:.2g}{' ' + plain(unit) if unit else ''} apart (mean SD)."
    rank, (low, high) = spread["spearman"], spread["interval"]
    if rank is None or low is None:
        return said
    number = f"rank correlation ρ {write_signed(rank, 2)} [{write_signed(low, 2)}, {write_signed(high, 2)}]"
    if low <= 0:
        return f"{said} Whether it errs more where they lie further apart is not sure: {number}."
    more = "errs more" if rank >= _WARNS else "errs hardly more"
    return f"{said} Where they lie further apart, it {more}: {number}."


def _spread(view: RunView, spread: Mapping[str, Any]) -> str:
    return spread_words(spread[view.target_name], view.unit)


def draw_blend(found: Mapping[str, Any]) -> None:
    """Draw the weights of the members and how good the blend was after each of them."""
    st.markdown(describe_blend(found))
    with st.expander("Members and their weights", icon=":material/join_inner:"):
        st.dataframe(
            tabulate_blend(found),
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


def describe_blend(found: Mapping[str, Any]) -> str:
    """Say in Markdown what was blended and how it was judged."""
    groups = found["groups"]
    several = found["folds"] > 1
    where = f"{found['folds']} folds of the training and validation parts" if several else "the validation part"
    rest = max(0.0, 1 - sum(group["weight"] for group in groups))
    parts = [f"{plain(group['label'])} {group['weight']:.2f}" for group in sort_groups(groups)]
    if rest > 0.005:
        parts.append(f"mean of the training part {rest:.2f}")
    return f"Blend of {', '.join(parts)}, by weights fitted on {where} (n = {found['n']:,} held-out sequences)."


def tabulate_blend(found: Mapping[str, Any]) -> pd.DataFrame:
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
