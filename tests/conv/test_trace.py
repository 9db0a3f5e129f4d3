"""The trace against the operators: what is shown is what is computed."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conv import conv2d, conv_transpose2d, trace
from conv.configuration import OPERATIONS, PADDING_WORDS, Configuration, nearest_valid
from conv.errors import ConvError
from conv.padding import MODES

pairs = {
    "input_size": st.tuples(*[st.integers(1, 9)] * 2),
    "kernel_size": st.tuples(*[st.integers(1, 5)] * 2),
    "stride": st.tuples(*[st.integers(1, 4)] * 2),
    "padding": st.one_of(st.tuples(*[st.integers(0, 3)] * 2), st.sampled_from(PADDING_WORDS)),
    "dilation": st.tuples(*[st.integers(1, 3)] * 2),
    "output_padding": st.tuples(*[st.integers(0, 2)] * 2),
    "padding_mode": st.sampled_from(MODES),
    "ceil_mode": st.booleans(),
    "count_include_pad": st.booleans(),
    "flip": st.booleans(),
    "norm_type": st.sampled_from([1.0, 1.5, 2.0, 3.0, np.inf]),
}


def valid(*operations: str) -> st.SearchStrategy[Configuration]:
    asked = st.builds(Configuration, operation=st.sampled_from(operations), **pairs)
    return asked.map(lambda c: nearest_valid(c)[0])


configurations = valid(*OPERATIONS)


def numbers(c: Configuration) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(7)
    return rng.integers(-5, 6, c.input_size).astype(float), rng.integers(-3, 4, c.kernel_size).astype(float)


@settings(deadline=None, max_examples=300)
@given(configurations)
def test_terms_make_the_output(c):
    x, weight = numbers(c)
    t = trace.sweep(c, x, weight, 0.5)
    assert t.output.shape == c.output_size == t.terms.shape[:2]
    windows = t.grid[t.window_rows[:, None, :, None], t.window_cols[None, :, None, :]]
    kinds = t.kinds[t.window_rows[:, None, :, None], t.window_cols[None, :, None, :]]
    assert np.array_equal(np.isnan(windows), kinds == trace.OUTSIDE)
    total = t.totals[..., -1]
    if c.operation in ("conv", "transposed"):
        assert t.terms == pytest.approx(windows * t.weight)
        assert total + 0.5 == pytest.approx(t.output)
    elif t.winners is not None:
        rows, cols = t.winners[..., 0], t.winners[..., 1]
        i, j = np.indices(t.output.shape)
        best = windows[i, j, rows, cols]
        assert np.array_equal(best if c.operation == "max" else np.abs(best), t.output)
    elif c.operation == "avg":
        assert total / t.divisors == pytest.approx(t.output)
    elif c.operation == "lp":
        assert total ** (1 / c.norm_type) == pytest.approx(t.output)
    else:
        assert total == pytest.approx(t.output)


@settings(deadline=None, max_examples=150)
@given(configurations)
def test_grid_shows_the_input_where_it_says(c):
    x, weight = numbers(c)
    t = trace.sweep(c, x, weight)
    rows, cols = np.nonzero(t.kinds == trace.INPUT)
    assert np.array_equal(t.grid[rows, cols], x[t.input_rows[rows], t.input_cols[cols]])
    if c.operation != "transposed":
        assert len(rows) == x.size


@settings(deadline=None, max_examples=100)
@given(valid("transposed"))
def test_scattering_gives_what_gathering_gives(c):
    x, weight = numbers(c)
    options = {name: getattr(c, name) for name in ("stride", "padding", "output_padding", "dilation")}
    scattered = trace.scattering(x, weight, 0.5, **options)
    (top, bottom), (left, right) = scattered.crop
    height, width = scattered.canvas.shape
    kept = scattered.canvas[top : height - bottom, left : width - right]
    assert kept == pytest.approx(conv_transpose2d(x[None], weight[None, None], np.array([0.5]), **options)[0])
    assert kept == pytest.approx(trace.transposed(x, weight, 0.5, **options).output)


def test_flip_is_the_convolution_of_mathematics():
    x = np.zeros((5, 5))
    x[2, 2] = 1
    kernel = np.arange(9.0).reshape(3, 3)
    assert np.array_equal(trace.convolution(x, kernel, flip=True).output, kernel)
    assert np.array_equal(trace.convolution(x, kernel).output, kernel[::-1, ::-1])


def test_one_step_in_full():
    t = trace.convolution([[0, 1, 2], [3, 4, 5]], [[1, -1]], 0.5)
    assert t.terms[0, 1].tolist() == [[1 * 1, 2 * -1]]
    assert t.output[0, 1] == 1 * 1 + 2 * -1 + 0.5
    assert t.output == pytest.approx(conv2d(np.array([[[0.0, 1, 2], [3, 4, 5]]]), np.array([[[[1.0, -1]]]]), [0.5])[0])


def test_max_pads_with_minus_infinity_and_takes_the_first_of_equals():
    t = trace.pool("max", [[-1, -1], [-1, -1]], 2, stride=2, padding=1)
    assert t.grid[0, 0] == -np.inf
    assert t.winners[0, 0].tolist() == [1, 1]
    assert trace.pool("max", [[2, 2], [2, 2]], 2).winners[0, 0].tolist() == [0, 0]


def test_average_counts_what_it_covers():
    image = np.ones((3, 3))
    assert trace.pool("avg", image, 2, stride=2, ceil_mode=True).divisors.tolist() == [[4, 2], [2, 1]]
    padded = {"stride": 2, "padding": 1}
    assert trace.pool("avg", image, 2, **padded).divisors.tolist() == [[4, 4], [4, 4]]
    assert trace.pool("avg", image, 2, count_include_pad=False, **padded).divisors.tolist() == [[1, 2], [2, 4]]


@pytest.mark.filterwarnings("error")
def test_powers_may_be_infinite_where_their_root_is_not():
    t = trace.pool("lp", [[1e6, 1e6]], (1, 2), norm_type=100)
    assert np.isposinf(t.terms).all() and np.isposinf(t.totals).all()
    assert t.output == pytest.approx(2 ** (1 / 100) * 1e6)


@pytest.mark.filterwarnings("error")
def test_infinities_are_no_cause_for_a_warning():
    image, kernel = [[np.inf, -np.inf]], [[0, 1]]
    assert np.isnan(trace.convolution(image, kernel).output).all()  # inf * 0
    assert np.isnan(trace.transposed(image, kernel).output[0, 1])
    assert np.isnan(trace.scattering(image, kernel).output[0, 1])
    assert trace.pool("max", image, (1, 2)).output == np.inf


def test_refusals():
    with pytest.raises(ConvError, match=r"Input must have 2 dimensions, \(rows, cols\)\. Received: shape=\(3,\)\."):
        trace.convolution([1, 2, 3], [[1]])
    with pytest.raises(ConvError, match=r"Kind must be 'max', 'avg', 'sum' or 'lp'\. Received: kind='median'\."):
        trace.pool("median", [[1]], 1)
    with pytest.raises(ConvError, match="Kernel is larger than the padded input"):
        trace.convolution([[1]], [[1, 2]])
    with pytest.raises(ConvError, match=r"^Stride must be at least 1\. Received: stride=0\.$"):
        trace.pool("max", [[1]], 1, stride=0)
    with pytest.raises(ConvError, match=r"^Dilation must be at least 1\. Received: dilation=\(1, 0\)\.$"):
        trace.transposed([[1]], [[1]], dilation=(1, 0))
    with pytest.raises(ConvError, match=r"^Output padding must be at least 0\. Received: output_padding=-1\.$"):
        trace.scattering([[1]], [[1]], output_padding=-1)
