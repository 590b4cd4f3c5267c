"""What is written for a genome browser is read back at the same bases: bigWig, bedGraph, BED."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lib.core.errors import UserError
from lib.io import bigwig
from lib.io.bed import read_bed
from lib.io.bigwig import BigWigFile
from lib.io.files import Source
from lib.io.genome_tracks import BEDGRAPH, BIGWIG, write_regions, write_tracks

COLUMNS = ["chrom", "start", "end", "strand"]


def read_back(files: dict[str, bytes], name: str, chrom: str, start: int, end: int) -> list[float]:
    with bigwig.open_signals([BigWigFile(Source(name, files[name]), "track")]) as (signal,):
        return signal.values(chrom, start, end).tolist()


def test_bigwig_round_trip_with_strands_and_overlapping_windows():
    places = pd.DataFrame(
        [("chr2", 10, 14, "+"), ("chr2", 12, 16, "+"), ("chr10", 0, 4, "-"), ("chr2", 3, 7, "-")], columns=COLUMNS
    )
    values = [np.array(row, dtype=np.float32) for row in ([1, 2, 3, -4], [5, 6, 7, 8], [1, 2, 3, 4], [9, 8, np.nan, 6])]
    files = write_tracks(places, values, "made", BIGWIG)
    assert sorted(files) == ["made.minus.bw", "made.plus.bw"]
    assert read_back(files, "made.plus.bw", "chr2", 9, 17) == [0, 1, 2, 4, 1, 7, 8, 0], "the mean where two overlap"
    assert read_back(files, "made.minus.bw", "chr10", 0, 4) == [4, 3, 2, 1], "the sequence runs backward there"
    assert read_back(files, "made.minus.bw", "chr2", 2, 8) == [0, 6, 0, 8, 9, 0], "no number is no value"


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["chrI", "chrX"]), st.integers(0, 30)), min_size=1, max_size=8), st.data())
def test_windows_of_an_unknown_strand_come_back_as_their_mean(windows, data):
    numbers = st.floats(-100, 100, width=32)
    values = [np.array(data.draw(st.lists(numbers, min_size=5, max_size=5)), dtype=np.float32) for _ in windows]
    places = pd.DataFrame([(chrom, start, start + 5, ".") for chrom, start in windows], columns=COLUMNS)
    files = write_tracks(places, values, "made", BIGWIG)
    for chrom in {chrom for chrom, _ in windows}:
        covering: dict[int, list[float]] = {}
        for (name, start), row in zip(windows, values, strict=True):
            for offset, value in enumerate(row.tolist()):
                if name == chrom:
                    covering.setdefault(start + offset, []).append(value)
        end = max(covering) + 1
        expected = [float(np.mean(covering.get(base, [0.0]))) for base in range(end)]
        assert read_back(files, "made.bw", chrom, 0, end) == pytest.approx(expected, rel=1e-5, abs=1e-5)


def test_bedgraph_has_the_same_numbers_and_puts_equal_neighbours_together():
    places = pd.DataFrame([("chr1", 5, 9, "+"), ("chr1", 20, 22, "+")], columns=COLUMNS)
    files = write_tracks(places, [np.float32([2, 2, 0.5, -1]), np.float32([-1, 3])], 'a "name"', BEDGRAPH)
    assert files['a "name".plus.bedgraph'].decode() == (
        "track type=bedGraph name=\"a 'name'.plus\"\nchr1\t5\t7\t2\nchr1\t7\t8\t0.5\nchr1\t8\t9\t-1\n"
        "chr1\t20\t21\t-1\nchr1\t21\t22\t3\n"
    )


def test_regions_of_windows_lie_in_the_genome_on_the_right_strand():
    places = pd.DataFrame([("chr1", 100, 120, "+"), ("chr2", 50, 70, "-")], columns=COLUMNS)
    regions = pd.DataFrame(
        {
            "row": [0, 1, 1, 1],
            "start": [3, 0, 15, 15],
            "end": [7, 5, 20, 20],
            "strand": ["+", "+", "-", "-"],
            "name": ["+1", "-1", "+2", "+2"],
            "score": [900, 800, 700, 600],
            "q": [0.01, 0.02, 0.03, 0.04],
        }
    )
    text = write_regions(places, regions)
    assert text.decode().splitlines() == [
        "#chrom\tstart\tend\tname\tscore\tstrand\tq",
        "chr1\t103\t107\t+1\t900\t+\t0.01",
        "chr2\t50\t55\t+2\t700\t+\t0.03",
        "chr2\t65\t70\t-1\t800\t-\t0.02",
    ]
    read = read_bed(Source("instances.bed", text), stranded=True)
    assert [(region.chrom, region.start, region.end, region.strand, region.id) for region in read.regions] == [
        ("chr1", 103, 107, "+", "+1"),
        ("chr2", 50, 55, "+", "+2"),
        ("chr2", 65, 70, "-", "-1"),
    ]


def test_sizes_of_the_genome_are_written_and_hold_the_windows():
    places = pd.DataFrame([("chr1", 5, 8, "+")], columns=COLUMNS)
    files = write_tracks(places, [np.float32([1, 2, 3])], "made", BIGWIG, sizes={"chr1": 1000, "chr9": 5})
    with bigwig.open_signals([BigWigFile(Source("made", files["made.plus.bw"]), "track")]) as (signal,):
        assert signal.reader.chroms() == {"chr1": 1000}
    with pytest.raises(UserError, match=r"A window ends at 8, behind the end of chr1 \(7 nt\)"):
        write_tracks(places, [np.float32([1, 2, 3])], "made", BIGWIG, sizes={"chr1": 7})


@pytest.mark.parametrize("form", [BIGWIG, BEDGRAPH])
def test_sequences_without_coordinates_are_refused_with_what_to_do(form):
    with pytest.raises(UserError, match=r"have no coordinates.*Write a table \(TSV\) instead"):
        write_tracks(None, [np.float32([1.0])], "made", form)
    with pytest.raises(UserError, match="have no coordinates"):
        write_regions(None, pd.DataFrame({"row": [0]}))
