"""How fast the convolution is, beside SciPy, OpenCV and PyTorch: ``python -m benchmarks.operators``.

Everything runs in one process on one thread. The contenders take turns, and a ratio is the
median over the turns of our time by theirs: below 1 we are the faster. Results are compared
before anything is timed. The three others are optional.
"""

import os

os.environ["OPENBLAS_NUM_THREADS"] = os.environ["OMP_NUM_THREADS"] = "1"  # read when NumPy is imported

import importlib  # noqa: E402
import itertools  # noqa: E402
import statistics  # noqa: E402
import time  # noqa: E402
import tracemalloc  # noqa: E402

import numpy as np  # noqa: E402

import conv  # noqa: E402

TURNS = 21


def optional(name):
    try:
        return importlib.import_module(name)
    except ImportError:
        print(f"missing: {name}")
        return None


ndimage, cv2, torch = optional("scipy.ndimage"), optional("cv2"), optional("torch")
if cv2:
    cv2.setNumThreads(1)
if torch:
    torch.set_num_threads(1)


def ratios(ours, others):
    """Our time by each other's: ``{name: median ratio}``."""
    expected = ours()
    for name, other in others.items():
        np.testing.assert_allclose(np.asarray(other()), expected, rtol=1e-4, atol=1e-3, err_msg=name)
    taken = {name: [] for name in others}
    for _ in range(TURNS):
        own = seconds(ours)
        for name, other in others.items():
            taken[name].append(own / seconds(other))
    return {name: statistics.median(turns) for name, turns in taken.items()}


def seconds(function):
    start = time.perf_counter()
    function()
    return time.perf_counter() - start


def peak(function, *inputs):
    """The most memory held at once, inputs included, as a multiple of inputs and output."""
    tracemalloc.start()
    output = function()
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    size = sum(array.nbytes for array in inputs)
    return (most + size) / (output.nbytes + size)


def image_kernel(rng, rows, cols, size):
    """One kernel on each channel of a colour image, with zeros around it."""
    image = rng.random((3, rows, cols), dtype="float32")
    kernel = rng.random((size, size), dtype="float32")
    weight = np.broadcast_to(kernel, (3, 1, size, size))
    others = {}
    if ndimage:
        others["SciPy"] = lambda: np.stack([ndimage.correlate(plane, kernel, mode="constant") for plane in image])
    if cv2:
        interleaved = np.ascontiguousarray(image.transpose(1, 2, 0))
        border = {"borderType": cv2.BORDER_CONSTANT}
        others["OpenCV"] = lambda: cv2.filter2D(interleaved, -1, kernel, **border).transpose(2, 0, 1)
    if torch:
        tensors = torch.tensor(image), torch.tensor(weight)
        others["PyTorch"] = lambda: torch.nn.functional.conv2d(*tensors, padding=size // 2, groups=3)

    def ours():
        return conv.conv2d(image, weight, padding=size // 2, groups=3)

    return ratios(ours, others), peak(ours, image)


def layer(rng, stride, dilation, groups):
    """A layer of a small network: 32 images of 16 x 32 x 32, 32 filters of 3 x 3."""
    x = rng.random((32, 16, 32, 32), dtype="float32")
    weight = rng.random((32, 16 // groups, 3, 3), dtype="float32")
    options = {"stride": stride, "padding": 1, "dilation": dilation, "groups": groups}
    tensors = torch.tensor(x), torch.tensor(weight)
    return ratios(
        lambda: conv.conv2d(x, weight, **options),
        {"PyTorch": lambda: torch.nn.functional.conv2d(*tensors, **options)},
    )


def main():
    rng = np.random.default_rng(0)
    print(f"{'our time by theirs':<34}{'SciPy':>8}{'OpenCV':>8}{'PyTorch':>9}{'memory':>8}")
    for (rows, cols), size in itertools.product([(512, 512), (1080, 1920)], [3, 7]):
        found, memory = image_kernel(rng, rows, cols, size)
        cells = (f"{found[name]:.2f}" if name in found else "-" for name in ("SciPy", "OpenCV", "PyTorch"))
        print("{:<34}{:>8}{:>8}{:>9}{:>8.2f}".format(f"{size}x{size} kernel, {cols}x{rows}x3", *cells, memory))
    print(f"{'aim':<34}{'0.30':>8}{'4.00':>8}{'':>9}{'4.00':>8}")
    if torch:
        print()
        for groups, stride, dilation in itertools.product([1, 16], [1, 2], [1, 2]):
            ratio = layer(rng, stride, dilation, groups)["PyTorch"]
            print(f"{f'layer, stride {stride}, dilation {dilation}, groups {groups}':<50}{ratio:>9.2f}")
        print(f"{'aim':<50}{'2.00':>9}")


if __name__ == "__main__":
    main()
