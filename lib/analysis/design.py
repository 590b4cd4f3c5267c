"""The fewest edits that bring the prediction of a sequence to a wanted value.

Of all allowed single changes the ones that move the prediction furthest are made, until one reaches the wanted value;
of those that reach it, the one that ends nearest to it. Several sequences are followed at a time (a beam; with one it
is the greedy search), for the best first change does not always lead to the fewest. Then edits that are not needed are
taken back, one after the other. That no fewer would do is not promised. Only letters are changed; the length stays.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from lib.analysis.asking import Ask, asking
from lib.analysis.constraints import Constraints
from lib.core.alphabet import BASES, codes
from lib.core.arrays import FloatArray
from lib.core.errors import UserError
from lib.models import mutants
from lib.models.base import Fitted

WIDTH = 6
"""Sequences that are followed at a time unless said otherwise."""
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
    width: int = WIDTH,
    alive: Callable[[int], None] = lambda _: None,
) -> Design:
    """Edit a sequence until its prediction reaches the goal: at least it from below, at most it from above.

    Parameters
    ----------
    fitted, target
        A trained model and which of its targets.
    start
        Stored DNA.
    width
        Sequences that are followed at a time; more find fewer edits and take longer, 1 is the greedy search.
    alive
        Told the number of edits made; what it raises stops the work.

    Raises
    ------
    UserError
        If the sequence is empty, the goal is no number, the width is below 1, or the constraints cannot be met by any
        sequence.
    """
    if not start or not np.isfinite(goal):
        raise UserError("A design needs a sequence of at least one nucleotide and a number to reach. Give both.")
    if width < 1:
        raise UserError(f"{width} sequences are to be followed; the search needs at least 1.")
    rules = constraints or Constraints()
    rules.check(len(start))
    search = _Search(fitted, start, goal, target, rules, width, alive)
    return search.run()


@dataclass(frozen=True)
class _State:
    """A sequence on the way, its prediction, and the positions that differ from the start, in the order of edits."""

    text: str
    value: float
    order: tuple[int, ...] = ()

    def edit(self, channel: int, position: int, value: float, start: str) -> "_State":
        """Give the state after one more change; a position that is changed again moves to the end."""
        text = _with(self.text, position, BASES[channel])
        order = _without(self.order, position)
        return _State(text, value, order if text[position] == start[position] else (*order, position))


@dataclass
class _Search:
    fitted: Fitted
    start: str
    goal: float
    target: int
    rules: Constraints
    width: int
    alive: Callable[[int], None]
    made: int = 0

    def run(self) -> Design:
        ask = asking(self.fitted, self.target, alive=lambda: self.alive(self.made))
        first = float(ask([self.start])[0])
        self.sign = 1.0 if self.goal >= first else -1.0
        best, stuck = _State(self.start, first), False
        states = [best]
        while not self._reached(best.value) and self.made < self.rules.edits:
            states = self._step(states, ask)
            if not states:
                stuck = True
                break
            best = states[0]
            self.made += 1
        reached, before = self._reached(best.value), len(best.order)
        if reached:
            best = self._look_back(ask, best)
        path = self._path(best)
        edits = tuple(
            Edit(position, self.start[position], best.text[position], value)
            for position, value in zip(best.order, ask(path).tolist(), strict=True)
        )
        said = self._say(first, edits, reached=reached, stuck=stuck)
        return Design(self.start, best.text, self.goal, first, edits, reached, said, before - len(edits))

    def _reached(self, value: float) -> bool:
        return self.sign * (value - self.goal) >= 0

    def _step(self, states: list[_State], ask: Ask) -> list[_State]:
        """Give the best sequences that are one allowed change away: one that reaches the goal, or the furthest."""
        found: dict[str, _State] = {}
        texts = [state.text for state in states]
        free = self.rules.free(len(self.start))
        told = mutants.effects(self.fitted, texts, target=self.target, alive=lambda: self.alive(self.made))
        for number, value, effects in told:
            state, taken = states[number], 0
            gain = np.where(free, self.sign * effects, -np.inf)  # 4, L
            for channel, position in _rank_changes(gain, self.sign * (self.goal - value)):
                after = state.edit(channel, position, value + float(effects[channel, position]), self.start)
                if self.rules.allow(state.text, after.text):
                    found.setdefault(after.text, after)
                    taken += 1
                    if taken == self.width:
                        break
        # What reaches the goal comes first, the nearest to it; its prediction is asked for, as it decides the end.
        order = sorted(found.values(), key=self._rank)
        kept = order[: self.width]
        values = ask([state.text for state in kept]).tolist() if kept else []
        return sorted(map(_evaluate, kept, values), key=self._rank)

    def _rank(self, state: _State) -> tuple[bool, float]:
        beyond = self.sign * (state.value - self.goal)
        return beyond < 0, abs(beyond)

    def _look_back(self, ask: Ask, state: _State) -> _State:
        """Take edits back that are not needed to reach the goal, of several the one that leaves it nearest."""
        while state.order:
            back = [
                _State(_with(state.text, position, self.start[position]), 0.0, _without(state.order, position))
                for position in state.order
            ]
            allowed = [shorter for shorter in back if self.rules.allow(state.text, shorter.text)]
            values = ask([shorter.text for shorter in allowed]).tolist() if allowed else []
            enough = [shorter for shorter in map(_evaluate, allowed, values) if self._reached(shorter.value)]
            if not enough:
                break
            state = min(enough, key=self._rank)
        return state

    def _path(self, state: _State) -> list[str]:
        """Give the sequence after each edit."""
        path, text = [], self.start
        for position in state.order:
            text = _with(text, position, state.text[position])
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


def _rank_changes(gain: FloatArray, missing: float) -> list[tuple[int, int]]:
    """Give channel and position of the changes that help: those that reach, the nearest first, then the largest."""
    flat = gain.ravel()
    helps = np.flatnonzero(flat > _NOISE * max(1.0, missing))
    reaches = flat[helps] >= missing
    order = np.lexsort((np.where(reaches, flat[helps], -flat[helps]), ~reaches))
    rows, columns = np.unravel_index(helps[order], gain.shape)
    return list(zip(rows.tolist(), columns.tolist(), strict=True))


def _evaluate(state: _State, value: float) -> _State:
    return replace(state, value=value)


def _without(order: tuple[int, ...], position: int) -> tuple[int, ...]:
    return tuple(other for other in order if other != position)


def _with(text: str, position: int, letter: str) -> str:
    return text[:position] + letter + text[position + 1 :]


def _final(start: str, edits: Sequence[Edit]) -> str:
    for edit in edits:
        start = _with(start, edit.position, edit.after)
    return start
