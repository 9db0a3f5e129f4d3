"""Networks to take apart: from the lecture's LeNet-5 and AlexNet to VGG, ResNet and MobileNet."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import chain

import numpy as np

from conv import building
from conv.blueprint import (
    RBF,
    AdaptiveAvgPool2d,
    BatchNorm2d,
    Conv2d,
    Dropout,
    Flatten,
    Layer,
    Linear,
    LocalResponseNorm,
    MaxPool2d,
    ReLU,
    Residual,
    ScaledTanh,
    Shape,
    Sigmoid,
    Subsampling,
)
from conv.errors import ConvError
from conv.network import Sequential

Layers = tuple[Layer, ...]

LENET5_TABLE = (
    (0, 1, 2), (1, 2, 3), (2, 3, 4), (3, 4, 5), (0, 4, 5), (0, 1, 5),
    (0, 1, 2, 3), (1, 2, 3, 4), (2, 3, 4, 5), (0, 3, 4, 5), (0, 1, 4, 5), (0, 1, 2, 5),
    (0, 1, 3, 4), (1, 2, 4, 5), (0, 2, 3, 5), (0, 1, 2, 3, 4, 5),
)
"""Which of S2's six maps each of C3's sixteen sees: LeCun and others, 1998, table I."""


@dataclass(frozen=True)
class Architecture:
    """A network with its story.

    Parameters
    ----------
    name, title : str
        For links and code; for readers.
    input_shape : (channels, rows, cols)
    layers : tuple of Layer
    description : str
        A sentence or two.
    source, link : str
        Where it was published, and the address.
    facts : tuple of str
        What is worth noticing, a sentence or two each.
    """

    name: str
    title: str
    input_shape: Shape
    layers: Layers
    description: str
    source: str
    link: str
    facts: tuple[str, ...] = ()


def blueprint(name: str) -> Architecture:
    """Give a network by its name, one of `NAMES`.

    Raises
    ------
    ConvError
        ``Architecture must be one of dense, digits_cnn, lenet5, .... Received: name='lenet'.``

    Examples
    --------
    >>> from conv.blueprint import summary
    >>> lenet = blueprint("lenet5_1998")
    >>> counted = summary(lenet.layers, lenet.input_shape)
    >>> counted.parameters, counted.connections_with_biases
    (60000, 340908)
    """
    if name not in ARCHITECTURES:
        raise ConvError.broken(f"Architecture must be one of {', '.join(NAMES)}.", name=name)
    return ARCHITECTURES[name]


def build(name: str, rng: np.random.Generator | None = None) -> Sequential:
    """Give a network its initial weights, ready to be trained.

    Not every one has layers that can be: residual blocks, local response normalisation and LeNet-5's own layers of 1998
    are described here only. The large ones take their room: VGG-16's weights half a gigabyte.

    Parameters
    ----------
    name : str
        One of `NAMES`.
    rng : numpy.random.Generator, optional
        For the initial weights; ``default_rng(0)`` if not given.

    Raises
    ------
    ConvError
        ``This kind of layer cannot be trained here. Received: layer='Residual', place='5'.``
        and that of `blueprint`.

    Examples
    --------
    >>> build("digits_cnn").layers[-1]
    Linear(weight=(10, 64), bias=(10,))
    """
    architecture = blueprint(name)
    return building.build(architecture.layers, architecture.input_shape, rng)


# The small ones

DENSE: Layers = (Flatten(), Linear(100), Sigmoid(), Linear(10))

DIGITS_CNN: Layers = (
    Conv2d(8, 3, padding=1), ReLU(), MaxPool2d(2),
    Conv2d(16, 3, padding=1), ReLU(), MaxPool2d(2),
    Flatten(), Linear(10),
)

LENET5: Layers = (
    Conv2d(6, 5, padding=2, label="C1"), ReLU(), MaxPool2d(2, label="S2"),
    Conv2d(16, 5, label="C3"), ReLU(), MaxPool2d(2, label="S4"),
    Flatten(), Linear(120, label="C5"), ReLU(), Linear(84, label="F6"), ReLU(), Linear(10, label="OUTPUT"),
)

LENET5_1998: Layers = (
    Conv2d(6, 5, label="C1"), ScaledTanh(), Subsampling(2, label="S2"), ScaledTanh(),
    Conv2d(16, 5, table=LENET5_TABLE, label="C3"), ScaledTanh(), Subsampling(2, label="S4"), ScaledTanh(),
    Conv2d(120, 5, label="C5"), ScaledTanh(),
    Flatten(), Linear(84, label="F6"), ScaledTanh(), RBF(10, label="OUTPUT"),
)

# ImageNet

ALEXNET: Layers = (
    Conv2d(64, 11, stride=4, padding=2, label="conv1"), ReLU(), MaxPool2d(3, 2),
    Conv2d(192, 5, padding=2, label="conv2"), ReLU(), MaxPool2d(3, 2),
    Conv2d(384, 3, padding=1, label="conv3"), ReLU(),
    Conv2d(256, 3, padding=1, label="conv4"), ReLU(),
    Conv2d(256, 3, padding=1, label="conv5"), ReLU(), MaxPool2d(3, 2), AdaptiveAvgPool2d(6),
    Flatten(), Dropout(), Linear(4096, label="fc6"), ReLU(),
    Dropout(), Linear(4096, label="fc7"), ReLU(), Linear(1000, label="fc8"),
)

ALEXNET_2012: Layers = (
    Conv2d(96, 11, stride=4, label="conv1"), ReLU(), LocalResponseNorm(5), MaxPool2d(3, 2),
    Conv2d(256, 5, padding=2, groups=2, label="conv2"), ReLU(), LocalResponseNorm(5), MaxPool2d(3, 2),
    Conv2d(384, 3, padding=1, label="conv3"), ReLU(),
    Conv2d(384, 3, padding=1, groups=2, label="conv4"), ReLU(),
    Conv2d(256, 3, padding=1, groups=2, label="conv5"), ReLU(), MaxPool2d(3, 2),
    Flatten(), Linear(4096, label="fc6"), ReLU(), Dropout(),
    Linear(4096, label="fc7"), ReLU(), Dropout(), Linear(1000, label="fc8"),
)


def vgg(depths: Iterable[int]) -> Layers:
    """Build a VGG of five blocks with so many 3x3 convolutions each."""
    layers: list[Layer] = []
    for block, (depth, maps) in enumerate(zip(depths, (64, 128, 256, 512, 512), strict=True), start=1):
        for number in range(1, depth + 1):
            layers += [Conv2d(maps, 3, padding=1, label=f"conv{block}_{number}"), ReLU()]
        layers.append(MaxPool2d(2))
    layers += [AdaptiveAvgPool2d(7), Flatten()]
    for number in (6, 7):
        layers += [Linear(4096, label=f"fc{number}"), ReLU(), Dropout()]
    return (*layers, Linear(1000, label="fc8"))


def normalised(maps: int, kernel_size: int, *, stride: int = 1, groups: int = 1) -> Layers:
    """Build a convolution that keeps the size up to its stride, without a bias, and a batch normalisation."""
    convolution = Conv2d(maps, kernel_size, stride=stride, padding=kernel_size // 2, groups=groups, bias=False)
    return convolution, BatchNorm2d()


def basic_block(maps: int, stride: int, widens: bool) -> Layers:
    """Build ResNet's block of two 3x3 convolutions; where the shape changes, the shortcut is a 1x1 convolution."""
    main = (*normalised(maps, 3, stride=stride), ReLU(), *normalised(maps, 3))
    return Residual(main, normalised(maps, 1, stride=stride) if widens else ()), ReLU()


def bottleneck_block(maps: int, stride: int, widens: bool) -> Layers:
    """Build ResNet's block of 1x1, 3x3 and 1x1 convolutions, which leaves four times the maps it works on."""
    main = (
        *normalised(maps, 1), ReLU(), *normalised(maps, 3, stride=stride), ReLU(), *normalised(4 * maps, 1),
    )
    return Residual(main, normalised(4 * maps, 1, stride=stride) if widens else ()), ReLU()


def resnet(depths: Iterable[int], *, bottleneck: bool = False) -> Layers:
    """Build a ResNet of four stages with so many blocks each; all but the first stage halve the map."""
    layers: list[Layer] = [*normalised(64, 7, stride=2), ReLU(), MaxPool2d(3, 2, padding=1)]
    for stage, depth in enumerate(depths):
        for number in range(depth):
            stride = 2 if stage > 0 and number == 0 else 1
            widens = number == 0 and (stage > 0 or bottleneck)
            layers += (bottleneck_block if bottleneck else basic_block)(64 * 2**stage, stride, widens)
    return (*layers, AdaptiveAvgPool2d(1), Flatten(), Linear(1000))


def separable_block(in_maps: int, out_maps: int, stride: int = 1) -> Layers:
    """Build MobileNet's block: a 3x3 kernel for each map by itself, then a 1x1 convolution across the maps."""
    depthwise, pointwise = normalised(in_maps, 3, stride=stride, groups=in_maps), normalised(out_maps, 1)
    return (*depthwise, ReLU(), *pointwise, ReLU())


def mobilenet_v1() -> Layers:
    """Build MobileNet of 13 blocks; a block whose maps double halves the map, but for the first."""
    maps = (32, 64, 128, 128, 256, 256, *[512] * 6, 1024, 1024)
    strides = (1, 2, 1, 2, 1, 2, 1, 1, 1, 1, 1, 2, 1)
    blocks = [separable_block(maps[i], maps[i + 1], stride) for i, stride in enumerate(strides)]
    start = (*normalised(32, 3, stride=2), ReLU())
    return (*start, *chain.from_iterable(blocks), AdaptiveAvgPool2d(1), Flatten(), Linear(1000))


LECUN_1998 = "LeCun, Bottou, Bengio and Haffner, Gradient-Based Learning Applied to Document Recognition, 1998"
LECUN_LINK = "https://doi.org/10.1109/5.726791"
KRIZHEVSKY_2012 = (
    "Krizhevsky, Sutskever and Hinton, ImageNet Classification with Deep Convolutional Neural Networks, 2012"
)
KRIZHEVSKY_LINK = (
    "https://papers.nips.cc/paper/4824-imagenet-classification-with-deep-convolutional-neural-networks"
)
VGG_2014 = "Simonyan and Zisserman, Very Deep Convolutional Networks for Large-Scale Image Recognition, 2014"
VGG_LINK = "https://arxiv.org/abs/1409.1556"
RESNET_2015 = "He, Zhang, Ren and Sun, Deep Residual Learning for Image Recognition, 2015"
RESNET_LINK = "https://arxiv.org/abs/1512.03385"
MOBILENET_2017 = (
    "Howard and others, MobileNets: Efficient Convolutional Neural Networks for Mobile Vision Applications, 2017"
)
MOBILENET_LINK = "https://arxiv.org/abs/1704.04861"
IMAGENET: Shape = (3, 224, 224)

ENTRIES = (
    Architecture(
        "dense", "Fully connected, one hidden layer", (1, 28, 28), DENSE,
        "The network that the lecture starts from: every pixel to every hidden unit.",
        "Nielsen, Neural Networks and Deep Learning, chapter 6, 2015",
        "http://neuralnetworksanddeeplearning.com/chap6.html",
        ("98.7 % of the parameters are between the pixels and the 100 hidden units: 100 × (28 × 28 + 1) = 78,500 "
         "of 79,510.",),
    ),
    Architecture(
        "digits_cnn", "A small network for 8×8 digits", (1, 8, 8), DIGITS_CNN,
        "Two convolutions and two poolings, small enough to train while one watches.",
        "This project", "",
        ("1,898 parameters, of which the last layer has 10 × (16 × 2 × 2 + 1) = 650.",),
    ),
    Architecture(
        "lenet5", "LeNet-5 as taught today", (1, 28, 28), LENET5,
        "C3 sees all six maps, the poolings learn nothing, and the output is linear.",
        LECUN_1998, LECUN_LINK,
        (
            "61,706 parameters. The paper's network has 60,000: its C3 sees 60 of the 96 pairs of maps "
            "(-900), its poolings learn (+44), and its output is not learnt (-850).",
            "The paper pads by its input of 32 × 32; here a padding of 2 makes 28 × 28 do.",
        ),
    ),
    Architecture(
        "lenet5_1998", "LeNet-5 as published", (1, 32, 32), LENET5_1998,
        "With the table of C3, the trainable subsampling and the fixed codes of the output.",
        LECUN_1998, LECUN_LINK,
        (
            "60,000 parameters and 340,908 connections. The paper counts each unit's bias as a connection: "
            "C1 has 28 × 28 × 6 × (5 × 5 + 1) = 122,304.",
            "C3: six maps see three maps of S2, nine see four and one sees all six, 6 × 3 + 9 × 4 + 6 = 60 kernels: "
            "60 × 5 × 5 + 16 = 1,516 parameters. It breaks the symmetry and saves connections.",
            "S2 and S4 add up 2 × 2 units, times one coefficient, plus one bias a map: 5 connections a unit.",
            "C5 is a convolution whose kernel is as large as the map, so with an input of 32 × 32 it is a dense layer.",
        ),
    ),
    Architecture(
        "alexnet", "AlexNet (torchvision)", IMAGENET, ALEXNET,
        "The later variant without two towers and without normalisation, with 64 maps in the first layer.",
        "Krizhevsky, One weird trick for parallelizing convolutional neural networks, 2014",
        "https://arxiv.org/abs/1404.5997",
        (
            "61,100,840 parameters, of which the three dense layers have 58,631,144, or 96 %; of the multiply-adds "
            "they have 8 %.",
            "With a padding of 2, an input of 224 gives ⌊(224 + 4 - 11) / 4⌋ + 1 = 55.",
        ),
    ),
    Architecture(
        "alexnet_2012", "AlexNet as published", (3, 227, 227), ALEXNET_2012,
        "Two towers, one a GPU, that meet in conv3 and in the dense layers: groups of 2 elsewhere.",
        KRIZHEVSKY_2012, KRIZHEVSKY_LINK,
        (
            "The caption gives the first layer 253,440 neurons. The layer as described has 55 × 55 × 96 = 290,400. "
            "The caption's other numbers agree with the shapes; 253,440 = 55 × 48 × 96 is no square map, and "
            "the authors have not said where it comes from.",
            "The abstract says 650,000 neurons: the layers as described add up to 659,272, the caption's numbers to "
            "622,312.",
            "The paper says 224 × 224, and 150,528 = 3 × 224 × 224. Without padding 224 gives "
            "⌊(224 - 11) / 4⌋ + 1 = 54 (213 / 4 is not whole); 55 needs 227, or padding. "
            "Poolings that round up take 54 to the paper's 27, 13 and 6 all the same.",
            "60,965,224 parameters with groups; the paper says 60 million.",
        ),
    ),
    Architecture(
        "vgg11", "VGG-11", IMAGENET, vgg((1, 1, 2, 2, 2)),
        "The shallowest of the VGGs: 3×3 kernels only.", VGG_2014, VGG_LINK,
    ),
    Architecture(
        "vgg13", "VGG-13", IMAGENET, vgg((2, 2, 2, 2, 2)),
        "Two 3×3 convolutions before every pooling.", VGG_2014, VGG_LINK,
    ),
    Architecture(
        "vgg16", "VGG-16", IMAGENET, vgg((2, 2, 3, 3, 3)),
        "3×3 kernels only; the maps double where pooling halves their size.", VGG_2014, VGG_LINK,
        (
            "138,357,544 parameters, of which fc6 alone has 102,764,544, or 74 %; but 15.35 of the 15.47 "
            "billion multiply-adds are in the convolutions.",
            "Two 3×3 convolutions see 5×5, three see 7×7, with 18 and 27 weights a pair of maps in place of 25 and 49.",
        ),
    ),
    Architecture(
        "vgg19", "VGG-19", IMAGENET, vgg((2, 2, 4, 4, 4)),
        "Three more convolutions than VGG-16.", VGG_2014, VGG_LINK,
    ),
    Architecture(
        "resnet18", "ResNet-18", IMAGENET, resnet((2, 2, 2, 2)),
        "Blocks that learn what to add to their own input.", RESNET_2015, RESNET_LINK,
        (
            "11,689,512 parameters: a twelfth of VGG-16's, because one average a map takes the place of two dense "
            "layers of 4,096.",
            "Where a block halves the map and doubles the channels, its shortcut is a 1×1 convolution of stride 2; "
            "elsewhere it is the input itself and costs nothing.",
            "The receptive field is that of the main branch; the shortcut's lies within it.",
        ),
    ),
    Architecture(
        "resnet34", "ResNet-34", IMAGENET, resnet((3, 4, 6, 3)),
        "ResNet-18's blocks, twice as many.", RESNET_2015, RESNET_LINK,
    ),
    Architecture(
        "resnet50", "ResNet-50", IMAGENET, resnet((3, 4, 6, 3), bottleneck=True),
        "ResNet-34's stages with blocks of 1×1, 3×3 and 1×1 convolutions.", RESNET_2015, RESNET_LINK,
        ("The stride is on the 3×3 convolution, as torchvision has it; the paper has it on the first 1×1.",),
    ),
    Architecture(
        "mobilenet_block", "A MobileNet block", (512, 14, 14), separable_block(512, 512),
        "A 3×3 kernel for each map by itself, then a 1×1 convolution across the maps.", MOBILENET_2017, MOBILENET_LINK,
        (
            "3 × 3 × 512 × 14 × 14 + 512 × 512 × 14 × 14 = 52,283,392 multiply-adds. A plain 3×3 convolution would "
            "take 3 × 3 × 512 × 512 × 14 × 14 = 462,422,016: 8.8 times as many.",
            "The share is 1 / 512 + 1 / 9: nearly all that is left is the 1×1 convolution.",
        ),
    ),
    Architecture(
        "mobilenet_v1", "MobileNet", IMAGENET, mobilenet_v1(),
        "Thirteen such blocks after one plain convolution.", MOBILENET_2017, MOBILENET_LINK,
        ("4,231,976 parameters and 569 million multiply-adds, as the paper says: 4.2 and 569 million.",),
    ),
)

ARCHITECTURES = {entry.name: entry for entry in ENTRIES}
"""The networks by name."""

NAMES = tuple(ARCHITECTURES)
"""The names that `blueprint` takes."""


# Results that the lecture quotes


@dataclass(frozen=True)
class Result:
    """One method's errors in percent."""

    method: str
    family: str
    error: float  # of the first guess
    top5_error: float | None = None  # none of the five first guesses is right


@dataclass(frozen=True)
class Benchmark:
    """A chart of results with its source."""

    name: str
    title: str
    results: tuple[Result, ...]
    source: str
    link: str
    note: str


MNIST_1998 = Benchmark(
    "mnist", "MNIST: test error in percent",
    (
        Result("Linear", "linear", 12.0),
        Result("Linear, deslanted", "linear", 8.4),
        Result("Pairwise linear", "linear", 7.6),
        Result("K nearest neighbours", "neighbours", 5.0),
        Result("K nearest neighbours, deslanted", "neighbours", 2.4),
        Result("Tangent distance, 16×16", "neighbours", 1.1),
        Result("40 PCA + quadratic", "other", 3.3),
        Result("1000 RBF + linear", "other", 3.6),
        Result("SVM, polynomial of degree 4", "support vectors", 1.1),
        Result("Reduced-set SVM, degree 5", "support vectors", 1.0),
        Result("Virtual SVM, degree 9, distortions", "support vectors", 0.8),
        Result("Dense 300-10", "dense", 4.7),
        Result("Dense 300-10, distortions", "dense", 3.6),
        Result("Dense 300-10, 20×20, deslanted", "dense", 1.6),
        Result("Dense 1000-10", "dense", 4.5),
        Result("Dense 1000-10, distortions", "dense", 3.8),
        Result("Dense 300-100-10", "dense", 3.05),
        Result("Dense 300-100-10, distortions", "dense", 2.5),
        Result("Dense 500-150-10", "dense", 2.95),
        Result("Dense 500-150-10, distortions", "dense", 2.45),
        Result("LeNet-1, 16×16", "convolutional", 1.7),
        Result("LeNet-4", "convolutional", 1.1),
        Result("LeNet-4 with local learning", "convolutional", 1.1),
        Result("LeNet-4 with K nearest neighbours", "convolutional", 1.1),
        Result("LeNet-5", "convolutional", 0.95),
        Result("LeNet-5, distortions", "convolutional", 0.8),
        Result("Boosted LeNet-4, distortions", "convolutional", 0.7),
    ),
    LECUN_1998, LECUN_LINK,
    "Of 10,000 test digits; 'distortions' are artificially distorted digits added to the training set, 'deslanted' "
    "digits were set upright first.",
)

IMAGENET_2012 = Benchmark(
    "imagenet", "ImageNet: top-1 and top-5 test error in percent",
    (
        Result("Sparse coding", "hand-made features", 47.1, 28.2),
        Result("SIFT + Fisher vectors", "hand-made features", 45.7, 25.7),
        Result("CNN (AlexNet)", "convolutional", 37.5, 17.0),
    ),
    KRIZHEVSKY_2012, KRIZHEVSKY_LINK,
    "Published in 2012, measured on the test set of the 2010 challenge, whose labels are public. In the challenge of "
    "2012 a variant of the network reached a top-5 error of 15.3 %, the second-best entry 26.2 %.",
)

RESULTS = (MNIST_1998, IMAGENET_2012)
"""What the lecture quotes, each with its source."""
