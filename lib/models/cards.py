"""What is known of the published models that can be read here: who trained them on what, and where their files are.

Sizes are those of the encoder. Licences are those that the authors give for code or weights; who publishes with a model
reads them there.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class ModelCard:
    """A published model.

    Parameters
    ----------
    name
        What its authors call it.
    model
        Registered name of the model that reads it.
    trained_on
        Sequences and species.
    reads
        Its tokens, and how many nucleotides at most.
    size
        Layers, width and parameters.
    licence
        Of code and weights.
    source
        Address of its files.
    place
        Which files go into one folder, and what to do with them.
    doi
        Of the paper.
    """

    name: str
    model: str
    trained_on: str
    reads: str
    size: str
    licence: str
    source: str
    place: str
    doi: str


HF, UTR_LM = "hf-encoder", "utr-lm"
_BIN = "Convert a pytorch_model.bin to model.safetensors before you upload a zip."
_HUB = "Name it as {}, or put config.json, the weights and the tokenizer files into a folder."

CARDS = (
    ModelCard(
        "LAMAR",
        HF,
        "15 million sequences: genes and transcripts of mammals, and viruses that infect them",
        "single nucleotides, up to 2,048 or 4,096",
        "12 layers of 768, 85 million parameters",
        "MIT (code); none is named with the weights",
        "https://huggingface.co/zhw-e8/LAMAR",
        "model.safetensors of mammalian80D_2048len1mer1sw_80M or mammalian80D_4096len1mer1sw_80M, with vocab.txt, "
        "tokenizer_config.json and special_tokens_map.json of tokenizer/single_nucleotide in github.com/zhw-e8/LAMAR. "
        "No config.json: the published one describes another size, and the weights tell theirs.",
        "10.1101/2024.10.12.617732",
    ),
    ModelCard(
        "3UTRBERT",
        HF,
        "3'UTRs of human mRNAs",
        "overlapping 3-, 4-, 5- or 6-mers of RNA, up to 510 tokens",
        "12 layers of 768, 86 to 89 million parameters",
        "MIT (code)",
        "https://github.com/yangyn533/3UTRBERT",
        f"The folder that the link for a word length leads to, with config.json and vocab.txt. {_BIN}",
        "10.1002/advs.202407013",
    ),
    ModelCard(
        "3'UTR-DNABERT",
        HF,
        "3.8 million 3'UTRs of 241 mammals (Zoonomia)",
        "overlapping 6-mers, up to 510 tokens",
        "12 layers of 768, 89 million parameters",
        "see the record on Zenodo",
        "https://zenodo.org/records/10655595",
        f"The folder of the 3'UTR DNABERT in the record: config.json, the weights and vocab.txt. {_BIN}",
        "10.1093/nar/gkaf871",
    ),
    ModelCard(
        "UTR-LM",
        UTR_LM,
        "5'UTRs of five vertebrates and of random libraries, with secondary structure and folding energy",
        "single nucleotides",
        "6 layers of 128, 1.2 million parameters",
        "GPL-3.0",
        "https://github.com/a96123155/UTR-LM",
        "One of the .pkl files of its folder Model, in a folder that the administrator lists; or converted to "
        "model.safetensors and uploaded as a zip. Sizes are read from the weights.",
        "10.1038/s42256-024-00823-9",
    ),
    ModelCard(
        "SpeciesLM",
        HF,
        "1,000 nt before start codons or 300 nt after stop codons, of more than 800 species of fungi",
        "the name of a species, then overlapping 6-mers; 300 nt (3') or 1,003 nt (5')",
        "12 layers of 768, 89 million parameters",
        "MIT",
        "https://huggingface.co/gagneurlab/SpeciesLM",
        _HUB.format("gagneurlab/SpeciesLM@downstream_species_lm (3') or @upstream_species_lm (5')"),
        "10.1186/s13059-024-03221-x",
    ),
    ModelCard(
        "SpeciesLM, single nucleotides",
        HF,
        "1,000 nt before start codons, of more than 800 species of fungi",
        "the name of a species, then single nucleotides",
        "see its config.json",
        "MIT",
        "https://huggingface.co/johahi/specieslm-fungi-upstream-k1",
        _HUB.format("johahi/specieslm-fungi-upstream-k1"),
        "10.1038/s41588-025-02347-3",
    ),
    ModelCard(
        "DNABERT",
        HF,
        "the human genome",
        "overlapping 3-, 4-, 5- or 6-mers, up to 510 tokens",
        "12 layers of 768, 86 to 89 million parameters",
        "Apache-2.0 (code)",
        "https://github.com/jerryji1993/DNABERT",
        _HUB.format("zhihan1996/DNA_bert_6 (3, 4, 5)"),
        "10.1093/bioinformatics/btab083",
    ),
    ModelCard(
        "Nucleotide Transformer v1",
        HF,
        "the human genome, 3,202 human genomes, or genomes of 850 species",
        "6-mers that do not overlap, up to about 6,000 nt",
        "24 to 32 layers, 500 million or 2.5 billion parameters",
        "CC BY-NC-SA 4.0: not for commercial use",
        "https://huggingface.co/InstaDeepAI/nucleotide-transformer-500m-human-ref",
        _HUB.format("InstaDeepAI/nucleotide-transformer-500m-human-ref"),
        "10.1038/s41592-024-02523-z",
    ),
    ModelCard(
        "ModernBERT for DNA",
        HF,
        "depends on who trained it, such as coding sequences of 13 vertebrates",
        "as its tokenizer.json says",
        "any",
        "see its page",
        "https://huggingface.co/MichelNivard/DNABert-CDS-13Species-v0.1",
        _HUB.format("owner/name") + " Its config.json says model_type modernbert.",
        "10.48550/arXiv.2412.13663",
    ),
    ModelCard(
        "DNABERT-2",
        "dnabert-2",
        "genomes of 135 species",
        "byte pairs, up to as many as memory holds",
        "12 layers of 768, 117 million parameters",
        "Apache-2.0 (code)",
        "https://huggingface.co/zhihan1996/DNABERT-2-117M",
        _HUB.format("zhihan1996/DNABERT-2-117M"),
        "10.48550/arXiv.2306.15006",
    ),
)
