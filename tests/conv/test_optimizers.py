"""Update rules, step by step: each expected number is PyTorch's rule, worked out as sums."""

import numpy as np
import pytest

from conv.errors import ConvError
from conv.optimizers import SGD, Adam

GRADIENTS = np.array([[1.0, -2.0], [3.0, 0.5], [-1.0, 0.25]])


def trace(optimizer, start, gradients=GRADIENTS):
    """The weights after each step."""
    weights, found = np.array(start, float), []
    for gradient in gradients:
        optimizer.step(weights, gradient)
        found.append(weights.copy())
    return found


def test_plain_descent():
    first, second, third = trace(SGD(0.1), [10, 20])
    np.testing.assert_allclose(first, [10 - 0.1 * 1, 20 + 0.1 * 2])
    np.testing.assert_allclose(second, [9.9 - 0.1 * 3, 20.2 - 0.1 * 0.5])
    np.testing.assert_allclose(third, [9.6 + 0.1 * 1, 20.15 - 0.1 * 0.25])


def test_momentum_adds_up_gradients():
    first, second, third = trace(SGD(0.1, momentum=0.5), [10, 20])
    np.testing.assert_allclose(first, [10 - 0.1 * 1, 20 + 0.1 * 2])  # the first step is a plain one
    np.testing.assert_allclose(second, [9.9 - 0.1 * (0.5 * 1 + 3), 20.2 - 0.1 * (0.5 * -2 + 0.5)])
    np.testing.assert_allclose(
        third, [9.55 - 0.1 * (0.5 * (0.5 * 1 + 3) - 1), 20.25 - 0.1 * (0.5 * (0.5 * -2 + 0.5) + 0.25)]
    )


def test_weight_decay_is_a_part_of_the_gradient_and_of_the_momentum():
    first, second, _ = trace(SGD(0.1, momentum=0.5, weight_decay=0.01), [10, 20])
    np.testing.assert_allclose(first, [10 - 0.1 * (1 + 0.01 * 10), 20 - 0.1 * (-2 + 0.01 * 20)])
    velocity = 0.5 * (1 + 0.01 * 10) + (3 + 0.01 * 9.89), 0.5 * (-2 + 0.01 * 20) + (0.5 + 0.01 * 20.18)
    np.testing.assert_allclose(second, [9.89 - 0.1 * velocity[0], 20.18 - 0.1 * velocity[1]])


def test_adam_by_hand():
    first, second, _ = trace(Adam(0.1, betas=(0.5, 0.75), eps=0.01), [10, 20])
    # t = 1: m = 0.5 g, v = 0.25 g², m / (1 - 0.5) = g, v / (1 - 0.75) = g²
    np.testing.assert_allclose(first, [10 - 0.1 * 1 / (1 + 0.01), 20 + 0.1 * 2 / (2 + 0.01)])
    # t = 2: m = 0.5 * 0.5 g1 + 0.5 g2, over 1 - 0.5²; v = 0.75 * 0.25 g1² + 0.25 g2², over 1 - 0.75²
    mean = (0.5 * 0.5 * 1 + 0.5 * 3) / (1 - 0.25), (0.5 * 0.5 * -2 + 0.5 * 0.5) / (1 - 0.25)
    square = (0.75 * 0.25 * 1 + 0.25 * 9) / (1 - 0.5625), (0.75 * 0.25 * 4 + 0.25 * 0.25) / (1 - 0.5625)
    steps = [0.1 * m / (np.sqrt(v) + 0.01) for m, v in zip(mean, square, strict=True)]
    np.testing.assert_allclose(second, first - steps)


def test_adams_weight_decay_is_a_part_of_the_gradient():
    first, *_ = trace(Adam(0.1, weight_decay=0.1, eps=1.0), [10, 30])
    np.testing.assert_allclose(first, [10 - 0.1 * (1 + 1) / (2 + 1), 30 - 0.1 * (-2 + 3) / (1 + 1)])


def test_adams_defaults_are_pytorchs():
    assert Adam().settings == {"learning_rate": 1e-3, "betas": (0.9, 0.999), "eps": 1e-8, "weight_decay": 0}


@pytest.mark.parametrize("optimizer", [SGD(0.1, 0.9, 0.01), Adam(0.1)])
def test_gradients_stay_as_they_are_and_precision_too(optimizer):
    weights, gradients = np.ones(3, np.float32), np.array([1, 2, 3], np.float32)
    optimizer.step(weights, gradients)
    assert weights.dtype == np.float32
    np.testing.assert_array_equal(gradients, [1, 2, 3])
    assert {values.dtype for values in optimizer.memory.values()} == {np.dtype(np.float32)}


@pytest.mark.parametrize("make", [lambda: SGD(0.1, 0.9), lambda: Adam(0.1)])
def test_reset_forgets_but_for_the_settings(make):
    fresh, used = make(), make()
    trace(used, [1, 1])
    used.reset()
    np.testing.assert_array_equal(trace(used, [1, 1]), trace(fresh, [1, 1]))
    assert used.settings == make().settings


def test_settings_change_between_steps():
    sgd = SGD(0.1)
    weights = np.array([1.0])
    sgd.step(weights, np.array([1.0]))
    sgd.change(learning_rate=0.5)
    sgd.step(weights, np.array([1.0]))
    np.testing.assert_allclose(weights, [1 - 0.1 * 1 - 0.5 * 1])


@pytest.mark.parametrize(
    ("make", "error"),
    [
        (lambda: SGD(-1), "Learning rate must be a number, at least 0. Received: learning_rate=-1."),
        (lambda: SGD(float("nan")), "Learning rate must be a number, at least 0. Received: learning_rate=nan."),
        (lambda: SGD(float("inf")), "Learning rate must be a number, at least 0. Received: learning_rate=inf."),
        (lambda: SGD("fast"), "Learning rate must be a number, at least 0. Received: learning_rate='fast'."),
        (lambda: SGD(1, momentum=1), "Momentum must be a number from 0 to less than 1. Received: momentum=1."),
        (lambda: SGD(1, weight_decay=-1), "Weight decay must be a number, at least 0. Received: weight_decay=-1."),
        (lambda: Adam(1, betas=(0.9, 1)), "Betas must be two numbers from 0 to less than 1. "
         "Received: betas=(0.9, 1)."),
        (lambda: Adam(1, betas=(0.9,)), "Betas must be two numbers from 0 to less than 1. Received: betas=(0.9,)."),
        (lambda: Adam(1, eps=-1), "Eps must be a number, at least 0. Received: eps=-1."),
        (lambda: Adam(1).change(momentum=0.9), "Adam has the settings learning_rate, betas, eps, weight_decay. "
         "Received: momentum=0.9."),
    ],
)
def test_what_is_refused(make, error):
    with pytest.raises(ConvError) as caught:
        make()
    assert str(caught.value) == error


def test_a_refused_change_changes_nothing():
    sgd = SGD(0.1, 0.9)
    with pytest.raises(ConvError):
        sgd.change(learning_rate=0.5, momentum=2)
    assert sgd.settings == {"learning_rate": 0.1, "momentum": 0.9, "weight_decay": 0}
