"""Damage files, bring them as a user would, and see that each is read or refused in a sentence, with no row lost."""

import json
import os
import select
import signal
import sys
import time
import traceback
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from lib.core.errors import UserError
from lib.datasets import pipeline
from lib.datasets.draft import ImportChoices
from lib.datasets.file_types import role_of
from lib.io.bed import read_bed
from lib.io.decisions import DEFAULT, Decision, Reading, Undecided, choose
from lib.io.rbp import read_rbp
from lib.io.sequences import read_sequences
from lib.io.source import Source
from lib.io.tables import read_table
from lib.io.variant_input import understand
from tests.fuzz import mutations
from tests.fuzz.seeds import FASTA, SEQUENCES, Seed, seeds, table

SECONDS = 10.0
"""Seconds of the processor that one file may take; of the clock six times as much, for other work goes on."""
BATCH = 50
ROUNDS = 14
READ, REFUSED, TRACEBACK, UNACCOUNTED, HANG = "read", "refused", "tracebacks", "unaccounted", "hangs"


class Unaccounted(AssertionError):
    """Rows of a file that are neither used nor excluded."""


@dataclass
class Tally:
    """What became of the files."""

    counts: dict[str, int] = field(
        default_factory=lambda: dict.fromkeys((READ, REFUSED, TRACEBACK, UNACCOUNTED, HANG), 0)
    )
    faults: list[dict[str, Any]] = field(default_factory=list)
    peak: float = 0.0

    def line(self) -> str:
        """Sum up in one line."""
        total = sum(self.counts.values())
        counted = ", ".join(f"{count:,} {what}" for what, count in self.counts.items())
        return f"{total:,} files tried: {counted}, peak memory {self.peak / 1e9:.2f} GB"


def damaged(number: int, seed: int) -> tuple[Seed, bytes, bool]:
    """Make the damaged file of a number: its seed, its bytes, and whether its rows can be counted by lines."""
    random = Random(f"{seed}-{number}")
    known = seeds()
    one = known[number % len(known)]
    data, countable = one.data, one.countable
    packed_damage = one.pack is not None and random.random() < 0.25
    for _ in range(0 if packed_damage else random.choice([1, 1, 1, 2, 3])):
        change = random.choice(mutations.ROWS if one.countable and random.random() < 0.4 else mutations.ALL)
        countable &= change in mutations.ROWS
        data = change(data, random)
    if one.pack is not None:
        data = one.pack(data)
    if packed_damage:
        data = random.choice([mutations.flip_bytes, mutations.truncate, mutations.cut_out])(data, random)
    return one, data, countable


def answer(reading: Reading, decisions: tuple[Decision, ...]) -> Reading:
    """Answer what is open by its first alternative."""
    for one in decisions:
        if one.is_open and one.option:
            first = one.alternatives[0].value if one.alternatives else ""
            reading = choose(reading, one.option, first or "yes")
    return reading


def bring(seed: Seed, data: bytes, *, countable: bool) -> str:
    """Read a file as a user would who takes the first answer to everything; say whether it was used or refused.

    Raises
    ------
    Unaccounted
        If rows were lost.
    """
    source = Source(seed.name, data)
    try:
        role_of(source)
        if countable:
            _count_lines(source, data)
        _bring(seed, source)
    except UserError as error:
        if not str(error).strip():
            raise AssertionError("a refusal without a sentence") from error
        return REFUSED
    return READ


def _count_lines(source: Source, data: bytes) -> None:
    read = read_table(source)
    rows = sum(bool(line.strip(b" \t,\r")) for line in data.split(b"\n")) - 1
    if len(read) + len(read.rejected) != rows:
        raise Unaccounted(f"{rows} rows, {len(read)} read and {len(read.rejected)} rejected")


def _bring(seed: Seed, source: Source) -> None:
    if seed.place == "windows":
        _answered(lambda reading: read_bed(source, reading=reading))
    elif seed.place == "rbp":
        read_table_or_not(source)
        _answered(lambda reading: read_rbp(source, reading=reading))
    elif seed.place == "variants":
        found = _answered(lambda reading: understand(source, SEQUENCES, reading)).found
        lost = found.total - len(found.variants)
        if lost < 0 or (lost and not found.rejected):
            raise Unaccounted(f"{found.total} variants, {len(found.variants)} used, {len(found.rejected)} faults")
    else:
        if seed.place == "sequences":
            _answered(lambda reading: read_sequences(source, reading=reading))
        _import(seed.place, source)


def read_table_or_not(source: Source) -> None:
    """Bring a file to the wrong place too."""
    try:
        read_table(source)
    except UserError:
        return


def _answered(read: Any) -> Any:
    reading = DEFAULT
    for _ in range(ROUNDS):
        found = read(reading)
        if not any(one.is_open for one in found.decisions):
            return found
        reading = answer(reading, found.decisions)
    raise AssertionError(f"decisions stay open: {[one.topic for one in found.decisions if one.is_open]}")


def _import(place: str, source: Source) -> None:
    expression = Source("values.csv", table().encode()) if place == "sequences" else source
    sequences = source if place in ("sequences", "both") else Source("known.fa", FASTA.encode())
    reading = DEFAULT
    for _ in range(ROUNDS):
        understood = pipeline.understand(expression, sequences, None, reading)
        try:
            draft = pipeline.build(understood, ImportChoices("fuzz", reading=reading))
        except Undecided as error:
            before, reading = reading, answer(reading, error.decisions)
            if before == reading:
                raise AssertionError(f"an answer changes nothing: {error}") from error
            continue
        json.dumps(draft.dataset.facts, allow_nan=False)  # as it is stored
        for account in draft.accounts:
            if account.rows != account.used + account.set_aside + account.excluded:
                raise Unaccounted(str(account))
        return
    raise AssertionError("decisions stay open after many answers")


def try_one(number: int, seed: int) -> dict[str, Any]:
    """Bring one damaged file and say what became of it."""
    one, data, countable = damaged(number, seed)
    started = time.process_time()
    said: dict[str, Any] = {"number": number, "name": one.name}
    try:
        said["outcome"] = bring(one, data, countable=countable)
    except Unaccounted as error:
        said |= {"outcome": UNACCOUNTED, "why": str(error)}
    except Exception as error:  # noqa: BLE001 - this is what is looked for
        kind = UNACCOUNTED if isinstance(error, RuntimeError) and "used" in str(error) else TRACEBACK
        said |= {"outcome": kind, "why": traceback.format_exc()[-1500:]}
    said["seconds"] = round(time.process_time() - started, 2)
    return said


def _batch(numbers: list[int], seed: int) -> Iterator[tuple[dict[str, Any] | None, float]]:
    """Try some files in a process of their own; a file that hangs or breaks it is given as a hang, with the peak."""
    incoming, outgoing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(incoming)
        os.environ["MOTIFLENS_READERS"] = "in-process"
        with os.fdopen(outgoing, "w") as stream:
            for number in numbers:
                stream.write(json.dumps(try_one(number, seed)) + "\n")
                stream.flush()
        os._exit(0)
    os.close(outgoing)
    done = 0
    with os.fdopen(incoming) as stream:
        while done < len(numbers):
            ready = select.select([stream], [], [], 6 * SECONDS)[0]
            line = stream.readline() if ready else ""
            if not line:
                os.kill(child, signal.SIGKILL)
                yield (
                    {"number": numbers[done], "name": "", "outcome": HANG, "why": "no answer", "seconds": 6 * SECONDS},
                    0.0,
                )
                break
            said = json.loads(line)
            done += 1
            yield said, 0.0
    usage = os.wait4(child, 0)[2]
    yield None, usage.ru_maxrss * 1024.0


def run(count: int, seed: int, *, first: int = 0, keep: Path | None = None) -> Tally:
    """Try so many damaged files; those with a fault are kept in a folder."""
    tally = Tally()
    waiting = list(range(first, first + count))
    while waiting:
        batch, tried = waiting[:BATCH], 0
        for said, peak in _batch(batch, seed):
            tally.peak = max(tally.peak, peak)
            if said is None:
                continue
            tried += 1
            outcome = HANG if said["seconds"] > SECONDS else said["outcome"]
            tally.counts[outcome] += 1
            if outcome not in (READ, REFUSED):
                tally.faults.append(said | {"outcome": outcome})
                if keep is not None:
                    keep.mkdir(parents=True, exist_ok=True)
                    one, data, _ = damaged(said["number"], seed)
                    (keep / f"{said['number']}-{one.name}").write_bytes(data)
        waiting = waiting[tried:]
    return tally


def main(arguments: list[str]) -> int:
    """Run from the command line: how many files, which seed, and a folder for those with a fault."""
    count = int(arguments[0]) if arguments else 2000
    seed = int(arguments[1]) if len(arguments) > 1 else 0
    tally = run(count, seed, keep=Path(arguments[2]) if len(arguments) > 2 else None)
    for fault in tally.faults:
        sys.stdout.write(f"{fault['outcome']}: file {fault['number']} ({fault['name']}): {fault.get('why', '')}\n")
    sys.stdout.write(f"{tally.line()} (seed {seed})\n")
    return 1 if tally.faults else 0
