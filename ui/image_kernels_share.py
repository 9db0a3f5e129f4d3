"""What the image kernels' page gives away: figure, pictures, arrays and code."""

from __future__ import annotations

import json
from functools import partial
from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from conv.filtering import Filter, Pool
from ui.image_kernels import Shown, row_title
from ui.image_kernels_figure import filter_figure
from ui.share import NPZ, File, TakeAway

PNG = "image/png"
LANGUAGES = {"pytorch": "PyTorch", "numpy": "NumPy"}

NUMPY_FILTER = '''
def filtered(x, weights, bias=0.0):
    """Filter every channel; the size stays as it is."""
    rows, cols = weights.shape
    around = ((0, 0), ((rows - 1) // 2, rows // 2), ((cols - 1) // 2, cols // 2))
    padded = np.pad(x, around, mode="{mode}")
    windows = np.lib.stride_tricks.sliding_window_view(padded, weights.shape, axis=(1, 2))
    return np.einsum("crsij,ij->crs", windows, weights) + bias
'''
NUMPY_POOL = '''
def pooled(x, k, of_block):
    """Make one of every k by k block; what is left over is dropped."""
    channels, rows, cols = x.shape[0], x.shape[1] // k, x.shape[2] // k
    blocks = x[:, : rows * k, : cols * k].reshape(channels, rows, k, cols, k)
    return of_block(blocks, axis=(2, 4))
'''
TORCH_FILTER = '''
def filtered(x, weights, bias=0.0):
    """Filter every channel; the size stays as it is."""
    rows, cols = weights.shape
    around = ((cols - 1) // 2, cols // 2, (rows - 1) // 2, rows // 2)
    padded = F.pad(x[:, None], around, mode="{mode}")  # each channel an image of its own
    return F.conv2d(padded, weights[None, None])[:, 0] + bias
'''
MODES = {
    "numpy": {"replicate": "edge", "zeros": "constant"},
    "pytorch": {"replicate": "replicate", "zeros": "constant"},
}
POOLS = {
    "numpy": {"max": "pooled(x, {k}, np.max)", "avg": "pooled(x, {k}, np.mean)"},
    "pytorch": {"max": "F.max_pool2d(x, {k})", "avg": "F.avg_pool2d(x, {k})"},
}
LEVELS = {
    "clip": "x",
    "normalise": "(x - x.min()) * 255 / (x.max() - x.min())",
    "signed": "x * 127.5 / abs(x).max() + 127.5",
    "absolute": "abs(x)",
}


def take_away(shown: Shown, url: str) -> TakeAway:
    """Offer what is shown, and the link to it."""
    name = str(shown.rows[-1][0])
    files = [
        File("Download the result (PNG, full size)", f"{name}-result.png", partial(result_png, shown), PNG),
        File("Download the picture before (PNG)", "picture.png", partial(png, shown.picture), PNG),
        File("Download for NumPy (npz)", f"{name}.npz", partial(arrays_npz, shown), NPZ),
    ]
    return TakeAway(
        name=name, link=url, figure=partial(filter_figure, shown), files=files, languages=LANGUAGES,
        source=partial(source, shown),
    )


def result_png(shown: Shown) -> bytes:
    """Save the result as the page shows it, a pixel a pixel."""
    return png(shown.display.levels(shown.result))


def png(levels: NDArray[np.uint8]) -> bytes:
    """Save grey levels (1, H, W) or colours (3, H, W)."""
    file = BytesIO()
    pixels = levels[0] if len(levels) == 1 else levels.transpose(1, 2, 0)  # (H, W) or (H, W, 3)
    Image.fromarray(np.ascontiguousarray(pixels)).save(file, "PNG")
    return file.getvalue()


def arrays_npz(shown: Shown) -> bytes:
    """Pack the arrays for NumPy.

    Returns
    -------
    bytes
        For ``np.load(file, allow_pickle=False)``, with

        ``picture`` (C, H, W), ``result`` (C, H_out, W_out)
            Before and after; ``levels`` is the result as grey levels.
        ``weights_1`` (KH, KW), ``bias_1`` (), ...
            Of each step that is a kernel, as applied.
        ``chain`` ()
            The steps' names as JSON.
    """
    arrays: dict[str, NDArray] = {"picture": shown.picture, "result": shown.result}
    arrays["levels"] = shown.display.levels(shown.result)
    for n, step in enumerate(shown.steps, start=1):
        if isinstance(step, Filter):
            arrays |= {f"weights_{n}": step.weights, f"bias_{n}": np.array(step.bias)}
    file = BytesIO()
    np.savez_compressed(file, **arrays, chain=np.array(json.dumps([row_title(row) for row in shown.rows])))
    return file.getvalue()


def source(shown: Shown, language: str) -> str:
    """Write a program that filters ``picture.png`` alike, in plain NumPy or PyTorch."""
    torch, colour = language == "pytorch", len(shown.picture) > 1
    lines = ["import numpy as np"]
    lines += ["import torch", "import torch.nn.functional as F"] if torch else []
    lines += ["from PIL import Image", *_helpers(shown, language), ""]
    mode = "RGB" if colour else "L"
    lines.append(f'x = np.asarray(Image.open("picture.png").convert("{mode}"), dtype=np.float32)  # 0 to 255')
    lines.append("x = x.transpose(2, 0, 1)  # (3, H, W)" if colour else "x = x[None]  # (1, H, W)")
    lines += ["x = torch.tensor(x)"] if torch else []
    for row, step in zip(shown.rows, shown.steps, strict=True):
        lines.append(f"# {row_title(row)}")
        if isinstance(step, Filter):
            bias = f", bias={step.bias:g}" if step.bias else ""
            array = "torch.tensor" if torch else "np.array"
            lines += [f"weights = {array}({_written(step.weights)})", f"x = filtered(x, weights{bias})"]
        else:
            lines.append(f"x = {POOLS[language][step.kind].format(k=step.side)}")
    showing = shown.display.showing
    levels = LEVELS[showing if shown.display.stretched or showing == "absolute" else "clip"]
    lines.append(f"# As grey levels: {showing}")
    lines.append(f"levels = ({levels}).clip(0, 255).round(){'.numpy()' if torch else ''}.astype(np.uint8)")
    picked = "levels.transpose(1, 2, 0)" if colour else "levels[0]"
    lines.append(f'Image.fromarray(np.ascontiguousarray({picked})).save("result.png")')
    return "\n".join(lines) + "\n"


def _helpers(shown: Shown, language: str) -> list[str]:
    """Give the functions that a chain needs."""
    filters = any(isinstance(step, Filter) for step in shown.steps)
    pools = any(isinstance(step, Pool) for step in shown.steps)
    mode = MODES[language][shown.border]
    if language == "pytorch":
        return ["", TORCH_FILTER.replace("{mode}", mode)] if filters else []
    return ["", NUMPY_FILTER.replace("{mode}", mode)] * filters + ["", NUMPY_POOL] * pools


def _written(weights: NDArray[np.float64]) -> str:
    """Write a matrix as Python does, a row a line, every weight a float."""
    rows = ["[" + ", ".join(repr(float(f"{weight:.9g}")) for weight in row) + "]" for row in weights + 0.0]
    return "[\n    " + ",\n    ".join(rows) + ",\n]"
