"""Every tokenizer, present and future, keeps the same promises."""

import json
import os
import random
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer as HuggingFace
from tokenizers import models, trainers

from lib.core.alphabet import to_dna
from lib.core.errors import UserError
from lib.core.registry import settings_of
from lib.tokenizers import TOKENIZERS, Corpus, FittedTokenizer, Token, fit, from_json, load, save, to_json
from tests.tokenizers.corpora import corpus, sequences

SEQUENCES = ["".join(random.Random(length).choices("ACGT", k=length)) for length in (12, 110, 333)]
ODD = ["", "A", "N", "NNNNNNN", "ACGTNNACGTRYACGTTTTTTTA", "acguuuuuacgaGGCA", "ACGTTUUACGAU", "T" * 500, "G" * 7]
ANY = st.text("ACGTUNacgtunRY-", max_size=70)
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small BPE in the file that DNABERT-2 publishes, for the tokenizers that read one."""
    made = HuggingFace(models.BPE(unk_token="[UNK]"))
    special = ["[UNK]", "[CLS]", "[SEP]", "[PAD]", "[MASK]"]
    made.train_from_iterator(sequences(), trainers.BpeTrainer(vocab_size=200, special_tokens=special))
    path = tmp_path_factory.mktemp("published") / "tokenizer.json"
    made.save(str(path))
    return path


def create(name: str, published: Path):
    """Take the default settings, and a file for those that ask for one."""
    wanted = [item.name for item in settings_of(TOKENIZERS.get(name)) if item.files]
    small = {"size": 200} if name in {"bpe", "wordpiece", "unigram", "morph"} else {}
    known = {item.name for item in settings_of(TOKENIZERS.get(name))}
    return TOKENIZERS.create(
        name, {**{key: value for key, value in small.items() if key in known}, **dict.fromkeys(wanted, str(published))}
    )


_made: dict[str, FittedTokenizer] = {}


@pytest.fixture(params=TOKENIZERS.all())
def fitted(request: pytest.FixtureRequest, published: Path) -> FittedTokenizer:
    if request.param not in _made:
        _made[request.param] = fit(create(request.param, published), corpus())
    return _made[request.param]


def partition(fitted: FittedTokenizer) -> bool:
    return getattr(fitted.settings, "partition", False)


@pytest.mark.parametrize("sequence", [*SEQUENCES, *ODD])
def test_tokens_lie_where_they_say(fitted, sequence):
    for token in fitted.tokens(sequence):
        assert 0 <= token.start <= token.end <= len(sequence)
        assert sequence[token.start : token.end] == token.text


@given(sequence=ANY)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
def test_any_letters_can_be_cut_in_the_order_of_their_starts(fitted, sequence):
    tokens = fitted.tokens(sequence)
    if getattr(fitted.settings, "ordered", True):
        starts = [token.start for token in tokens]
        assert starts == sorted(starts)
    for token in tokens:
        assert sequence[token.start : token.end] == token.text


@given(sequence=ANY)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
def test_a_partition_leaves_nothing_out_and_overlaps_nowhere(fitted, sequence):
    if not partition(fitted):
        pytest.skip("this tokenizer does not promise to cover sequences")
    tokens = [token for token in fitted.tokens(sequence) if token.end > token.start]
    assert "".join(token.text for token in tokens) == sequence
    assert [token.start for token in tokens] == [0, *(token.end for token in tokens)][: len(tokens)]


@pytest.mark.parametrize("sequence", SEQUENCES, ids=len)
def test_ids_name_the_letters_of_their_tokens(fitted, sequence):
    row = fitted.encode_batch([sequence])
    drops = "rbp" in getattr(fitted.settings, "needs", ()) and not partition(fitted)
    assert len(row.ids) or drops, "ordinary letters give tokens, unless only motifs are kept"
    vocabulary = fitted.vocabulary
    for number, start, end in zip(row.ids.tolist(), row.starts.tolist(), row.ends.tolist(), strict=True):
        if number not in vocabulary.special.values():
            assert vocabulary.texts[number] == sequence[start:end]


def test_a_batch_is_its_sequences_one_after_the_other(fitted):
    batch = [*SEQUENCES, *ODD]
    together = fitted.encode_batch(batch)
    assert len(together) == len(batch) == 12
    for name, kind in (("ids", np.int32), ("starts", np.int32), ("ends", np.int32), ("bounds", np.int64)):
        assert getattr(together, name).dtype == kind, name
    for number, sequence in enumerate(batch):
        alone, row = fitted.encode_batch([sequence]), together.row(number)
        for name in ("ids", "starts", "ends", "bounds"):
            assert getattr(row, name).tolist() == getattr(alone, name).tolist(), (name, sequence)
        assert fitted.tokens(sequence) == list(fitted.name_tokens(row, sequence))


def test_lower_case_and_rna_are_cut_like_dna(fitted):
    for sequence in SEQUENCES:
        written = sequence.lower().replace("t", "u")
        assert to_dna(written) == sequence
        assert fitted.encode_batch([written]).ids.tolist() == fitted.encode_batch([sequence]).ids.tolist()


def test_an_empty_sequence_has_no_letters_and_an_empty_batch_no_sequences(fitted):
    assert all(token.start == token.end == 0 for token in fitted.tokens(""))
    assert len(fitted.encode_batch([])) == 0 and len(fitted.encode_batch([]).ids) == 0


def test_it_comes_back_from_disk_to_the_last_byte(fitted, tmp_path):
    save(fitted, tmp_path)
    again = load(tmp_path)
    assert to_json(again) == to_json(fitted) == (tmp_path / "fitted.json").read_text()
    for sequence in [*SEQUENCES, *ODD]:
        assert again.tokens(sequence) == fitted.tokens(sequence)


def test_the_vocabulary_names_each_piece_once(fitted):
    pieces, special = fitted.vocabulary.pieces, fitted.vocabulary.special
    assert len(set(pieces)) == len(pieces)
    assert {"pad", "unknown", "cls", "sep", "mask"} <= set(special), "models need these"
    assert all(0 <= number < len(pieces) for number in special.values())


def test_what_is_learned_is_the_same_in_another_process(fitted, published):
    program = (
        "import hashlib, sys; from pathlib import Path; from lib.tokenizers import fit, to_json; "
        "from tests.tokenizers.corpora import corpus; from tests.tokenizers.test_every_tokenizer import create; "
        "print(hashlib.sha256(to_json(fit(create(sys.argv[1], Path(sys.argv[2])), corpus())).encode()).hexdigest())"
    )
    command = [sys.executable, "-c", program, fitted.settings.name, str(published)]
    environment = {**os.environ, "PYTHONHASHSEED": "77", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, env=environment, check=True)
    import hashlib

    assert done.stdout.strip() == hashlib.sha256(to_json(fitted).encode()).hexdigest()


def test_nothing_is_learned_from_the_order_of_settings_in_a_file(fitted):
    facts = json.loads(to_json(fitted))
    shuffled = json.dumps(dict(reversed(facts.items())))
    assert to_json(from_json(shuffled)) == to_json(fitted)


def test_what_it_needs_is_said_when_it_is_missing(fitted):
    for need in getattr(fitted.settings, "needs", ()):
        lacking = {"rbp": Corpus(corpus().sequences, None), "sequences": Corpus((), corpus().rbp)}[need]
        with pytest.raises(UserError) as raised:
            fit(fitted.settings, lacking)
        assert "Choose" in str(raised.value) or "choose" in str(raised.value)


def test_a_damaged_file_is_a_sentence(fitted, tmp_path):
    text = to_json(fitted)
    for broken in (text[: len(text) // 2], "[]", "{}", text.replace('"format":1', '"format":99')):
        (tmp_path / "fitted.json").write_text(broken)
        with pytest.raises(UserError, match="cannot be read back"):
            load(tmp_path)


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
