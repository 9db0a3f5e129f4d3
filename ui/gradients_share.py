"""What is taken away from the backward pass's page."""

from __future__ import annotations

import csv
from functools import partial
from io import BytesIO, StringIO
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from conv.gradient_snippets import FRAMEWORKS, snippet
from ui.gradients import Backward
from ui.gradients_figure import gradients_figure
from ui.settings import Values
from ui.share import CSV, NPZ, File, TakeAway, with_step

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def take_away(shown: Backward, values: Values, step: int, link: str) -> TakeAway:
    """Offer the step as a figure, and, unless they are hidden, the gradients and a program that computes them."""

    def figure(theme: str) -> Figure:
        return gradients_figure(shown, step, hide=values["hide"], theme=theme)

    name = f"gradients-{shown.view}"
    if values["hide"] != "nothing":
        return TakeAway(name=name, link=with_step(link, step), figure=figure)
    return TakeAway(
        name=name,
        link=with_step(link, step),
        figure=figure,
        files=[
            File("Download for NumPy (npz)", "gradients.npz", partial(arrays_npz, shown), NPZ),
            File("Download for a spreadsheet (CSV)", "gradients.csv", partial(arrays_csv, shown), CSV),
        ],
        languages=FRAMEWORKS,
        source=partial(source, shown),
    )


def arrays_npz(shown: Backward) -> bytes:
    """Pack the arrays for ``np.load(file, allow_pickle=False)``.

    Returns
    -------
    bytes
        ``x`` (H, W), ``output`` and ``grad_output`` (H_out, W_out), ``grad_x`` (H, W) and, of a convolution,
        ``weight`` and ``grad_weight`` (KH, KW), ``bias`` and ``grad_bias`` (); what each position adds is in
        ``input_terms`` and ``weight_terms`` (H_out, W_out, KH, KW).
    """
    file, t = BytesIO(), shown.trace()
    terms = {"input_terms": t.input_terms}
    if t.weight_terms is not None:
        terms["weight_terms"] = t.weight_terms
    np.savez_compressed(file, **_arrays(shown), **terms)
    return file.getvalue()


def arrays_csv(shown: Backward) -> bytes:
    """Write the grids as one table: labelled blocks with an empty line between them, UTF-8 with its mark."""
    table = StringIO()
    writer = csv.writer(table)
    for name, array in _arrays(shown).items():
        writer.writerows([[name], *np.atleast_2d(array).tolist(), []])
    return table.getvalue().encode("utf-8-sig")


def source(shown: Backward, framework: str) -> str:
    """Write the passes as a program."""
    w = shown.window
    return snippet(w.configuration, w.x, w.weight, shown.grad_output, w.bias, framework=framework)


def _arrays(shown: Backward) -> dict[str, NDArray]:
    t, w = shown.trace(), shown.window
    found = {"x": w.x, "output": t.forward.output, "grad_output": t.grad_output, "grad_x": t.grad_input}
    if t.grad_weight is not None:
        found |= {
            "weight": w.weight, "bias": np.array(w.bias), "grad_weight": t.grad_weight,
            "grad_bias": np.array(t.grad_bias),
        }
    return found
