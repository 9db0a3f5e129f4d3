"""The numbers of a setting as files."""

from __future__ import annotations

import csv
import json
from dataclasses import asdict
from io import BytesIO, StringIO
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from conv import trace
from conv.configuration import POOLS

if TYPE_CHECKING:
    from ui.window import Window


def arrays_npz(window: Window) -> bytes:
    """Pack the arrays of a setting for NumPy.

    Returns
    -------
    bytes
        For ``np.load(file, allow_pickle=False)``, with

        ``x`` (H, W), ``output`` (H_out, W_out)
            The input and the result.
        ``weight`` (KH, KW), ``bias`` ()
            Not with pooling; ``weight`` is as entered, before any flip.
        ``padded`` (H_grid, W_grid)
            What the window slides over: the padded input, for a transposed convolution stretched too;
            minus infinity where max pooling pads, NaN beyond the edge where sizes are rounded up.
        ``window_rows`` (H_out, KH), ``window_cols`` (W_out, KW)
            Rows and columns of ``padded``, counted from 0, that each output reads.
        ``configuration`` ()
            The settings as JSON, by the names of `conv.configuration.Configuration`.
    """
    file = BytesIO()
    configuration = json.dumps(asdict(window.configuration))
    np.savez_compressed(file, **_arrays(window), configuration=np.array(configuration))
    return file.getvalue()


def arrays_csv(window: Window) -> bytes:
    """Write the same as one table for a spreadsheet: labelled blocks with an empty line between them.

    Infinite padding is spelled out, and cells beyond the edge are empty. UTF-8, with the mark by
    which spreadsheets know it.
    """
    table = StringIO()
    writer = csv.writer(table)
    writer.writerow(["configuration"])
    for name, value in asdict(window.configuration).items():
        writer.writerow([name, *(value if isinstance(value, tuple) else [value])])
    for name, array in _arrays(window).items():
        grid = np.atleast_2d(array)
        writer.writerow([])
        writer.writerow([name, *(("rows", grid.shape[0], "columns", grid.shape[1]) if array.ndim else ())])
        writer.writerows([_number(value) for value in row] for row in grid.tolist())
    return table.getvalue().encode("utf-8-sig")


def _arrays(window: Window) -> dict[str, NDArray]:
    """Everything there is of a setting, in the order in which it is computed."""
    t = trace.sweep(window.configuration, window.x, window.weight, window.bias)
    kernel = {"weight": window.weight, "bias": np.array(window.bias)}
    return {
        "x": window.x,
        **({} if window.configuration.operation in POOLS else kernel),
        "padded": t.grid,
        "window_rows": t.window_rows,
        "window_cols": t.window_cols,
        "output": t.output,
    }


def _number(value: float) -> Any:
    """A number as a spreadsheet takes it: "-inf" would be a formula there."""
    if np.isnan(value):
        return ""
    if np.isinf(value):
        return "infinity" if value > 0 else "minus infinity"
    return value
