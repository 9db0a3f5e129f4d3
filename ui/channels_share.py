"""What is taken away from the channels' page."""

from __future__ import annotations

from functools import partial
from io import BytesIO

import numpy as np

from conv.channel_snippets import FRAMEWORKS, snippet
from ui.channels import Layer
from ui.channels_figure import layer_figure
from ui.settings import Values
from ui.share import NPZ, File, TakeAway, with_step


def take_away(layer: Layer, values: Values, step: int, link: str) -> TakeAway:
    """Offer the step as a figure, the arrays, and a program that computes them."""
    return TakeAway(
        name="channels",
        link=with_step(link, step),
        figure=lambda theme: layer_figure(layer, step, order=values["order"], theme=theme),
        files=[File("Download for NumPy (npz)", "channels.npz", partial(arrays_npz, layer), NPZ)],
        languages=FRAMEWORKS,
        source=partial(source, layer),
    )


def arrays_npz(layer: Layer) -> bytes:
    """Pack the arrays of a layer for ``np.load(file, allow_pickle=False)``.

    ``x``, ``weight``, ``bias`` and ``groups`` are the layer, the others what `conv.channels.ChannelTrace`
    holds of it: ``padded`` (its ``grid``), ``sources``, ``window_rows``, ``window_cols``, ``terms``, ``sums``
    and ``output``.
    """
    t, file = layer.trace(), BytesIO()
    np.savez_compressed(
        file, x=layer.x, weight=layer.weight, bias=layer.bias, groups=np.array(layer.groups), padded=t.grid,
        sources=t.sources, window_rows=t.window_rows, window_cols=t.window_cols, terms=t.terms, sums=t.sums,
        output=t.output,
    )
    return file.getvalue()


def source(layer: Layer, framework: str) -> str:
    """Write the layer as a program."""
    c = layer.configuration
    return snippet(
        layer.x, layer.weight, layer.bias, stride=c.stride, padding=c.padding, dilation=c.dilation,
        groups=layer.groups, framework=framework,
    )
