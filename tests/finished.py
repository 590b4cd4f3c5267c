"""A workspace with the simulated demo and a finished run, made by the real parts in this process."""

import hashlib
import json
import os
import random
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from filelock import FileLock
from streamlit.testing.v1 import AppTest

from lib.core.progress import Silent
from lib.datasets import demo, pipeline, profile_tables, profiles, simulate
from lib.datasets.draft import ImportChoices
from lib.datasets.splits import SplitChoice
from lib.datasets.targets import TargetChoice
from lib.io.files import Source
from lib.jobs.start import specify
from lib.jobs.train import train
from lib.models import MODELS
from lib.store import datasets, runs
from lib.tokenizers import Tokenizer

ROOT = Path(__file__).resolve().parents[1]
NASTY = "<img src=x onerror=alert(1)>"


@dataclass(frozen=True)
class Finished:
    """Where the workspace is, and what is in it: a dataset of 160 sequences and one finished run."""

    home: Path
    dataset: str
    run: str


def make(home: Path, *, model: str = "kmer-ridge", settings: dict | None = None, target: TargetChoice | None = None):
    """Simulate, import, freeze, train; in a test session once for all that ask for the same, and copied for each."""
    target = target or TargetChoice()
    if "TESTS_MADE_ONCE" not in os.environ:
        return _make(home, model, settings or {}, target)
    asked = json.dumps([model, settings or {}, asdict(target)], sort_keys=True)
    first = Path(os.environ["TESTS_MADE_ONCE"]) / hashlib.sha256(asked.encode()).hexdigest()[:16]
    with FileLock(first.with_suffix(".lock")):
        names = first / "names.json"
        if not names.exists():
            made = _make(first / "home", model, settings or {}, target)
            names.write_text(json.dumps([made.dataset, made.run]), encoding="utf-8")
    shutil.copytree(first / "home", home)
    return Finished(home, *json.loads(names.read_text(encoding="utf-8")))


def _make(home: Path, model: str, settings: dict, target: TargetChoice) -> Finished:
    with using(home):
        dataset = freeze(home.parent / f"{home.name}-files", target=target)
        return Finished(home, dataset, trained(dataset, model, settings))


@contextmanager
def using(home: Path) -> Iterator[None]:
    """Work in another workspace for a while."""
    before = os.environ.get("MOTIFLENS_HOME")
    os.environ["MOTIFLENS_HOME"] = str(home)
    try:
        yield
    finally:
        if before is None:
            del os.environ["MOTIFLENS_HOME"]
        else:
            os.environ["MOTIFLENS_HOME"] = before


def freeze(
    folder: Path, *, name: str = "Demo", target: TargetChoice | None = None, split: SplitChoice | None = None
) -> str:
    """Simulate the demo's files, which stay in the folder, and freeze them."""
    files = simulate.write_demo(folder, n=160)
    read = pipeline.understand(*(Source(path.name, path) for path in (files.expression, files.sequences, files.rbp)))
    truth = Source(files.truth.name, files.truth)
    chosen = {"target": target or TargetChoice(), "split": split or SplitChoice()}
    choices = ImportChoices(name=name, simulated=True, truth=truth, **chosen)
    return datasets.freeze(pipeline.build(read, choices))


def freeze_profiles(folder: Path, *, name: str = "Profiles", n: int = 120, length: int = 60) -> str:
    """Simulate counts at each base in two tracks and three replicates, decided by a planted motif, and freeze them."""
    files = demo.write_profiles(folder, n=n, length=length)
    read = profile_tables.read_windows(Source(files.profiles.name, files.profiles))
    truth = Source(files.truth.name, files.truth)
    return datasets.freeze(profiles.build(read, profiles.ProfileChoices(name, simulated=True, truth=truth)))


MOTIFS = ("TATAAA", "GGGCGG", "CCAAT", "ATTTA")
"""What ``freeze_classes`` plants, one for each class after the first."""


def freeze_classes(folder: Path, *, classes: int = 2, name: str = "Simulated classes", copies: bool = True) -> str:
    """Freeze 160 sequences of 60 nt whose class says which motif was planted; three test rows stand in train too.

    Two classes are ``none`` and ``TATAAA``, the positive one; more are ``none`` and one motif each.
    """
    rng, rows, labels = random.Random(0), [], ["none", *MOTIFS[: classes - 1]]
    for number in range(160):
        letters = "".join(rng.choice("ACGT") for _ in range(60))
        label, at = labels[number % classes], rng.randrange(5, 45)
        if label != "none":
            letters = letters[:at] + label + letters[at + len(label) :]
        part = "train" if number < 100 else "validation" if number < 130 else "test"
        copied = copies and number >= 157
        rows.append([f"s{number}", rows[number - 150][1] if copied else letters, label, part])
        if copied:
            rows[-1][2] = rows[number - 150][2]
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "classes.csv"
    path.write_text("\n".join(["id,sequence,label,part", *map(",".join, rows)]), encoding="utf-8")
    source = Source(path.name, path)
    target = TargetChoice("class", None, None, column="label", positive="TATAAA" if classes == 2 else "")
    split = SplitChoice("column", "part")
    choices = ImportChoices(name=name, simulated=True, target=target, split=split)
    return datasets.freeze(pipeline.build(pipeline.understand(source, source), choices))


def trained(
    dataset: str,
    model: str,
    settings: dict,
    *,
    name: str = "First run",
    tokenizer: Tokenizer | None = None,
    seed: int = 0,
) -> str:
    """Train a model in this process and give the id of the finished run."""
    run = runs.create(spec=specify(dataset, MODELS.create(model, settings), tokenizer=tokenizer, seed=seed), name=name)
    runs.transition(run.id, runs.RUNNING)
    runs.set_results(run.id, train(run.id, runs.folder(run.id), Silent()))
    runs.transition(run.id, runs.FINISHED)
    return run.id


def open_page(page: str, **query: str) -> AppTest:
    """Open a page of the app as a link with a query does."""
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120)
    for name, value in query.items():
        app.query_params[name] = value
    app.run()
    app.switch_page(page)
    for name, value in query.items():
        app.query_params[name] = value
    return app.run()


def words(app: AppTest) -> str:
    """Everything that is said in words, without the backslashes of escaped markdown."""
    kinds = (app.title, app.subheader, app.markdown, app.caption, app.error, app.info, app.warning, app.success)
    html = [item.proto.body for item in app.get("html")]
    return " ".join([*(str(item.value) for kind in kinds for item in kind), *html]).replace("\\", "")


def healthy(app: AppTest) -> None:
    """Hold that nothing went wrong on the page."""
    assert not app.exception, [item.value for item in app.exception]
    assert not app.error, [item.value for item in app.error]
