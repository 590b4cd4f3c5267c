"""One variant: what each run says, the logos as it stands and changed, every other change nearby, and what next."""

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import streamlit as st

from lib.analysis import edits
from lib.analysis.variants import FLANK, context, saturation
from lib.attribution import METHODS
from lib.attribution.base import Attribution
from lib.attribution.defaults import ANY_MODEL
from lib.attribution.trust import Trust
from lib.core.alphabet import in_alphabet
from lib.core.arrays import FloatArray
from lib.io.variants import Variant
from lib.models.base import Mutagenic
from lib.store import runs
from lib.store.files import home
from lib.store.fitted import load_fitted
from lib.ui import errors
from lib.ui.attribution import checks
from lib.ui.attribution.controls import LONGEST_LINK
from lib.ui.attribution.data import Subject
from lib.ui.attribution.provenance import require_short, try_out
from lib.ui.widgets import attribution_comparison, cached, charts, metric_row, state, theme, trust_badge
from lib.ui.widgets import columns as side
from lib.ui.widgets.metric_row import Fact
from lib.ui.widgets.progress_text import number
from lib.ui.widgets.text import plain
from lib.views.variants import Answer

if TYPE_CHECKING:
    from lib.store.run import Run

WINDOW, MOST = 20, 300


def draw(answer: Answer, row: pd.Series) -> None:
    """Draw the variant of a row of ``Answer.frame``."""
    variant = answer.variants[int(row["row"])]
    text = answer.sequences[variant.sequence]
    core = variant.trim()
    st.subheader(plain(str(row["label"])), anchor=False)
    _numbers(answer, row, variant)
    run = runs.find(answer.explained)
    if run is None or not attribution_comparison.has_model(run):
        st.info("The run that was asked is not there any more, so nothing more can be asked.")
        return
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        flank = st.slider(
            "Nucleotides to each side",
            5,
            MOST // 2,
            WINDOW,
            key="variants-flank",
            width=260,
            help="The window of the logos and of the map below",
        )
        method = _method(run)
        _links(answer, run, variant, text)
    start, end = max(0, core.position - flank), min(len(text), core.position + len(core.ref) + flank)
    with errors.guard():
        _logos(answer, run, variant, (start, end), method)
    with errors.guard():
        _map(answer, run, variant, (start, end))


def _numbers(answer: Answer, row: pd.Series, variant: Variant) -> None:
    before, after = context(variant, answer.sequences[variant.sequence], FLANK)
    place = int(row["row"])
    shown_ = [
        Fact("As it stands", number(float(row["before"])), f"Prediction ({answer.unit})"),
        Fact("Changed", number(float(row["after"])), f"Prediction ({answer.unit})"),
        Fact("Effect", f"{row['effect']:+.3f}".replace("-", "−"), f"Their difference ({answer.unit})"),
    ]
    if np.isfinite(row["low"]):
        words = f"{row['low']:+.2f} to {row['high']:+.2f}".replace("-", "−")
        shown_.append(Fact("95% interval", words, f"Of the mean effect over n = {int(row['n'])} models"))
    if np.isfinite(row["percentile"]):
        about = f"Of {int(row['compared']):,} random variants of its kind and size in the same sequences"
        shown_.append(Fact("Larger than", f"{row['percentile']:.1%}", about))
    if answer.is_class:
        words = f"{row['probability_before']:.3f} → {row['probability_after']:.3f}"
        shown_.append(Fact("Probability", words, f"Of {answer.facts['target']}"))
    for name, table in answer.tables.items():
        if name != answer.by:
            value = f"{table['effect'].iloc[place]:+.3f}".replace("-", "−")
            shown_.append(Fact(answer.names[name], value, "Effect by this run"))
    words = in_alphabet(f"{before} → {after}", rna=True)
    with st.container(border=True):
        metric_row.draw(shown_, title=answer.names[answer.by], below=f"{row['kind']} · {words}")


def _method(run: "Run") -> str:
    """Draw the choice of what the logos show: mutagenesis where that is quick, else the default of the model."""
    offered = [name for name, why in attribution_comparison.refusals(run).items() if not why]
    first = ANY_MODEL if isinstance(load_fitted(run.id), Mutagenic) else offered[0]
    picked = st.selectbox(
        "Letters by",
        offered,
        index=offered.index(first),
        format_func=lambda name: METHODS.get(name).label,
        key=f"variants-method-{run.id}",
        width=230,
        help="The attribution method that sizes the letters of the logos",
    )
    return str(picked or first)


def _links(answer: Answer, run: "Run", variant: Variant, text: str) -> None:
    subject = _subject(answer, run, variant, text)
    query: dict[str, Any] = {"view": "What if", "edits": edits.write(as_edits(variant))}
    if subject.row is not None:
        query |= state.query(run=run.id, dataset=run.dataset, sequence=variant.sequence)
    elif len(text) <= LONGEST_LINK:
        query |= {**state.query(run=run.id, dataset=run.dataset, sequence=None), "seq": text, "name": variant.sequence}
    else:
        return
    if len(subject.dataset.target_names) > 1:
        query["target"] = subject.target_name
    st.page_link(state.ATTRIBUTION, label="Open in What if", icon=":material/edit:", query_params=query)


def as_edits(variant: Variant) -> list[edits.Edit]:
    """Write a variant as edits of the what-if bench.

    >>> edits.write(as_edits(Variant("v", "s", 3, "AC", "T")))
    'd3-5_i3.T'
    """
    core = variant.trim()
    if core.ref and len(core.ref) == len(core.alt):
        return [edits.replace(core.position, core.alt)]
    found = [edits.delete(core.position, core.position + len(core.ref))] if core.ref else []
    return [*found, *([edits.insert(core.position, core.alt)] if core.alt else [])]


def _subject(answer: Answer, run: "Run", variant: Variant, text: str) -> Subject:
    dataset = cached.dataset(run.dataset)
    row = dataset.position(variant.sequence)
    row = row if row is not None and str(dataset.sequences[row]) == text else None
    return Subject(run, dataset, variant.sequence, text, row, answer.target)


def _logos(answer: Answer, run: "Run", variant: Variant, window: tuple[int, int], method: str) -> None:
    """Draw the letters around the variant as it stands and changed, side by side on one scale."""
    from lib.figures.logo import logo_figure

    text = answer.sequences[variant.sequence]
    core, grown = variant.trim(), len(variant.apply(text)) - len(text)
    standing = _subject(answer, run, variant, text)
    changed = replace(standing, name=f"{variant.sequence}, changed", sequence=variant.apply(text), row=None)
    require_short(changed)
    made = METHODS.create(method)
    with st.spinner("Asking the model which nucleotides it used"):
        found = [replace(try_out(one, made), effects=None) for one in (standing, changed)]
        judged = [
            checks.run_quick_checks(one, made, item) for one, item in zip((standing, changed), found, strict=True)
        ]
    trust_badge.row(["As it stands", "Changed"], judged)
    windows = [window, (window[0], window[1] + grown)]
    values = np.concatenate([one.scores[slice(*place)] for one, place in zip(found, windows, strict=True)])
    reach = (float(values.min()), float(values.max()))
    per_row = min(60, max(end - start for start, end in windows))
    both = side.columns(2, key="variants-logos")
    alleles = ((core.ref, "As it stands"), (core.alt, "Changed"))
    for column, explained, trust, place, (allele, title) in zip(both, found, judged, windows, alleles, strict=True):
        box = (core.position, core.position + len(allele), in_alphabet(allele, rna=True), float("nan"))
        with column:
            charts.picture(
                partial(
                    logo_figure,
                    explained,
                    trust,
                    title=f"{title}: {variant.sequence}",
                    unit=answer.unit,
                    rna=True,
                    window=place,
                    per_row=per_row,
                    hits=[box] if box[0] < box[1] else [],
                    reach=reach,
                ),
                name=f"{variant.name} {title}",
                key=f"variants-logo-{title}",
                alt=f"Logo around the variant, {title.lower()}, prediction {explained.prediction:.3f}",
                numbers=partial(_letters, explained, trust, place),
            )


def _letters(explained: Attribution, trust: Trust, window: tuple[int, int]) -> pd.DataFrame:
    start, end = window
    columns = {
        "position": range(start + 1, end + 1),
        "base": list(explained.sequence[start:end]),
        "attribution": explained.scores[start:end],
    }
    if explained.standard_errors is not None:
        columns["standard error"] = explained.standard_errors[start:end]
    return pd.DataFrame({**columns, "badge": trust.word})


def _map(answer: Answer, run: "Run", variant: Variant, region: tuple[int, int]) -> None:
    from lib.figures import variants as plots

    text, core = answer.sequences[variant.sequence], variant.trim()
    start, end = region
    task = str(answer.facts["task"])
    with st.spinner("Asking the model about every single substitution"):
        grid = _saturation(str(home()), run.id, str(run.ended), text, region, answer.target, task)
    mark = (core.position, core.position + len(core.ref), core.alt)
    dark = theme.is_dark()
    charts.draw(
        lambda: plots.saturation(grid, text[start:end], start, mark=mark, unit=answer.unit, dark=dark),
        name=f"{variant.sequence} {start + 1} to {end} saturation",
        key="variants-saturation",
        kept=f"{run.id}-{answer.target}-{text[start:end]}-{variant}-{region}-{dark}",
        alt=f"Effect of every single substitution from {start + 1} to {end} of {plain(variant.sequence)}",
        numbers=lambda: _cells(grid, text, start),
    )
    best = np.unravel_index(int(np.abs(grid).argmax()), grid.shape)
    place = start + int(best[1])
    written = in_alphabet(f"{text[place]}{place + 1} to {'ACGT'[best[0]]}", rna=True)
    st.caption(
        f"Blue frame: the variant. By {plain(run.name)}; the largest change of the region is {written}, "
        f"{grid[best]:+.3f} {plain(answer.unit)}. Grey dots: the letters that stand there."
    )


def _cells(grid: FloatArray, text: str, start: int) -> pd.DataFrame:
    rows = [
        {"position": start + place + 1, "ref": text[start + place], "alt": base, "effect": float(grid[number, place])}
        for place in range(grid.shape[1])
        for number, base in enumerate("ACGT")
        if base != text[start + place]
    ]
    return pd.DataFrame(rows)


@st.cache_data(max_entries=64, show_spinner=False)
def _saturation(
    home: str, run_id: str, ended: str, text: str, region: tuple[int, int], target: int, task: str
) -> FloatArray:
    return saturation(load_fitted(run_id), text, region, target=target, task=task)
