"""How a network learns from its gradients: the update rules, as PyTorch has them.

An optimizer moves one vector of parameters, in place, against its gradient; `conv.network.Sequential` keeps all
parameters of a network as one such vector. The settings are plain attributes and may be changed between steps.
"""

from __future__ import annotations

import math
from typing import Any, ClassVar

import numpy as np

from conv.arrays import quiet
from conv.errors import ConvError

Array = np.ndarray


class Optimizer:
    """What both optimizers have: settings by name, and vectors that they remember from step to step."""

    setting_names: ClassVar[tuple[str, ...]]
    memory_names: ClassVar[tuple[str, ...]]
    learning_rate: float
    weight_decay: float

    def __init__(self, **settings: Any) -> None:
        self.memory: dict[str, Array] = {}
        self.steps = 0
        self.change(**settings)

    @property
    def settings(self) -> dict[str, Any]:
        """The settings by name."""
        return {name: getattr(self, name) for name in self.setting_names}

    def change(self, **settings: Any) -> None:
        """Change settings from the next step on.

        Raises
        ------
        ConvError
            ``SGD has the settings learning_rate, momentum, weight_decay. Received: betas=(0.9, 0.999).``
            ``Learning rate must be a number, at least 0. Received: learning_rate=-1.`` Likewise weight_decay and eps.
            ``Momentum must be a number from 0 to less than 1. Received: momentum=1.`` Likewise each of betas.
        """
        for name, value in settings.items():
            if name not in self.setting_names:
                rule = f"{type(self).__name__} has the settings {', '.join(self.setting_names)}."
                raise ConvError.broken(rule, **{name: value})
            _check_setting(name, value)
        for name, value in settings.items():
            setattr(self, name, tuple(map(float, value)) if name == "betas" else float(value))

    def reset(self) -> None:
        """Forget the steps taken; the settings stay."""
        self.memory, self.steps = {}, 0

    @quiet
    def step(self, parameters: Array, gradients: Array) -> None:
        """Move the parameters, in place; the gradients stay as they are."""
        if not self.memory:
            self.memory = {name: np.zeros_like(parameters) for name in self.memory_names}
        self.steps += 1
        decayed = self.weight_decay * parameters
        decayed += gradients
        self._move(parameters, decayed)

    def _move(self, parameters: Array, gradients: Array) -> None:
        """Take the step; the gradients may be written over."""
        raise NotImplementedError


class SGD(Optimizer):
    r"""Stochastic gradient descent.

    .. math:: g = \nabla L + \lambda w, \qquad v \leftarrow \mu v + g, \qquad w \leftarrow w - \eta v

    Parameters
    ----------
    learning_rate : float
        η, at least 0.
    momentum : float
        μ, 0 <= μ < 1.
    weight_decay : float
        λ, at least 0.

    Raises
    ------
    ConvError
        See `Optimizer.change`.

    Examples
    --------
    >>> weights = np.array([1.0])
    >>> sgd = SGD(0.1, momentum=0.5)
    >>> for _ in range(2):
    ...     sgd.step(weights, np.array([2.0]))
    >>> weights  # 1 - 0.1*2 - 0.1*(0.5*2 + 2)
    array([0.5])

    References
    ----------
    PyTorch, ``torch.optim.SGD`` (with ``dampening=0``).
    """

    setting_names = "learning_rate", "momentum", "weight_decay"
    memory_names = ("velocity",)
    momentum: float

    def __init__(self, learning_rate: float, momentum: float = 0.0, weight_decay: float = 0.0) -> None:
        super().__init__(learning_rate=learning_rate, momentum=momentum, weight_decay=weight_decay)

    def _move(self, parameters: Array, gradients: Array) -> None:
        velocity = self.memory["velocity"]
        velocity *= self.momentum
        velocity += gradients
        np.multiply(velocity, self.learning_rate, out=gradients)
        parameters -= gradients


class Adam(Optimizer):
    r"""Steps of the gradient's running mean, measured by the root of the running mean of its square.

    .. math::

        g = \nabla L + \lambda w, \quad
        m \leftarrow \beta_1 m + (1 - \beta_1) g, \quad
        v \leftarrow \beta_2 v + (1 - \beta_2) g^2, \quad
        w \leftarrow w - \eta \frac{m / (1 - \beta_1^t)}{\sqrt{v / (1 - \beta_2^t)} + \epsilon}

    at step t = 1, 2, …; the divisors make up for means that begin at 0.

    Parameters
    ----------
    learning_rate : float
        η, at least 0.
    betas : (float, float)
        β₁ and β₂, 0 <= β < 1.
    eps : float
        ε, at least 0.
    weight_decay : float
        λ, at least 0.

    Raises
    ------
    ConvError
        See `Optimizer.change`.

    Examples
    --------
    >>> weights = np.array([1.0, 1.0])
    >>> Adam(0.1).step(weights, np.array([5.0, -0.01]))  # the first step is a learning rate long, whatever the gradient
    >>> weights.round(4)
    array([0.9, 1.1])

    References
    ----------
    Kingma & Ba, *Adam: A Method for Stochastic Optimization*, 2015. PyTorch, ``torch.optim.Adam``.
    """

    setting_names = "learning_rate", "betas", "eps", "weight_decay"
    memory_names = "mean", "square"
    betas: tuple[float, float]
    eps: float

    def __init__(
        self, learning_rate: float = 1e-3, betas: tuple[float, float] = (0.9, 0.999), eps: float = 1e-8,
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(learning_rate=learning_rate, betas=betas, eps=eps, weight_decay=weight_decay)

    def _move(self, parameters: Array, gradients: Array) -> None:
        mean, square = self.memory["mean"], self.memory["square"]
        first, second = self.betas
        mean *= first
        mean += (1 - first) * gradients
        square *= second
        square += (1 - second) * gradients**2
        np.sqrt(square / (1 - second**self.steps), out=gradients)
        gradients += self.eps
        np.divide(mean, gradients, out=gradients)
        gradients *= self.learning_rate / (1 - first**self.steps)
        parameters -= gradients


def _check_setting(name: str, value: Any) -> None:
    """Hold a setting to its range."""
    label = name.replace("_", " ").capitalize()
    try:
        numbers = [float(number) for number in value] if name == "betas" else [float(value)]
    except (TypeError, ValueError):
        numbers = [math.nan]
    if len(numbers) != (2 if name == "betas" else 1):
        numbers = [math.nan]
    if name in ("momentum", "betas"):
        if not all(0 <= number < 1 for number in numbers):
            what = "two numbers" if name == "betas" else "a number"
            raise ConvError.broken(f"{label} must be {what} from 0 to less than 1.", **{name: value})
    elif not 0 <= numbers[0] < math.inf:
        raise ConvError.broken(f"{label} must be a number, at least 0.", **{name: value})
