"""The Upload page for counts at each base: files, understood, where counts lie, split, freeze."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Literal, NamedTuple, cast

import streamlit as st

from lib.datasets.draft import Draft
from lib.datasets.profile_tables import guess_layout
from lib.datasets.profiles import ProfileChoices
from lib.datasets.splits import SplitChoice
from lib.io.decisions import Decision, Undecided, require
from lib.io.sequences import Ambiguity
from lib.io.windows import Windows
from lib.ui import errors
from lib.ui.datasets import profiles as pictures
from lib.ui.upload import choices, files, outcome
from lib.ui.upload.files import BIGWIG_ZONES, TABLE_ZONES, TIF_ZONES, Held, Zone
from lib.ui.upload.profiles import mapping, reading
from lib.ui.widgets import columns as side
from lib.ui.widgets import decisions, downloads, state, url_widgets
from lib.ui.widgets.text import plain, short

Form = Literal["table", "bigwig", "tif-seq"]
FORMS: dict[str, str] = {"table": "A table of windows", "bigwig": "bigWig + BED + FASTA", "tif-seq": "TIF-seq + FASTA"}
_ZONES: dict[Form, tuple[Zone, ...]] = {"table": TABLE_ZONES, "bigwig": BIGWIG_ZONES, "tif-seq": TIF_ZONES}
MAIN: dict[Form, files.Kind] = {"table": "profiles", "bigwig": "bed", "tif-seq": "isoforms"}
"""The file that holds a row for each window."""
VALIDATION, TEST = ("XV", "chrXV"), ("VII", "chrVII")
"""Chromosomes of yeast that a study of poly(A) sites held out; the first choice where there are both."""
SHOWN_PROBLEMS = 500
_MOST_VALUES = 200
_KEEP, _REJECT = "Keep them as N", "Leave these windows out"


class Read(NamedTuple):
    """What was understood: the windows, the choices for them, a key of both, the file, and the key of what is asked."""

    windows: Windows
    chosen: ProfileChoices
    key: str
    file: Held
    asked: str


def draw() -> None:
    """Draw the page for counts at each base."""
    offers = st.container()
    form = cast(Form, url_widgets.segments("Which files", "form", FORMS))
    zones = _ZONES[form]
    files.drop_zones(zones)
    held = files.all_held(zones)
    if not held and not (form == "bigwig" and files.several()):
        with offers:
            _demo()
        return
    st.button("Start over", key="start-over", type="tertiary", icon=":material/restart_alt:", on_click=files.clear)
    missing = [zone.title for zone in zones if zone.kind not in held and not (zone.several and files.several())]
    if missing:
        st.info(f"Next: drop {' and '.join(missing).lower()} above.", icon=":material/arrow_upward:")
        return
    st.subheader("File check", anchor=False)
    asked, told = st.container(), st.container()
    with errors.guard():
        try:
            with told:
                read = _understood(form, held)
        except Undecided as undecided:
            with asked:
                decisions.ask(undecided.decisions, _key(form, held))
            return
        needed: Sequence[Decision] = read.windows.decisions
        try:
            if not decisions.is_open(needed):
                needed = _outcome(read)
        finally:  # what was chosen can be changed, also where it led nowhere
            with asked:
                decisions.ask(needed, read.asked)
            with told:
                decisions.decisions_table(needed, read.asked)


def _key(form: Form, held: Mapping[files.Kind, Held]) -> str:
    """Name the files that are read together, for what is asked of them."""
    used = [held[MAIN[form]], *([held["genome"]] if form != "table" else [])]
    several = files.several() if form == "bigwig" else []
    return "profiles-" + "".join(one.digest[:8] for one in (*used, *several))


def _demo() -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="profile-offers"):
        st.markdown("No files at hand?", width="content")
        pressed = st.button("Try the simulated profiles", icon=":material/play_circle:", key="profile-demo")
    if pressed:
        from lib.datasets import demo
        from lib.store import datasets

        with errors.guard():
            with st.spinner("Simulating windows with planted motifs"):
                chosen = datasets.freeze(demo.profile_draft(), owner=state.owner())
            state.go(state.DATASETS, dataset=chosen)


def _understood(form: Form, held: dict[files.Kind, Held]) -> Read:
    """Draw what was understood as chips, and give the windows with what was chosen for them."""
    file, asked = held[MAIN[form]], _key(form, held)
    said = decisions.answers(asked)
    base = ProfileChoices(name="", excluded_ok=said.excluded_ok)
    if form == "table":
        table = reading.table(file, said)
        require(table.decisions)
        guessed = guess_layout(table)
        with st.container(horizontal=True, gap="small", vertical_alignment="center", key="chips-profiles"):
            st.badge(f"{len(table):,} rows", icon=":material/table_rows:", color="gray")
            layout = mapping.layout(table, guessed, digest=file.digest)
            windows = reading.of_table(file, layout, said)
            st.badge(f"{windows.length:,} nt", icon=":material/straighten:", color="gray")
            columns = mapping.tracks(windows.columns, digest=file.digest)
            ambiguity = _ambiguity(windows, file.digest)
        chosen = replace(base, columns=columns, ambiguity=ambiguity)
        return Read(windows, chosen, f"{file.digest}|{layout!r}|{said!r}", file, asked)
    genome = held["genome"]
    if form == "tif-seq":
        choice = mapping.isoforms(reading.isoforms(file), digest=file.digest)
        windows = reading.of_isoforms(file, genome, choice)
        chosen = replace(base, ambiguity=_chips(windows, file))
        return Read(windows, chosen, f"{asked}{choice!r}", file, asked)
    with st.container(horizontal=True, gap="small", vertical_alignment="center", key="chips-files"):
        used = mapping.files(files.several(), digest=asked)
        length, both = _window(asked)
    if length is None:
        said = replace(said, centre=None)  # only windows that are resized have one
    windows = reading.of_tracks(file, genome, used, length=length, both=both, said=said)
    key = f"{asked}|{[more for _, *more in used]!r}|{length}|{both}|{said!r}"
    return Read(windows, replace(base, ambiguity=_chips(windows, file)), key, file, asked)


def _window(digest: str) -> tuple[int | None, bool]:
    with st.popover(
        "windows and strands", icon=":material/tune:", help="Change the length of windows, and the strands"
    ):
        given = st.number_input(
            "Windows of so many nt around each middle or summit",
            0,
            10_000,
            0,
            10,
            key=f"window-{digest}",
            persist_state="session",
            help="0 takes the regions as they are; they then have one length.",
        )
        both = st.toggle(
            "Both strands, as two tracks",
            key=f"both-{digest}",
            persist_state="session",
            help="Off: the counts of the window's own strand.",
        )
    return int(given) or None, bool(both)


def _chips(windows: Windows, file: Held) -> Ambiguity:
    with st.container(horizontal=True, gap="small", vertical_alignment="center", key="chips-windows"):
        st.badge(f"{len(windows):,} windows", icon=":material/table_rows:", color="gray")
        st.badge(f"{windows.length:,} nt", icon=":material/straighten:", color="gray")
        return _ambiguity(windows, file.digest)


def _ambiguity(windows: Windows, digest: str) -> Ambiguity:
    count = int(windows.ambiguous.sum())
    if not count:
        return "keep"
    with st.popover(f"{count:,} with ambiguity codes", icon=":material/question_mark:"):
        what = "Windows with letters other than A C G T"
        picked = st.radio(what, [_KEEP, _REJECT], key=f"ambiguity-{digest}", persist_state="session")
    return "reject" if picked == _REJECT else "keep"


def _outcome(read: Read) -> Sequence[Decision]:
    """Draw faults, pictures, the split and the button that freezes; give all that was or must be decided."""
    windows, chosen, key, file, _ = read
    problems = windows.problems(chosen.columns)
    noted, faults = st.container(gap="xxsmall"), st.container()
    st.subheader("Where the counts lie", anchor=False)
    seen = st.container()
    st.subheader("Target and split", anchor=False)
    left, right = side.columns([1, 1.6], key="target-and-split")
    with left:
        least = 1 if "isoforms" in windows.sources else _least(file.digest)
        split = _split(windows, digest=file.digest)
    try:
        made = reading.draft(windows, replace(chosen, split=split, least=least), key=key)
    except Undecided as undecided:  # more than a fifth of the file would be excluded
        with faults:
            errors.problems_table(tuple(windows.problems(chosen.columns, most=SHOWN_PROBLEMS)))
        return (*windows.decisions, *undecided.decisions)
    with noted:
        for note in made.notes[:-1]:  # the last one, on close neighbours, stands beside the split
            st.caption(f":material/info: {plain(note)}")
    with faults:
        _faults(made, len(problems), windows)
    with seen:
        _pictures(made)
    with left:
        outcome.parts(made, split)
    with right:
        outcome.target(made)
    outcome.freeze(made, suggestion=_suggestion(file), digest=file.digest)
    return made.decisions


def _least(digest: str) -> int:
    given = st.number_input(
        "Least counts of a window",
        1,
        1_000_000,
        1,
        key=f"fewest-{digest}",
        persist_state="session",
        help="Windows with fewer counts over all tracks are left out.",
    )
    return int(given)


def _faults(made: Draft, count: int, windows: Windows) -> None:
    if not made.join.rejected:
        return
    one = made.join.rejected == 1
    label = f"{made.join.rejected:,} row{'' if one else 's'} {'is' if one else 'are'} left out"
    with st.expander(label, icon=":material/rule:", expanded=made.join.rejected <= 10):
        if count:
            errors.problems_table(tuple(windows.problems(most=SHOWN_PROBLEMS)))
        downloads.csv_button(
            lambda: made.rejected,
            name="rows-left-out",
            key="rejected",
            label=f"Download the {len(made.rejected):,} rows left out, with reasons (CSV)",
        )


def _pictures(made: Draft) -> None:
    dataset = made.dataset
    place = 0
    if len(dataset.tracks) > 1:
        names = list(dataset.tracks)
        picked = st.segmented_control(
            "Track",
            names,
            default=names[0],
            required=True,
            key="upload-track",
            format_func=lambda name: plain(short(name, 30)),
        )
        place = names.index(str(picked)) if picked in names else 0
    pictures.draw_profiles(dataset, place, key="upload-profiles")


def _split(windows: Windows, *, digest: str) -> SplitChoice:
    """Draw the choice of a split; values of a column, such as chromosomes, can be named for the parts."""
    table, layout = windows.table, dict(cast(Mapping[str, object], windows.facts.get("layout", {})))
    used = {*windows.counts, *(value for value in layout.values() if isinstance(value, str))}
    others = [str(name) for name in table.frame.columns if name not in used] if table is not None else []
    candidates = list(dict.fromkeys([*(["chrom"] if "chrom" in windows.places.columns else []), *others]))
    labels = {**choices.SPLITS, "column": "By chromosome"} if "chrom" in candidates else choices.SPLITS
    chosen = choices.split(candidates, digest=digest, labels=labels)
    if chosen.kind != "column":
        return chosen
    known = _values(windows, chosen.column)
    if len(known) > _MOST_VALUES:
        return chosen
    validation = [value for value in known if value in VALIDATION]
    test = [value for value in known if value in TEST]
    first = (validation, test) if validation and test else ([], [])
    named = [
        st.multiselect(
            f"{part} part",
            known,
            default=default,
            key=f"named-{part}-{digest}-{chosen.column}",
            persist_state="session",
            placeholder="dealt by their shares",
            help=f"Values of {plain(chosen.column)} for this part; all that are named for neither are the train part. "
            "Leave both empty to deal the values to the parts.",
        )
        for part, default in zip(("Validation", "Test"), first, strict=True)
    ]
    return replace(chosen, validation=tuple(named[0]), test=tuple(named[1]))


def _values(windows: Windows, column: str) -> list[str]:
    if column in windows.places.columns:
        return list(dict.fromkeys(map(str, windows.places[column])))
    assert windows.table is not None
    return list(dict.fromkeys(windows.table.text(column)))


def _suggestion(held: Held) -> str:
    stem = re.sub(r"(\.(csv|tsv|txt|tab|xlsx|parquet|gz|bed))+$", "", held.source.name, flags=re.IGNORECASE)
    return held.title or re.sub(r"[_\s]+", " ", stem).strip()[:120] or "My profiles"
