"""Where a training is to compute: a choice where the machine has GPUs, one calm line where it has none."""

from typing import Any

import streamlit as st

from lib.core.errors import UserError
from lib.jobs import devices, runner_name
from lib.jobs.devices import AUTO, CPU, GPU, MPS, DeviceRequest, Gpu
from lib.store.runs import Run

SEVERAL = "several"
MOST_GPUS = 64
FRESH_SECONDS = 5
LABEL = "Where to train"
_HELP = (
    "Automatic takes the GPU with the most free memory, as soon as one is free. Several GPUs share every batch, so "
    "the settings mean the same as on one; that pays for large models."
)


def choose(template: Run | None, *, baseline: bool = False) -> DeviceRequest:
    """Draw where to train and give what was chosen.

    Parameters
    ----------
    template
        The run whose settings are cloned; its choice comes first, where this machine can do that.
    baseline
        True for a model without a network, which has no use for a GPU.
    """
    found = gpus()
    on_cluster = runner_name() != "local"
    apple = devices.has_apple_gpu()
    before = _wish(template)
    if not (found or on_cluster or apple):
        st.caption(f":material/memory: This machine has no GPU; training runs on its CPU, {_cores()}.")
        return before if before.kind == CPU else DeviceRequest()
    if baseline:
        st.caption(":material/memory: This model needs no GPU; it is trained on the CPU while GPUs do other work.")
        return DeviceRequest(CPU)
    names = _options(found, on_cluster=on_cluster, apple=apple)
    key = template.id if template else "new"
    left, right = st.columns([3, 1], vertical_alignment="bottom")
    with left:
        first = list(names).index(_choice(before)) if _choice(before) in names else 0
        chosen = st.selectbox(
            LABEL, list(names), index=first, format_func=names.__getitem__, key=f"train-device-{key}", help=_HELP
        )
    most = MOST_GPUS if on_cluster else len(found)
    if chosen == SEVERAL and most == 2:
        return DeviceRequest(GPU, 2)
    if chosen == SEVERAL:
        with right:
            count = st.number_input(
                "GPUs", 2, most, min(max(before.gpus, 2), most), key=f"train-gpus-{key}", help="Each has a process."
            )
        return DeviceRequest(GPU, int(count))
    if chosen == before.kind == CPU:
        return before
    if chosen in (AUTO, CPU, MPS):
        return DeviceRequest(chosen)
    return DeviceRequest(GPU) if chosen == GPU else DeviceRequest(GPU, 1, (chosen,))


@st.cache_data(ttl=FRESH_SECONDS, max_entries=1, show_spinner=False)
def gpus() -> list[Gpu]:
    """Find the GPUs of this machine, with their memory and use of a moment ago."""
    return devices.gpus()


def _options(found: list[Gpu], *, on_cluster: bool, apple: bool) -> dict[str, str]:
    """Give what can be chosen, with its words."""
    if on_cluster:
        words = {AUTO: "Automatic (a GPU where the cluster has one)", CPU: "CPU", GPU: "One GPU of the cluster"}
        return {**words, SEVERAL: "Several GPUs of the cluster"}
    automatic = "Automatic (the emptiest free GPU)" if found else "Automatic (the CPU)"
    words = {AUTO: automatic, CPU: f"CPU, {_cores()}"}
    words |= {gpu.id: str(gpu) for gpu in found}
    if sum("-" not in gpu.id for gpu in found) > 1:
        words[SEVERAL] = "Both GPUs" if len(found) == 2 else f"Several of the {len(found)} GPUs"
    return {**words, MPS: "Apple GPU"} if apple else words


def _choice(wish: DeviceRequest) -> Any:
    """Name the option that stands for a wish."""
    if wish.kind != GPU:
        return wish.kind
    if wish.gpus > 1:
        return SEVERAL
    return wish.which[0] if wish.which else AUTO


def _wish(template: Run | None) -> DeviceRequest:
    try:
        return DeviceRequest.of(template.payload if template else {})
    except UserError:
        return DeviceRequest()


def _cores() -> str:
    count = devices.cores()
    return f"{count} cores" if count > 1 else "1 core"
