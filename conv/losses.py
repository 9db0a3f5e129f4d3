"""The loss: how wrong the scores are, and which way they should go."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from conv.arrays import quiet
from conv.errors import ConvError


@quiet
def softmax(scores: np.ndarray) -> np.ndarray:
    r"""Turn scores into probabilities, along the last axis.

    .. math:: p_k = \frac{e^{z_k}}{\sum_j e^{z_j}}

    The greatest score is taken away from all first, which changes nothing but that no power overflows.

    Examples
    --------
    >>> softmax(np.array([0.0, np.log(3.0)])), softmax(np.array([1e9, 0.0]))
    (array([0.25, 0.75]), array([1., 0.]))
    """
    powers = np.exp(scores - scores.max(axis=-1, keepdims=True))
    powers /= powers.sum(axis=-1, keepdims=True)
    return powers


@quiet
def softmax_cross_entropy(scores: np.ndarray, labels: ArrayLike) -> tuple[float, np.ndarray]:
    r"""Give the mean cross-entropy of the softmax, and its gradient.

    .. math::

        L = -\frac{1}{N} \sum_n \log p_{n, t_n}
        \qquad
        \frac{\partial L}{\partial z_{n,k}} = \frac{p_{n,k} - [k = t_n]}{N}

    with p the `softmax` of the scores and t the labels. The logarithm is taken before the power,
    :math:`\log p_k = z_k - \max z - \log \sum_j e^{z_j - \max z}`, so that a probability of 1e-300 costs 690.8.

    Parameters
    ----------
    scores : ndarray of float, (N, K)
        z, one for each class; any real number.
    labels : array_like of int, (N,)
        t, 0 to K - 1.

    Returns
    -------
    loss : float
    grad_scores : ndarray, (N, K)
        Of the dtype of the scores.

    Raises
    ------
    ConvError
        ``Scores must be (N, K), with at least one of each. Received: scores=(10,).``
        ``Labels must be one integer for each row of scores. Received: labels=(3,), dtype='float64', scores=(3, 10).``
        ``Labels must be from 0 to one less than the number of classes. Received: least=0, most=10, classes=10.``

    Examples
    --------
    >>> loss, grad_scores = softmax_cross_entropy(np.array([[0.0, np.log(3.0)]]), [0])
    >>> round(loss, 4), grad_scores  # log 4; 1/4 - 1, 3/4
    (1.3863, array([[-0.75,  0.75]]))

    References
    ----------
    PyTorch, ``torch.nn.CrossEntropyLoss``.
    """
    targets = check_labels(scores, labels)
    shifted = scores - scores.max(axis=1, keepdims=True)
    powers = np.exp(shifted)
    totals = powers.sum(axis=1, keepdims=True)
    samples = np.arange(len(targets))
    loss = float((np.log(totals[:, 0]) - shifted[samples, targets]).sum() / len(targets))
    powers /= totals
    powers[samples, targets] -= 1
    powers /= len(targets)
    return loss, powers


def check_labels(scores: np.ndarray, labels: ArrayLike) -> np.ndarray:
    """Read labels as one class of the scores each; see `softmax_cross_entropy` for what is refused."""
    targets = np.asarray(labels)
    if scores.ndim != 2 or 0 in scores.shape:
        raise ConvError.broken("Scores must be (N, K), with at least one of each.", scores=scores.shape)
    if targets.dtype.kind not in "iu" or targets.shape != scores.shape[:1]:
        rule = "Labels must be one integer for each row of scores."
        raise ConvError.broken(rule, labels=targets.shape, dtype=str(targets.dtype), scores=scores.shape)
    least, most, classes = int(targets.min()), int(targets.max()), scores.shape[1]
    if least < 0 or most >= classes:
        rule = "Labels must be from 0 to one less than the number of classes."
        raise ConvError.broken(rule, least=least, most=most, classes=classes)
    return targets
