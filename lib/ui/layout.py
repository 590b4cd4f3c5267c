"""What surrounds every page: navigation, the chosen dataset and run, and how many jobs are at work."""

import streamlit as st

import lib
from lib.ui import errors
from lib.ui.widgets import cards, state, theme
from lib.ui.widgets.state import ASSETS, ROOT

JOBS_EVERY_SECONDS = 3.0

SECTIONS = {
    "Data": (
        (state.UPLOAD, "Upload", ":material/upload_file:", "Bring expression, sequences and RBP motifs"),
        (state.DATASETS, "Datasets", ":material/dataset:", "What you have, and whether it is good"),
    ),
    "Tokens": (
        (state.COMPARE, "Compare", ":material/view_timeline:", "How each tokenizer reads a sequence"),
        (state.VOCABULARY, "Vocabulary", ":material/scatter_plot:", "Whether tokens and motifs mean anything"),
    ),
    "Models": (
        (state.TRAIN, "Train", ":material/model_training:", "Choose a model and train it on a dataset"),
        (state.RUNS, "Runs", ":material/lists:", "What is being trained, and what was"),
        (state.GROUPS, "Sweeps", ":material/grid_view:", "Which settings are best, and which tokenizer"),
        (state.RESULTS, "Results", ":material/insights:", "How good a run is, and against what"),
        (state.COMPARE_RUNS, "Compare runs", ":material/compare_arrows:", "Which of several runs is better, and where"),
        (state.PRETRAIN, "Pretrain", ":material/auto_stories:", "Let UTR-LM learn your sequences first"),
    ),
    "Explain": (
        (state.PREDICT, "Predict", ":material/edit_note:", "Ask a run about sequences of your own"),
        (state.ATTRIBUTION, "Attribution", ":material/biotech:", "Which nucleotides a run used"),
        (state.VARIANTS, "Variants", ":material/genetics:", "Which changes of sequences matter, and by how much"),
        (state.MOTIFS, "Motifs", ":material/stacked_bar_chart:", "Which motifs a run found, known or new"),
        (state.EXPERIMENTS, "Experiments", ":material/science:", "What motifs do to a prediction when put in or out"),
    ),
}


def navigation() -> "st.Page":
    """Set the page up, register every page and give the one that was asked for.

    Pages are registered before the login gate as well, so that a cold deep link meets the gate and not an error.
    """
    st.set_page_config(page_title="MotifLens", page_icon=str(ASSETS / "logo.svg"), layout="wide")
    pages = [
        st.Page(ROOT / path, title=title, icon=icon, help=summary, default=path == state.UPLOAD)
        for section in SECTIONS.values()
        for path, title, icon, summary in section
        if (ROOT / path).is_file()
    ]
    return st.navigation(pages, position="hidden")


def sidebar() -> None:
    """Draw the sidebar: sections, the chosen dataset and run, the jobs."""
    state.keep()
    theme.apply()
    st.logo(str(ASSETS / "wordmark.svg"), size="large", icon_image=str(ASSETS / "logo.svg"))
    with st.sidebar:
        for section, pages in SECTIONS.items():
            known = [page for page in pages if (ROOT / page[0]).is_file()]
            if known:
                st.html(f"<p class='ml-section'>{section}</p>")
                with st.container(gap=2):
                    for path, title, icon, _ in known:
                        st.page_link(path, label=title, icon=icon, width="stretch", query_params=state.query())
        with errors.guard():
            cards.belongs()
            cards.dataset_card()
            cards.run_card()
        _jobs()
        st.caption(f"MotifLens {lib.__version__}")


@st.fragment(run_every=JOBS_EVERY_SECONDS)
def _jobs() -> None:
    with errors.guard():
        cards.jobs()
