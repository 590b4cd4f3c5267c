"""TF-MoDISco in a process of its own: ``python -m lib.motifs.modisco FOLDER``.

There it may be ended at any moment, has no other thread, so that modisco-lite compiles its kernels in parallel and
keeps them for the next time, and gives its memory back. The folder holds ``given.npz`` and gets ``found.npz``.
"""

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lib.core.registry import values_of
from lib.motifs.discover import Coordinates, Discovery, coordinates

GIVEN, FOUND = "given.npz", "found.npz"


def give(folder: Path, one_hot: NDArray[Any], hypothetical: NDArray[Any], settings: Discovery) -> None:
    """Write what the process needs: tracks (N, 4, L) and settings."""
    text = json.dumps(values_of(settings)).encode()
    arrays = {"one_hot": one_hot, "hypothetical": hypothetical, "settings": np.frombuffer(text, dtype=np.uint8)}
    np.savez(folder / GIVEN, allow_pickle=False, **arrays)


def work(folder: Path) -> None:
    """Read what was given, look for patterns, and write where their seqlets lie."""
    with np.load(folder / GIVEN, allow_pickle=False) as file:
        settings = Discovery(**json.loads(file["settings"].tobytes()))
        found = coordinates(file["one_hot"], file["hypothetical"], settings)
    sizes = np.array([[one.sign, len(one.rows), one.width] for one in found], dtype=np.int64).reshape(-1, 3)
    joined = {
        name: np.concatenate([np.empty(0, dtype=np.int64), *(getattr(one, name).astype(np.int64) for one in found)])
        for name in ("rows", "starts", "turned")
    }
    np.savez(folder / FOUND, allow_pickle=False, sizes=sizes, **joined)


def read_found(folder: Path) -> list[Coordinates]:
    """Read what the process found."""
    with np.load(folder / FOUND, allow_pickle=False) as file:
        sizes, rows, starts, turned = (file[name] for name in ("sizes", "rows", "starts", "turned"))
    ends = np.cumsum(sizes[:, 1])
    return [
        Coordinates(
            int(sign), rows[end - count : end], starts[end - count : end], turned[end - count : end], int(width)
        )
        for (sign, count, width), end in zip(sizes, ends, strict=True)
    ]


if __name__ == "__main__":
    work(Path(sys.argv[1]))
