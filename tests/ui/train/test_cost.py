"""What a training costs, in words; the same settings are measured once."""

import threading

import pytest

from lib.training.preflight import MemoryModel, Preflight
from lib.ui.train import cost


@pytest.mark.parametrize(
    ("free", "expected"),
    [
        (20_000.0, "choose batch size 176, or 2 pieces of a batch"),
        (3_000.0, "choose batch size 23, or 12 pieces of a batch"),
        (500.0, "even with one sequence at a time. choose a smaller model"),
    ],
)
def test_a_batch_that_does_not_fit_names_what_does(free, expected):
    """400 MB fixed, 100 MB a sequence, a tenth of what is free left alone: (18,000 - 400) / 100 = 176."""
    room = MemoryModel(fixed=400.0, each=100.0, least=500.0, free=free)
    found = Preflight("CPU", "", memory_mb=room.estimate(256), batch=256, room=room)
    said = cost.too_large(found, free, "memory")
    assert expected in said.lower() and "26.0 GB" in said, said


def test_a_model_without_batches_names_other_ways():
    assert "smaller dataset" in cost.too_large(Preflight("CPU", "", memory_mb=900.0), 500.0, "memory")


def test_parameters_tell_what_is_learned():
    assert cost._parameters(117_068_544, 294_912).value == "294,912 of 117,068,544"
    assert cost._parameters(5461, 5461).value == "5,461"


def test_of_several_wishes_the_newest_is_measured_and_kept():
    measurements, asked = cost.Measurements(), []
    begun, go_on = threading.Event(), threading.Event()

    def slow(name):
        def measure():
            asked.append(name)
            begun.set()
            assert go_on.wait(20)
            return Preflight(name, "")

        return measure

    for name in ("first", "second", "third"):
        assert measurements.get(name, slow(name)) is None
        assert begun.wait(20)
    go_on.set()
    for thread in threading.enumerate():
        if thread.name == "preflight":
            thread.join(20)
    assert asked == ["first", "third"]
    assert measurements.peek("third") == measurements.get("third", slow("never")) == Preflight("third", "")


def test_a_span_is_written_in_one_unit():
    found = [cost.span(*pair) for pair in ((0.2, 0.9), (3, 7), (70, 200), (4000, 9000))]
    assert found == ["under 1 s", "3 to 7 s", "1 to 3 min", "1.1 to 2.5 h"]
