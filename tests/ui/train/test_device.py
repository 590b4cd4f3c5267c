"""Where to train: one calm line without a GPU, a choice of those that are there with one, and what is cloned stays."""

import pytest
from streamlit.testing.v1 import AppTest

from lib.jobs.devices import DeviceRequest


def page(device: dict, *, baseline: bool) -> None:
    from types import SimpleNamespace

    import streamlit as st

    from lib.ui.train import device as train_device

    template = SimpleNamespace(id="abc", payload={"device": device}) if device else None
    st.session_state["chosen"] = train_device.choose(template, baseline=baseline)


@pytest.fixture
def draw(gpus_here, monkeypatch):
    """Draw the choice on a machine with these GPUs (a stand-in for NVIDIA's library) and two cores."""
    monkeypatch.setattr("lib.jobs.devices.cores", lambda: 2)

    def drawn(gpus: str = "139:120:3 139:20:97", device: dict | None = None, *, baseline: bool = False) -> AppTest:
        from lib.ui.train import device as train_device

        train_device.gpus.clear()
        gpus_here(gpus)
        app = AppTest.from_function(page, kwargs={"device": device or {}, "baseline": baseline}).run()
        assert not app.exception
        return app

    yield drawn
    from lib.ui.train import device as train_device

    train_device.gpus.clear()


def chosen(app: AppTest) -> DeviceRequest:
    return app.session_state["chosen"]


def test_without_a_gpu_there_is_one_line_and_nothing_to_choose(draw):
    app = draw(gpus="")
    assert [line.value for line in app.caption] == [
        ":material/memory: This machine has no GPU; training runs on its CPU, 2 cores."
    ]
    assert not app.selectbox and not app.number_input
    assert chosen(app) == DeviceRequest()


def test_gpus_are_offered_with_what_is_free(draw):
    app = draw()
    assert app.selectbox[0].options == [
        "Automatic (the emptiest free GPU)",
        "CPU, 2 cores",
        "GPU 0 NVIDIA H200 (120 of 139 GiB free, 3% busy)",
        "GPU 1 NVIDIA H200 (20 of 139 GiB free, 97% busy)",
        "Both GPUs",
    ]
    assert chosen(app) == DeviceRequest()
    for option, wish in (
        ("1", DeviceRequest("gpu", 1, ("1",))),
        ("cpu", DeviceRequest("cpu")),
        ("several", DeviceRequest("gpu", 2)),
    ):
        assert chosen(app.selectbox[0].set_value(option).run()) == wish
    assert not app.number_input, "of two GPUs there is no number to choose"


def test_several_of_many_are_a_number(draw):
    assert len(draw(gpus="139:120:3").selectbox[0].options) == 3, "one GPU cannot be several"
    app = draw(gpus="139:120:3 " * 3).selectbox[0].set_value("several").run()
    assert (app.number_input[0].min, app.number_input[0].max) == (2, 3)
    assert chosen(app.number_input[0].set_value(3).run()) == DeviceRequest("gpu", 3)


@pytest.mark.parametrize(
    "wish",
    [DeviceRequest("gpu", 2), DeviceRequest("gpu", 1, ("1",)), DeviceRequest("cpu", processes=2), DeviceRequest()],
)
def test_what_was_cloned_stays(draw, wish):
    assert chosen(draw(device=wish.to_json())) == wish


def test_a_cloned_gpu_that_is_not_here_is_not_asked_for(draw):
    assert chosen(draw(device=DeviceRequest("gpu", 1, ("5",)).to_json())) == DeviceRequest()
    assert chosen(draw(gpus="", device=DeviceRequest("gpu", 2).to_json())) == DeviceRequest()
    assert chosen(draw(gpus="", device=DeviceRequest("cpu", processes=2).to_json())) == DeviceRequest(
        "cpu", processes=2
    )


def test_a_model_without_a_network_leaves_the_gpus_alone(draw):
    app = draw(baseline=True)
    assert not app.selectbox and chosen(app) == DeviceRequest("cpu")


def test_a_cluster_is_asked_for_a_number_of_gpus(draw, monkeypatch):
    monkeypatch.setenv("MOTIFLENS_RUNNER", "ray")
    app = draw(gpus="")
    assert app.selectbox[0].options[2:] == ["One GPU of the cluster", "Several GPUs of the cluster"]
    assert chosen(app.selectbox[0].set_value("gpu").run()) == DeviceRequest("gpu")
    assert chosen(app.selectbox[0].set_value("several").run().number_input[0].set_value(16).run()) == DeviceRequest(
        "gpu", 16
    )


def test_cards_say_where_a_run_computes():
    from types import SimpleNamespace

    from lib.ui.widgets.progress_text import where

    def words(slot: str, **device: object) -> str:
        return where(SimpleNamespace(slot=slot, payload={"device": device} if device else {}))

    assert (words(""), words("", kind="auto"), words("cpu-0")) == ("", "", "on the CPU")
    assert words("gpu-0,3+1", kind="gpu", gpus=2) == "on GPU 0 and 3"
    assert words("", kind="gpu", gpus=2) == "asks for 2 GPUs"
    assert words("cpu-0", kind="cpu", processes=2) == "on 2 processes of the CPU"
    assert words("cpu-0", kind="mps") == "on the Apple GPU"
