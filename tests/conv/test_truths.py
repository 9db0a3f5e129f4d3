"""Values that others computed: PyTorch's outputs and gradients in float64, and ONNX's literal arrays."""

import json
from pathlib import Path

import numpy as np
import pytest

import conv

TRUTHS = Path(__file__).parents[1] / "truths"


def read(name):
    return json.loads((TRUTHS / f"{name}.json").read_text()), dict(np.load(TRUTHS / f"{name}.npz"))


TORCH, TORCH_ARRAYS = read("operators")
ONNX, ONNX_ARRAYS = read("onnx_operators")
MODULE_ARGUMENTS = {
    "MaxPool2d": ("kernel_size", "stride", "padding"),
    "AvgPool2d": ("kernel_size", "stride", "padding"),
    "LPPool2d": ("norm_type", "kernel_size"),
    "ConvTranspose2d": (),  # its arguments are the shape of the weight
}
MODULE_FUNCTIONS = {
    "MaxPool2d": "max_pool2d",
    "AvgPool2d": "avg_pool2d",
    "LPPool2d": "lp_pool2d",
    "ConvTranspose2d": "conv_transpose2d",
}


def settings_of(case):
    """The name of our function and its keyword arguments."""
    params = dict(case["params"])
    if arguments := params.pop("constructor_args", None):
        params |= dict(zip(MODULE_ARGUMENTS[case["op"]], arguments, strict=False))
    if params.get("stride") == []:  # PyTorch's way of saying the kernel's size
        params["stride"] = None
    if "norm_type" in params:
        params["norm_type"] = float(params["norm_type"])
    return MODULE_FUNCTIONS.get(case["op"], case["op"]), params


def torch_pads(pad):
    """Read (left, right, top, bottom), of which the rows may be missing."""
    left, right, top, bottom = [*pad, 0, 0][:4]
    return (top, bottom), (left, right)


def close(ours, theirs):
    np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-9 * np.abs(theirs).max(initial=0))
    assert ours.shape == theirs.shape


@pytest.mark.parametrize("case", TORCH["cases"], ids=lambda case: case["id"])
def test_outputs_and_gradients_are_pytorchs(case):
    arrays = {name: TORCH_ARRAYS[f"{case['id']}/{name}"] for name in case["tensors"]}
    operator, params = settings_of(case)
    x, grad = arrays["x"], arrays["gy"]
    if operator == "pad":
        mode = {"constant": "zeros"}.get(params["mode"], params["mode"])
        close(conv.pad2d(x, torch_pads(params["pad"]), mode), arrays["y"])
        close(conv.pad2d_backward(grad, torch_pads(params["pad"]), mode), arrays["gx"])
        return
    forward, backward = getattr(conv, operator), getattr(conv, f"{operator}_backward")
    if operator.startswith("conv"):
        close(forward(x, arrays["w"], arrays.get("b"), **params), arrays["y"])
        grads = dict(zip(("gx", "gw", "gb"), backward(grad, x, arrays["w"], **params), strict=True))
        for name in grads.keys() & arrays.keys():
            close(grads[name], arrays[name])
        return
    close(forward(x, **params), arrays["y"])
    close(backward(grad, x, **params), arrays["gx"])
    if "indices" in arrays:
        values, indices = forward(x, **params, return_indices=True)
        close(values, arrays["y"])
        np.testing.assert_array_equal(indices, arrays["indices"])


def mixes_dtypes_alone(case):
    return "should be the same" in case["error_regex"] and "complex" not in str(case["args"])


REFUSED = [case for case in TORCH["error_cases"] if not mixes_dtypes_alone(case)]


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: str(case["kwargs"]))
def test_what_pytorch_refuses_is_refused(case):
    x, *args = (
        np.zeros(a["tensor"], a["dtype"].removeprefix("torch.")) for a in (case["input"], *case["args"])
    )
    function = getattr(conv, case["op"].removeprefix("nn.functional."))
    with pytest.raises(conv.ConvError, match=r"^[A-Z].*\. Received: .*=.*\.$"):
        function(x, *args, **case["kwargs"])


def onnx_padding(attrs):
    if attrs.get("auto_pad", "NOTSET") != "NOTSET":
        return "same"  # where SAME_LOWER occurs here, the padding is even
    top, left, bottom, right = attrs.get("pads", (0, 0, 0, 0))
    return (top, bottom), (left, right)


def onnx_pool(attrs):
    params = {"stride": attrs.get("strides", 1), "padding": onnx_padding(attrs)}
    return params | {"ceil_mode": bool(attrs.get("ceil_mode", 0))}


def run_onnx(operator, attrs, inputs):
    steps = {"stride": attrs.get("strides", 1), "dilation": attrs.get("dilations", 1), "groups": attrs.get("group", 1)}
    if operator == "Conv":
        return [conv.conv2d(*inputs, padding=onnx_padding(attrs), **steps)]
    if operator == "ConvTranspose":
        # the cases with output_shape need one more row and column than the strides give
        extra = attrs.get("output_padding", 1 if "output_shape" in attrs else 0)
        return [conv.conv_transpose2d(*inputs, padding=onnx_padding(attrs), output_padding=extra, **steps)]
    if operator == "MaxPool":
        params = onnx_pool(attrs) | {"dilation": steps["dilation"]}
        return conv.max_pool2d(inputs[0], attrs["kernel_shape"], **params, return_indices=True)
    if operator == "AveragePool":
        counted = bool(attrs.get("count_include_pad", 0))
        return [conv.avg_pool2d(inputs[0], attrs["kernel_shape"], **onnx_pool(attrs), count_include_pad=counted)]
    if operator == "GlobalMaxPool":
        return [conv.max_pool2d(inputs[0], inputs[0].shape[2:])]
    if operator == "GlobalAveragePool":
        return [conv.avg_pool2d(inputs[0], inputs[0].shape[2:])]
    mode = {"constant": "zeros", "edge": "replicate", "wrap": "circular"}.get(attrs["mode"], attrs["mode"])
    top, left, bottom, right = (int(inputs[1][axis]) for axis in (2, 3, 6, 7))
    return [conv.pad2d(inputs[0], ((top, bottom), (left, right)), mode, *inputs[2:])]


@pytest.mark.parametrize("case", ONNX["cases"], ids=lambda case: case["name"])
def test_outputs_are_onnxs(case):
    expected = [ONNX_ARRAYS[key] for key in case["outputs"]]
    outputs = run_onnx(case["op"], case["attrs"], [ONNX_ARRAYS[key] for key in case["inputs"]])
    np.testing.assert_allclose(outputs[0], expected[0], rtol=1e-3, atol=1e-7)  # as ONNX holds itself to
    assert outputs[0].dtype == expected[0].dtype
    assert outputs[0].shape == expected[0].shape
    if len(expected) == 2:
        positions = expected[1]
        if case["attrs"].get("storage_order"):  # column-major positions
            rows, cols = ONNX_ARRAYS[case["inputs"][0]].shape[2:]
            positions = positions % rows * cols + positions // rows
        np.testing.assert_array_equal(outputs[1], positions)
