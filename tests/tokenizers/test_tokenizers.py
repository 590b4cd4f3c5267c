"""Every tokenizer, present and future, keeps the same promises."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.core.errors import UserError
from lib.tokenizers import TOKENIZERS, Token

SEQUENCES = ["".join(random.Random(length).choices("ACGTN", k=length)) for length in (12, 110, 333)]


@pytest.fixture(params=TOKENIZERS.all())
def tokenizer(request: pytest.FixtureRequest):
    return TOKENIZERS.create(request.param)


@pytest.mark.parametrize("sequence", SEQUENCES, ids=len)
def test_tokens_lie_where_they_say(tokenizer, sequence):
    tokens = tokenizer.tokens(sequence)
    assert tokens
    for token in tokens:
        assert sequence[token.start : token.end] == token.text


@pytest.mark.parametrize("sequence", SEQUENCES, ids=len)
def test_tokens_come_in_the_order_of_their_starts(tokenizer, sequence):
    starts = [token.start for token in tokenizer.tokens(sequence)]
    assert starts == sorted(starts)


@given(sequence=st.text("ACGTN", min_size=1, max_size=60), k=st.integers(1, 12), stride=st.integers(1, 12))
def test_kmers_are_every_window(sequence, k, stride):
    tokenizer = TOKENIZERS.create("k-mer", {"k": k, "stride": stride})
    if len(sequence) < k:
        with pytest.raises(UserError, match=f"has {len(sequence)} nt; k-mers of {k} need at least {k}"):
            tokenizer.tokens(sequence)
        return
    windows = [Token(sequence[i : i + k], i, i + k) for i in range(len(sequence)) if i % stride == 0]
    assert tokenizer.tokens(sequence) == [window for window in windows if window.end <= len(sequence)]


def test_an_empty_sequence_has_no_letters_and_no_kmers():
    assert TOKENIZERS.create("nucleotide").tokens("") == []
    with pytest.raises(UserError, match="0 nt"):
        TOKENIZERS.create("k-mer").tokens("")
