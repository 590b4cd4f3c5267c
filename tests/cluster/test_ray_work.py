"""Work that several processes of a real Ray cluster share: predictions, attributions, and one training."""

from collections.abc import Iterator

import numpy as np
import psutil
import pytest

from lib.attribution import METHODS
from lib.core.errors import Cancelled, UserError
from lib.core.progress import Callback, Silent
from lib.jobs import predict, ray_map, runner, start
from lib.jobs.devices import DeviceRequest
from lib.jobs.train import train
from lib.models import MODELS
from lib.store import fitted, runs
from lib.tokenizers import TOKENIZERS
from tests import finished
from tests.jobs.workshop import until

pytestmark = pytest.mark.cluster

N = 2 * ray_map.PREDICTED + 7


@pytest.fixture
def trained(workspace, tmp_path) -> str:
    return finished.trained(finished.freeze(tmp_path / "files"), "kmer-ridge", {"k": 3})


@pytest.fixture
def joined(trained, head, monkeypatch) -> Iterator[str]:
    """Let this process take part in the cluster; gives the id of a finished run."""
    import ray

    monkeypatch.setenv("RAY_ADDRESS", head.join)
    yield trained
    ray.shutdown()


def some(count: int) -> list[str]:
    """Sequences of different lengths, none twice."""
    random = np.random.default_rng(3)
    return ["".join(random.choice(list("ACGT"), 40 + number % 23)) for number in range(count)]


def test_a_prediction_run_is_spread_and_equals_the_one_in_this_process(trained):
    sequences = some(N)
    run_id = predict.start_prediction([trained], [f"s{number}" for number in range(N)], sequences)
    until(lambda: runs.get(run_id).over, f"the prediction ends: {runs.get(run_id)}")
    run = runs.get(run_id)
    assert run.state == "finished", f"{run.message}\n{runs.log_tail(run_id)}"
    assert run.total == N, "its progress counts sequences"
    assert ray_map.is_spread(run)
    expected = fitted.load_fitted(trained).predict(sequences)
    found = runs.predictions(run_id)
    np.testing.assert_allclose(found[found.columns[1]], expected[:, 0], rtol=1e-12)


def test_a_chunk_whose_process_is_killed_is_done_again(joined):
    sequences, told, killed = some(N), [], []

    def listen(report) -> None:
        told.append((report.step, report.total))
        if not killed:
            import ray

            here = {
                process.pid for process in psutil.process_iter() if "ray::_predict_there" in " ".join(_line(process))
            }
            assert ray.is_initialized()
            killed.extend(here)
            for pid in here:
                psutil.Process(pid).kill()

    means, deviations = ray_map.predict(joined, sequences, progress=Callback(listen))
    assert deviations is None
    np.testing.assert_allclose(means, fitted.load_fitted(joined).predict(sequences), rtol=1e-12)
    assert told[-1] == (N, N) and [step for step, _ in told] == sorted(step for step, _ in told)
    assert killed, "no process was there to be killed"


def _line(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.NoSuchProcess:
        return []


def test_cancelling_stops_the_chunks_and_an_error_of_a_chunk_is_its_sentence(joined):
    def stop(report) -> None:
        raise Cancelled("The run was cancelled.")

    with pytest.raises(Cancelled):
        ray_map.predict(joined, some(N), progress=Callback(stop))
    (runs.folder(joined) / "model.json").write_text("{")
    fitted._models.clear()
    with pytest.raises(UserError, match="model.json") as caught:
        ray_map.predict(joined, some(N))
    assert "Traceback" not in str(caught.value)


def test_attributions_are_spread_and_equal_those_of_this_process(joined):
    method = METHODS.create("in-silico-mutagenesis")
    sequences = some(ray_map.ATTRIBUTED + 3)
    found = ray_map.attribute(joined, method, sequences)
    expected = method.attribute(fitted.load_fitted(joined), sequences)
    for one, other in zip(found, expected, strict=True):
        assert (one.sequence, one.method) == (other.sequence, other.method)
        np.testing.assert_allclose(one.scores, other.scores, atol=1e-9)


def test_two_processes_of_ray_train_learn_what_one_process_does(workspace, tmp_path):
    dataset = finished.freeze(tmp_path / "files")

    def ask(pieces: int, wish: DeviceRequest) -> str:
        settings = {"size": "tiny", "epochs": 2, "patience": 2, "batch_size": 16, "longest": 64, "accumulation": pieces}
        tokenizer = TOKENIZERS.create("k-mer", {"k": 3})
        spec = start.specify(dataset, MODELS.create("bert", settings), tokenizer=tokenizer, seed=2)
        return runs.create(spec=spec, payload={"device": wish.to_json()}).id

    both = ask(1, DeviceRequest("cpu", processes=2))
    runner().submit(both)
    alone = ask(
        2, DeviceRequest("cpu")
    )  # as many pieces of a batch as there are processes, so that dropout is the same
    train(alone, runs.folder(alone), Silent())
    until(lambda: runs.get(both).over, f"the training ends: {runs.get(both)}", 240)
    run = runs.get(both)
    assert run.state == "finished", f"{run.message}\n{runs.log_tail(both, 200)}"
    expected, metrics = runs.metrics(alone), runs.metrics(both)
    for part in ("test", "validation"):
        for name, value in expected[part].items():
            assert metrics[part][name] == pytest.approx(value, abs=1e-5), f"{name} of the {part} part"
    losses = [runs.history(run_id)["loss"].to_numpy() for run_id in (alone, both)]
    np.testing.assert_allclose(losses[1], losses[0], atol=1e-5)
    assert not (runs.folder(both) / ".ranks").exists(), "what Ray Train kept is gone"
