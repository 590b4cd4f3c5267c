"""Encoders of the kind ESM-2 that are published as weights alone, so that their sizes are read from the weights.

LAMAR (Zhou et al. 2024, doi:10.1101/2024.10.12.617732) names its weights as ``transformers`` does. UTR-LM (Chu et al.
2024, doi:10.1038/s42256-024-00823-9) names them as ``fair-esm`` does, and has an alphabet of its own. Neither scales by
rules of its own beyond these: LAMAR is used without token dropout, UTR-LM with it, as their authors' code does.

How many heads share the width is told by the table of frequencies that older rotary encoders kept in each layer: it has
one number for each two places of a head.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from torch import Tensor

from lib.core.errors import UserError
from lib.io.checkpoint_names import CONFIG, SAFE, list_names
from lib.models.nets.checkpoint_files import read_weights_file
from lib.models.nets.mlm_head import EPS
from lib.models.utr_shape import Sizes
from lib.tokenizers import Vocabulary

Shape = tuple[int, ...]
ALPHABET = ("<pad>", "<eos>", "<unk>", "A", "G", "C", "T", "<cls>", "<mask>", "<sep>")
"""The tokens of UTR-LM by their ids."""
_ROLES = {"pad": "<pad>", "unknown": "<unk>", "cls": "<cls>", "sep": "<eos>", "mask": "<mask>"}
_TABLE, _FREQUENCIES = "embed_tokens.weight", "layers.0.self_attn.rot_emb.inv_freq"
_NAMES = (
    (r"embed_tokens\.", "embeddings.word_embeddings."),
    (r"layers\.(\d+)\.self_attn\.q_proj\.", r"encoder.layer.\1.attention.self.query."),
    (r"layers\.(\d+)\.self_attn\.k_proj\.", r"encoder.layer.\1.attention.self.key."),
    (r"layers\.(\d+)\.self_attn\.v_proj\.", r"encoder.layer.\1.attention.self.value."),
    (r"layers\.(\d+)\.self_attn\.out_proj\.", r"encoder.layer.\1.attention.output.dense."),
    (r"layers\.(\d+)\.self_attn_layer_norm\.", r"encoder.layer.\1.attention.LayerNorm."),
    (r"layers\.(\d+)\.fc1\.", r"encoder.layer.\1.intermediate.dense."),
    (r"layers\.(\d+)\.fc2\.", r"encoder.layer.\1.output.dense."),
    (r"layers\.(\d+)\.final_layer_norm\.", r"encoder.layer.\1.LayerNorm."),
    (r"emb_layer_norm_after\.", "encoder.emb_layer_norm_after."),
)
_LEFT = ("contact_head.", "supervised_linear.", "structure_linear.", "lm_head.")
"""Heads; that for letters is read by ``lib.models.nets.mlm_head``."""
_BIAS = "lm_head.bias"
_LONGEST = 4098
"""Tokens of the longest pretraining of LAMAR; its table of positions, which it does not use, has fewer rows."""


def read_lamar_facts(folder: Path) -> dict[str, Any] | None:
    """Tell what ``config.json`` of LAMAR would say, from the weights; None where they are no weights of such a model.

    Only the header of ``model.safetensors`` is read.
    """
    try:
        with safe_open(folder / SAFE, "pt") as file:
            shapes: dict[str, Shape] = {
                key.removeprefix("esm."): tuple(file.get_slice(key).get_shape()) for key in file.keys()
            }
    except (SafetensorError, OSError):
        return None
    table = shapes.get("embeddings.word_embeddings.weight", ())
    frequencies = shapes.get("encoder.layer.0.attention.self.rotary_embeddings.inv_freq", ())
    inner = shapes.get("encoder.layer.0.intermediate.dense.weight", ())
    if (len(table), len(frequencies), len(inner)) != (2, 1, 2) or not frequencies[0] or table[1] % (2 * frequencies[0]):
        return None
    return {
        "model_type": "esm",
        "vocab_size": table[0],
        "hidden_size": table[1],
        "num_hidden_layers": _count(shapes, r"encoder\.layer\.(\d+)\..+"),
        "num_attention_heads": table[1] // (2 * frequencies[0]),
        "intermediate_size": inner[0],
        "max_position_embeddings": _LONGEST,
        "position_embedding_type": "rotary",
        "token_dropout": False,
        "emb_layer_norm_before": False,
        "layer_norm_eps": EPS,
        "hidden_dropout_prob": 0.0,
        "attention_probs_dropout_prob": 0.0,
        "pad_token_id": 1,
        "mask_token_id": 4,
    }


@dataclass(frozen=True)
class UtrLmWeights:
    """The published weights of UTR-LM, with the names of ``transformers``.

    Parameters
    ----------
    sizes
        Of the encoder.
    encoder
        Weights of ``EsmModel``; the rows of its table of words are in the order of ``ALPHABET``.
    head
        Weights of the head for letters, as they are published.
    """

    sizes: Sizes
    encoder: Mapping[str, Tensor]
    head: Mapping[str, Tensor]

    def for_vocabulary(self, vocabulary: Vocabulary) -> "UtrLmWeights":
        """Put the rows of all tokens into the order of a vocabulary of single nucleotides."""
        rows = [ALPHABET.index(name) for name in self._names_of(vocabulary)]
        table = "embeddings.word_embeddings.weight"
        head = {**self.head, _BIAS: self.head[_BIAS][rows]} if _BIAS in self.head else self.head
        return UtrLmWeights(self.sizes, {**self.encoder, table: self.encoder[table][rows]}, head)

    @staticmethod
    def _names_of(vocabulary: Vocabulary) -> list[str]:
        roles = {number: _ROLES.get(role, "") for role, number in vocabulary.special.items()}
        names = [roles.get(number, piece) for number, piece in enumerate(vocabulary.pieces)]
        if odd := [name for name in names if name not in ALPHABET]:
            raise UserError(f"UTR-LM reads single nucleotides and knows no {list_names(odd)}. Choose its own tokens.")
        return names


def read_utr_lm(path: Path) -> UtrLmWeights:
    """Read the published weights of UTR-LM from a file; the tensors in it and nothing else.

    Raises
    ------
    UserError
        If it is damaged, holds more than tensors, or tensors of another model.
    """
    found = read_weights_file(path)
    shapes: dict[str, Shape] = {key: tuple(value.shape) for key, value in found.items()}
    table, frequencies = shapes.get(_TABLE, ()), shapes.get(_FREQUENCIES, ())
    if len(table) != 2 or len(frequencies) != 1 or not frequencies[0]:
        raise UserError(
            f"{path.name} does not hold the weights of UTR-LM: it has {list_names(list(found)[:4])}, needed {_TABLE} "
            f"and {_FREQUENCIES} among others. Choose a file of its folder Model; a published encoder with a {CONFIG} "
            "is read by the model hf-encoder."
        )
    if table[0] != len(ALPHABET):
        raise UserError(
            f"{path.name} knows {table[0]} tokens; UTR-LM has {len(ALPHABET)}: {' '.join(ALPHABET)}. Choose a file of "
            "its folder Model."
        )
    if table[1] % (2 * frequencies[0]):
        raise UserError(f"{path.name} is damaged: its rotary table does not divide its width. Download it again.")
    sizes = Sizes(_count(shapes, r"layers\.(\d+)\..+"), table[1], table[1] // (2 * frequencies[0]))
    own = {key: value for key, value in found.items() if not key.startswith(_LEFT) and not key.endswith(".inv_freq")}
    head = {key: value for key, value in found.items() if key.startswith("lm_head.")}
    return UtrLmWeights(sizes, {_rename(key): value for key, value in own.items()}, head)


def _rename(key: str) -> str:
    for pattern, name in _NAMES:
        if match := re.match(pattern, key):
            return match.expand(name) + key[match.end() :]
    return key


def _count(shapes: Mapping[str, Shape], pattern: str) -> int:
    """Count the layers that keys name."""
    return 1 + max((int(match[1]) for key in shapes if (match := re.fullmatch(pattern, key))), default=-1)
