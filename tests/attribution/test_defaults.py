"""One rule says which method explains a model unless another is chosen, and stored choices outlive a new default."""

import pytest

from lib.attribution import METHODS, explain_refusal, list_methods
from lib.attribution.defaults import ANY_MODEL
from lib.store.set_choice import SetChoice
from tests.attribution.explained import LinearTokens, OneHot, Plain, Small, both

NETWORK, TOKENS = OneHot(Small()), LinearTokens()


class Windows(OneHot):
    """A model of nucleotides that predicts a profile too."""

    def predict_profiles(self, sequences, *, progress=None):
        raise NotImplementedError


WINDOWS = Windows(Small())


@pytest.mark.parametrize(
    ("model", "default"),
    [
        (NETWORK, "in-silico-mutagenesis"),
        (WINDOWS, "deep-lift"),
        (TOKENS, "occlusion"),
        (Plain(NETWORK), "feature-ablation"),
        (both(TOKENS, TOKENS), "occlusion"),
        (both(NETWORK, Plain(NETWORK)), "feature-ablation"),
    ],
)
def test_each_kind_of_model_has_its_default_among_all_that_can_explain_it(model, default):
    assert list_methods(model)[0] == default
    assert set(list_methods(model)) == {name for name, cls in METHODS.all().items() if not explain_refusal(cls, model)}


@pytest.mark.parametrize("model", [NETWORK, TOKENS, both(NETWORK, TOKENS)])
def test_motif_discovery_is_offered_what_gives_hypothetical_contributions(model):
    named = list_methods(model, hypothetical=True)
    assert named[:2] == ["deep-lift", ANY_MODEL] and not {"saliency", "occlusion", "feature-ablation"} & set(named)
    for name in named:
        assert METHODS.create(name).attribute(model, ["ACGTTGC"])[0].hypothetical.shape == (4, 7), name


def test_motifs_of_a_model_without_gradients_are_found_by_mutagenesis():
    assert list_methods(Plain(NETWORK), hypothetical=True) == [ANY_MODEL]


def test_a_stored_choice_keeps_its_method_and_reference():
    settings = {"noise": "none", "reference": "dinucleotide-shuffles", "shuffles": 100}
    stored = {"run": "r", "method": "deep-lift", "settings": settings, "parts": ["test"], "target": 0}
    made = SetChoice.from_json(stored).method_made()
    assert (made.name, made.reference, made.shuffles) == ("deep-lift", "dinucleotide-shuffles", 100)
