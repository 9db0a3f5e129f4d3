"""What the tests of the operators share."""

import numpy as np
import pytest


@pytest.fixture
def rng():
    return np.random.default_rng(7)


@pytest.fixture
def numerical_gradient():
    """Central differences: the gradient of ``sum(grad_output * function(x))`` with respect to x."""

    def gradient(function, x, grad_output, step=1e-6):
        result = np.zeros_like(x)
        for index in np.ndindex(x.shape):
            ahead, behind = x.copy(), x.copy()
            ahead[index] += step
            behind[index] -= step
            result[index] = np.sum(grad_output * (function(ahead) - function(behind))) / (2 * step)
        return result

    return gradient
