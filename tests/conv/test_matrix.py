"""The convolution as a matrix: what it multiplies to, where its weights stand, and who shares them."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from conv import ConvError, conv2d, conv2d_backward, conv_transpose2d, output_size
from conv.counts import dense_counts, layer_counts, locally_connected_counts
from conv.geometry import remainder
from conv.matrix import KINDS, entries, matrix

SETTINGS = {
    "stride": st.tuples(*[st.integers(1, 3)] * 2),
    "padding": st.one_of(
        st.tuples(*[st.integers(0, 3)] * 2),
        st.sampled_from(["valid", "same", "full"]),
        st.just(((0, 2), (1, 0))),
    ),
    "dilation": st.tuples(*[st.integers(1, 2)] * 2),
}


@st.composite
def layers(draw, **fixed):
    """An input's size, a kernel's, and how it moves, that fit."""
    size, kernel = draw(st.tuples(*[st.integers(1, 8)] * 2)), draw(st.tuples(*[st.integers(1, 4)] * 2))
    settings = {name: fixed.get(name, draw(strategy)) for name, strategy in SETTINGS.items()}
    try:
        output_size(size, kernel, **settings)
    except ConvError:
        assume(False)
    return size, kernel, settings


def test_a_signal_of_four_and_a_kernel_of_three():
    a, b, c = weight = [5, 7, 9]
    assert matrix([weight], (1, 4)).tolist() == [[a, b, c, 0], [0, a, b, c]]
    assert matrix([weight], (1, 4), padding=(0, 1)).tolist() == [
        [b, c, 0, 0],
        [a, b, c, 0],
        [0, a, b, c],
        [0, 0, a, b],
    ]
    assert matrix([weight], (1, 5), stride=2).tolist() == [[a, b, c, 0, 0], [0, 0, a, b, c]]
    assert matrix([weight], (1, 5), dilation=2).tolist() == [[a, 0, b, 0, c]]


def test_the_guides_matrix():
    """Dumoulin & Visin, section 4.1: a 3 by 3 kernel over a 4 by 4 input, 4 by 16."""
    w = np.arange(1, 10).reshape(3, 3)
    (w00, w01, w02), (w10, w11, w12), (w20, w21, w22) = w.tolist()
    assert matrix(w, 4).tolist() == [
        [w00, w01, w02, 0, w10, w11, w12, 0, w20, w21, w22, 0, 0, 0, 0, 0],
        [0, w00, w01, w02, 0, w10, w11, w12, 0, w20, w21, w22, 0, 0, 0, 0],
        [0, 0, 0, 0, w00, w01, w02, 0, w10, w11, w12, 0, w20, w21, w22, 0],
        [0, 0, 0, 0, 0, w00, w01, w02, 0, w10, w11, w12, 0, w20, w21, w22],
    ]


def test_the_lectures_matrix():
    m = matrix(np.ones((3, 3)), 7)
    assert m.shape == (5 * 5, 7 * 7)
    assert np.count_nonzero(m) == 5 * 5 * 3 * 3
    assert m[6, 8] == 1  # unit (2, 2) sees input (2, 2): row 1 * 5 + 1, column 1 * 7 + 1


@given(layers(), st.integers(0, 2**32 - 1))
def test_it_does_what_the_convolution_does(layer, seed):
    size, kernel, settings = layer
    rng = np.random.default_rng(seed)
    x, weight, bias = rng.normal(size=size), rng.normal(size=kernel), rng.normal()
    y = conv2d(x[None], weight[None, None], [bias], **settings)[0]
    m = matrix(weight, size, **settings)
    assert m.shape == (y.size, x.size)
    assert np.allclose(m @ x.ravel() + bias, y.ravel())


@given(layers(), st.integers(0, 2**32 - 1))
def test_its_transpose_takes_the_gradient_back(layer, seed):
    size, kernel, settings = layer
    rng = np.random.default_rng(seed)
    x, weight = rng.normal(size=(1, *size)), rng.normal(size=(1, 1, *kernel))
    grad_y = rng.normal(size=conv2d(x, weight, **settings).shape)
    grad_x, *_ = conv2d_backward(grad_y, x, weight, **settings)
    assert np.allclose(matrix(weight[0, 0], size, **settings).T @ grad_y.ravel(), grad_x.ravel())


@given(layers(padding=(1, 0)), st.integers(0, 2**32 - 1))
def test_its_transpose_is_the_transposed_convolution(layer, seed):
    size, kernel, settings = layer
    extra = remainder(size, kernel, **settings)
    assume(all(extra[axis] < max(settings["stride"][axis], settings["dilation"][axis]) for axis in (0, 1)))
    rng = np.random.default_rng(seed)
    weight, y = rng.normal(size=(1, 1, *kernel)), rng.normal(size=(1, *output_size(size, kernel, **settings)))
    spread = conv_transpose2d(y, weight, output_padding=extra, **settings)
    assert spread.shape == (1, *size)
    assert np.allclose(matrix(weight[0, 0], size, **settings).T @ y.ravel(), spread.ravel())


@given(layers())
def test_the_next_row_of_units_sees_what_lies_a_stride_further_down(layer):
    """Block (i + 1, j + s) is block (i, j), and within a block entry (i + 1, j + s) is entry (i, j)."""
    (height, width), kernel, settings = layer
    out = output_size((height, width), kernel, **settings)
    weight = np.arange(1.0, kernel[0] * kernel[1] + 1).reshape(kernel)
    blocks = matrix(weight, (height, width), **settings).reshape(*out, height, width)  # (H_out, W_out, H, W)
    down, right = (min(stride, n) for stride, n in zip(settings["stride"], (height, width), strict=True))
    assert np.array_equal(blocks[1:, :, down:], blocks[:-1, :, : height - down])
    assert np.array_equal(blocks[:, 1:, :, right:], blocks[:, :-1, :, : width - right])


@given(layers(stride=(1, 1)))
def test_with_stride_one_it_is_doubly_blocked_toeplitz(layer):
    (height, width), kernel, settings = layer
    out = output_size((height, width), kernel, **settings)
    m = matrix(np.arange(1.0, kernel[0] * kernel[1] + 1).reshape(kernel), (height, width), **settings)

    def block(i, j):
        return m[i * out[1] : (i + 1) * out[1], j * width : (j + 1) * width]

    for i, j in np.ndindex(out[0], height):
        assert is_toeplitz(block(i, j))
        if i and j:
            assert np.array_equal(block(i, j), block(i - 1, j - 1))


def is_toeplitz(block):
    return np.array_equal(block[1:, 1:], block[:-1, :-1])


def test_a_shared_row_of_the_kernel_is_one_kind_of_block():
    m = matrix([[1, 2, 3], [4, 5, 6], [7, 8, 9]], 7)
    first = [[1, 2, 3, 0, 0, 0, 0], [0, 1, 2, 3, 0, 0, 0], [0, 0, 1, 2, 3, 0, 0]]
    assert m[:3, :7].tolist() == m[5:8, 7:14].tolist() == first
    assert not m[:5, 21:].any()  # the first row of units sees three rows of inputs


@given(layers(), st.sampled_from(KINDS))
def test_each_connection_is_listed_once_and_in_order(layer, kind):
    size, kernel, settings = layer
    found = entries(size, kernel, kind=kind, **settings)
    out = output_size(size, kernel, **settings)
    assert found.shape == (out[0] * out[1], size[0] * size[1])
    listed = list(zip(found.outputs.tolist(), found.weights.tolist(), strict=True))
    assert listed == sorted(listed)
    places = set(zip(found.outputs.tolist(), found.inputs.tolist(), strict=True))
    assert len(places) == len(listed) == len(found.inputs)
    assert all(0 <= weight < found.weight_count for weight in found.weights)


@given(layers())
def test_only_a_convolution_shares(layer):
    size, kernel, settings = layer
    shared, local, dense = (
        entries(size, kernel, kind=kind, **settings) for kind in ("convolutional", "local", "dense")
    )
    area = kernel[0] * kernel[1]
    assert shared.weight_count == area
    assert np.array_equal(local.outputs, shared.outputs) and np.array_equal(local.inputs, shared.inputs)
    assert np.array_equal(local.weights % area, shared.weights)
    assert np.array_equal(local.weights // area, local.outputs)
    for unshared in (local, dense):
        assert len(np.unique(unshared.weights)) == len(unshared.weights)
    assert len(dense.weights) == dense.shape[0] * dense.shape[1] == dense.weight_count


@given(layers())
def test_a_locally_connected_layer_is_a_convolution_with_another_kernel_at_each_place(layer):
    size, kernel, settings = layer
    rng = np.random.default_rng(5)
    local = entries(size, kernel, kind="local", **settings)
    kernels = rng.normal(size=(local.shape[0], *kernel))
    x = rng.normal(size=size)
    outputs = conv2d(x[None], kernels[:, None], **settings)  # every kernel everywhere, (H_out W_out, H_out, W_out)
    assert np.allclose(local.fill(kernels) @ x.ravel(), outputs.reshape(len(kernels), -1).diagonal())


@given(layers(padding="valid"))
def test_without_padding_there_are_as_many_as_are_counted(layer):
    size, kernel, settings = layer
    out = output_size(size, kernel, **settings)
    counted = {
        "convolutional": layer_counts(size, kernel, bias=False, **settings),
        "local": locally_connected_counts(size, kernel, bias=False, **settings),
        "dense": dense_counts(size[0] * size[1], out[0] * out[1], bias=False),
    }
    for kind, counts in counted.items():
        found = entries(size, kernel, kind=kind, **settings)
        assert (len(found.outputs), found.weight_count) == (counts.connections, counts.weights)


def test_the_padding_is_not_connected():
    found = entries(3, 3, padding=1)
    assert np.bincount(found.outputs).tolist() == [4, 6, 4, 6, 9, 6, 4, 6, 4]
    assert len(found.outputs) < layer_counts(3, 3, padding=1).connections == 9 * 9


def test_a_unit_in_the_padding_is_connected_to_nothing():
    m = matrix(np.ones((1, 1)), 2, padding=1)
    assert m.shape == (4 * 4, 2 * 2)
    assert np.count_nonzero(m) == 2 * 2


@pytest.mark.parametrize("dtype", ["float32", "float64", "int64"])
def test_the_weights_keep_their_dtype(dtype):
    assert matrix(np.ones((2, 2), dtype), 3).dtype == dtype
    assert matrix(np.ones((2, 2), "uint8"), 3).dtype == np.int64


def test_what_is_refused():
    with pytest.raises(ConvError, match=r"^Kind must be one of dense, local, convolutional. Received: kind='sparse'.$"):
        entries(3, 3, kind="sparse")
    with pytest.raises(ConvError, match=r"^There must be a number for each weight. Received: weights=\(2, 2\), weight"):
        entries(3, 3).fill(np.ones((2, 2)))
    with pytest.raises(ConvError, match=r"^Weight must have the axes \(KH, KW\). Received: weight=\(1, 1, 3, 3\).$"):
        matrix(np.ones((1, 1, 3, 3)), 7)
    with pytest.raises(ConvError, match=r"^Kernel is larger than the padded input. Received: input=\(2, 2\)"):
        matrix(np.ones((3, 3)), 2)
