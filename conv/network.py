"""A network: layers one after the other, and what can be asked of them together."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from conv import saving
from conv.arrays import quiet
from conv.blueprint import Layer as Plan
from conv.blueprint import Summary, summary
from conv.errors import ConvError
from conv.fast import FastNetwork
from conv.layers import Array, Layer
from conv.losses import softmax, softmax_cross_entropy

BATCH = 64  # images whose scores are computed at a time
HEADER = 4096  # bytes that a file may take for each array beside its numbers


class Sequential:
    """Layers one after the other.

    `forward` and `backward` call the layers' own, one by one: they are what is taught, and take any dtype. Training
    and prediction, `learn` and `scores`, go through `conv.fast.FastNetwork`, which gives the same numbers faster.

    Parameters
    ----------
    layers : iterable of conv.layers.Layer

    Raises
    ------
    ConvError
        ``A network must hold layers, each of them once. Received: layers=[].``

    Examples
    --------
    >>> from conv.layers import Conv2d, Flatten, Linear, MaxPool2d, ReLU
    >>> network = Sequential([Conv2d(1, 2, 3), ReLU(), MaxPool2d(2), Flatten(), Linear(2 * 3 * 3, 10)])
    >>> network.forward(np.zeros((4, 1, 8, 8), np.float32)).shape, network.summary((1, 8, 8)).parameters
    ((4, 10), 210)
    """

    def __init__(self, layers: Iterable[Layer]) -> None:
        self.layers = list(layers)
        ours = all(isinstance(layer, Layer) for layer in self.layers)
        if not self.layers or not ours or len(set(map(id, self.layers))) < len(self.layers):
            raise ConvError.broken("A network must hold layers, each of them once.", layers=self.layers)
        self._vector, self._gradient = np.empty(0, np.float32), np.empty(0, np.float32)
        self._fast = FastNetwork(self.layers)

    def __getstate__(self) -> dict[str, Any]:
        """Let copies and pickles carry the layers alone: the rest is views of their numbers, and workspaces."""
        return {"layers": self.layers}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Make the rest anew."""
        Sequential.__init__(self, state["layers"])

    # What is taught

    def forward(self, x: Array) -> Array:
        """Give the last layer's output."""
        for layer in self.layers:
            x = layer.forward(x)
        return x

    def backward(self, grad_output: Array) -> Array:
        """Give the gradient of the input, and leave those of the parameters in each layer's ``gradients``."""
        for layer in reversed(self.layers):
            grad_output = layer.backward(grad_output)
        return grad_output

    # What is used

    @quiet
    def learn(self, images: ArrayLike, labels: ArrayLike) -> tuple[float, Array]:
        """Give the softmax cross-entropy and the scores of a batch, and leave its gradient in `gradient`.

        Parameters
        ----------
        images : array_like, (N, C, H, W) or (N, features)
        labels : array_like of int, (N,)

        Returns
        -------
        loss : float
        scores : ndarray, (N, K)

        Raises
        ------
        ConvError
            Those of the layers and of `conv.losses.softmax_cross_entropy`.
        """
        scores = self._fast.forward(np.asarray(images, self.vector.dtype))
        loss, grad_scores = softmax_cross_entropy(scores, labels)
        self._fast.backward(grad_scores)
        return loss, scores

    @quiet
    def scores(self, images: ArrayLike) -> Array:
        """Give the outputs, as in evaluation, for any number of images: (N, C, H, W) -> (N, K)."""
        x = np.asarray(images, self.vector.dtype)
        with self.evaluating():
            parts = [self._fast.forward(x[first : first + BATCH]).copy() for first in range(0, len(x), BATCH)]
        return np.concatenate(parts)

    def probabilities(self, images: ArrayLike) -> Array:
        """Give each class's probability: (N, C, H, W) -> (N, K)."""
        return softmax(self.scores(images))

    def predict(self, images: ArrayLike) -> Array:
        """Give the most probable class: (N, C, H, W) -> (N,)."""
        return self.scores(images).argmax(axis=1)

    @quiet
    def activations(self, images: Array) -> list[Array]:
        """Give every layer's output, as in evaluation, first to last."""
        with self.evaluating():
            outputs = itertools.accumulate(self.layers, lambda x, layer: layer.forward(x), initial=images)
            return list(outputs)[1:]

    # Training or evaluation

    def train(self, training: bool = True) -> None:
        """Let layers behave as in training, or as in evaluation."""
        for layer in self.layers:
            layer.training = training

    def eval(self) -> None:
        """Let layers behave as in evaluation."""
        self.train(False)

    @contextmanager
    def evaluating(self) -> Iterator[None]:
        """Evaluate within, and go back to what each layer did before."""
        before = [layer.training for layer in self.layers]
        self.eval()
        try:
            yield
        finally:
            for layer, training in zip(self.layers, before, strict=True):
                layer.training = training

    # What is learnt

    @property
    def parameters(self) -> dict[str, Array]:
        """The layers' parameters: ``"0.weight"``, …"""
        return self._named("parameters")

    @property
    def gradients(self) -> dict[str, Array]:
        """The layers' gradients, by the same names."""
        return self._named("gradients")

    @property
    def buffers(self) -> dict[str, Array]:
        """What the layers keep but do not learn by gradients: ``"1.running_mean"``, …"""
        return self._named("buffers")

    @property
    def vector(self) -> Array:
        """All parameters as one vector: the layers' arrays are views of it, so that one operation updates them all."""
        if not self._are_views("parameters", self._vector):
            dtype = np.result_type(np.float32, *self.parameters.values())
            self._vector = self._packed("parameters", dtype)
            self._gradient = self._packed("gradients", dtype)
        return self._vector

    @property
    def gradient(self) -> Array:
        """All gradients as one vector, in the order of `vector`."""
        vector = self.vector
        if not self._are_views("gradients", self._gradient):
            self._gradient = self._packed("gradients", vector.dtype)
        return self._gradient

    def _are_views(self, what: str, vector: Array) -> bool:
        return all(values.base is vector for layer in self.layers for values in getattr(layer, what).values())

    def _named(self, what: str) -> dict[str, Array]:
        return {
            f"{place}.{name}": values
            for place, layer in enumerate(self.layers) for name, values in getattr(layer, what).items()
        }

    def _packed(self, what: str, dtype: np.dtype) -> Array:
        """Copy the layers' arrays into one vector, and put views of it in their place."""
        arrays = [values.ravel() for values in self._named(what).values()]
        vector = np.concatenate([np.empty(0, dtype), *arrays], dtype=dtype)
        first = 0
        for layer in self.layers:
            for name, values in getattr(layer, what).items():
                getattr(layer, what)[name] = vector[first : first + values.size].reshape(values.shape)
                first += values.size
        return vector

    # What it is

    @property
    def blueprint(self) -> tuple[Plan, ...]:
        """The layers without their weights."""
        return tuple(layer.blueprint for layer in self.layers)

    def summary(self, input_shape: Sequence[int]) -> Summary:
        """Follow the shape of one image through the layers and count what each costs; see `conv.blueprint.summary`."""
        return summary(self.blueprint, input_shape)

    # Saving

    def state_dict(self) -> dict[str, Array]:
        """Copy parameters and buffers, by name."""
        return {name: values.copy() for name, values in (self.parameters | self.buffers).items()}

    def load_state_dict(self, state: Mapping[str, Array]) -> None:
        """Take parameters and buffers, all or none.

        Raises
        ------
        ConvError
            Those of `check_state_dict`.
        """
        self.check_state_dict(state)
        for name, values in (self.parameters | self.buffers).items():
            values[...] = state[name]

    def check_state_dict(self, state: Mapping[str, Array]) -> None:
        """Refuse what `load_state_dict` cannot take.

        Raises
        ------
        ConvError
            ``The weights must be those of the same layers. Received: missing=['0.weight'], unknown=[].``
            ``Weights must be floats, in the shape of the layer's. Received: name='0.weight', saved=(2, 1, 3, 3),
            dtype='float32', layer=(8, 1, 3, 3).``
            ``Weights must be finite numbers. Received: name='0.weight', not_finite=72, of=72.``
        """
        own = self.parameters | self.buffers
        if own.keys() != state.keys():
            missing, unknown = sorted(own.keys() - state.keys()), sorted(state.keys() - own.keys())
            rule = "The weights must be those of the same layers."
            raise ConvError.broken(rule, missing=missing, unknown=unknown)
        for name, values in own.items():
            saved = state[name]
            if saved.shape != values.shape or saved.dtype.kind != "f":
                rule = "Weights must be floats, in the shape of the layer's."
                raise ConvError.broken(
                    rule, name=name, saved=saved.shape, dtype=str(saved.dtype), layer=values.shape
                )
            finite = int(np.count_nonzero(np.abs(saved) <= np.finfo(values.dtype).max))  # nor is a NaN
            if finite < saved.size:
                rule = "Weights must be finite numbers."
                raise ConvError.broken(rule, name=name, not_finite=saved.size - finite, of=saved.size)

    def save(self, path: saving.File) -> None:
        """Write the weights as ``.npz``."""
        saving.write(path, self.state_dict())

    def load(self, path: saving.File) -> None:
        """Read weights that a network of the same layers saved.

        Raises
        ------
        ConvError
            Those of `conv.saving.read` and `load_state_dict`.
        """
        state = self.state_dict()
        self.load_state_dict(saving.read(path, sum(2 * values.nbytes + HEADER for values in state.values())))
