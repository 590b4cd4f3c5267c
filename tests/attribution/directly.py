"""Captum called directly, one sequence after the other, with the points, references and draws that a method takes.

Models: what ``tests.attribution.explained`` makes, and small ones of every kind of network that is registered.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from unittest.mock import patch

import numpy as np
import torch
from captum import attr
from torch import Tensor, nn

from lib.attribution._token_references import token_references
from lib.attribution.profile_heads import PROFILE, select_head
from lib.attribution.references import make_generator, make_references
from lib.core.alphabet import one_hot
from lib.models.base import Fitted, TokenDifferentiable
from lib.models.bpnet import BpnetModel
from lib.models.ensemble import assemble
from lib.tasks.data import TrainingData
from lib.training import TrainingContext
from tests.attribution.explained import bert, cnn, encoder
from tests.models import profiles_made, published

SEQUENCE = "ACGTTGCAACGTATTGACAGGTTACAGTCCATTGACG"
STEPS, POINTS, SAMPLES = 16, 12, 6
NOISE = {"smoothgrad": "smoothgrad", "smoothgrad-squared": "smoothgrad_sq", "vargrad": "vargrad"}


def two_networks(folder: Path) -> Fitted:
    """Give an ensemble of two networks of convolutions."""
    members = {}
    for name, settings in (("1-first", {}), ("2-second", {"channels": 8})):
        (folder / name).mkdir(parents=True)
        members[name] = cnn(folder / name, **settings)
    return assemble(members, folder)


def bpnet(folder: Path) -> Fitted:
    """Give a BPNet of two tracks that was trained for two epochs."""
    model = BpnetModel(epochs=2, channels=6, layers=2, batch_size=30)
    return model.fit(TrainingData.of(profiles_made.made()), TrainingContext(folder, device="cpu"))


def bpnet_profile(folder: Path) -> Fitted:
    """Give the profile head of that for the sequence."""
    return select_head(bpnet(folder), PROFILE, SEQUENCE)


def dnabert2(folder: Path) -> Fitted:
    """Give a small encoder made as DNABERT-2 is."""
    return encoder("dnabert-2", {"weights": str(published.dnabert2(folder / "published"))})


def utr_lm(folder: Path) -> Fitted:
    """Give a small encoder made as UTR-LM is."""
    return encoder("utr-lm", {"layers": 2, "width": 16, "heads": 2}, larger=2.0)


def published_model(folder: Path, write: Callable[[Path], Path], *, name: str = "hf-encoder") -> Fitted:
    """Give a small encoder in a published layout."""
    setting = "pretraining" if name == "utr-lm" else "weights"
    return encoder(name, {setting: str(write(folder / "published"))})


MAKERS: dict[str, Callable[[Path], Fitted]] = {
    "cnn": cnn,
    "bpnet, counts": bpnet,
    "bpnet, profile": bpnet_profile,
    "ensemble of cnn": two_networks,
    "bert": lambda folder: bert(),
    "dnabert-2": dnabert2,
    "utr-lm": utr_lm,
    "utr-lm, published": partial(published_model, write=published.utr_lm, name="utr-lm"),
    "LAMAR": partial(published_model, write=published.lamar),
    "3UTRBERT": partial(published_model, write=published.utrbert),
    "ModernBERT": partial(published_model, write=published.modern_bpe),
}


@dataclass(frozen=True)
class Direct:
    """One sequence and its references, as the network of a model reads them.

    Parameters
    ----------
    module, forward
        The network, and what it gives for one target: (P, *S) -> (P,).
    x, references
        (1, *S) and (K, *S).
    over
        Axis over which the numbers of a position are summed.
    target
        Number of the target.
    unit
        What a standard deviation of 1 means for noise.
    """

    module: nn.Module
    forward: Callable[[Tensor], Tensor]
    x: Tensor
    references: Tensor
    over: int
    target: int
    unit: float

    @classmethod
    def of(cls, model: Fitted, reference: str, shuffles: int, *, target: int = 1) -> "Direct":
        """Read the sequence."""
        if isinstance(model, TokenDifferentiable):
            [row] = model.read([SEQUENCE])
            ids, module = torch.from_numpy(row.ids)[None], model.embedded_network()
            others, _ = token_references(model, SEQUENCE, row, reference, shuffles=shuffles, seed=0)
            x, unit = model.table()[ids], float(model.table().std())

            def forward(points: Tensor) -> Tensor:
                return module(points, ids.expand(len(points), -1))[:, target]

            return cls(module, forward, x, others, 2, target, unit)
        module = model.network()  # type: ignore[attr-defined]
        others = torch.tensor(make_references(reference, SEQUENCE, shuffles=shuffles), dtype=torch.float32)
        x = torch.tensor(one_hot(SEQUENCE), dtype=torch.float32)[None]
        return cls(module, lambda points: module(points)[:, target], x, others, 1, target, 1.0)

    @property
    def repeated(self) -> Tensor:
        """Give the sequence once for each reference, (K, *S)."""
        return self.x.expand(self.references.shape).contiguous()

    def summed(self, attributions: Tensor) -> np.ndarray:
        """Average over the references and sum over what a position holds, (P,)."""
        return attributions.sum(dim=self.over).mean(dim=0).detach().double().numpy()

    def integrated_gradients(self, steps: int = STEPS) -> np.ndarray:
        """Call Captum's ``IntegratedGradients``."""
        captum = attr.IntegratedGradients(self.forward)
        return self.summed(captum.attribute(self.repeated, self.references, n_steps=steps, method="gausslegendre"))

    def deep_lift(self) -> np.ndarray:
        """Call Captum's ``DeepLift``."""
        x = self.repeated.requires_grad_()
        return self.summed(attr.DeepLift(self.module).attribute(x, self.references, target=self.target))

    def gradient_shap(self) -> np.ndarray:
        """Call Captum's ``GradientShap`` with the draws of the method."""
        fractions = make_generator(SEQUENCE, 0).random(POINTS)
        choices = np.arange(POINTS) % len(self.references)
        with patch("numpy.random.uniform", return_value=fractions), patch("numpy.random.choice", return_value=choices):
            captum = attr.GradientShap(self.forward)
            return self.summed(captum.attribute(self.x, self.references, n_samples=POINTS, stdevs=0.0))

    def input_x_gradient(self) -> np.ndarray:
        """Call Captum's ``InputXGradient``."""
        return self.summed(attr.InputXGradient(self.forward).attribute(self.x.clone().requires_grad_()))

    def saliency(self) -> np.ndarray:
        """Call Captum's ``Saliency``."""
        return self.summed(attr.Saliency(self.forward).attribute(self.x.clone().requires_grad_()))

    def noise_tunnel(self, noise: str, deviation: float = 0.3) -> np.ndarray:
        """Call Captum's ``NoiseTunnel`` around ``InputXGradient`` with the draws of the method."""
        draw = make_generator(SEQUENCE, 0)
        drawn = np.stack([draw.standard_normal(self.x.shape[1:]) for _ in range(SAMPLES)])
        added = torch.from_numpy(drawn).to(self.x) * (deviation * self.unit)
        with patch("torch.normal", return_value=added):
            captum = attr.NoiseTunnel(attr.InputXGradient(self.forward))
            found = captum.attribute(
                self.x.clone().requires_grad_(), nt_type=NOISE[noise], nt_samples=SAMPLES, stdevs=deviation
            )
        return self.summed(found)

    def feature_ablation(self) -> np.ndarray:
        """Call Captum's ``FeatureAblation``, each position a feature."""
        shape = (1, -1, 1) if self.over == 2 else (1, 1, -1)
        mask = torch.arange(self.x.shape[3 - self.over]).reshape(shape).expand(self.x.shape)
        captum = attr.FeatureAblation(self.forward)
        found = captum.attribute(self.repeated, self.references, feature_mask=mask)
        return found.select(self.over, 0).mean(dim=0).double().numpy()

    def occlusion(self, window: int, step: int) -> np.ndarray:
        """Call Captum's ``Occlusion`` of nucleotides, hidden by zeros."""
        captum = attr.Occlusion(self.forward)
        found = captum.attribute(self.x, sliding_window_shapes=(4, window), strides=(4, step))
        return found[0, 0].double().numpy()


RANDOM, ONE = ("dinucleotide-shuffles", 3), ("zeros", 1)
NUCLEOTIDES = ("cnn", "bpnet, counts", "bpnet, profile", "ensemble of cnn")
CALLS: dict[str, tuple[str, dict, tuple[str, int], Callable[[Direct], np.ndarray]]] = {
    "integrated gradients": (
        "integrated-gradients",
        {"tolerance": 1.0, "steps": STEPS},
        RANDOM,
        Direct.integrated_gradients,
    ),
    "DeepLIFT": ("deep-lift", {}, RANDOM, Direct.deep_lift),
    "GradientShap": ("gradient-shap", {"points": POINTS}, RANDOM, Direct.gradient_shap),
    "input x gradient": ("input-x-gradient", {}, ONE, Direct.input_x_gradient),
    "saliency": ("saliency", {}, ONE, Direct.saliency),
    "feature ablation": ("feature-ablation", {}, RANDOM, Direct.feature_ablation),
    "occlusion": ("occlusion", {"window": 5, "step": 3}, ONE, partial(Direct.occlusion, window=5, step=3)),
    **{
        noise: (
            "input-x-gradient",
            {"noise": noise, "samples": SAMPLES, "deviation": 0.3},
            ONE,
            partial(Direct.noise_tunnel, noise=noise),
        )
        for noise in NOISE
    },
}
"""By what they are called: method, settings, reference and number of shuffles, and how Captum is called."""


CANCEL = {("ModernBERT", "smoothgrad")}
"""Gradients of 1e-4 whose mean is 1e-5: they agree to 1e-7, and rounding to 32 bits is 2e-4 of what is left."""


def pairs() -> list[tuple[str, str]]:
    """Name each model with each call that Captum can answer: its DeepLIFT and occlusion are of nucleotides alone."""
    return [
        (model, call)
        for model in MAKERS
        for call in CALLS
        if model in NUCLEOTIDES or call not in ("DeepLIFT", "occlusion")
        if (model, call) not in CANCEL
    ]


def off(model: Fitted, call: str) -> float:
    """Give how far a method is from Captum, as relative L2 over the positions or tokens of the sequence."""
    from lib.attribution import METHODS

    name, settings, (reference, shuffles), ask = CALLS[call]
    known = {"reference": reference, "shuffles": shuffles} if hasattr(METHODS.get(name), "reference") else {}
    [found] = METHODS.create(name, {**known, **settings}).attribute(model, [SEQUENCE], target=1)
    ours = np.array([score for *_, score in found.tokens]) if found.tokens else found.scores
    theirs = ask(Direct.of(model, reference, shuffles))
    return float(np.linalg.norm(ours - theirs) / np.linalg.norm(theirs))
