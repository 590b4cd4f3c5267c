"""Tiny checkpoints of random weights, in the layouts in which language models of DNA are published."""

import dataclasses
import itertools
import json
from pathlib import Path

import safetensors.torch
import torch
import transformers
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers
from torch import Tensor, nn

from lib.models.nets.mosaic import MosaicConfig, MosaicEncoder

WIDTH = {"hidden_size": 12, "num_hidden_layers": 2, "num_attention_heads": 3, "intermediate_size": 20}
POSITIONS = 48


def every(k: int) -> list[str]:
    return ["".join(letters) for letters in itertools.product("ATCG", repeat=k)]


def write(folder: Path, found: dict[str, Tensor], facts: dict[str, object], *, binary: bool = False) -> Path:
    """Write weights in either format, and config.json."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(json.dumps(facts))
    found = {key: value.detach().clone().contiguous() for key, value in found.items()}
    if binary:
        torch.save(found, folder / "pytorch_model.bin")
    else:
        safetensors.torch.save_file(found, folder / "model.safetensors")
    return folder


def drawn(module: nn.Module) -> dict[str, Tensor]:
    """Give the weights of a module, drawn so that all of them matter."""
    generator = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for weights in module.parameters():
            weights.add_(0.2 * torch.randn(weights.shape, generator=generator))
    return module.state_dict()


def dnabert2(folder: Path, *, binary: bool = False) -> Path:
    """DNABERT-2: byte pairs in tokenizer.json, an encoder that transformers does not implement."""
    made = Tokenizer(models.BPE(unk_token="[UNK]"))
    special = ["[UNK]", "[CLS]", "[SEP]", "[PAD]", "[MASK]"]
    words = ["ACGTTGCAACGTAGG", "TTTACGGTGCA", "GGCATGAACGTACGTTTAGC"]
    made.train_from_iterator(words, trainers.BpeTrainer(vocab_size=26, special_tokens=special))
    config = MosaicConfig(vocab_size=26, **WIDTH)
    facts = {**dataclasses.asdict(config), "model_type": "bert", "auto_map": {"AutoModel": "bert_layers.BertModel"}}
    del facts["pad_token_id"]
    found = {f"bert.{key}": value for key, value in drawn(MosaicEncoder(config)).items()}
    write(folder, found, facts, binary=binary)
    made.save(str(folder / "tokenizer.json"))
    return folder


def dnabert(
    folder: Path, *, k: int = 3, extra: tuple[str, ...] = (), binary: bool = False, prefix: bool = True
) -> Path:
    """DNABERT: BERT with its head, all words of k letters in vocab.txt; SpeciesLM: and the names of species."""
    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *every(k), *extra]
    config = transformers.BertConfig(vocab_size=len(pieces), max_position_embeddings=POSITIONS, **WIDTH)
    found = drawn(transformers.BertForMaskedLM(config))
    found["bert.embeddings.position_ids"] = torch.arange(POSITIONS)[None]  # as older versions wrote it
    if not prefix:
        found = {key.removeprefix("bert."): value for key, value in found.items() if not key.startswith("cls.")}
    write(folder, found, {**config.to_dict(), "architectures": ["BertForMaskedLM"]}, binary=binary)
    (folder / "vocab.txt").write_text("\n".join(pieces) + "\n")
    (folder / "tokenizer_config.json").write_text(
        json.dumps({"do_lower_case": False, "tokenizer_class": "BertTokenizer"})
    )
    return folder


def nucleotide_transformer(folder: Path, *, k: int = 3, binary: bool = False, rotary: bool = True) -> Path:
    """Nucleotide Transformer v1: ESM, words of k letters and single letters in vocab.txt, no end of a sequence."""
    pieces = ["<unk>", "<pad>", "<mask>", "<cls>", *every(k), "A", "T", "C", "G", "N"]
    config = transformers.EsmConfig(
        vocab_size=len(pieces),
        mask_token_id=2,
        pad_token_id=1,
        max_position_embeddings=POSITIONS,
        position_embedding_type="rotary" if rotary else "absolute",
        token_dropout=True,
        **WIDTH,
    )
    config.num_attention_heads = 2  # rotary embeddings need an even number of places a head
    write(folder, drawn(transformers.EsmForMaskedLM(config)), config.to_dict(), binary=binary)
    (folder / "vocab.txt").write_text("\n".join(pieces))
    told = {"cls_token": "<cls>", "eos_token": None, "mask_token": "<mask>", "pad_token": "<pad>", "unk_token": "<unk>"}
    (folder / "tokenizer_config.json").write_text(json.dumps({**told, "tokenizer_class": "EsmTokenizer"}))
    return folder


def roberta(folder: Path, *, binary: bool = False) -> Path:
    """RoBERTa with byte pairs over bytes in tokenizer.json."""
    made = Tokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    special = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    alphabet = list("ACGNT")
    trainer = trainers.BpeTrainer(vocab_size=30, special_tokens=special, initial_alphabet=alphabet)
    made.train_from_iterator(["ACGTTGCAACGTAGG", "TTTACGGTGCA", "GGCATGAACGTACGTTTAGC"], trainer)
    made.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0))
    size = made.get_vocab_size()
    config = transformers.RobertaConfig(
        vocab_size=size, pad_token_id=1, bos_token_id=0, eos_token_id=2, max_position_embeddings=POSITIONS, **WIDTH
    )
    write(folder, drawn(transformers.RobertaForMaskedLM(config)), config.to_dict(), binary=binary)
    made.save(str(folder / "tokenizer.json"))
    return folder


def modernbert(folder: Path, *, binary: bool = False) -> Path:
    """ModernBERT, whose encoder is called model, with the words and letters of a Nucleotide Transformer."""
    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *every(2), "A", "T", "C", "G"]
    config = transformers.ModernBertConfig(
        vocab_size=len(pieces),
        pad_token_id=0,
        cls_token_id=2,
        sep_token_id=3,
        bos_token_id=2,
        eos_token_id=3,
        max_position_embeddings=POSITIONS,
        local_attention=8,
        **{**WIDTH, "num_attention_heads": 2},
    )
    write(folder, drawn(transformers.ModernBertForMaskedLM(config)), config.to_dict(), binary=binary)
    (folder / "vocab.txt").write_text("\n".join(pieces))
    return folder
