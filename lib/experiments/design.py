"""The fewest edits that bring the prediction of a sequence to a wanted value.

Greedy: of all allowed single changes the one that moves the prediction furthest is made, until one reaches the wanted
value; of those that reach it, the one that ends nearest to it. Then edits that are not needed are taken back, one after
the other. Greedy edits are few, but that no fewer would do is not promised. Only letters are changed; the length stays.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from lib.core.alphabet import BASES, codes
from lib.core.errors import UserError
from lib.data.dataset import FloatArray
from lib.experiments.asking import Ask, asking
from lib.experiments.constraints import Constraints
from lib.models import mutants
from lib.models.base import Fitted

_NOISE = 1e-7  # gains below this are rounding


@dataclass(frozen=True)
class Edit:
    """One change: 0-based position, the letters before and after it, and the prediction once it is made."""

    position: int
    before: str
    after: str
    prediction: float


@dataclass(frozen=True)
class Design:
    """What came of a design.

    Parameters
    ----------
    start, sequence
        Before and after the edits.
    goal, predicted
        The wanted value and the prediction of ``start``.
    edits
        In order.
    reached
        Whether the prediction passed the wanted value.
    said
        One sentence: how it ended and, where it did not reach, what may help.
    removed
        Edits that were made on the way and taken back, as they were not needed.
    """

    start: str
    sequence: str
    goal: float
    predicted: float
    edits: tuple[Edit, ...]
    reached: bool
    said: str
    removed: int = 0

    @property
    def prediction(self) -> float:
        """Give the prediction of the designed sequence."""
        return self.edits[-1].prediction if self.edits else self.predicted


def design(
    fitted: Fitted,
    start: str,
    goal: float,
    *,
    target: int = 0,
    constraints: Constraints | None = None,
    alive: Callable[[int], None] = lambda _: None,
) -> Design:
    """Edit a sequence until its prediction reaches the goal: at least it from below, at most it from above.

    Parameters
    ----------
    fitted, target
        A trained model and which of its targets.
    start
        Stored DNA.
    alive
        Told the number of edits made; what it raises stops the work.

    Raises
    ------
    UserError
        If the sequence is empty, the goal is no number, or the constraints cannot be met by any sequence.
    """
    if not start or not np.isfinite(goal):
        raise UserError("A design needs a sequence of at least one nucleotide and a number to reach. Give both.")
    rules = constraints or Constraints()
    rules.check(len(start))
    search = _Search(fitted, start, goal, target, rules, alive)
    return search.run()


@dataclass
class _Search:
    fitted: Fitted
    start: str
    goal: float
    target: int
    rules: Constraints
    alive: Callable[[int], None]
    order: list[int] = field(default_factory=list)
    """Positions that differ from the start, in the order of their edits."""

    def run(self) -> Design:
        ask = asking(self.fitted, self.target, alive=lambda: self.alive(len(self.order)))
        first = float(ask([self.start])[0])
        self.sign = 1.0 if self.goal >= first else -1.0
        now, value, stuck = self.start, first, False
        while not self._reached(value) and not stuck and len(self.order) < self.rules.edits:
            step = self._step(now)
            if step is None:
                stuck = True
                break
            now, position = step
            value = float(ask([now])[0])
            if position in self.order:
                self.order.remove(position)
            if now[position] != self.start[position]:
                self.order.append(position)
        reached, before = self._reached(value), len(self.order)
        if reached:
            now = self._look_back(ask, now)
        path = self._path(now)
        values = ask(path).tolist()
        edits = tuple(
            Edit(position, self.start[position], now[position], value)
            for position, value in zip(self.order, values, strict=True)
        )
        said = self._say(first, edits, reached=reached, stuck=stuck)
        return Design(self.start, now, self.goal, first, edits, reached, said, before - len(edits))

    def _reached(self, value: float) -> bool:
        return self.sign * (value - self.goal) >= 0

    def _step(self, now: str) -> tuple[str, int] | None:
        """Give the sequence with the best allowed change and its position; None where none leads nearer."""
        [(_, value, effects)] = mutants.effects(
            self.fitted, [now], target=self.target, alive=lambda: self.alive(len(self.order))
        )
        gain = self.sign * effects  # 4, L
        gain[:, ~self.rules.free(len(now))] = -np.inf
        missing = self.sign * (self.goal - value)
        for channel, position in _ranked(gain, missing):
            changed = now[:position] + BASES[channel] + now[position + 1 :]
            if BASES[channel] != now[position] and self.rules.allow(now, changed):
                return changed, int(position)
        return None

    def _look_back(self, ask: Ask, now: str) -> str:
        """Take edits back that are not needed to reach the goal, of several the one that leaves it nearest."""
        while self.order:
            back = {position: _with(now, position, self.start[position]) for position in self.order}
            allowed = {position: text for position, text in back.items() if self.rules.allow(now, text)}
            values = dict(zip(allowed, ask(list(allowed.values())).tolist(), strict=True)) if allowed else {}
            enough = {position: abs(value - self.goal) for position, value in values.items() if self._reached(value)}
            if not enough:
                break
            position = min(enough, key=enough.__getitem__)
            now = allowed[position]
            self.order.remove(position)
        return now

    def _path(self, now: str) -> list[str]:
        """Give the sequence after each edit."""
        path, text = [], self.start
        for position in self.order:
            text = _with(text, position, now[position])
            path.append(text)
        return path

    def _say(self, first: float, edits: tuple[Edit, ...], *, reached: bool, stuck: bool) -> str:
        end = edits[-1].prediction if edits else first
        many = f"{len(edits)} edit{'s' * (len(edits) != 1)}"
        if reached:
            outside = self.rules.beyond_gc(codes(_final(self.start, edits)))
            said = f"{many} bring the prediction from {first:.3g} to {end:.3g}; {self.goal:.3g} was wanted."
            if len(edits) == 1:
                said = said.replace("bring", "brings", 1)
            if not edits:
                said = f"No edit is needed: the prediction is {first:.3g} already, and {self.goal:.3g} was wanted."
            return said + (" Its GC content still lies outside the range, as that of the start does." * (outside > 0))
        got = f"{self.goal:.3g} was not reached: {many} bring the prediction from {first:.3g} to {end:.3g}"
        if stuck:
            return f"{got}, and no single change that the constraints allow leads further. Loosen them, or want less."
        return f"{got}, and no more are allowed. Allow more edits, or want less."


def _ranked(gain: FloatArray, missing: float) -> list[tuple[int, int]]:
    """Give channel and position of the changes that help: those that reach, the nearest first, then the largest."""
    flat = gain.ravel()
    helps = np.flatnonzero(flat > _NOISE * max(1.0, missing))
    reaches = flat[helps] >= missing
    order = np.lexsort((np.where(reaches, flat[helps], -flat[helps]), ~reaches))
    rows, columns = np.unravel_index(helps[order], gain.shape)
    return list(zip(rows.tolist(), columns.tolist(), strict=True))


def _with(text: str, position: int, letter: str) -> str:
    return text[:position] + letter + text[position + 1 :]


def _final(start: str, edits: Sequence[Edit]) -> str:
    for edit in edits:
        start = _with(start, edit.position, edit.after)
    return start
