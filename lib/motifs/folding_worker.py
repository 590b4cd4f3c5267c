"""A process that folds: a sequence on each line of stdin, its structure and energy on a line of stdout."""

import sys

from lib.motifs.folding import fold


def main() -> None:
    """Fold until stdin ends."""
    for line in iter(sys.stdin.readline, ""):
        found = fold(line.strip())
        sys.stdout.write(f"{found.structure}\t{found.energy!r}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
