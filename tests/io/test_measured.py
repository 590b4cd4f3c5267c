"""Measured effects belong to the variants that they were measured of, by row, by name or by what changes."""

import numpy as np
import pytest

from lib.core.errors import UserError
from lib.io.decisions import Reading
from lib.io.files import Source
from lib.io.measured import candidates, read_measured_columns, read_measured_table
from lib.io.tables import read_table
from lib.io.variant_input import understand

SEQUENCES = {"m": "GATTACAGATCCTAGGCATC", "k": "CCATGGTTAACG"}
TABLE = """name\tid\tpos\tref\talt\tK562\tHepG2\tnote
v1\tm\t6\tC\tT\t0.5\t-1.25\tx
v2\tm\t2\tA\tG\tNA\t2\ty
v3\tk\t1\tC\tA,G\t7\t8\tz
bad\tk\t1\tG\tA\t9\t9\tz
v5\tk\t12\tG\tT\t-0.5\t\tz
"""


def source(text, name="v.tsv"):
    return Source(name, text.encode())


def read(text=TABLE, **said):
    return understand(source(text), SEQUENCES, Reading(excluded_ok=True, **said))


def beside(text, names=(), **said):
    variants = read("name\tid\tpos\tref\talt\nv1\tm\t6\tC\tT\nv2\tm\t2\tA\tG\nv5\tk\t12\tG\tT\n")
    return read_measured_table(source(text, "m.tsv"), list(names), variants, SEQUENCES, Reading(**said))


def test_columns_of_the_table_give_each_variant_the_value_of_its_row():
    found = read_measured_columns(read(), ["K562", "HepG2"])
    nan = np.nan
    assert [one.name for one in read().found.variants] == ["v1", "v2", "v3 A", "v3 G", "v5"]
    np.testing.assert_array_equal(found.values["K562"], [0.5, nan, nan, nan, -0.5])
    np.testing.assert_array_equal(found.values["HepG2"], [-1.25, 2.0, nan, nan, nan])
    assert found.notes == ("1 rows hold several variants, so that their measured effects belong to none.",)
    assert candidates(read().table, ["pos"]) == ["K562", "HepG2"]


def test_decimal_commas_and_cells_that_are_no_numbers():
    text = "id;pos;ref;alt;effect_size\nm;6;C;T;0,5\nm;2;A;G;-1,25\nk;12;G;T;none at all\nk;1;C;A;2,5\n"
    found = read_measured_columns(read(text), ["effect_size"])
    np.testing.assert_array_equal(found.values["effect_size"], [0.5, -1.25, np.nan, 2.5])
    assert found.notes == ("1 measured effects are no numbers and are excluded, such as 'none at all' (line 4).",)


def test_a_column_that_is_not_there_or_holds_no_numbers_is_refused():
    with pytest.raises(UserError, match=r"has no column 'HeLa'; columns of numbers are: pos, K562, HepG2"):
        read_measured_columns(read(), ["HeLa"])
    with pytest.raises(UserError, match="has no numbers in the column 'note'"):
        read_measured_columns(read(), ["note"])
    vcf = understand(source("m\t6\t.\tC\tT\n", "v.vcf"), SEQUENCES)
    with pytest.raises(UserError, match=r"need a table with a row for each variant; .* \(--measured-table\)"):
        read_measured_columns(vcf, ["K562"])


def test_a_second_table_is_joined_by_name_or_by_what_changes():
    by_name = beside("snp,skew\nv5,0.25\nv1,-1\nother,9\n".replace(",", "\t"))
    np.testing.assert_array_equal(by_name.values["skew"], [-1.0, np.nan, 0.25])
    assert (by_name.decisions[0].topic, by_name.decisions[0].label) == (
        "Measured effects joined by",
        "name (column snp)",
    )
    text = "chrom\tpos\tref\talt\tskew\nk\t12\tG\tT\t0.25\nm\t5\tAC\tAT\t-1\n"
    by_change = beside(text, ["skew"])
    np.testing.assert_array_equal(by_change.values["skew"], [-1.0, np.nan, 0.25], err_msg="AC>AT at 5 is C>T at 6")
    assert by_change.decisions[0].label == "sequence, position and alleles"
    assert by_change.decisions[0].evidence == "2 of 3 variants have a row."
    with pytest.raises(UserError, match=r"names none of the variants: it has a, b; they are v1, v2, v5\. Use the same"):
        beside("snp\tskew\na\t1\nb\t2\n")
    with pytest.raises(UserError, match="has the columns one, two; name those of measured effects by --measured"):
        beside("snp\tone\ttwo\nv1\t1\t2\nv2\t2\t3\n")


LONG = "snp\tcell\tskew\nv1\tK562\t1\nv1\tHepG2\t3\nv2\tK562\t5\nv5\tK562\t0\nv5\tHepG2\t2\n"


def test_several_rows_of_a_variant_are_asked():
    [asked] = [one for one in beside(LONG).decisions if one.is_open]
    assert (asked.option, [one.value for one in asked.alternatives]) == (
        "repeated_ids",
        ["average", "exclude", "cell=HepG2", "cell=K562"],
    )
    assert "2 variants have several rows of measured effects, such as lines 2, 3" in asked.evidence
    for said, wanted in (
        ("average", [2.0, 5.0, 1.0]),
        ("exclude", [np.nan, 5.0, np.nan]),
        ("cell=K562", [1.0, 5.0, 0.0]),
    ):
        found = beside(LONG, repeated_ids=said)
        np.testing.assert_array_equal(found.values["skew"], wanted, err_msg=said)
        assert not any(one.is_open for one in found.decisions)
    with pytest.raises(UserError, match="for measured effects choose average, exclude or COLUMN=VALUE"):
        beside(LONG, repeated_ids="number")


def test_effects_that_were_written_here_are_no_measurements():
    text = "variant\tsequence\tposition\tref\talt\tmeasured K562\tbefore, CNN\teffect\tlow\nv\tm\t6\tC\tT\t1\t2\t3\t4\n"
    assert candidates(read_table(source(text)), ["position"]) == ["measured K562"]
