"""What comes in and what goes out: real numbers, ranks and dtypes."""

from __future__ import annotations

import numpy as np

from conv.errors import ConvError

quiet = np.errstate(all="ignore")  # NaN and inf in the user's own numbers are no cause for a warning


def as_real(value: object, name: str) -> np.ndarray:
    """Read anything array-like as an array of booleans, integers or floats.

    Raises
    ------
    ConvError
        ``An array must hold real numbers. Received: x='complex128'.``
    """
    try:
        array = np.asarray(value)
    except ValueError:  # rows of different lengths
        raise ConvError.broken("An array must hold real numbers.", **{name: "rows of different lengths"}) from None
    if array.dtype.kind not in "biuf":
        raise ConvError.broken("An array must hold real numbers.", **{name: str(array.dtype)})
    return array


def as_images(value: object, name: str) -> np.ndarray:
    """Read ``(C, H, W)`` or ``(N, C, H, W)`` as a batch, ``(N, C, H, W)``. N and C may be 0, H and W not.

    Raises
    ------
    ConvError
        ``An image must be (C, H, W) or (N, C, H, W), with at least one row and one column.
        Received: x=(3, 3).``
    """
    array = as_real(value, name)
    if array.ndim not in (3, 4) or 0 in array.shape[-2:]:
        raise ConvError.broken(
            "An image must be (C, H, W) or (N, C, H, W), with at least one row and one column.", **{name: array.shape}
        )
    return array if array.ndim == 4 else array[None]


def as_gradient(value: object, x: object, shape: tuple[int, ...]) -> np.ndarray:
    """Read the gradient of an output that has the ``shape`` (N, C, H, W) and the rank of ``x``.

    Raises
    ------
    ConvError
        ``The gradient must have the shape of the output. Received: grad_output=(1, 2, 2), output=(1, 3, 3).``
    """
    gradient = as_real(value, "grad_output")
    expected = shape if np.ndim(x) == 4 else shape[1:]  # type: ignore[arg-type]
    if gradient.shape != expected:
        raise ConvError.broken(
            "The gradient must have the shape of the output.", grad_output=gradient.shape, output=expected
        )
    return gradient.reshape(shape)


def ranked_as(batch: np.ndarray, x: object) -> np.ndarray:
    """Give the batch ``(N, C, H, W)`` the rank of the input it came from."""
    return batch if np.ndim(x) == 4 else batch[0]  # type: ignore[arg-type]


def result_dtype(*arrays: np.ndarray) -> np.dtype:
    """The dtype NumPy promotes the arrays to; booleans and integers become at least int64.

    >>> result_dtype(np.zeros(1, "uint8"), np.zeros(1, "float32")), result_dtype(np.zeros(1, "uint8"))
    (dtype('float32'), dtype('int64'))
    """
    dtype = np.result_type(*(array.dtype for array in arrays))
    return np.dtype(np.int64) if dtype.kind in "biu" and dtype.itemsize < 8 else dtype


def real_dtype(*arrays: np.ndarray) -> np.dtype:
    """As `result_dtype`, but a float: what leaves the integers by a division or a root is float64."""
    dtype = result_dtype(*arrays)
    return dtype if dtype.kind == "f" else np.dtype(np.float64)


def working_dtype(dtype: np.dtype) -> np.dtype:
    """The dtype to compute in: float32 for float16, which would lose digits with every addition."""
    return np.dtype(np.float32) if dtype == np.float16 else dtype


def promoted(*arrays: np.ndarray) -> tuple[np.dtype, list[np.ndarray]]:
    """The dtype of the result, and the arrays, contiguous, in the dtype to compute it in."""
    dtype = result_dtype(*arrays)
    return dtype, [np.ascontiguousarray(array, working_dtype(dtype)) for array in arrays]
