"""How a network is trained, as plain numbers; free of torch, so that forms and settings may name it."""

from dataclasses import dataclass


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
    accumulation: int = 1
    clip: float = 1.0
    precision: str = "auto"
    compile: bool = False
    deterministic: bool = False
    gradient_checkpointing: bool = False
