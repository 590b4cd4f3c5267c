"""Discoveries and runs as files for other programs: BED of instances, tracks of single bases, npz of tfmodisco.

Windows with coordinates become BED, bigWig and bedGraph; sequences without become tables.
"""

import io
import re
from collections.abc import Mapping

import numpy as np
import pandas as pd

from lib.core.errors import UserError
from lib.datasets.profiles import window_positions
from lib.io.export import to_tsv
from lib.io.genome_tracks import BEDGRAPH, BIGWIG, require_places, write_regions, write_tracks
from lib.motifs.instances import FDR
from lib.store import attribution_sets, datasets, instances, profiles, runs, set_files
from lib.store.set_choice import choice_of

TSV, TRUST = "tsv", "trust.tsv"
_UNSAFE = re.compile(r"[^\w.-]+")
FORMS = (BIGWIG, BEDGRAPH, TSV)
TABLE = ("id", "start", "end", "strand", "pattern", "score", "similarity", "contribution", "q", "badge")


def has_places(dataset_id: str) -> bool:
    """Tell whether the windows of a dataset have coordinates."""
    return window_positions(datasets.load(dataset_id)) is not None


def instance_table(job_id: str, *, fdr: float = FDR) -> pd.DataFrame:
    """List the instances of a discovery: positions from 0 within their sequences, half-open, with trust badges."""
    found = instances.find(job_id)
    found = found[found["q"] <= fdr].reset_index(drop=True)
    return add_badges(found, set_files.judge_job(job_id))[list(TABLE)]


def add_badges(table: pd.DataFrame, trust: set_files.SetTrust) -> pd.DataFrame:
    """Give a table with the trust badge of the attribution of each row, whose sequence ``id`` names."""
    return table.assign(badge=[trust.write([str(name)]) for name in table["id"]])


def instance_bed(job_id: str, *, fdr: float = FDR) -> bytes:
    """Write the instances of a discovery as BED: name is the pattern, score 1000 times the similarity.

    Behind these stand the contribution, q, the id of the window and its trust badge; lines above say what the badges
    come to. The same instance in overlapping windows is written once, as the one with the least q.

    Raises
    ------
    UserError
        If the sequences have no coordinates.
    """
    where = window_positions(datasets.load(runs.get(job_id).dataset))
    require_places(where)
    found = instances.find(job_id)
    found = found[found["q"] <= fdr].sort_values("q", kind="stable")
    rows = attribution_sets.load(job_id).rows
    regions = pd.DataFrame(
        {
            "row": rows[found["row"].to_numpy()],
            "start": found["start"].to_numpy(),
            "end": found["end"].to_numpy(),
            "strand": found["strand"].to_numpy(),
            "name": found["pattern"].to_numpy(),
            "score": np.round(1000 * found["similarity"].to_numpy()).clip(0, 1000).astype(int),
            "contribution": found["contribution"].to_numpy(),
            "q": found["q"].to_numpy(),
            "id": found["id"].to_numpy(),
        }
    )
    trust = set_files.judge_job(job_id)
    return write_regions(where, add_badges(regions, trust), remarks=trust.list_remarks())


def attribution_files(job_id: str, form: str, name: str, *, sizes: Mapping[str, int] | None = None) -> dict[str, bytes]:
    """Write the attributions of a discovery, one number per base, as files by their names.

    Parameters
    ----------
    job_id
        A job of kind ``attribute`` or ``discover``.
    form
        ``bigwig``, ``bedgraph`` (one file for each strand) or ``tsv`` (id, position from 0, base, attribution, badge);
        beside them ``trust.tsv`` has the trust badge of each sequence.
    name
        Begins the names of the files.
    sizes
        Lengths of chromosomes, for bigWig.

    Raises
    ------
    UserError
        If there are no attributions, or no coordinates where they are needed.
    """
    dataset = datasets.load(runs.get(job_id).dataset)
    where = window_positions(dataset)
    if form != TSV:
        require_places(where)
    made = attribution_sets.load(job_id)
    scores = [row[:length] for row, length in zip(made.attributions, made.lengths, strict=True)]
    judged = set_files.judge_set(made, choice_of(runs.get(job_id)))
    badges = {TRUST: to_tsv(set_files.to_table(made, judged))}
    if form != TSV:
        within = None if where is None else where.iloc[made.rows]
        return write_tracks(within, scores, name, form, sizes=sizes) | badges
    table = pd.DataFrame(
        {
            "id": np.repeat(made.ids, made.lengths),
            "position": np.concatenate([np.arange(length) for length in made.lengths]),
            "base": list("".join(dataset.sequences[made.rows])),
            "attribution": np.concatenate(scores),
        }
    )
    if made.standard_errors is not None:
        errors = [row[:length] for row, length in zip(made.standard_errors, made.lengths, strict=True)]
        table["standard_error"] = np.concatenate(errors)
    table["badge"] = np.repeat([trust.word for trust in judged], made.lengths)
    return {f"{name}.tsv": to_tsv(table)} | badges


def prediction_files(run_id: str, form: str, name: str, *, sizes: Mapping[str, int] | None = None) -> dict[str, bytes]:
    """Write the predicted counts at each base of a run on profiles, as files by their names, by track and strand.

    Raises
    ------
    UserError
        If the run predicts no profiles, or its windows have no coordinates.
    """
    dataset = datasets.load(runs.get(run_id).dataset)
    if not dataset.tracks:
        raise UserError(
            f"Run {run_id} predicts one number for a sequence and nothing for single bases; take a run on profiles."
        )
    where = require_places(window_positions(dataset))
    shares = profiles.load(run_id)[profiles.PREDICTED]  # N, T, L
    predicted = runs.predictions(run_id).set_index("id").loc[dataset.ids.tolist()]
    stems = [_UNSAFE.sub("_", track) for track in dataset.tracks]
    if len(set(stems)) < len(stems):
        stems = [f"{number}-{stem}" for number, stem in enumerate(stems, start=1)]
    files: dict[str, bytes] = {}
    for number, (stem, target) in enumerate(zip(stems, dataset.target_names, strict=True)):
        totals = np.expm1(predicted[f"predicted:{target}"].to_numpy(dtype=np.float64)).clip(min=0)
        counts = (shares[:, number] * totals[:, None]).astype(np.float32)
        files |= write_tracks(where, list(counts), f"{name}-{stem}", form, sizes=sizes)
    return files


def modisco_files(job_id: str) -> dict[str, bytes]:
    """Write the sequences and hypothetical contributions of a discovery as modisco-lite reads them, (N, 4, L) each.

    ``modisco motifs -s ohe.npz -a shap.npz -n 5000 -w L -o found.h5`` takes them; channels A C G T, shorter sequences
    end in zeros. ``trust.tsv`` beside them has the trust badge of each sequence.

    Raises
    ------
    UserError
        If there are no attributions, or none for the bases that do not stand there.
    """
    made = attribution_sets.load(job_id)
    judged = set_files.judge_set(made, choice_of(runs.get(job_id)))
    files = {TRUST: to_tsv(set_files.to_table(made, judged))}
    for name, array in (("ohe.npz", made.one_hot), ("shap.npz", made.require_hypothetical())):
        file = io.BytesIO()
        np.savez_compressed(file, array.astype(np.float32))
        files[name] = file.getvalue()
    return files
