"""How large the encoder of UTR-LM is, what it reads, and where the weights of a finished pretraining lie."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lib.core.errors import UserError
from lib.core.home import folder_of
from lib.core.registry import setting
from lib.models import saving
from lib.tokenizers import TOKENIZERS, Corpus, FittedTokenizer, fit

NAME = "utr-lm-pretraining"
"""What ``model.json`` of a pretraining calls itself."""
RUNS = "runs"
WEIGHTS = (".pkl", ".pt", ".safetensors")
"""Endings of the files in which weights of UTR-LM are published, and of their conversion."""
PUBLISHED = {"layers": 6, "width": 128, "heads": 16}
SMALL = {"layers": 3, "width": 64, "heads": 4}
_OWN = ("pretraining", ("",))  # a model that begins with a pretraining has the size of that


@dataclass(frozen=True)
class Sizes:
    """Layers, numbers for each token, and heads of attention."""

    layers: int
    width: int
    heads: int

    def __post_init__(self) -> None:
        """Refuse what cannot be built."""
        if self.width % self.heads or self.width // self.heads % 2:
            raise UserError(
                f"{self.heads} heads do not share a width of {self.width} in even parts of at least 2, as rotary "
                "positions need. Choose fewer heads, or a larger width."
            )


@dataclass(frozen=True)
class Shape:
    """How large the encoder is."""

    layers: int = setting(6, label="Layers", low=1, high=48, when=_OWN, help="6 as published; 3 are quicker on a CPU.")
    width: int = setting(
        128,
        label="Width",
        choices=(16, 32, 64, 128, 256, 512),
        when=_OWN,
        help="Numbers for each nucleotide; 128 as published.",
    )
    heads: int = setting(
        16,
        label="Heads of attention",
        choices=(1, 2, 4, 8, 16, 32),
        advanced=True,
        when=_OWN,
        help="16 as published.",
    )

    def sizes(self) -> Sizes:
        """Give the sizes.

        Raises
        ------
        UserError
            If the heads do not share the width.
        """
        return Sizes(self.layers, self.width, self.heads)


def alphabet() -> FittedTokenizer:
    """Give the tokenizer of UTR-LM: one letter a token."""
    return fit(TOKENIZERS.create("nucleotide"), Corpus())


def find_published(name: str) -> Path | None:
    """Find the published weights of UTR-LM: a file, or the one such file of a folder; None for a pretraining made here.

    Raises
    ------
    UserError
        If a folder holds several, so that nobody can tell which is meant.
    """
    given = Path(name).expanduser()
    try:
        if given.is_file():
            return given
        found = sorted(path for path in given.iterdir() if path.suffix in WEIGHTS) if given.is_dir() else []
    except OSError:  # a name that is too long
        return None
    if (given / saving.FACTS).is_file() or not found:
        return None
    if len(found) > 1:
        names = ", ".join(path.name for path in found[:3])
        raise UserError(f"{given.name} holds {len(found)} files of weights: {names}. Choose one of them.")
    return found[0]


def place(name: str) -> Path:
    """Find the folder of a finished pretraining, by the id of its run or by its path.

    Raises
    ------
    UserError
        If there is none.
    """
    given = Path(name).expanduser()
    try:
        own = folder_of(RUNS, name)
    except UserError:  # no id
        own = given
    for folder in (own, given):
        if (folder / saving.FACTS).is_file():
            return folder
    raise UserError(
        f"There is no finished pretraining {name[:80]!r}. Choose one under Models / Pretrain, or none, to begin with "
        "random weights."
    )


def facts_of(name: str) -> tuple[Sizes, dict[str, Any]]:
    """Read sizes and facts of a finished pretraining.

    Raises
    ------
    UserError
        If there is none, or it is damaged.
    """
    folder = place(name)
    facts, _ = saving.read(folder, NAME)
    settings = saving.fact(facts, "settings", folder)
    return Sizes(settings["layers"], settings["width"], settings["heads"]), facts
