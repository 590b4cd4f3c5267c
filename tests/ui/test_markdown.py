"""Names that are images in Markdown stay text on every page: files, datasets, motifs, proteins, targets, ids, runs."""

import itertools

import numpy as np
import pandas as pd
import pytest

from lib.analysis.motifs import Motif
from lib.core.progress import Silent
from lib.datasets import pipeline, simulate
from lib.datasets.draft import ImportChoices
from lib.datasets.targets import TargetChoice
from lib.io.decisions import Reading
from lib.io.files import Source
from lib.io.meme import to_meme
from lib.jobs import experiment
from lib.motifs.match import word
from lib.motifs.pattern import Pattern
from lib.store import datasets, experiments, patterns, rbp_tables, runs
from lib.store.experiments import Asked
from lib.store.set_choice import SetChoice
from lib.ui.experiments import page as experiments_page
from lib.ui.widgets import state
from tests import finished
from tests.finished import open_page
from tests.markdown import IMAGE, loading

WORDS = ("TTAG", "TGTAHATA", "TATTTA")
PAGES = [
    (state.DATASETS, {}),
    (state.RUNS, {}),
    (state.RESULTS, {}),
    (state.PREDICT, {}),
    (state.TRAIN, {}),
    (state.ATTRIBUTION, {}),
    (state.MOTIFS, {}),
    (state.MOTIFS, {"view": "Scan"}),
    (state.COMPARE, {}),
    (state.VOCABULARY, {"view": "RBP tables"}),
    (state.VOCABULARY, {"view": "Vocabulary"}),
    (state.VOCABULARY, {}),
    (state.UPLOAD, {}),
    (state.VARIANTS, {}),
    (state.COMPARE_RUNS, {}),
    (state.GROUPS, {}),
    (state.PRETRAIN, {}),
    *((state.EXPERIMENTS, {"what": what}) for what in experiments_page.VIEWS),
]


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A workspace in which every name is an image: dataset, files, target, motifs, ids and run."""
    home = tmp_path_factory.mktemp("markdown") / "home"
    folder = home.parent / "files"
    files = simulate.write_demo(folder, n=160)
    table = pd.read_csv(files.expression, sep="\t")
    values = table.select_dtypes("number").to_numpy()
    change = np.log2((values[:, -1] + 1) / (values[:, 0] + 1))
    rows = [f"{name}{IMAGE}\t{value:.4f}" for name, value in zip(table.iloc[:, 0], change, strict=True)]
    expression = Source(f"e{IMAGE}.tsv", "\n".join([f"id\trate {IMAGE}", *rows]).encode())
    fasta = files.sequences.read_text().splitlines()
    named = "\n".join(f"{line.split()[0]}{IMAGE}" if line.startswith(">") else line for line in fasta)
    pwms = to_meme({f"{IMAGE}{place}": word(text) for place, text in enumerate(WORDS)})
    sources = expression, Source(f"s{IMAGE}.fa", named.encode()), Source(f"m{IMAGE}.meme", pwms.encode())
    with finished.using(home):
        target = TargetChoice("column", None, None, column=f"rate {IMAGE}")
        choices = ImportChoices(name=f"Data {IMAGE}", counts=False, target=target, spike_prefix="")
        dataset = datasets.freeze(pipeline.build(pipeline.understand(*sources), choices))
        run = finished.trained(dataset, "kmer-ridge", {"k": 2}, name=f"Run {IMAGE}")
        finished.trained(dataset, "gc-length", {}, name=f"Other {IMAGE}")
        for asked in _questions(dataset, run):
            answered(asked)
        _discovered(dataset, run)
    return finished.Finished(home, dataset, run)


def _questions(dataset, run):
    """One experiment of each sort, with motifs that are images."""
    held = datasets.load(dataset)
    motifs = tuple(Motif(f"{IMAGE}{place}", text) for place, text in enumerate(("TTAG", "GCACTT", "TATTTA")))
    some = {"background": "shuffled", "part": "train", "count": 12}
    wish = {
        "name": IMAGE,
        "sequence": str(held.sequences[held.rows("test")[0]]),
        "goal": 0.0,
        "keep": [[0, 10]],
        "gc_low": 0.0,
        "gc_high": 1.0,
        "forbidden": [],
        "edits": 25,
    }
    yield Asked("insert", run, 0, motifs, {**some, "grid": 3})
    yield Asked("pairs", run, 0, motifs, {**some, "gaps": [0, 5, 12]})
    yield Asked("ablate", run, 0, motifs, {"part": "train", "count": 60, "draws": 2})
    yield Asked("design", run, 0, motifs, wish)


def answered(asked):
    """Do an experiment in this process."""
    spec = runs.get(asked.run).spec
    run = runs.create(spec=spec, kind=experiments.KIND, payload=experiments.payload(asked), name=f"E {IMAGE}")
    runs.transition(run.id, runs.RUNNING)
    runs.set_results(run.id, experiment.experiment(run.id, runs.folder(run.id), Silent()))
    runs.transition(run.id, runs.FINISHED)


def _discovered(dataset, run):
    """Keep a discovery with two patterns, one of which resembles a motif."""
    held, choice = datasets.load(dataset), SetChoice(run, "in-silico-mutagenesis")
    payload = {"set": choice.to_json(), "discovery": {"strands": "single strand"}}
    job = runs.create(spec=runs.get(run).spec, kind="discover", name=f"D {IMAGE}", payload=payload)
    runs.transition(job.id, runs.RUNNING)
    found = []
    for name, text, sign in (("+1", "TGTAHATA", 1), ("-1", "TATTTA", -1)):
        places = [(str(one), 3, 3 + len(text), sign * 0.5, False) for one in held.ids[:9]]
        table = pd.DataFrame(places, columns=["id", "start", "end", "contribution", "reversed"])
        found.append(Pattern(name, sign, word(text), sign * 0.2 * word(text), table))
    patterns.keep(job.id, found)
    runs.set_results(job.id, {"n": len(held), "patterns": 2})
    runs.transition(job.id, runs.FINISHED)


@pytest.fixture(autouse=True)
def workspace(made):
    with finished.using(made.home):
        yield


@pytest.mark.parametrize(("page", "query"), PAGES, ids=lambda value: str(value).rpartition("/")[2])
def test_no_name_is_an_image(made, page, query):
    app = open_page(page, dataset=made.dataset, run=made.run, **query)
    assert not app.exception, [item.value for item in app.exception]
    assert loading(app) == []


def test_no_name_of_a_protein_or_a_table_is_an_image(made):
    kmers = ["".join(letters) for letters in itertools.product("ACGU", repeat=3)]
    rows = [f"{kmer}\t{place / 63}\t{1 - place / 63}" for place, kmer in enumerate(kmers)]
    text = "\n".join([f"kmer\tP{IMAGE}\tHuR", *rows]).encode()
    kept = rbp_tables.keep(Source(f"t{IMAGE}.tsv", text), Reading(rbp_column=f"P{IMAGE}"))
    for page, query in (
        (state.VOCABULARY, {"view": "RBP tables"}),
        (state.COMPARE, {}),
        (state.EXPERIMENTS, {}),
        (state.MOTIFS, {}),
    ):
        app = open_page(page, dataset=made.dataset, run=made.run, rbp=kept, **query)
        assert not app.exception and loading(app) == []
    app = open_page(state.VOCABULARY, dataset=made.dataset, view="RBP tables")
    app.file_uploader[0].set_value((f"t{IMAGE}.tsv", text, "text/plain")).run()
    assert loading(app) == [] and [item.label for item in app.radio] == ["Protein"]


def test_an_image_is_found_where_it_is_not_escaped():
    from streamlit.testing.v1 import AppTest

    def script():
        import pandas as pd
        import streamlit as st

        from tests.markdown import IMAGE

        st.caption(IMAGE)
        st.button(IMAGE, help=IMAGE)
        st.expander(IMAGE)
        st.radio("r", [IMAGE])
        st.dataframe(pd.DataFrame({"a": [1]}), column_config={"a": st.column_config.NumberColumn(help=IMAGE)})
        st.selectbox("s", [IMAGE])

    found = loading(AppTest.from_function(script, default_timeout=30).run())
    assert len(found) == 6, found
    assert runs.all() is not None


def test_no_label_of_a_class_is_an_image(made, tmp_path):
    rng = np.random.default_rng(2)
    letters = ["".join(rng.choice(list("ACGT"), 40)) for _ in range(120)]
    rows = [f"s{i}{IMAGE},{text},{'yes' if text.count('T') > 10 else 'no'} {IMAGE}" for i, text in enumerate(letters)]
    source = Source(f"c{IMAGE}.csv", "\n".join([f"id,sequence,kind {IMAGE}", *rows]).encode())
    target = TargetChoice("class", None, None, column=f"kind {IMAGE}", positive=f"yes {IMAGE}")
    with finished.using(tmp_path / "home"):
        read = pipeline.understand(source, source)
        dataset = datasets.freeze(pipeline.build(read, ImportChoices(name=IMAGE, target=target)))
        run = finished.trained(dataset, "kmer-logistic", {"k": 2}, name=f"Run {IMAGE}")
        finished.trained(dataset, "kmer-logistic", {"k": 1}, name=f"Other {IMAGE}")
        pages = (state.DATASETS, state.RESULTS, state.ATTRIBUTION, state.PREDICT, state.COMPARE_RUNS, state.EXPERIMENTS)
        for page in (*pages, state.MOTIFS, state.VARIANTS, state.TRAIN, state.VOCABULARY):
            app = open_page(page, dataset=dataset, run=run)
            assert not app.exception and loading(app) == [], page


def test_no_name_of_a_file_or_a_column_is_an_image_on_upload(made, tmp_path):
    files = simulate.write_demo(tmp_path, n=120)
    table = files.expression.read_text().replace("id\t", f"id\tchrom {IMAGE}\t", 1).splitlines()
    header, *rows = table
    rows = [row.replace("\t", f"\t{IMAGE}{place % 4}\t", 1) for place, row in enumerate(rows)]
    kinds = {
        "expression": (f"e{IMAGE}.tsv", "\n".join([header, *rows]).encode()),
        "sequences": (f"s{IMAGE}.fa", files.sequences.read_bytes()),
        "rbp": (f"r{IMAGE}.tsv", f"kmer\tP{IMAGE}\tQ{IMAGE}\nUUAG\t1\t2\nUGUA\t3\t{IMAGE}\n".encode()),
    }
    app = open_page(state.UPLOAD)
    for uploader in app.file_uploader:
        kind = next(kind for kind in kinds if f"drop-{kind}-" in uploader.key)
        uploader.set_value((*kinds[kind], "text/plain"))
    app.run()
    assert not app.exception and loading(app) == []
    next(item for item in app.radio if item.label == "Protein").set_value(f"P{IMAGE}").run()
    assert not app.exception and loading(app) == []
    for kind in ("sequences", "rbp"):  # in each other's place
        app = open_page(state.UPLOAD)
        uploader = next(one for one in app.file_uploader if f"drop-{kind}-" in one.key)
        uploader.set_value((*kinds["rbp" if kind == "sequences" else "sequences"], "text/plain")).run()
        assert not app.exception and loading(app) == []
