"""Any encoder that ``transformers`` itself implements: LAMAR, 3UTRBERT, SpeciesLM, DNABERT and others.

DNABERT (Ji et al. 2021, doi:10.1093/bioinformatics/btab083), SpeciesLM (Karollus et al. 2024,
doi:10.1186/s13059-024-03221-x) and the Nucleotide Transformer (Dalla-Torre et al. 2025,
doi:10.1038/s41592-024-02523-z) are presets. Models that come with code of their own are refused.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar

from lib.core.registry import setting
from lib.io.checkpoint_names import CONFIG
from lib.models.base import MODELS
from lib.models.fitted import Encoder
from lib.models.pretrained import Pretrained, PretrainedNetwork
from lib.tokenizers import TOKENIZERS, Tokenizer, Vocabulary

if TYPE_CHECKING:
    from torch import nn


@dataclass(frozen=True)
class Reads(Pretrained):
    """What such a model reads beside the sequence."""

    species: str = setting(
        "",
        label="Species",
        advanced=True,
        help="Only for models that read the name of a species first, such as SpeciesLM; a relative does for others.",
    )


@MODELS.add
@dataclass(frozen=True)
class HfEncoderModel(PretrainedNetwork, Reads):
    """A published encoder, adapted to the targets, with a head over the states of its tokens.

    ``longest`` is lowered to the positions that the encoder was trained with.
    """

    name: ClassVar[str] = "hf-encoder"
    label: ClassVar[str] = "Published encoder"
    summary: ClassVar[str] = (
        "LAMAR, 3UTRBERT, SpeciesLM, DNABERT or another language model of RNA or DNA, adapted to your sequences."
    )
    typical_time: ClassVar[str] = "hours on a CPU, minutes on a GPU"
    presets: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "DNABERT-6": {"weights": "zhihan1996/DNA_bert_6"},
        "DNABERT-3": {"weights": "zhihan1996/DNA_bert_3"},
        "SpeciesLM": {"weights": "gagneurlab/SpeciesLM@downstream_species_lm", "species": "candida_glabrata"},
        "Nucleotide Transformer v1, human": {"weights": "InstaDeepAI/nucleotide-transformer-500m-human-ref"},
    }

    def own_tokenizer(self) -> Tokenizer:
        """Give the tokens that the checkpoint was trained on."""
        return TOKENIZERS.create("checkpoint", {"path": self.tokens_source(), "species": self.species})

    def begin(self, vocabulary: Vocabulary) -> Encoder:
        """Read the checkpoint.

        Raises
        ------
        UserError
            If it cannot be had, needs code of its own, does not fit, or the tokenizer is another one.
        """
        from lib.models.nets import adapters, encoder_checkpoints

        found = self.sources(encoder_checkpoints.FILES, {})
        module = encoder_checkpoints.load(found.folder, encoder_checkpoints.read_config(found.folder))
        head = encoder_checkpoints.load_head(found.folder, module)
        if found.adapter is not None:
            adapters.apply(module, found.adapter, encoder_checkpoints.PREFIXES)
        return replace(self._encoder(module, vocabulary, {"config": module.config.to_dict(), **found.facts}), head=head)

    def again(self, vocabulary: Vocabulary, facts: Mapping[str, Any]) -> Encoder:
        """Give an encoder of the same sizes."""
        from lib.models.nets import encoder_checkpoints

        config = encoder_checkpoints.config_of(facts["config"], name="The saved model")
        return self._encoder(encoder_checkpoints.build(config), vocabulary, facts)

    def outline(self, vocabulary: int) -> "nn.Module":
        """Give an encoder of the sizes in ``config.json``."""
        from lib.models.nets import encoder_checkpoints

        folder = self.sources((CONFIG,), {}).folder
        return encoder_checkpoints.build(encoder_checkpoints.read_config(folder))

    def _encoder(self, module: Any, vocabulary: Vocabulary, facts: Mapping[str, Any]) -> Encoder:
        from lib.models.nets.encoder_checkpoints import limit

        frame = self.frame_tokens(vocabulary, size=module.config.vocab_size, limit=limit(module))
        return Encoder(module, frame, facts)
