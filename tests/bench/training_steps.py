"""What a training step of a full-size DNABERT-2 costs, by how it is adapted; shared by the CPU and the GPU benchmark.

Random weights of the published size: neither speed nor memory depends on them. Each case runs in a process of its own,
so that its peak memory is its own: ``python -m tests.bench.training_steps '{"way": "lora", ...}'``, JSON out.
"""

import json
import resource
import statistics
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

CODE = Path(__file__).parents[2]
WAYS = ("full", "lora", "frozen")
TOKENS = {110: (24, 2), 1000: (218, 7)}
"""Tokens of a sequence by its length in nt: mean and deviation of the published tokenizer's way to cut."""
VOCABULARY = 4096
PEAKS = {"H200": 989e12, "H100": 989e12, "A100": 312e12, "L40S": 362e12, "L4": 121e12, "V100": 125e12, "T4": 65e12}
"""Dense bf16 (fp16 on V100 and T4) matrix operations a second, from the makers' data sheets."""


@dataclass(frozen=True)
class Case:
    """One way to train.

    Parameters
    ----------
    way
        ``full``, ``lora`` (rank 8 on queries, keys and values) or ``frozen``.
    length, batch
        Letters of a sequence, sequences of a step.
    device, threads, steps
        Where it runs, on how many threads of a CPU, and how many steps are timed after the first one.
    """

    way: str
    length: int
    batch: int = 32
    device: str = "cpu"
    threads: int = 1
    steps: int = 2


@dataclass(frozen=True)
class Cost:
    """Sequences a second (median step), peak memory in bytes (10^9 are a GB), and useful operations a second."""

    sequences: float
    memory: float
    flops: float
    trained: int
    name: str


def measured(case: Case) -> Cost:
    """Measure a case in a process of its own."""
    command = [sys.executable, "-m", "tests.bench.training_steps", json.dumps(asdict(case))]
    done = subprocess.run(command, cwd=CODE, capture_output=True, text=True, check=True)
    return Cost(**json.loads(done.stdout))


def peak_of(name: str) -> float | None:
    """Give the matrix operations a second of a GPU by its name; None where it is not in the table."""
    return next((peak for known, peak in PEAKS.items() if known in name), None)


def _measure(case: Case) -> Cost:
    import torch

    from lib.models.nets.adaptation import Adaptation, adapt, counts
    from lib.models.nets.mosaic import MosaicConfig, MosaicEncoder
    from lib.models.nets.token_network import TokenRegressor

    torch.manual_seed(0)
    torch.set_num_threads(case.threads)
    config = MosaicConfig(VOCABULARY, 768, 12, 12, 3072)
    encoder = MosaicEncoder(config, pooler=False)
    adapt(encoder, Adaptation(case.way))
    network = TokenRegressor(encoder, hidden=768, outputs=1, pooling="mean", head="linear", dropout=0.1)
    network = network.to(case.device).train()
    learned = [weights for weights in network.parameters() if weights.requires_grad]
    optimizer = torch.optim.AdamW(learned, lr=1e-5, fused=case.device != "cpu")
    ids, mask = _batch(case)
    tokens, pairs = int(mask.sum()), int((mask.sum(dim=1) ** 2).sum())
    ids, mask = ids.to(case.device), mask.to(case.device)
    labels = torch.zeros(case.batch, 1, device=case.device)
    seconds = []
    for _ in range(1 + case.steps):
        began = time.perf_counter()
        with torch.autocast(case.device, torch.bfloat16, enabled=case.device != "cpu"):
            loss = (network(ids, mask).float() - labels).square().mean()
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        if case.device != "cpu":
            torch.cuda.synchronize()
        seconds.append(time.perf_counter() - began)
    pace = statistics.median(seconds[1:])
    on_gpu = case.device != "cpu"
    memory = torch.cuda.max_memory_allocated() if on_gpu else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    name = torch.cuda.get_device_name(0) if on_gpu else "CPU"
    return Cost(case.batch / pace, memory, _operations(case.way, tokens, pairs) / pace, counts(network)[0], name)


def _operations(way: str, tokens: int, pairs: int) -> float:
    """Count multiplications and additions of real tokens: forwards once, and backwards once for states, for weights."""
    each_token = 12 * 2 * (3 * 768**2 + 768**2 + 768 * 6144 + 3072 * 768)
    each_pair = 12 * 2 * 2 * 768
    forwards = tokens * each_token + pairs * each_pair
    return forwards * {"full": 3, "lora": 2, "frozen": 1}[way]


def _batch(case: Case) -> tuple[Any, Any]:
    import numpy as np
    import torch

    random = np.random.default_rng(0)
    mean, deviation = TOKENS[case.length]
    low, high = mean - 3 * deviation, mean + 3 * deviation
    lengths = torch.from_numpy(np.clip(random.normal(mean, deviation, case.batch).round(), low, high).astype(np.int64))
    mask = torch.arange(int(lengths.max())) < lengths[:, None]
    ids = torch.from_numpy(random.integers(5, VOCABULARY, mask.shape))
    return torch.where(mask, ids, 3), mask.long()


if __name__ == "__main__":
    sys.stdout.write(json.dumps(asdict(_measure(Case(**json.loads(sys.argv[1]))))))
