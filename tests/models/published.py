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


def lamar(folder: Path) -> Path:
    """LAMAR: ``model.safetensors`` alone, as its own ESM saved it, and the tokenizer of its repository."""
    pieces = ["<cls>", "<pad>", "<eos>", "<unk>", "<mask>", "A", "T", "C", "G", "N"]
    module = lamar_module()
    found = {key: value for key, value in drawn(module).items() if not key.endswith("inv_freq")}
    frequencies = 1 / 10000 ** (torch.arange(0, 6, 2) / 6)
    for layer in range(WIDTH["num_hidden_layers"]):  # older versions kept a table in each layer, and positions unused
        found[f"esm.encoder.layer.{layer}.attention.self.rotary_embeddings.inv_freq"] = frequencies
    found["esm.embeddings.position_ids"] = torch.arange(POSITIONS)[None]
    found["esm.embeddings.position_embeddings.weight"] = torch.randn(POSITIONS, WIDTH["hidden_size"])
    write(folder, found, {})
    (folder / "config.json").unlink()
    (folder / "vocab.txt").write_text("\n".join(pieces))
    told = {"cls_token": "<cls>", "eos_token": "<eos>", "mask_token": "<mask>", "pad_token": "<pad>"}
    (folder / "special_tokens_map.json").write_text(json.dumps({**told, "unk_token": "<unk>"}))
    (folder / "tokenizer_config.json").write_text(
        json.dumps({"model_max_length": 1026, "tokenizer_class": "EsmTokenizer"})
    )
    return folder


def lamar_module() -> nn.Module:
    """Give an encoder as the README of LAMAR makes it, by arguments that no file of it holds."""
    sizes = {**WIDTH, "num_attention_heads": 2}
    return transformers.EsmForMaskedLM(
        transformers.EsmConfig(
            vocab_size=10,
            pad_token_id=1,
            mask_token_id=4,
            token_dropout=False,
            position_embedding_type="rotary",
            max_position_embeddings=POSITIONS,
            layer_norm_eps=1e-5,
            hidden_dropout_prob=0.0,
            attention_probs_dropout_prob=0.0,
            **sizes,
        )
    )


def utrbert(folder: Path, *, k: int = 3, binary: bool = True) -> Path:
    """3UTRBERT: BERT without ``model_type``, whose words are RNA; as published ``pytorch_model.bin``."""
    dnabert(folder, k=k, binary=binary)
    facts = json.loads((folder / "config.json").read_text())
    del facts["model_type"]
    (folder / "config.json").write_text(json.dumps(facts))
    (folder / "vocab.txt").write_text((folder / "vocab.txt").read_text().replace("T", "U"))
    (folder / "tokenizer_config.json").write_text(json.dumps({"do_lower_case": False, "max_len": 512}))
    return folder


def utr_dnabert(folder: Path) -> Path:
    """3'UTR-DNABERT: what ``save_pretrained`` of a BERT gives, with the words of DNABERT beside it."""
    dnabert(folder)
    (folder / "tokenizer_config.json").write_text(json.dumps({"do_lower_case": False, "max_len": 512}))
    return folder


def specieslm_k1(folder: Path) -> Path:
    """SpeciesLM of single nucleotides: four letters in vocab.txt, the species in added_tokens.json."""
    dnabert(folder, k=1, extra=("candida_glabrata", "saccharomyces_cerevisiae"))
    lines = (folder / "vocab.txt").read_text().split()
    (folder / "vocab.txt").write_text("\n".join(lines[:9]) + "\n")
    (folder / "added_tokens.json").write_text(json.dumps({name: 9 + number for number, name in enumerate(lines[9:])}))
    return folder


def modern_bpe(folder: Path) -> Path:
    """ModernBERT for DNA with byte pairs in tokenizer.json, which frames a sequence by its template."""
    modernbert(folder)
    (folder / "vocab.txt").unlink()
    made = Tokenizer(models.BPE(unk_token="[UNK]"))
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    words = ["ACGTTGCAACGTAGG", "TTTACGGTGCA", "GGCATGAACGTACGTTTAGC"]
    made.train_from_iterator(words, trainers.BpeTrainer(vocab_size=24, special_tokens=special))
    made.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    made.save(str(folder / "tokenizer.json"))
    return folder


UTR_LM = {"layers": 2, "width": 12, "heads": 2}


def utr_lm_weights() -> dict[str, Tensor]:
    """Give weights of UTR-LM with the names and shapes of ``fair-esm``, the heads of its pretraining among them."""
    generator = torch.Generator().manual_seed(2)
    width, heads, layers = UTR_LM["width"], UTR_LM["heads"], UTR_LM["layers"]
    shapes = {"embed_tokens.weight": (10, width), "emb_layer_norm_after.weight": (width,)}
    shapes |= {"emb_layer_norm_after.bias": (width,), "contact_head.regression.weight": (1, layers * heads)}
    shapes |= {"contact_head.regression.bias": (1,), "lm_head.weight": (10, width), "lm_head.bias": (10,)}
    shapes |= {"lm_head.dense.weight": (width, width), "lm_head.dense.bias": (width,)}
    shapes |= {"lm_head.layer_norm.weight": (width,), "lm_head.layer_norm.bias": (width,)}
    shapes |= {"supervised_linear.weight": (1, width), "supervised_linear.bias": (1,)}
    shapes |= {"structure_linear.weight": (3, width), "structure_linear.bias": (3,)}
    for layer in range(layers):
        first = f"layers.{layer}."
        for name in ("k_proj", "v_proj", "q_proj", "out_proj"):
            shapes |= {f"{first}self_attn.{name}.weight": (width, width), f"{first}self_attn.{name}.bias": (width,)}
        for name in ("self_attn_layer_norm", "final_layer_norm"):
            shapes |= {f"{first}{name}.weight": (width,), f"{first}{name}.bias": (width,)}
        shapes |= {f"{first}fc1.weight": (4 * width, width), f"{first}fc1.bias": (4 * width,)}
        shapes |= {f"{first}fc2.weight": (width, 4 * width), f"{first}fc2.bias": (width,)}
    found = {key: 0.4 * torch.randn(shape, generator=generator) for key, shape in shapes.items()}
    found["lm_head.weight"] = found["embed_tokens.weight"]
    dim = width // heads
    for layer in range(layers):
        frequencies = 1.0 / (10000 ** (torch.arange(0, dim, 2).float() / dim))
        found[f"layers.{layer}.self_attn.rot_emb.inv_freq"] = frequencies
    return found


def utr_lm(folder: Path, *, parallel: bool = True) -> Path:
    """UTR-LM: a file of weights saved by ``torch.save``, with what training on several GPUs puts before its keys."""
    folder.mkdir(parents=True, exist_ok=True)
    first = "module." if parallel else ""
    path = folder / "ESM2SISS_FS4.1_6layers_16heads_128embedsize_epoch93.pkl"
    torch.save({first + key: value for key, value in utr_lm_weights().items()}, path)
    return path
