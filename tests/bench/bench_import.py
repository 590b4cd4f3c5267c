"""Import figures: the public utr-seq data, and a million generated sequences by the command line.

Each import runs as ``python -m lib import`` in a process of its own with a workspace of its own; seconds are wall time
of the whole process and memory is its largest resident size.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

ROOT = Path(__file__).resolve().parents[2]
UTR_SEQ = ROOT.parent / "shared" / "data" / "utr-seq"
N, LENGTH, HOURS = 1_000_000, 110, 9
BLOCK = 100_000


def write_sequences(folder: Path, rng: np.random.Generator) -> tuple[Path, Path]:
    """Write N random sequences as FASTA and as headerless TSV."""
    fasta, table = folder / "sequences.fa", folder / "sequences.tsv"
    with fasta.open("wb") as first, table.open("wb") as second:
        for start in range(0, N, BLOCK):
            letters = np.frombuffer(b"ACGT", dtype=np.uint8)[rng.integers(0, 4, (BLOCK, LENGTH), dtype=np.uint8)]
            texts = letters.view(f"S{LENGTH}").ravel().tolist()
            first.write(b"".join(b">seq_%d\n%s\n" % (start + i, text) for i, text in enumerate(texts)))
            second.write(b"".join(b"seq_%d\t%s\n" % (start + i, text) for i, text in enumerate(texts)))
    return fasta, table


def write_values(folder: Path, rng: np.random.Generator) -> tuple[Path, Path]:
    """Write log2 values of N ids at 9 hours in another order; the second file has a fault in every 10,000th row."""
    order = rng.permutation(N)
    columns = {f"{hour}h": np.round(rng.normal(5 - hour / 4, 1, N), 4) for hour in range(HOURS)}
    ids = pa.array([f"seq_{i}" for i in order.tolist()])
    sound, faulty = folder / "values.csv", folder / "faulty.csv"
    pacsv.write_csv(pa.table({"id": ids, **columns}), sound)
    lines = sound.read_text(encoding="utf-8").split("\n")
    for place in range(10_000, N, 10_000):
        lines[place] = lines[place].rsplit(",", 1)[0] + (",oops" if place % 20_000 else "")
    faulty.write_text("\n".join(lines), encoding="utf-8")
    return sound, faulty


def measured(arguments: list[str], workspace: Path) -> tuple[dict[str, object], dict[str, float]]:
    """Run one import and give what it printed, and its seconds, CPU seconds and peak memory in GB."""
    command = [sys.executable, "-m", "lib", "import", "--json", "--name", "bench", *arguments]
    environment = {**os.environ, "MOTIFLENS_HOME": str(workspace)}
    environment.pop("MOTIFLENS_DATABASE_URL", None)
    started = time.perf_counter()
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE) as run:
        assert run.stdout is not None
        out = run.stdout.read()
        _, status, usage = os.wait4(run.pid, 0)
        run.returncode = os.waitstatus_to_exitcode(status)
    if run.returncode:
        raise RuntimeError(f"{' '.join(command)} ended with {run.returncode}")
    seconds, cpu = time.perf_counter() - started, usage.ru_utime + usage.ru_stime
    return json.loads(out), {"seconds": seconds, "cpu": cpu, "gb": usage.ru_maxrss * 1024 / 1e9}


def reading_seconds(files: list[Path], engine: str) -> float:
    """Give the seconds in which pandas reads the same bytes, in a process of its own, its start left out."""
    code = (
        "import sys, time, pandas\n"
        "started = time.perf_counter()\n"
        f"tables = [pandas.read_csv(path, sep=sep, engine={engine!r})"
        " for path, sep in zip(sys.argv[1::2], sys.argv[2::2])]\n"
        "print(time.perf_counter() - started)\n"
    )
    marks = [part for file in files for part in (str(file), "," if file.suffix == ".csv" else "\t")]
    done = subprocess.run([sys.executable, "-c", code, *marks], capture_output=True, text=True, check=True)
    return float(done.stdout)


def utr_seq(folder: Path) -> dict[str, str]:
    """Import the public data and describe the target."""
    what, asked = "import of utr-seq", "12,322 rows, 5 spike-ins, target variance 1.22"
    if not UTR_SEQ.is_dir():
        return {"what": what, "figure": "not measured", "asked": asked, "how": "shared/data/utr-seq is not here"}
    workspace = folder / "utr-seq"
    printed, used = measured(
        [
            "--expression",
            str(UTR_SEQ / "reporter_counts.txt"),
            "--sequences",
            str(UTR_SEQ / "reporter_seq.txt"),
            "--counts",
            "--times",
            "0,1,2,3,4,5,6,7,8,10,12",
            "--from",
            "2h",
            "--to",
            "8h",
        ],
        workspace,
    )
    stored = workspace / "datasets" / str(printed["dataset"])
    facts = json.loads((stored / "dataset.json").read_text(encoding="utf-8"))
    variance = float(np.var(pq.read_table(stored / "table.parquet")["target:0"].to_numpy()))
    figure = f"{printed['rows']:,} rows, {facts['join']['spike_ins']} spike-ins, target variance {variance:.2f}"
    return {
        "what": what,
        "figure": figure,
        "asked": asked,
        "how": f"python -m lib import, 8h - 2h, {used['seconds']:.1f} s",
    }


def main() -> list[dict[str, str]]:
    """Measure and give one row per import."""
    rows = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        rows.append(utr_seq(folder))
        rng = np.random.default_rng(0)
        fasta, table = write_sequences(folder, rng)
        sound, faulty = write_values(folder, rng)
        for label, values, sequences in (
            ("CSV and TSV", sound, table),
            ("CSV and FASTA", sound, fasta),
            ("99 faulty rows", faulty, table),
        ):
            arguments = ["--expression", str(values), "--sequences", str(sequences)]
            printed, used = measured(arguments, folder / label.replace(" ", "-"))
            took = f"{used['seconds']:.1f} s ({used['cpu']:.0f} s of CPU)"
            if values is sound and sequences is table:  # the other file is one that pandas refuses
                took += "".join(
                    f", {used['seconds'] / reading_seconds([values, sequences], engine):.1f} times "
                    f"pandas.read_csv of the same bytes (engine {engine})"
                    for engine in ("c", "pyarrow")
                )
            rows.append(
                {
                    "what": f"import of {N:,} sequences of {LENGTH} nt, {HOURS} time points ({label})",
                    "figure": f"{took}, {used['gb']:.2f} GB, {printed['rows']:,} rows",
                    "asked": "<= 10 times pandas.read_csv, <= 1.5 GB",
                    "how": "python -m lib import, whole process, wall time and peak resident size",
                }
            )
    return rows


if __name__ == "__main__":
    for row in main():
        sys.stdout.write(" | ".join(row.values()) + "\n")
