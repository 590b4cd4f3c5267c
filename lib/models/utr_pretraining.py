"""The pretraining of UTR-LM (Chu et al. 2024, doi:10.1038/s42256-024-00823-9): its settings, and what it leaves.

It reads sequences with their folds and no measurement. Letters are hidden as in BERT; a second head says of each base
whether it is unpaired, opens or closes a pair, a third one the minimum free energy.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from lib.core.errors import UserError
from lib.core.progress import Stage
from lib.core.registry import setting, values_of
from lib.models import saving
from lib.models.checks import require_encoder_memory
from lib.models.context import Context
from lib.models.schedule import Plan
from lib.models.utr_shape import NAME, PUBLISHED, SMALL, Shape, alphabet
from lib.motifs.folding import CLASSES, Fold, classes
from lib.tasks import pretraining_metrics as evaluation
from lib.tokenizers import FittedTokenizer

if TYPE_CHECKING:
    from lib.models.nets.batches import Frame
    from lib.models.nets.fold_language import Folded

LEAST = 40
"""Distinct sequences that a pretraining needs."""
LOSSES = "losses.parquet"
ALL, HIDDEN = "all bases", "hidden bases"
WARMUP = 0.1


@dataclass(frozen=True)
class UtrPretraining(Shape):
    """A pretraining on sequences and their folds.

    Deviations from the published one: AdamW with a cosine instead of SGD, batches of sequences instead of tokens, and
    the best epoch by all three losses on sequences held out.
    """

    name: ClassVar[str] = NAME
    label: ClassVar[str] = "Pretraining of UTR-LM"
    presets: ClassVar[Mapping[str, Mapping[str, Any]]] = {"small": SMALL, "published size": PUBLISHED}

    epochs: int = setting(10, label="Epochs", low=1, high=500, help="Passes over the sequences.")
    batch_size: int = setting(64, label="Batch size", unit="sequences", low=2, high=4096)
    learning_rate: float = setting(1e-3, label="Highest learning rate", low=1e-7, high=0.1, advanced=True)
    share: float = setting(
        0.15,
        label="Share of letters hidden",
        low=0.01,
        high=0.9,
        advanced=True,
        help="Of these, 80% are masked, 10% replaced by a random letter and 10% left as they are.",
    )
    structure_weight: float = setting(
        1.0, label="Weight of the structure", low=0.0, high=100.0, help="Beside that of the hidden letters, which is 1."
    )
    energy_weight: float = setting(
        1.0, label="Weight of the energy", low=0.0, high=100.0, help="Beside that of the hidden letters, which is 1."
    )
    structure_of: str = setting(
        ALL,
        label="Structure is said of",
        choices=(ALL, HIDDEN),
        advanced=True,
        help="All bases, as the published program has it; or those that are hidden, as the paper has it.",
    )
    held_out: float = setting(
        0.1,
        label="Share held out",
        low=0.01,
        high=0.5,
        advanced=True,
        help="Sequences that tell the best epoch and how well it guesses; nothing is learned from them.",
    )
    longest: int = setting(
        1024,
        label="Longest input",
        unit="tokens",
        low=8,
        high=16384,
        advanced=True,
        help="[CLS] and [SEP] included. What lies beyond it at the end of a sequence is neither folded nor read.",
    )
    dropout: float = setting(0.1, label="Dropout", low=0.0, high=0.9, advanced=True)
    weight_decay: float = setting(0.01, label="Weight decay", low=0.0, high=1.0, advanced=True)

    def cut(self, sequences: Sequence[str]) -> list[str]:
        """Give what is read of N sequences, each distinct one once, in their order."""
        return list(dict.fromkeys(sequence[: self.longest - 2] for sequence in sequences if sequence))

    def fit(self, sequences: Sequence[str], folds: Sequence[Fold], context: Context) -> dict[str, Any]:
        """Pretrain on N distinct sequences with their folds; weights and facts land in the folder of the context.

        Returns
        -------
        dict
            Numbers of sequences, and how well the sequences held out are guessed, ready for JSON.

        Raises
        ------
        Cancelled
            If the listener asked for it; the same call goes on from the last checkpoint.
        UserError
            If there are too few sequences, or the loss is no number any more.
        """
        import torch

        from lib.models.nets import device, utr_encoder
        from lib.models.nets.batches import Frame
        from lib.models.nets.fold_language import FoldedTokens, FoldLoss, pretrain
        from lib.models.nets.masked_language import STAGE, Masking

        if len(sequences) < LEAST:
            raise UserError(
                f"There are {len(sequences)} distinct sequences; a pretraining needs at least {LEAST}. Bring more."
            )
        tokenizer = alphabet()
        frame = Frame.of(tokenizer.vocabulary, self.longest)
        masking = Masking.of(tokenizer.vocabulary, self.share)
        order = np.random.default_rng(context.seed).permutation(len(sequences))
        held = max(4, round(self.held_out * len(sequences)))
        parts = [np.sort(order[held:]), np.sort(order[:held])]
        energies = np.array([fold.energy for fold in folds])
        centre, scale = energies[parts[0]].mean(), energies[parts[0]].std() or 1.0
        folded = [_fold(tokenizer, frame, sequences, folds, rows, (centre, scale)) for rows in parts]
        everywhere = self.structure_of == ALL
        train, validation = (FoldedTokens(part, frame, masking, context.seed, everywhere=everywhere) for part in folded)
        torch.manual_seed(context.seed)
        encoder = utr_encoder.build(self.sizes(), frame, mask=masking.mask, dropout=self.dropout)
        if device.choose(context.device).type == "cpu":
            remedy = "Lower the batch size or the longest input, or choose a smaller encoder."
            size = min(self.batch_size, len(train))
            require_encoder_memory(encoder.config, size, int(train.lengths.max()), remedy=remedy)
        network = utr_encoder.FoldGuesser(encoder)
        plan = Plan(self.epochs, self.batch_size, self.learning_rate, self.weight_decay, self.epochs, warmup=WARMUP)
        loss = FoldLoss(self.structure_weight, self.energy_weight, table=context.folder / LOSSES)
        within = replace(context, progress=Stage(context.progress, STAGE))
        best_epoch, found = pretrain(network, train, validation, loss=loss, plan=plan, context=within)
        texts = [[sequences[row] for row in rows] for rows in parts]
        letter = int(np.bincount(np.concatenate([row[1:-1] for row in folded[0].rows])).argmax())
        usual = int(np.bincount(np.concatenate(folded[0].classes)).argmax())
        summary = {
            "train": len(texts[0]),
            "validation": len(texts[1]),
            "best_epoch": best_epoch,
            "structure_of": self.structure_of,
            "letters": {
                **evaluation.accuracy(found.letters, found.letter_counts[:, letter]),
                "usual": tokenizer.vocabulary.pieces[letter],
            },
            "structure": {
                **evaluation.accuracy(found.structure, found.structure_counts[:, usual]),
                "usual": CLASSES[usual],
            },
            "energy": evaluation.energy(
                energies[parts[1]], found.energies * scale + centre, (texts[0], energies[parts[0]]), texts[1]
            ),
        }
        facts = {
            "settings": values_of(self),
            "pieces": list(tokenizer.vocabulary.pieces),
            "energy": {"centre": float(centre), "scale": float(scale)},
            "summary": summary,
        }
        weights = {name: tensor.cpu().numpy() for name, tensor in network.state_dict().items()}
        saving.write(context.folder, NAME, facts, weights)
        return summary


def _fold(
    tokenizer: FittedTokenizer,
    frame: "Frame",
    sequences: Sequence[str],
    folds: Sequence[Fold],
    rows: np.ndarray,
    scale: tuple[float, float],
) -> "Folded":
    from lib.models.nets.fold_language import Folded

    encoded = tokenizer.encode_batch([sequences[row] for row in rows])
    energies = np.array([folds[row].energy for row in rows])
    return Folded(
        frame.rows(encoded), [classes(folds[row].structure) for row in rows], (energies - scale[0]) / scale[1]
    )
