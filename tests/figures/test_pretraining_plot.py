"""The losses of a pretraining: three panels of two lines each, the kept epoch marked."""

import pandas as pd

from lib.figures.pretraining import PANELS, losses


def test_each_loss_has_a_panel_with_what_was_learned_and_held_out():
    rows = {"epoch": [1.0, 2.0, 3.0]}
    for number, (part, *_) in enumerate(PANELS):
        rows |= {part: [3.0, 2.0, 1.0 + number], f"validation_{part}": [3.5, 2.5, 1.5 + number]}
    figure = losses(pd.DataFrame(rows), title="<b>Losses</b>", best=2)
    assert [trace.name for trace in figure.data] == ["Training", "Held out"] * 3
    assert [list(trace.y)[-1] for trace in figure.data] == [1.0, 1.5, 2.0, 2.5, 3.0, 3.5]
    assert [trace.showlegend for trace in figure.data] == [True, True, False, False, False, False]
    assert figure.layout.title.text == "&lt;b&gt;Losses&lt;/b&gt;"
    titles = [figure.layout[f"xaxis{number}"].title.text for number in ("", 2, 3)]
    assert titles == [f"{name}<br>({unit})" for _, name, unit in PANELS]
    assert len(figure.layout.shapes) == 3 and {shape.x0 for shape in figure.layout.shapes} == {2}
