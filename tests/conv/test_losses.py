"""The softmax and its cross-entropy: by sums, for huge scores, and by finite differences."""

import numpy as np
import pytest

from conv.errors import ConvError
from conv.losses import softmax, softmax_cross_entropy


def test_the_softmax_by_hand():
    scores = np.log([[1.0, 2.0, 5.0], [3.0, 3.0, 2.0]])
    np.testing.assert_allclose(softmax(scores), [[1 / 8, 2 / 8, 5 / 8], [3 / 8, 3 / 8, 2 / 8]])


def test_the_loss_is_the_mean_over_the_batch():
    scores = np.log([[1.0, 2.0, 5.0], [3.0, 3.0, 2.0]])
    loss, grad = softmax_cross_entropy(scores, [2, 0])
    np.testing.assert_allclose(loss, (-np.log(5 / 8) - np.log(3 / 8)) / 2)
    np.testing.assert_allclose(grad, np.array([[1 / 8, 2 / 8, 5 / 8 - 1], [3 / 8 - 1, 3 / 8, 2 / 8]]) / 2)


def test_huge_scores_stay_finite():
    with np.errstate(over="raise", invalid="raise"):
        loss, grad = softmax_cross_entropy(np.array([[1e4, 0.0], [-1e300, 1e300]]), np.array([1, 1]))
    assert loss == (1e4 + 0) / 2
    np.testing.assert_array_equal(grad, [[(1 - 0) / 2, (0 - 1) / 2], [0, (1 - 1) / 2]])


def test_a_tiny_probability_has_its_logarithm():
    loss, _ = softmax_cross_entropy(np.array([[0.0, 900.0]]), [0])
    assert loss == 900


def test_the_gradient_is_that_of_finite_differences(rng, numerical_gradient):
    scores, labels = rng.normal(size=(4, 3)), rng.integers(0, 3, 4)
    _, grad = softmax_cross_entropy(scores, labels)
    expected = numerical_gradient(lambda z: softmax_cross_entropy(z, labels)[0], scores, 1.0)
    np.testing.assert_allclose(grad, expected, rtol=1e-6, atol=1e-9)


def test_single_precision_stays_single_and_scores_stay_as_they_are(rng):
    scores = rng.normal(size=(4, 3)).astype(np.float32)
    before = scores.copy()
    _, grad = softmax_cross_entropy(scores, np.zeros(4, np.uint8))
    assert grad.dtype == softmax(scores).dtype == np.float32
    np.testing.assert_array_equal(scores, before)


@pytest.mark.parametrize(
    ("scores", "labels", "error"),
    [
        (np.zeros(10), [0], r"Scores must be \(N, K\), with at least one of each. Received: scores=\(10,\)."),
        (np.zeros((0, 10)), [], r"Scores must be \(N, K\), with at least one of each. Received: scores=\(0, 10\)."),
        (np.zeros((3, 10)), [0.0, 1.0, 2.0], "Labels must be one integer for each row of scores. "
         r"Received: labels=\(3,\), dtype='float64', scores=\(3, 10\)."),
        (np.zeros((3, 10)), [0, 1], "Labels must be one integer for each row of scores. "
         r"Received: labels=\(2,\), dtype='int64', scores=\(3, 10\)."),
        (np.zeros((3, 10)), [0, 1, 10], "Labels must be from 0 to one less than the number of classes. "
         "Received: least=0, most=10, classes=10."),
        (np.zeros((3, 10)), [0, -1, 1], "Labels must be from 0 to one less than the number of classes. "
         "Received: least=-1, most=1, classes=10."),
    ],
)
def test_what_is_refused(scores, labels, error):
    with pytest.raises(ConvError, match=f"^{error}$"):
        softmax_cross_entropy(scores, labels)
