"""The mistakes that people make again and again, by name."""

from __future__ import annotations

from typing import NamedTuple


class Misconception(NamedTuple):
    """A mistake: what it is called, and what is right instead."""

    title: str
    text: str


MISCONCEPTIONS = {
    "M1": Misconception(
        "Forgetting the + 1",
        "Dividing counts the steps of the window. The place where it starts is one more position.",
    ),
    "M2": Misconception(
        "Counting the padding once",
        "Padding P is added on both sides of an axis: at the top and at the bottom, on the left and on the right.",
    ),
    "M3": Misconception(
        "Rounding the other way",
        "Where the division is not exact, a convolution takes no incomplete step: it rounds down, and the rest of the "
        "input is not read. Poolings with ceil mode round up.",
    ),
    "M4": Misconception(
        "Miscounting the input maps",
        "A kernel is as deep as what it reads: each output map has a kernel of its own for every input map it sees, "
        "and adds up what they make.",
    ),
    "M5": Misconception(
        "Counting the biases wrongly",
        "There is one bias for each output map, however many input maps, weights and positions there are.",
    ),
    "M6": Misconception(
        "Mixing up connections, hidden units and parameters",
        "Hidden units are the numbers in the feature maps. Connections are all the uses of a weight, one for each "
        "weight at each position. Parameters are what is learnt, and shared by all positions.",
    ),
    "M7": Misconception("Giving pooling parameters", "A pooling takes a maximum or a mean. It has nothing to learn."),
    "M8": Misconception(
        "Growing the receptive field by the wrong step",
        "Each layer adds (K − 1) times the product of the strides below it, poolings included; its own stride counts "
        "only for the layers above.",
    ),
    "M9": Misconception(
        "Taking same padding for symmetric",
        "Same padding makes the output the input divided by the stride, rounded up. It adds as many rows and columns "
        "as that needs; an odd one goes to the bottom and the right.",
    ),
    "M10": Misconception(
        "Flipping the kernel, or not",
        "What deep learning calls convolution lays the kernel on the window as it is. The convolution of mathematics "
        "turns it by 180° first.",
    ),
    "M11": Misconception(
        "Misreading the dilation",
        "Dilation D is the distance between neighbouring weights, and 1 means no gaps: the kernel extends over "
        "D(K − 1) + 1 pixels.",
    ),
    "M12": Misconception(
        "Using the forward formula for a transposed convolution",
        "A transposed convolution goes the other way: its output is as large as the input of the convolution that it "
        "undoes, (N − 1)S − 2P + D(K − 1) + 1 and the output padding.",
    ),
    "M13": Misconception("Swapping height and width", "Rows come first, then columns: height × width."),
    "M14": Misconception(
        "Taking one pooling for another",
        "Max pooling keeps the largest number, average pooling the mean, and Lₚ pooling the p-th root of the sum of "
        "the magnitudes to the power of p: all of them added up for p = 1, the largest for p = ∞.",
    ),
    "M15": Misconception(
        "Looking at the wrong place",
        "Rows and columns count from 1, and each window is a whole stride further than the one before it.",
    ),
    "M16": Misconception(
        "Letting the window hang over the end",
        "Every window lies within the input and its padding: it cannot start at the last K − 1 pixels of an axis.",
    ),
}
"""By the code that `conv.quiz.question.Diagnosis` names them with."""
