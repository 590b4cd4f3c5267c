"""Repeat the run of this bundle with MotifLens, in a workspace of its own that is deleted afterwards.

Run it in the folder of MotifLens (where ``lib/`` lies), with the Python in which MotifLens is installed::

    python WHERE-YOU-UNZIPPED/reproduce.py [--train] [--keep FOLDER] [--motiflens FOLDER]

It exits with 0 when every metric is the same to one part in a million, and says whether it is the same to the last
digit. It needs nothing but Python itself and MotifLens.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
CLOSE = 1e-6


def main() -> int:
    """Unpack, judge or train, compare; give the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--train", action="store_true", help="train again with the same settings and seed")
    parser.add_argument("--keep", metavar="FOLDER", help="workspace to use and to keep")
    parser.add_argument("--motiflens", metavar="FOLDER", default=".", help="folder of MotifLens, where lib/ lies")
    options = parser.parse_args()
    program = Path(options.motiflens).resolve()
    if not (program / "lib" / "__main__.py").is_file():
        sys.stderr.write(f"MotifLens is not in {program}; go to its folder, or name it by --motiflens FOLDER.\n")
        return 2
    facts = json.loads((HERE / "bundle.json").read_text(encoding="utf-8"))
    with tempfile.TemporaryDirectory(prefix="motiflens-", ignore_cleanup_errors=True) as scratch:
        home = Path(options.keep or scratch).resolve()

        def command(*words: str) -> dict[str, Any]:
            environment = {**os.environ, "MOTIFLENS_HOME": str(home), "MOTIFLENS_RUNNER": "local"}
            environment.pop("MOTIFLENS_DATABASE_URL", None)
            done = subprocess.run(
                [sys.executable, "-m", "lib", *words, "--json"],
                cwd=program,
                env=environment,
                stdout=subprocess.PIPE,
                text=True,
                check=False,
            )
            if done.returncode:
                raise SystemExit(done.returncode)
            answer: dict[str, Any] = json.loads(done.stdout)
            return answer

        command("unpack", str(HERE))
        judged = command("evaluate", "--run", facts["run"]["id"])
        kept = judged["kept"]["test"]
        if not options.train:
            return compare(kept, judged["metrics"]["test"], "saved model")
        words = list(facts["train"])
        if words[0] != "train":
            sys.stderr.write("An ensemble learns nothing itself; repeat its members, each from a bundle of its own.\n")
            return 2
        if "--rbp" in words:
            words[words.index("--rbp") + 1] = str(HERE / "runs" / facts["run"]["id"] / "rbp.csv")
        trained = command(*words)
        if trained["status"] != "finished":
            sys.stderr.write(f"The training ended as {trained['status']}: {trained.get('message', '')}\n")
            return 1
        return compare(kept, trained["metrics"]["test"], "trained again")


def compare(kept: dict[str, Any], found: dict[str, Any], what: str) -> int:
    """Print both columns and say whether they agree."""
    names = [name for name, value in kept.items() if name != "n" and (value is None or isinstance(value, float | int))]
    wide = max(10, *(len(name) + 2 for name in names))
    sys.stdout.write(f"{'metric':<{wide}}{'kept':>25}{what:>25}\n")
    far = False
    for name in names:
        old, new = kept.get(name), found.get(name)
        sys.stdout.write(f"{name:<{wide}}{old!s:>25}{new!s:>25}\n")
        if (old is None) != (new is None) or (old is not None and abs(new - old) > CLOSE * max(abs(old), CLOSE)):
            far = True
    same = all(kept.get(name) == found.get(name) for name in names)
    sys.stdout.write("The same to the last digit.\n" if same else "Not the same.\n" if far else "The same to 1e-6.\n")
    return 1 if far else 0


if __name__ == "__main__":
    sys.exit(main())
