"""What the connections' page gives away: its figure, and its matrix or counts as files."""

from __future__ import annotations

import csv
from functools import partial
from io import BytesIO, StringIO

import numpy as np

from ui.connections import Layer, counted
from ui.connections_figure import connections_figure
from ui.settings import Values
from ui.share import CSV, NPZ, File, TakeAway, with_step


def take_away(layer: Layer, values: Values, step: int, url: str) -> TakeAway:
    """Offer what is in view; ``step`` is the hidden unit that is marked, counted from 1."""
    name = "counts" if values["view"] == "counts" else f"{layer.kind}-{values['view']}"
    if values["view"] == "counts":
        files = [File("Download for a spreadsheet (CSV)", "counts.csv", partial(counts_csv, values), CSV)]
    else:
        files = [
            File("Download for NumPy (npz)", f"{layer.kind}-matrix.npz", partial(matrix_npz, layer), NPZ),
            File("Download for a spreadsheet (CSV)", f"{layer.kind}-matrix.csv", partial(matrix_csv, layer), CSV),
        ]
    return TakeAway(
        name=name, link=with_step(url, step), figure=partial(connections_figure, layer, dict(values), step - 1),
        files=files,
    )


def matrix_npz(layer: Layer) -> bytes:
    """Pack the arrays of a layer for NumPy.

    Returns
    -------
    bytes
        For ``np.load(file, allow_pickle=False)``, with

        ``matrix`` (H_out W_out, H W)
            ``matrix @ x.ravel()`` is ``output.ravel()``.
        ``outputs``, ``inputs``, ``weight_index`` (connections,)
            Row and column of each connection, and which of the weights it carries, counted from 0.
        ``weights`` (weight_count,)
            Those of the layer, each once.
        ``x`` (H, W), ``output`` (H_out, W_out)
    """
    file = BytesIO()
    found = layer.entries
    np.savez_compressed(
        file, matrix=layer.matrix, outputs=found.outputs, inputs=found.inputs, weight_index=found.weights,
        weights=layer.weights, x=layer.x, output=layer.output,
    )
    return file.getvalue()


def matrix_csv(layer: Layer) -> bytes:
    """Write the matrix as a table: a row for each unit, a column for each input, both named as on the page."""
    table = StringIO()
    writer = csv.writer(table)
    writer.writerow(["", *(f"x({row + 1}, {col + 1})" for row, col in np.ndindex(layer.x.shape))])
    for (row, col), numbers in zip(np.ndindex(layer.output.shape), layer.matrix.tolist(), strict=True):
        writer.writerow([f"h({row + 1}, {col + 1})", *numbers])
    return table.getvalue().encode("utf-8-sig")


def counts_csv(values: Values) -> bytes:
    """Write the counts as a table, with how each comes about."""
    table = StringIO()
    writer = csv.writer(table)
    writer.writerow(["quantity", "layer", "count", "how it is counted"])
    for quantity, kind, count, _, how in counted(values)["rows"]:
        writer.writerow([quantity, kind, int(count.replace(",", "")), how])
    return table.getvalue().encode("utf-8-sig")
