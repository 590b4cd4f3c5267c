"""Occlusion (Zeiler & Fergus 2014, doi:10.1007/978-3-319-10590-1_53): what a window hidden from the model changes.

A window slides over the sequence; f(x) minus the prediction with the window hidden (``lib.attribution._perturbation``)
is what the window adds. The score of a position is the mean over the windows that cover it, by Captum's ``Occlusion``.
A positive score: the prediction falls without it. Works with every model, for it only asks for predictions; scores add
up to nothing, as windows overlap.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from lib.attribution.base import METHODS, SILENT, Attribution, require_letters
from lib.attribution.references import SHUFFLES, UNIFORM, ZEROS
from lib.core.errors import UserError
from lib.core.progress import Progress
from lib.core.registry import setting
from lib.models.base import Fitted


@METHODS.add
@dataclass(frozen=True)
class Occlusion:
    """Attribute by hiding one window after the other."""

    name: ClassVar[str] = "occlusion"
    label: ClassVar[str] = "Occlusion"
    summary: ClassVar[str] = (
        "Hides one window of the sequence after the other and predicts again. Works with every model."
    )

    window: int = setting(
        3, label="Window", unit="nt", low=1, high=1000, help="How many neighbouring nucleotides are hidden at a time."
    )
    step: int = setting(
        1, label="Step", unit="nt", low=1, high=1000, advanced=True, help="How far the window moves each time."
    )
    reference: str = setting(
        ZEROS,
        label="Hidden by",
        choices=(SHUFFLES, ZEROS, UNIFORM),
        help="zeros: N, a letter that says nothing; uniform: each base in turn; or the letters of shuffles.",
    )
    shuffles: int = setting(
        10,
        label="Shuffles",
        low=1,
        high=1000,
        advanced=True,
        when=("reference", (SHUFFLES,)),
        help="How many shuffled sequences lend their letters.",
    )

    def attribute(
        self,
        fitted: Fitted,
        sequences: Sequence[str],
        *,
        target: int = 0,
        target_name: str = "",
        seed: int = 0,
        progress: Progress = SILENT,
    ) -> list[Attribution]:
        """Attribute one target for N sequences of any lengths, in their order.

        Raises
        ------
        UserError
            If a sequence is empty, there is no such target, or the windows leave out letters between them.
        """
        if self.step > self.window:
            raise UserError(
                f"The window of {self.window} nt moves by {self.step} nt, so some letters are never hidden. "
                "Lower the step, or widen the window."
            )
        require_letters(sequences)
        from captum import attr

        from lib.attribution._perturbation import hide_letters

        return hide_letters(
            self,
            attr.Occlusion,
            fitted,
            sequences,
            lambda length: {
                "sliding_window_shapes": (min(self.window, length),),
                "strides": (min(self.step, length),),
            },
            rule=f"mean over the windows of {self.window} nt over a position of f(x) - f(window hidden)",
            target=target,
            target_name=target_name,
            seed=seed,
            progress=progress,
        )
