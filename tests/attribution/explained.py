"""Models whose attributions can be worked out by hand, and small networks of every kind, none of them trained."""

from functools import cache
from pathlib import Path

import numpy as np
import torch
from torch import nn

from lib.core.alphabet import one_hot
from lib.models.base import MODELS, TokenRow
from lib.models.ensemble import FittedEnsemble, assemble
from lib.models.fitted import FittedEncoder
from lib.tokenizers import TOKENIZERS, Corpus
from lib.tokenizers import fit as fit_tokenizer


class OneHot:
    """A model of one-hot nucleotides made of any module."""

    def __init__(self, module: nn.Module) -> None:
        self.module = module.eval()

    def network(self) -> nn.Module:
        return self.module

    def predict(self, sequences, *, progress=None):
        with torch.no_grad():
            return np.concatenate(
                [np.empty((0, 2)), *(self.module(torch.tensor(one_hot(s)[None])).double().numpy() for s in sequences)]
            )

    def save(self, folder):
        raise NotImplementedError


class Plain:
    """The same model without a network to look into."""

    def __init__(self, model) -> None:
        self.predict = model.predict

    def save(self, folder):
        raise NotImplementedError


class Places(nn.Module):
    """A linear model: weights (K, 4, L) times the input."""

    def __init__(self, weights: np.ndarray) -> None:
        super().__init__()
        self.weights = nn.Parameter(torch.tensor(weights, dtype=torch.float32))

    def forward(self, x):
        return torch.einsum("ncl,kcl->nk", x, self.weights)


class Small(nn.Module):
    """A ReLU network for sequences of any length, two targets."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(1)
        self.conv, self.relu = nn.Conv1d(4, 6, 5, padding=2), nn.ReLU()
        self.pool, self.flat, self.head = nn.AdaptiveAvgPool1d(1), nn.Flatten(), nn.Linear(6, 2)

    def forward(self, x):
        return self.head(self.flat(self.pool(self.relu(self.conv(x)))))


class LinearTokens:
    """Overlapping words of two letters between [CLS] and [SEP]; a prediction is the sum of e_t w over the tokens.

    Attributes
    ----------
    weights
        (K, D); ``embeddings`` is (V, D), the rows [PAD] [CLS] [SEP] [MASK] and the 25 words of A C G T N.
    """

    def __init__(self) -> None:
        rng = np.random.default_rng(5)
        self.pieces = ["[PAD]", "[CLS]", "[SEP]", "[MASK]", *(a + b for a in "ACGTN" for b in "ACGTN")]
        self.embeddings = torch.tensor(rng.normal(size=(len(self.pieces), 3)), dtype=torch.float32)
        self.weights = torch.tensor(rng.normal(size=(2, 3)), dtype=torch.float32)

    def read(self, sequences):
        rows = []
        for sequence in sequences:
            words = [sequence[i : i + 2] for i in range(len(sequence) - 1)]
            texts = ("[CLS]", *words, "[SEP]")
            starts = np.array([0, *range(len(words)), len(sequence)])
            ends = np.array([0, *range(2, len(words) + 2), len(sequence)])
            rows.append(TokenRow(np.array([self.pieces.index(text) for text in texts]), texts, starts, ends))
        return rows

    def table(self):
        return self.embeddings

    def words(self):
        return np.arange(4, len(self.pieces))

    def mask_token(self):
        return 3

    def embedded_network(self):
        weights = self.weights

        class Sum(nn.Module):
            def forward(self, words, ids):
                return (words @ weights.T).sum(dim=1)

        return Sum()

    def predict(self, sequences, *, progress=None):
        rows = [self.embeddings[torch.from_numpy(row.ids)] @ self.weights.T for row in self.read(sequences)]
        return np.stack([row.sum(dim=0).double().numpy() for row in rows])

    def save(self, folder):
        raise NotImplementedError


def both(first, second) -> FittedEnsemble:
    """Give an ensemble of a model of nucleotides and one of tokens."""
    return assemble({"1-first": first, "2-second": second}, Path("nowhere"))


def encoder(name: str, settings: dict, tokenizer=None, *, larger: float = 1.0) -> FittedEncoder:
    """Give a registered model of tokens as it is before it is trained, with two targets.

    Parameters
    ----------
    larger
        What the weights are multiplied with, so that nothing in the network is nearly linear.
    """
    torch.manual_seed(2)
    model = MODELS.create(name, settings)
    made = tokenizer or fit_tokenizer(model.own_tokenizer(), Corpus())
    begun = model.begin(made.vocabulary)
    module = model._module(begun.module, 2, 2).eval().requires_grad_(requires_grad=False)
    for weights in module.parameters():
        weights.mul_(larger if weights.dim() > 1 else 1.0)
    return FittedEncoder(model, made, begun.frame, module, 0, begun.facts)


@cache
def bert(design: str = "local", head: str = "linear", *, bpe: bool = False) -> FittedEncoder:
    """Give the smallest BERT, on overlapping words of three letters, or on byte-pair tokens."""
    chosen, corpus = TOKENIZERS.create("k-mer", {"k": 3}), ("ACGTTGCAACGT", "TTTACGGT")
    if bpe:
        letters = np.random.default_rng(0).choice(list("ACGT"), (20, 40))
        chosen, corpus = TOKENIZERS.create("bpe", {"size": 24}), tuple(map("".join, letters))
    tokenizer = fit_tokenizer(chosen, Corpus(sequences=corpus))
    settings = {"size": "tiny", "design": design, "longest": 40, "head": head}
    return encoder("bert", settings, tokenizer, larger=3.0)


def cnn(folder: Path, **settings):
    """Give a registered network of convolutions that was trained for one epoch."""
    from lib.tasks.data import Part, TrainingData
    from lib.training import TrainingContext

    rng = np.random.default_rng(3)
    sequences = tuple("".join(rng.choice(list("ACGT"), size=size)) for size in rng.integers(15, 30, size=40))
    part = Part(sequences, np.array([[s.count("T"), s.count("G")] for s in sequences], dtype=float), np.empty((40, 0)))
    data = TrainingData(part, part, ("t", "g"), "multi_regression")
    return MODELS.create("cnn", {"epochs": 1, "channels": 6, "blocks": 2, **settings}).fit(
        data, TrainingContext(folder, device="cpu")
    )
