"""Whom an experiment asks: a run with its dataset and one of its targets."""

from dataclasses import dataclass

from lib.datasets.dataset import Dataset
from lib.figures.theme import axis
from lib.store.runs import Run


@dataclass(frozen=True)
class Subject:
    """A finished run, the dataset that it was trained on, and the number of the target that is predicted."""

    run: Run
    dataset: Dataset
    target: int

    @property
    def target_words(self) -> str:
        """Name the target with its unit."""
        return axis(self.dataset.target_names[self.target], self.dataset.target_units[self.target])

    @property
    def unit(self) -> str:
        """Name the unit of the target."""
        return self.dataset.target_units[self.target]

    @property
    def change(self) -> str:
        """Name the axis of effects."""
        return axis("Change of the prediction", self.unit)
