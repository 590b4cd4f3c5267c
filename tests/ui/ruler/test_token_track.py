"""What a token track sends to the browser: places, styles and colours that the same token shares everywhere."""

import base64
import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.figures.colours import TOKENS, of_token
from lib.tokenizers.kmer import KmerTokenizer
from lib.tokenizers.token import Token
from lib.ui.ruler import LettersTrack, TokensTrack, payload

SEQUENCE = "TTATTAGCN"  # 9 nt


def integers(text: str) -> list[int]:
    return np.frombuffer(base64.b64decode(text), dtype="<i4").tolist()


def styles(sent: dict) -> list[list]:
    """Give the style of each token: [what is read before the letters, letters follow, colour, unknown]."""
    return [sent["styles"][number] for number in integers(sent["numbers"])]


def test_tokens_arrive_with_their_places_and_texts() -> None:
    tokens = [(0, 0, "[CLS]"), (0, 3, "TTA"), (3, 6, "##tta"), (6, 8, "GC"), (8, 9, "[UNK]"), (9, 9, "[SEP]")]
    track = TokensTrack("Pieces", tokens, unknown=[text == "[UNK]" for *_, text in tokens], note="4 tokens")

    sent = json.loads(json.dumps(payload(SEQUENCE, [track]), allow_nan=False))

    (pieces,) = sent["tracks"]
    assert (pieces["kind"], pieces["label"], pieces["unit"], pieces["note"]) == ("tokens", "Pieces", "", "4 tokens")
    assert integers(pieces["starts"]) == [0, 0, 3, 6, 8, 9]
    assert integers(pieces["ends"]) == [0, 3, 6, 8, 9, 9]
    assert [style[:2] for style in styles(pieces)] == [
        ["[CLS]", 0],
        ["", 1],
        ["##", 1],
        ["", 1],
        ["[UNK]", 0],
        ["[SEP]", 0],
    ], "a text that ends with its letters is sent as what stands before them"
    assert [style[3] for style in styles(pieces)] == [0, 0, 0, 0, 1, 0]
    assert sent["colours"]["tokens"] == list(TOKENS)


def test_the_same_letters_have_the_same_colour_however_they_are_written() -> None:
    tokens = [(0, 3, "TTA"), (3, 6, "##tta")]
    plain, continued = styles(TokensTrack("Pieces", tokens).payload(SEQUENCE))
    assert TOKENS[plain[2]] == TOKENS[continued[2]] == of_token("TTA")
    other = styles(TokensTrack("Words", [(0, 3, "UUA")]).payload(SEQUENCE))
    assert other == [["", 1, plain[2], 0]], "a text in RNA letters is the same token"


def test_a_special_token_is_coloured_by_its_text() -> None:
    ((text, spelled, colour, unknown),) = styles(TokensTrack("Species", [(0, 0, "danio_rerio")]).payload(SEQUENCE))
    assert (text, spelled, unknown) == ("danio_rerio", 0, 0)
    assert TOKENS[colour] == of_token("danio_rerio")


def test_tokens_in_any_order_are_sent_by_their_starts() -> None:
    track = TokensTrack("Words", [(6, 8, "GC"), (0, 3, "TTA"), (3, 6, "TTA")], unknown=[True, False, False])
    sent = track.payload(SEQUENCE)
    assert integers(sent["starts"]) == [0, 3, 6]
    assert [style[3] for style in styles(sent)] == [0, 0, 1]


def test_no_token_is_an_empty_track() -> None:
    sent = TokensTrack("Nothing", []).payload(SEQUENCE)
    assert (sent["starts"], sent["ends"], sent["numbers"], sent["styles"]) == ("", "", "", [])


@pytest.mark.parametrize(
    ("tokens", "words"),
    [
        ([(0, 2, "TT"), (7, 10, "CNN")], r"Words: the token 'CNN' lies at \[7, 10\), the sequence has 9 nt"),
        ([(-1, 2, "TTT")], r"'TTT' lies at \[-1, 2\)"),
        ([(4, 3, "A")], r"'A' lies at \[4, 3\)"),
        ([(10, 10, "[SEP]")], r"'\[SEP\]' lies at \[10, 10\)"),
    ],
)
def test_a_token_outside_the_sequence_is_a_fault_of_the_caller(tokens: list, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        payload(SEQUENCE, [TokensTrack("Words", tokens)])


def test_each_token_has_its_mark_or_none_has() -> None:
    with pytest.raises(ValueError, match="Words: 1 marks of unknown tokens for 2 tokens"):
        TokensTrack("Words", [(0, 2, "TT"), (2, 3, "A")], unknown=[True]).payload(SEQUENCE)


def test_what_a_tokenizer_gives_can_be_drawn() -> None:
    found: list[Token] = KmerTokenizer(k=4, stride=3).tokens(SEQUENCE)
    track = TokensTrack("4-mers", [(token.start, token.end, token.shown) for token in found])
    sent = payload(SEQUENCE, [LettersTrack("Score", np.zeros(9)), track])["tracks"][1]
    assert integers(sent["starts"]) == [0, 3]
    assert integers(sent["ends"]) == [4, 7]


def test_four_thousand_nucleotides_with_eight_tracks_of_six_mers_stay_small() -> None:
    sequence = "".join(np.random.default_rng(0).choice(list("ACGT"), 4000))
    six_mers = [(start, start + 6, sequence[start : start + 6]) for start in range(3995)]
    sent = payload(sequence, [TokensTrack(f"6-mers {number}", six_mers) for number in range(8)])
    assert len(json.dumps(sent)) < 550_000, "32,000 tokens of 12 bytes in base64"
    assert len(sent["tracks"][0]["styles"]) == len(TOKENS), "no text is sent that the sequence has"


@given(st.data())
def test_the_browser_can_read_every_token_again(data: st.DataObject) -> None:
    sequence = data.draw(st.text(alphabet="ACGTN", min_size=1, max_size=30))
    places = st.tuples(st.integers(0, len(sequence)), st.integers(0, len(sequence))).map(sorted)
    marks = st.sampled_from(["", "##", "▁"])
    tokens = [
        (start, end, data.draw(marks) + sequence[start:end] if start < end else "[X]")
        for start, end in sorted(data.draw(st.lists(places, max_size=12)))
    ]
    sent = TokensTrack("Any", tokens).payload(sequence)
    ends = integers(sent["ends"])
    for index, (start, (text, spelled, colour, _)) in enumerate(
        zip(integers(sent["starts"]), styles(sent), strict=True)
    ):
        letters = sequence[start : ends[index]]
        assert (start, ends[index], text + letters * spelled) == tokens[index]
        assert TOKENS[colour] == of_token(letters or "[X]")
