"""Run every benchmark and print one table under a description of the machine: ``python -m tests.bench [NAME ...]``."""

import importlib
import os
import platform
import sys
from pathlib import Path

import psutil


def machine() -> str:
    """Describe this machine in one line."""
    cpu = next(
        (line.split(":")[1].strip() for line in _lines(Path("/proc/cpuinfo")) if line.startswith("model name")),
        platform.processor(),
    )
    memory = psutil.virtual_memory().total / 2**30
    return f"{cpu}, {os.cpu_count()} cores, {memory:.0f} GiB, {platform.system()}, Python {platform.python_version()}"


def _lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines() if path.exists() else []


def main() -> int:
    """Run the named benchmarks, or all, and print what was measured beside what was asked."""
    here = Path(__file__).parent
    names = sys.argv[1:] or sorted(path.stem.removeprefix("bench_") for path in here.glob("bench_*.py"))
    rows: list[dict[str, str]] = []
    for name in names:
        sys.stderr.write(f"{name} ...\n")
        rows += importlib.import_module(f"tests.bench.bench_{name}").main()
    out = [f"\n{machine()}\n", "| what | measured | asked | how |", "|---|---|---|---|"]
    out += [f"| {row['what']} | {row['figure']} | {row['asked']} | {row['how']} |" for row in rows]
    sys.stdout.write("\n".join(out) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
