"""Windows from bigWig, BED and FASTA: orientation, strands, and what cannot be read."""

import numpy as np
import pybigtools
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.core.alphabet import reverse_complement
from lib.core.errors import DataError
from lib.datasets import profile_tracks
from lib.io.bed import read_bed
from lib.io.bigwig import BigWigFile, guess_files
from lib.io.files import Source
from lib.io.genome import Genome, number, orient, plain, read_genome

SIZES = {"chrI": 60, "chrIV": 41}
LETTERS = {name: "".join(np.random.default_rng(size).choice(list("ACGT"), size)) for name, size in SIZES.items()}
FASTA = Source(
    "genome.fa", "".join(f">{name} test\n{text[:25]}\n{text[25:]}\n" for name, text in LETTERS.items()).encode()
)


def counts(seed, low=0, high=6):
    rng = np.random.default_rng(seed)
    return {name: rng.integers(low, high, size) for name, size in SIZES.items()}


def write(path, values, scale=1.0):
    """Write one value per base; bases without reads have no entry."""
    made = [
        (name, i, i + 1, float(value) * scale)
        for name, array in values.items()
        for i, value in enumerate(array)
        if value
    ]
    pybigtools.open(str(path), "w").write(SIZES, iter(made))
    return Source(path.name, path)


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("bigwig")
    plus, minus = counts(1), counts(2)
    return {
        "plus": plus,
        "minus": minus,
        "files": (
            BigWigFile(write(folder / "a.plus.bw", plus), "a", "", "+"),
            BigWigFile(write(folder / "a.minus.bw", minus), "a", "", "-"),
        ),
        "negative": BigWigFile(write(folder / "n.minus.bw", minus, -1.0), "a", "", "-"),
        "fractions": BigWigFile(write(folder / "f.bw", plus, 0.5), "f"),
    }


def bed(*rows, name="windows.bed"):
    return Source(name, "".join("\t".join(map(str, row)) + "\n" for row in rows).encode())


WINDOWS = bed(("chrI", 5, 22, "one", 0, "+"), ("IV", 3, 20, "two", 0, "-"), ("chr4", 24, 41, "three", 0, "-"))


def test_counts_run_along_the_sequence_of_their_strand(files):
    read = profile_tracks.read_windows(WINDOWS, FASTA, files["files"])
    assert read.ids.tolist() == ["one", "two", "three"]
    assert read.sequences[0] == LETTERS["chrI"][5:22]
    assert read.sequences[1] == reverse_complement(LETTERS["chrIV"][3:20])
    assert read.counts["a"][0].tolist() == files["plus"]["chrI"][5:22].tolist()
    assert read.counts["a"][1].tolist() == files["minus"]["chrIV"][3:20][::-1].tolist()
    assert read.counts["a"][2].tolist() == files["minus"]["chrIV"][24:41][::-1].tolist()


def test_both_strands_are_two_tracks(files):
    read = profile_tracks.read_windows(WINDOWS, FASTA, files["files"], both=True)
    assert [column.track for column in read.columns] == ["a sense", "a antisense"]
    assert read.counts["a antisense"][1].tolist() == files["plus"]["chrIV"][3:20][::-1].tolist()
    unstranded = profile_tracks.read_windows(bed(("chrI", 5, 22)), FASTA, files["files"], both=True)
    assert [column.track for column in unstranded.columns] == ["a +", "a -"]
    assert unstranded.counts["a -"][0].tolist() == files["minus"]["chrI"][5:22].tolist()


def test_a_minus_strand_with_negative_values_is_taken_without_signs_and_said(files):
    read = profile_tracks.read_windows(WINDOWS, FASTA, (files["files"][0], files["negative"]))
    assert read.counts["a"][1].tolist() == files["minus"]["chrIV"][3:20][::-1].tolist()
    assert any("n.minus.bw holds values of 0 and below" in note for note in read.notes)
    assert not read.faults


def test_normalised_values_are_told_with_their_window(files):
    read = profile_tracks.read_windows(bed(("chrI", 0, 15, "w")), FASTA, (files["fractions"],))
    (fault,) = read.faults
    assert (fault.line, fault.id, fault.column) == (1, "w", "f")
    assert "position" in fault.found
    assert "neither normalised nor smoothed" in fault.needed


def test_windows_that_cannot_be_used_are_told_together(files):
    windows = bed(
        ("chrI", 5, 22, "good"),
        ("chrIX", 5, 22, "nowhere"),
        ("chrI", 50, 67, "beyond"),
        ("chrI", 5, 21, "short"),
        ("chrI", "x", 22, "wrong"),
        ("chrI", 20, 37, "fine"),
    )
    read = profile_tracks.read_windows(windows, FASTA, files["files"])
    assert read.ids.tolist() == ["good", "fine"]
    told = {fault.id: fault.reason for fault in read.rejected}
    assert told["nowhere"] == "column chrom: found 'chrIX', needed a chromosome of genome.fa: chrI, chrIV"
    assert told["beyond"] == "column end: found a window from 51 to 67, needed one within 1 to 60, the length of chrI"
    assert told["short"] == "column end: found 16 nt, needed 17 nt, as most windows have"
    assert told["wrong"] == "column start: found 'x', needed a whole number of 0 or more"


def test_regions_can_be_given_one_length(files):
    read = profile_tracks.read_windows(bed(("chrI", 10, 20), ("chrI", 30, 47)), FASTA, files["files"], length=9)
    assert read.places["start"].tolist() == [11, 34]
    assert {len(sequence) for sequence in read.sequences} == {9}


@pytest.mark.parametrize("data", [b"no bigwig at all" * 40, b"", None])
def test_files_that_are_no_bigwig_are_named_together(tmp_path, files, data):
    broken = Source("broken.bw", tmp_path / "missing.bw" if data is None else data)
    cut = Source("cut.bw", files["files"][0].source.content()[:300])
    with pytest.raises(DataError, match=r"broken\.bw, cut\.bw; needed is a whole bigWig") as caught:
        profile_tracks.read_windows(WINDOWS, FASTA, [BigWigFile(broken, "a"), BigWigFile(cut, "b")])
    assert [problem.file for problem in caught.value.problems] == ["broken.bw", "cut.bw"]


def test_a_track_needs_both_strands_or_none(files):
    with pytest.raises(DataError, match=r"The track a has a\.plus\.bw; it needs one file in all, or one for \+"):
        profile_tracks.read_windows(WINDOWS, FASTA, files["files"][:1])


def test_files_are_understood_by_their_names():
    names = ["WT_rep1_fwd.bw", "WT_rep1_rev.bw", "WT_rep2_fwd.bw", "WT_rep2_rev.bw"]
    made = guess_files([Source(name, b"") for name in names])
    assert [(file.track, file.replicate, file.strand) for file in made] == [
        ("WT", "1", "+"),
        ("WT", "1", "-"),
        ("WT", "2", "+"),
        ("WT", "2", "-"),
    ]


def test_a_bed_file_without_windows_says_what_is_needed():
    with pytest.raises(DataError, match="holds no windows; needed is a BED file"):
        read_bed(Source("x.bed", b"# nothing\nchrI\n"))


def test_a_genome_is_checked():
    with pytest.raises(DataError, match="is no FASTA"):
        read_genome(Source("g.fa", b"chrI ACGT"))
    with pytest.raises(DataError, match="chrI a second time") as caught:
        read_genome(Source("g.fa", b">chrI\nACGT\n>chrI\nAC\n>chrX\nAC!T\n"))
    assert [problem.line for problem in caught.value.problems] == [3, 5]
    assert "'!'" in caught.value.problems[1].found


def test_chromosomes_are_found_by_their_usual_names():
    sgd = b">ref|NC_001147| [org=S. cerevisiae] [chromosome=XV]\nacgu\n>ref|NC_001224| [location=mitochondrion]\nRA\n"
    genome = read_genome(Source("sgd.fa", sgd))
    assert genome.chromosomes["ref|NC_001147|"] == "ACGT"
    assert {genome.find(name) for name in ("XV", "chrXV", "15", "chr15")} == {"ref|NC_001147|"}
    assert genome.find("chrM") == "ref|NC_001224|"
    human = Genome.from_names("hg", ["chr1", "chr10", "chrX"])
    assert (human.find("X"), human.find("10"), human.find("I")) == ("chrX", "chr10", "chr1")


@given(st.integers(1, 89))
def test_roman_numbers_go_both_ways(value):
    assert number(number(str(value))) == str(value)
    assert plain(f"chr{value:02d}") == str(value)


@given(st.text("ACGTN", min_size=1, max_size=40), st.sampled_from("+-."))
def test_turning_round_twice_changes_nothing(sequence, strand):
    values = np.arange(len(sequence), dtype=np.float32)
    assert orient(orient(values, strand), strand).tolist() == values.tolist()
    assert reverse_complement(reverse_complement(sequence)) == sequence


@given(st.integers(0, 43), st.integers(1, 17), st.sampled_from("+-"))
def test_each_count_stays_with_its_letter(start, length, strand):
    """A count that is put on one letter of the genome lies on that letter, or its complement, in the window."""
    genome = Genome.from_names("g", [])
    genome = Genome("g", LETTERS, genome.aliases)
    window = genome.cut("chrI", start, start + length, strand)
    for place in range(start, start + length):
        values = np.zeros(60)
        values[place] = 1
        at = int(np.argmax(orient(values[start : start + length], strand)))
        letter = LETTERS["chrI"][place]
        assert window[at] == (reverse_complement(letter) if strand == "-" else letter)
