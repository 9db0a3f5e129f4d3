"""The ideas of the lecture, in its order, each the name of its page."""

from __future__ import annotations

from typing import NamedTuple


class Idea(NamedTuple):
    """A page: its title, what to ask there, and what its picture shows."""

    title: str
    question: str
    picture: str


IDEAS = {
    "explore": Idea(
        "Explore", "Slide a window: where does each output come from?",
        "Input, kernel and output as grids of numbers, with the window framed",
    ),
    "connections": Idea(
        "Connections", "Dense or convolutional: what is it that weight sharing saves?",
        "Lines from input pixels to a hidden unit, coloured and lettered by the weight they carry",
    ),
    "channels": Idea(
        "Channels", "Many maps in and out: what does a 1×1 kernel add up?",
        "Three input maps with a kernel each, and two output maps",
    ),
    "receptive_field": Idea(
        "Receptive field", "Two 3×3 layers: does a unit see 5, 6 or 7 pixels?",
        "A tower of layers with the cone of units that one unit at the top sees",
    ),
    "pooling": Idea(
        "Pooling", "From sum to maximum: what survives a shift of one pixel?",
        "Max pooling of an 8 by 8 grid, and a curve from the sum of a window to its maximum",
    ),
    "image_kernels": Idea(
        "Image kernels", "Nine numbers find edges, blur or sharpen: which ones?",
        "A photograph, before and after an edge detector",
    ),
    "architectures": Idea(
        "Architectures", "LeNet-5 to ResNet: where do the parameters sit, and where the compute?",
        "The layers of a network as blocks to scale, with bars of parameters and multiply-adds",
    ),
    "train": Idea(
        "Train", "One click: how soon are 97 % of the digits read rightly?",
        "Falling loss and rising accuracy over a hundred epochs, beside eight kernels and their gradients",
    ),
    "inside": Idea(
        "Inside", "Pixel, edge, part, class: what does each map of a trained network answer to?",
        "A digit, the maps of every layer of a network that reads it, and the patches that excite one of them the most",
    ),
    "gradients": Idea(
        "Gradients", "Nine positions share a weight: what is its gradient?",
        "Input, kernel and output, and below them the gradients of the kernel and the output",
    ),
    "quiz": Idea(
        "Quiz", "7×7 input, 5×5 kernel: what is the feature map's size, and what went wrong if you said 2×2?",
        "A question about a feature map's size, with a wrong answer and the mistake that it came from",
    ),
    "lecture": Idea(
        "Lecture", "Scene by scene, all over the screen: what do they vote, (a), (b) or (c)?",
        "A scene of a lecture: a question with three choices beside a grid",
    ),
}
