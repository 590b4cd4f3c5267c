"""A workspace with a small BERT that was pretrained on hidden tokens, made by the real parts in this process."""

from lib.tokenizers import TOKENIZERS
from tests import finished
from tests.finished import Finished

SETTINGS = {"size": "tiny", "pretraining": True, "pretraining_epochs": 1, "epochs": 1, "longest": 128}


def make(home):
    """Simulate, import, freeze, train."""
    with finished.using(home):
        dataset = finished.freeze(home.parent / f"{home.name}-files")
        tokenizer = TOKENIZERS.create("k-mer", {"k": 3})
        run = finished.trained(dataset, "bert", SETTINGS, name="Pretrained", tokenizer=tokenizer)
    return Finished(home, dataset, run)
