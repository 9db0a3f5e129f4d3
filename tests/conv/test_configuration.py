"""Rules, slider ranges and the repair of mangled links."""

import itertools
import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import conv
from conv.configuration import CAPS, OPERATIONS, Configuration, check, is_valid, nearest_valid, slider_ranges
from conv.errors import ConvError
from conv.geometry import window_positions

wild = st.one_of(st.integers(-3, 40), st.integers())
wild_pairs = st.tuples(wild, wild)
wild_configurations = st.builds(
    Configuration,
    operation=st.sampled_from([*OPERATIONS, "min"]),
    input_size=wild_pairs,
    kernel_size=wild_pairs,
    stride=wild_pairs,
    padding=st.one_of(wild_pairs, st.sampled_from(["valid", "same", "full", "sane"])),
    dilation=wild_pairs,
    output_padding=wild_pairs,
    padding_mode=st.sampled_from(["zeros", "reflect", "replicate", "circular", "wrap"]),
    ceil_mode=st.booleans(),
    norm_type=st.sampled_from([2.0, 0.0, -1.0, math.inf, math.nan]),
    flip=st.booleans(),
)


def changed(configuration, field, axis, value):
    pair = list(getattr(configuration, field))
    pair[axis] = value
    return replace(configuration, **{field: tuple(pair)})


@pytest.mark.parametrize(
    ("configuration", "message"),
    [
        (
            Configuration("min"),
            r"^Operation must be one of conv, transposed, max, avg, sum, lp\. Received: operation='min'\.$",
        ),
        (
            Configuration(padding_mode="wrap"),
            r"^Padding mode must be one of zeros, reflect, replicate, circular\. Received: padding_mode='wrap'\.$",
        ),
        (
            Configuration("max", padding_mode="reflect"),
            r"^Padding mode is for convolution only\. Received: operation='max', padding_mode='reflect'\.$",
        ),
        (
            Configuration(ceil_mode=True),
            r"^Ceil mode is for pooling only\. Received: operation='conv', ceil_mode=True\.$",
        ),
        (
            Configuration("avg", dilation=(2, 2)),
            r"^Dilation is not for this pooling\. Received: operation='avg', dilation=\(2, 2\)\.$",
        ),
        (
            Configuration(output_padding=(1, 1), stride=(2, 2)),
            r"^Output padding is for transposed convolution only\. "
            r"Received: operation='conv', output_padding=\(1, 1\)\.$",
        ),
        (Configuration("lp", norm_type=0), r"^The norm type must be a number above 0\. Received: norm_type=0\.$"),
        (
            Configuration(input_size=(3, 3), padding=(3, 3), padding_mode="reflect"),
            r"^Reflect padding must be less than the input\. Received: padding=\(3, 3\), input=\(3, 3\)\.$",
        ),
        (
            Configuration(input_size=(3, 3), padding=(4, 4), padding_mode="circular"),
            r"^Circular padding must be at most the input\. Received: padding=\(4, 4\), input=\(3, 3\)\.$",
        ),
        (
            Configuration("max", padding=(2, 2)),
            r"^Padding must be at most half of the kernel\. Received: padding=\(2, 2\), kernel=\(3, 3\)\.$",
        ),
        (
            Configuration("max", (1, 1), (2, 2), padding=(1, 1), dilation=(2, 2)),
            r"^A window must not lie wholly in padding\. "
            r"Received: input=\(1, 1\), kernel=\(2, 2\), padding=\(1, 1\)\.$",
        ),
        (
            Configuration("transposed", (1, 1), (2, 2), padding=(1, 1)),
            r"^Padding takes away the whole output\. Received: input=\(1, 1\), kernel=\(2, 2\), padding=\(1, 1\)\.$",
        ),
        (
            Configuration(input_size=(2, 2)),
            r"^Kernel is larger than the padded input\. Received: input=\(2, 2\), kernel=\(3, 3\), padding=\(0, 0\)\.$",
        ),
    ],
)
def test_check_names_the_broken_rule(configuration, message):
    with pytest.raises(ConvError, match=message):
        check(configuration)
    assert not is_valid(configuration)


def test_check_gives_the_output_size():
    assert check(Configuration()) == (7 - 3 + 1, 7 - 3 + 1)
    transposed = Configuration("transposed", (3, 4), stride=(2, 2), output_padding=(1, 0))
    assert check(transposed) == (2 * 2 + 3 + 1, 3 * 2 + 3)
    assert check(Configuration("max", (7, 7), (2, 2), stride=(2, 2), ceil_mode=True)) == (4, 4)


@settings(max_examples=150, deadline=None)
@given(wild_configurations)
def test_a_wild_configuration_becomes_valid_and_stays_within_the_caps(wild_configuration):
    repaired, changes = nearest_valid(wild_configuration)
    rows, cols = check(repaired)
    assert rows >= 1
    assert cols >= 1
    if repaired.operation == "transposed":
        assert max(rows, cols) <= 64
    for field, (least, most) in CAPS.items():
        value = getattr(repaired, field)
        assert isinstance(value, str) or all(least <= v <= most for v in value)
    assert bool(changes) == (repaired != wild_configuration)
    assert nearest_valid(repaired) == (repaired, [])


@settings(max_examples=100, deadline=None)
@given(wild_configurations)
def test_every_step_of_a_slider_is_valid_and_the_current_value_inside(wild_configuration):
    configuration, _ = nearest_valid(wild_configuration)
    for field, ranges in slider_ranges(configuration).items():
        for axis, (least, most) in enumerate(ranges):
            assert CAPS[field][0] <= least <= getattr(configuration, field)[axis] <= most <= CAPS[field][1]
            assert all(is_valid(changed(configuration, field, axis, v)) for v in range(least, most + 1))


@settings(max_examples=100, deadline=None)
@given(wild_configurations)
def test_no_valid_value_lies_outside_a_range(wild_configuration):
    configuration, _ = nearest_valid(wild_configuration)
    if configuration.padding == "same":  # the two exceptions that slider_ranges explains
        configuration = replace(configuration, padding_mode="zeros")
    if configuration.operation == "max":
        configuration = nearest_valid(replace(configuration, dilation=(1, 1)))[0]
    for field, ranges in slider_ranges(configuration).items():
        for axis, (least, most) in enumerate(ranges):
            for value in {*range(CAPS[field][0], CAPS[field][1] + 1)} - {*range(least, most + 1)}:
                candidate = changed(configuration, field, axis, value)
                too_long = candidate.operation == "transposed" and is_valid(candidate) and check(candidate)[axis] > 64
                assert too_long or not is_valid(candidate)


def run(c):
    """What the operators make of a configuration."""
    x = np.ones((1, *c.input_size))
    kernel = np.ones((1, 1, *c.kernel_size))
    steps = {"stride": c.stride, "padding": c.padding}
    match c.operation:
        case "conv":
            return conv.conv2d(x, kernel, dilation=c.dilation, padding_mode=c.padding_mode, **steps)
        case "transposed":
            extra = {"dilation": c.dilation, "output_padding": c.output_padding}
            return conv.conv_transpose2d(x, kernel, **extra, **steps)
        case "max":
            return conv.max_pool2d(x, c.kernel_size, dilation=c.dilation, ceil_mode=c.ceil_mode, **steps)
        case "avg":
            return conv.avg_pool2d(x, c.kernel_size, ceil_mode=c.ceil_mode, **steps)
        case "sum":
            return conv.sum_pool2d(x, c.kernel_size, ceil_mode=c.ceil_mode, **steps)
        case "lp":
            return conv.lp_pool2d(x, c.norm_type, c.kernel_size, ceil_mode=c.ceil_mode, **steps)


small_pairs = st.tuples(st.integers(1, 4), st.integers(1, 4))


@settings(max_examples=300, deadline=None)
@given(
    st.builds(
        Configuration,
        operation=st.sampled_from(OPERATIONS),
        input_size=small_pairs,
        kernel_size=small_pairs,
        stride=small_pairs,
        padding=st.one_of(st.tuples(st.integers(0, 4), st.integers(0, 4)), st.sampled_from(["valid", "same", "full"])),
        dilation=small_pairs,
        output_padding=st.tuples(st.integers(0, 2), st.integers(0, 2)),
        padding_mode=st.sampled_from(["zeros", "reflect", "replicate", "circular"]),
        ceil_mode=st.booleans(),
    )
)
def test_check_accepts_what_the_operators_accept_and_gives_their_size(configuration):
    c = configuration
    if c.operation != "transposed":  # else refused here, where the operators have no such argument
        c = replace(c, output_padding=(0, 0))
    if c.operation != "conv":
        c = replace(c, padding_mode="zeros")
    if c.operation in ("conv", "transposed"):
        c = replace(c, ceil_mode=False)
    if c.operation in ("avg", "sum", "lp"):
        c = replace(c, dilation=(1, 1))
    if is_valid(c):
        assert run(c).shape == (1, *check(c))
    else:
        with pytest.raises(ConvError, match="Received: "):  # of two broken rules either may be told first
            check(c)
        with pytest.raises(ConvError, match="Received: "):
            run(c)


def test_a_configuration_knows_what_it_leaves_over_and_what_it_does_not_read():
    floor = Configuration("max", (8, 9), (3, 3), stride=(2, 2))
    assert floor.remainder == ((8 - 3) % 2, (9 - 3) % 2) and floor.uncovered == ([7], [])
    ceil = replace(floor, ceil_mode=True)
    assert ceil.remainder == (0, 0) and ceil.uncovered == ([], [])
    only = Configuration("max", (3, 3), (4, 4), stride=(2, 2), ceil_mode=True)
    assert check(only) == (1, 1) and only.remainder == (0, 0) and only.uncovered == ([], [])
    holes = Configuration(input_size=(4, 7), kernel_size=(2, 3), stride=(1, 2), padding=(0, 1), dilation=(3, 1))
    assert holes.remainder == (0, 0) and holes.uncovered == ([1, 2], [])
    transposed = Configuration("transposed", (3, 3), (1, 1), stride=(2, 2), output_padding=(1, 1))
    assert transposed.remainder == (0, 0) and transposed.uncovered == ([], [])


def test_ranges_of_the_plain_convolution():
    ranges = slider_ranges(Configuration(input_size=(5, 7), padding=(1, 0), dilation=(2, 1)))
    assert ranges["input_size"] == ((2 * 2 + 1 - 2 * 1, 32), (3, 32))
    assert ranges["kernel_size"] == ((1, 4), (1, 7))  # 2 (4 - 1) + 1 = 7 = 5 + 2 * 1
    assert ranges["stride"] == ((1, 8), (1, 8))
    assert ranges["padding"] == ((0, 10), (0, 10))
    assert ranges["dilation"] == ((1, 3), (1, 3))
    assert ranges["output_padding"] == ((0, 0), (0, 0))


def test_ranges_honour_padding_modes_and_pooling():
    reflect = slider_ranges(Configuration(input_size=(5, 5), padding=(2, 2), padding_mode="reflect"))
    assert reflect["padding"][0] == (0, 5 - 1)
    assert reflect["input_size"][0] == (2 + 1, 32)
    circular = slider_ranges(Configuration(input_size=(5, 5), padding=(2, 2), padding_mode="circular"))
    assert circular["padding"][0] == (0, 5)
    assert circular["input_size"][0] == (2, 32)
    pooling = slider_ranges(Configuration("avg", (6, 6), (4, 4), padding=(1, 1)))
    assert pooling["padding"][0] == (0, 4 // 2)
    assert pooling["kernel_size"][0] == (2, 6 + 2 * 1)
    assert pooling["dilation"] == ((1, 1), (1, 1))


def test_ranges_of_a_transposed_convolution_stop_at_the_largest_output():
    configuration = Configuration("transposed", (8, 8), stride=(2, 2), output_padding=(1, 1))
    ranges = slider_ranges(configuration)
    assert ranges["input_size"][0] == (1, 31)  # 30 * 2 + 3 + 1 = 64
    assert ranges["stride"][0] == (2, 8)  # 7 * 8 + 3 + 1 = 60; output padding 1 needs a stride of 2
    assert ranges["output_padding"][0] == (0, 1)
    assert slider_ranges(configuration, largest_output=18)["input_size"][0] == (1, 8)  # 7 * 2 + 3 + 1 = 18


def test_the_valid_values_of_a_dilated_max_pooling_have_gaps_and_the_range_ends_at_the_first():
    taps = {"kernel_size": (3, 1), "padding": (3, 0), "dilation": (3, 1), "ceil_mode": True}
    configuration = Configuration("max", (2, 1), stride=(1, 1), **taps)
    assert slider_ranges(configuration)["stride"][0] == (1, 1)
    assert not is_valid(changed(configuration, "stride", 0, 2))  # the second window reads rows -1, 2 and 5 of 0 and 1
    assert is_valid(changed(configuration, "stride", 0, 3))  # the second window reads rows 0, 3 and 6


def test_a_padding_in_a_word_has_no_range_and_an_invalid_configuration_no_ranges():
    assert "padding" not in slider_ranges(Configuration(padding="same"))
    with pytest.raises(ConvError, match=r"^Kernel is larger than the padded input\."):
        slider_ranges(Configuration(input_size=(2, 2)))


@pytest.mark.parametrize(
    ("mangled", "fields", "changes"),
    [
        (
            Configuration(input_size=(5, 5), kernel_size=(9, 3)),
            {"kernel_size": (5, 3)},
            ["Kernel height 9 does not fit an input of 5 rows without padding: set to 5."],
        ),
        (
            Configuration(input_size=(1, 40), kernel_size=(3, 3), padding=(0, -2)),
            {"kernel_size": (1, 3), "input_size": (1, 32), "padding": (0, 0)},
            [
                "Input width 40 is not within 1 to 32: set to 32.",
                "Horizontal padding -2 is not within 0 to 10: set to 0.",
                "Kernel height 3 does not fit an input of 1 row without padding: set to 1.",
            ],
        ),
        (
            Configuration(input_size=(7, 6), dilation=(4, 4), padding=(0, 1)),
            {"dilation": (3, 3)},
            [
                "Vertical dilation 4 does not fit an input of 7 rows without padding: set to 3.",
                "Horizontal dilation 4 does not fit an input of 6 columns with padding 1: set to 3.",
            ],
        ),
        (
            Configuration("max", (7, 7), (3, 3), padding=(5, 1)),
            {"padding": (1, 1)},
            ["Vertical padding 5 is more than half the kernel: set to 1."],
        ),
        (
            Configuration(input_size=(4, 4), padding=(5, 0), padding_mode="reflect"),
            {"padding": (3, 0)},
            ["Vertical padding 5 is more than reflect padding can take from the input: set to 3."],
        ),
        (
            Configuration(input_size=(2, 9), kernel_size=(5, 5), padding="full", padding_mode="reflect"),
            {"kernel_size": (2, 5)},
            ["Kernel height 5 needs more padding than reflect can take from the input: set to 2."],
        ),
        (
            Configuration("transposed", (2, 7), padding="full", ceil_mode=True),
            {"padding": (0, 0), "ceil_mode": False},
            [
                "Rounding the size up is for pooling only: switched off.",
                "Full padding leaves nothing of the output: set to 0.",
            ],
        ),
        (
            Configuration("max", (1, 7), (2, 2), padding=(1, 1), dilation=(2, 2)),
            {"dilation": (1, 2)},
            ["Vertical dilation 2 leaves a window wholly in the padding: set to 1."],
        ),
        (
            Configuration("transposed", (1, 32), padding=(4, 0), stride=(1, 3), output_padding=(1, 0)),
            {"padding": (1, 0), "stride": (1, 1), "output_padding": (0, 0)},
            [
                "Vertical output padding 1 is not less than the stride or the dilation: set to 0.",
                "Vertical padding 4 takes away the whole output: set to 1.",
                "Horizontal stride 3 makes an output longer than 64: set to 1.",
            ],
        ),
        (
            Configuration("avg", padding="full", dilation=(2, 2), padding_mode="circular", output_padding=(1, 1)),
            {"padding": "same", "dilation": (1, 1), "padding_mode": "zeros", "output_padding": (0, 0)},
            [
                "Padding mode circular is for convolution only: set to zeros.",
                "This pooling has no dilation: set to 1.",
                "Output padding is for transposed convolution only: set to 0.",
                "Full padding is more than half the kernel, the most that pooling allows: set to same.",
            ],
        ),
        (
            Configuration("min", padding="sane", padding_mode="wrap", norm_type=-1),
            {"operation": "conv", "padding": (0, 0), "padding_mode": "zeros", "norm_type": 2.0},
            [
                "There is no operation 'min': set to conv.",
                "There is no padding 'sane': set to 0.",
                "There is no padding mode 'wrap': set to zeros.",
                "Norm type -1 is not greater than 0: set to 2.",
            ],
        ),
    ],
)
def test_each_repair_is_the_smallest_and_is_told(mangled, fields, changes):
    repaired, sentences = nearest_valid(mangled)
    assert repaired == replace(mangled, **fields)
    assert sentences == changes


@pytest.mark.parametrize(("kernel", "dilation", "padding"), [*itertools.product((2, 11), (1, 3), (0, 9))])
def test_a_pooling_keeps_fitting_when_its_padding_shrinks_last(kernel, dilation, padding):
    mangled = Configuration("max", (2, 2), (kernel, kernel), padding=(padding, padding), dilation=(dilation, dilation))
    repaired, _ = nearest_valid(mangled)
    extent = repaired.dilation[0] * (repaired.kernel_size[0] - 1) + 1
    assert repaired.padding[0] <= extent // 2
    assert extent <= 2 + 2 * repaired.padding[0]


@pytest.mark.parametrize("ceil_mode", [False, True])
def test_without_holes_no_window_lies_wholly_in_the_padding(ceil_mode):
    """What `check` takes for granted where the dilation is 1."""
    seen = 0
    for n, k, s in itertools.product(range(1, 9), range(1, 7), range(1, 5)):
        for padding in (*range(k // 2 + 1), "same", "valid"):
            try:
                rows, _ = window_positions(n, k, stride=s, padding=padding, ceil_mode=ceil_mode)
            except ConvError:
                continue
            assert ((rows >= 0) & (rows < n)).any(axis=1).all(), (n, k, s, padding)
            seen += 1
    assert seen > 500
