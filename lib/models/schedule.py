"""The settings that every network shares: how long, how fast and how precisely it is trained."""

import dataclasses
from dataclasses import dataclass
from typing import Any

from lib.core.registry import Value, setting


@dataclass(frozen=True)
class Plan:
    """How to train.

    Parameters
    ----------
    epochs, batch_size, learning_rate, weight_decay, patience
        Passes over the train part; sequences of one step of the optimizer, whatever the pieces and processes; highest
        learning rate; pull towards zero, norms and biases excepted; epochs without a better one that end the training.
    warmup
        Share of the steps in which the learning rate rises.
    averaging
        Share of the running mean of the weights that stays at each step; 0 for no mean. The mean is judged and kept.
    accumulation
        Pieces that a batch is cut into, computed one after another.
    clip
        Largest norm of the gradients; 0 lets them be.
    precision
        ``auto``, ``fp32``, ``bf16`` or ``fp16``.
    compile, deterministic, gradient_checkpointing
        Compile the network; use only algorithms that give the same numbers each time; compute states again for the
        gradients instead of keeping them.
    """

    epochs: int
    batch_size: int
    learning_rate: float
    weight_decay: float
    patience: int
    warmup: float = 0.3
    averaging: float = 0.0
    accumulation: int = 1
    clip: float = 1.0
    precision: str = "auto"
    compile: bool = False
    deterministic: bool = False
    gradient_checkpointing: bool = False

    def steps(self, sequences: int) -> int:
        """Count the steps of a training on so many sequences."""
        return self.epochs * -(-sequences // self.batch_size)


@dataclass(frozen=True)
class Schedule:
    """Settings that a registered network inherits.

    A class gives one of them another default or help with ``schedule.other``. Forms list the fields of the last base
    first: ``class Network(Schedule, Own)`` shows the settings of the dataclass ``Own`` before these.
    """

    epochs: int = setting(
        10, label="Epochs", low=1, high=500, help="Passes over the training sequences. Small datasets need more."
    )
    auxiliary: bool = setting(
        default=True,
        label="Learn all time points too",
        help="The expression at every time point is learned beside the target, which usually helps to predict it.",
    )
    learning_rate: float = setting(
        5e-4, label="Highest learning rate", low=1e-7, high=0.1, help="Lower it if the loss jumps or becomes NaN."
    )
    batch_size: int = setting(
        64,
        label="Batch size",
        unit="sequences",
        low=2,
        high=4096,
        help="Sequences that one step learns from, on all GPUs together. If memory runs out, first cut it into pieces.",
    )
    dropout: float = setting(
        0.1,
        label="Dropout",
        low=0.0,
        high=0.9,
        help="Share of each state left out at random while training; more of it for small datasets.",
    )
    weight_decay: float = setting(
        0.01,
        label="Weight decay",
        low=0.0,
        high=1.0,
        advanced=True,
        help="Pulls weights towards zero; norms and biases are left alone.",
    )
    patience: int = setting(
        5,
        label="Patience",
        unit="epochs",
        low=1,
        high=500,
        advanced=True,
        help="Training stops after so many epochs without a better score of the validation part.",
    )
    averaging: float = setting(
        0.0,
        label="Weight averaging",
        low=0.0,
        high=0.9999,
        advanced=True,
        help="The network that is judged and kept is the running mean of the weights: at each step so large a share of "
        "the mean stays. 0.995 is the mean over about 200 steps, which smooths what single batches did; 0: no mean.",
    )
    accumulation: int = setting(
        1,
        label="Pieces of a batch",
        low=1,
        high=4096,
        advanced=True,
        help="Each batch is computed in so many pieces, one after another: same result, less memory. It is raised by "
        "itself when memory runs out.",
    )
    class_weights: str = setting(
        "none",
        label="Class weights",
        choices=("none", "balanced"),
        advanced=True,
        help="For classes only. balanced: each class counts the same however rare it is, which finds more of a rare "
        "class; the probabilities are then those of data with as many of each.",
    )
    clip: float = setting(
        1.0,
        label="Largest gradient",
        low=0.0,
        high=1000.0,
        advanced=True,
        help="Longer gradients are shortened to this norm, so that no single batch throws the network off; 0: never.",
    )
    precision: str = setting(
        "auto",
        label="Precision",
        choices=("auto", "fp32", "bf16", "fp16"),
        advanced=True,
        help="auto: bf16 on GPUs that have it, fp16 with loss scaling on others, fp32 on a CPU.",
    )
    compile: bool = setting(
        default=False,
        label="Compile the network",
        advanced=True,
        help="torch.compile: minutes at the start, faster steps after; worth it for long trainings on a GPU.",
    )
    deterministic: bool = setting(
        default=False,
        label="Deterministic",
        advanced=True,
        help="The same numbers each time on the same GPU too, somewhat slower. On a CPU they are anyway.",
    )
    gradient_checkpointing: bool = setting(
        default=False,
        label="Gradient checkpointing",
        advanced=True,
        help="States are computed again instead of kept: much less memory, about a third slower, same result.",
    )

    def plan(self, *, warmup: float) -> Plan:
        """Give the plan of a training whose learning rate rises in the ``warmup`` share of its steps."""
        shared = {field.name for field in dataclasses.fields(Plan)} - {"warmup"}
        return Plan(**{name: getattr(self, name) for name in shared}, warmup=warmup)


def other(name: str, default: Value, of: type = Schedule, **changed: Any) -> Any:
    """Declare a setting of a base class again with another default; ``changed`` are other facts, such as its help."""
    facts = next(field.metadata for field in dataclasses.fields(of) if field.name == name)
    return setting(default, **{key: value for key, value in facts.items() if key != "setting"} | changed)
