"""References of token models are as long as the sequence, keep its special tokens, and say what they are."""

import numpy as np
import pytest
import torch

from lib.attribution._token_references import token_references
from lib.core.errors import UserError
from lib.models.base import TokenDifferentiable
from lib.tokenizers import TOKENIZERS, Corpus
from lib.tokenizers import fit as fit_tokenizer
from tests.attribution.explained import LinearTokens, bert, encoder

SEQUENCE = "ACGTTGCAACGGTTACAGGACG"


@pytest.fixture(scope="module")
def pairs():
    """A model that reads byte pairs, of which shuffles have other numbers."""
    corpus = Corpus(sequences=(SEQUENCE, "TTTACGGTACGTACG", "GGACGTTTACAGG"))
    return encoder("bert", {"size": "tiny"}, fit_tokenizer(TOKENIZERS.create("bpe", {"size": 16}), corpus))


def made(model, kind, shuffles=6, seed=0):
    [row] = model.read([SEQUENCE])
    return row, *token_references(model, SEQUENCE, row, kind, shuffles=shuffles, seed=seed)


@pytest.mark.parametrize("kind", ["dinucleotide-shuffles", "zeros", "uniform", "mask"])
def test_they_are_as_long_and_keep_special_tokens(kind, pairs):
    for model in (LinearTokens(), bert(), pairs):
        assert isinstance(model, TokenDifferentiable)
        row, found, said = made(model, kind)
        table = model.table()
        assert found.shape == (6 if "shuffles" in kind else 1, len(row.ids), table.shape[1]) and said
        special = torch.from_numpy(row.ends == row.starts)
        own = table[torch.from_numpy(row.ids)]
        assert special.any() and all((matrix[special] == own[special]).all() for matrix in found)
        assert (found[0][~special] != own[~special]).any()


def test_what_stands_for_words():
    model = LinearTokens()
    table = model.table()
    assert (made(model, "zeros")[1][0, 1:-1] == 0).all()
    assert (made(model, "mask")[1][0, 1:-1] == table[3]).all()
    torch.testing.assert_close(made(model, "uniform")[1][0, 1], table[4:].mean(dim=0))


def test_shuffles_are_read_by_the_tokenizer_itself():
    model = LinearTokens()
    row, found, said = made(model, "dinucleotide-shuffles")
    words = [tuple(sorted(row.ids.tolist()))]
    table = model.table().tolist()
    for matrix in found.tolist():
        ids = [table.index(vector) for vector in matrix]
        assert tuple(sorted(ids)) in words, "words of two letters overlap, so shuffles keep each of them"
    assert said == "mean of 6 dinucleotide shuffles of the sequence"


def test_where_too_few_shuffles_fit_tokens_are_shuffled(pairs, monkeypatch):
    monkeypatch.setattr("lib.attribution._token_references._TRIES", 0)
    row, found, said = made(pairs, "dinucleotide-shuffles", shuffles=3)
    assert "of which 3 are its tokens in random order" in said
    own = pairs.table()[torch.from_numpy(row.ids)]
    for matrix in found:
        np.testing.assert_allclose(matrix.sum(dim=0), own.sum(dim=0), atol=1e-4)
    same = made(pairs, "dinucleotide-shuffles", shuffles=3)[1]
    assert torch.equal(found, same) and not torch.equal(found, made(pairs, "dinucleotide-shuffles", 3, seed=1)[1])


def test_what_is_not_there_is_said():
    class Unmasked(LinearTokens):
        def mask_token(self):
            return None

    with pytest.raises(UserError, match="no mask token"):
        made(Unmasked(), "mask")
    with pytest.raises(UserError, match="no reference called 'blank'"):
        made(LinearTokens(), "blank")


def test_reading_says_where_tokens_lie_and_leaves_out_what_is_not_read():
    model = bert()
    [row] = model.read(["ACGTAC" * 9])  # 52 words, of which 38 and both ends are read
    assert len(row.ids) == 40 and row.texts[0] == "[CLS]" and row.texts[-1] == "[SEP]"
    assert row.texts[1] == "ACG" and (row.starts[1], row.ends[1]) == (0, 3)
    assert (row.starts[-2], row.ends[-2]) == (37, 40) and row.starts[-1] == row.ends[-1] == 54
