"""Write variants as VCF 4.3 (https://samtools.github.io/hts-specs), with what was found about them under INFO.

``lib.io.variant_formats.vcf`` reads it back.
"""

import re
from collections.abc import Mapping, Sequence
from urllib.parse import quote

from lib.io.variants import Variant

_UNSAFE = re.compile(r"[\s;=,%]+")


def to_vcf(
    variants: Sequence[Variant],
    sequences: Mapping[str, str],
    info: Sequence[Mapping[str, str | float]],
    about: Mapping[str, str],
) -> str:
    """Write N variants, sorted by sequence and position.

    Parameters
    ----------
    variants, sequences
        The variants, and the sequences that they change, by id.
    info
        (N,) keys and values of each; what is missing there is left out.
    about
        What each key means, in a sentence.
    """
    lines = ["##fileformat=VCFv4.3", "##source=MotifLens"]
    for key, words in about.items():
        kind = "String" if any(isinstance(row.get(key), str) for row in info) else "Float"
        said = words.replace("\\", "\\\\").replace('"', '\\"')
        lines.append(f'##INFO=<ID={key},Number=1,Type={kind},Description="{" ".join(said.split())}">')
    used = dict.fromkeys(one.sequence for one in variants)
    lines += [f"##contig=<ID={_encode(name)},length={len(sequences[name])}>" for name in used]
    lines.append("#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO")
    places = {name: number for number, name in enumerate(used)}
    order = sorted(range(len(variants)), key=lambda row: (places[variants[row].sequence], variants[row].position))
    for row in order:
        one = anchor(variants[row], sequences[variants[row].sequence])
        said = ";".join(f"{key}={_write(value)}" for key, value in info[row].items())
        fields = (_encode(one.sequence), one.position + 1, _encode(one.name), one.ref, one.alt, ".", ".", said or ".")
        lines.append("\t".join(map(str, fields)))
    return "\n".join([*lines, ""])


def anchor(variant: Variant, text: str) -> Variant:
    """Give a variant without empty alleles, which VCF does not have: with the base before it, or the one behind.

    >>> anchor(Variant("v", "s", 2, "", "TT"), "ACGT")
    Variant(name='v', sequence='s', position=1, ref='C', alt='CTT', line=0)
    """
    if variant.ref and variant.alt:
        return variant
    start, end = variant.position, variant.position + len(variant.ref)
    if start:
        base = text[start - 1]
        return Variant(variant.name, variant.sequence, start - 1, base + variant.ref, base + variant.alt, variant.line)
    base = text[end]
    return Variant(variant.name, variant.sequence, start, variant.ref + base, variant.alt + base, variant.line)


def _encode(text: str) -> str:
    """Write the marks that VCF keeps for itself as ``%20``, which is read back the same."""
    return _UNSAFE.sub(lambda found: quote(found[0], safe=""), text)


def _write(value: str | float) -> str:
    return _encode(value) if isinstance(value, str) else f"{value:.6g}"
