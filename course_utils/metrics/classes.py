"""Whether codes know the classes: two simple classifiers on them, and how far classes lie apart."""

import numpy as np
from torch import Tensor

from course_utils.metrics.arguments import centred, check_codes, check_labels, check_neighbours, check_same_width

PENALTY = 1e-3  # of the linear probe, per code: enough to end the fit, too little to matter
TOLERANCE = 1e-3  # nats per unit of weight, at which the linear probe's fit ends


def knn_accuracy(train_z: Tensor, train_labels: Tensor, z: Tensor, labels: Tensor, *, k: int = 10) -> float:
    """Classify codes by a vote of their nearest training codes, and count how often that is right.

    Distances are Euclidean: the answer does not change when all codes are rotated, shifted or multiplied by one number,
    but it does when single dimensions are stretched. In a vote that ends in a tie the smallest label wins.

    Parameters
    ----------
    train_z : Tensor, shape (N, Z)
        Codes that vote.
    train_labels : Tensor, shape (N,)
        Their classes, whole numbers.
    z : Tensor, shape (M, Z)
        Codes to classify, of other images than those of `train_z`: a code among its own neighbours votes for itself.
    labels : Tensor, shape (M,)
        Their classes.
    k : int
        How many neighbours vote, from 1 to N.

    Returns
    -------
    float
        Share of `z` whose vote is right, from 0 to 1; whoever always names the largest class gets that class's share.
        Its standard error is √(a (1 − a) / M) for an accuracy a.

    Raises
    ------
    TypeError
        If codes are no tensors of floating-point numbers, or labels no whole numbers.
    ValueError
        If shapes do not fit, codes are not finite, or `k` is not from 1 to N.

    References
    ----------
    .. [1] T. Cover and P. Hart (1967), *Nearest neighbor pattern classification*,
       https://doi.org/10.1109/TIT.1967.1053964

    Examples
    --------
    >>> import torch
    >>> train_z = torch.tensor([[0.0], [1.0], [9.0], [10.0]])
    >>> knn_accuracy(train_z, torch.tensor([0, 0, 1, 1]), torch.tensor([[0.4], [2.0]]), torch.tensor([0, 1]), k=2)
    0.5
    """
    _check_split(train_z, train_labels, z, labels)
    check_neighbours(k, len(train_z))
    from sklearn.neighbors import KNeighborsClassifier

    train, test = centred(train_z, z)
    voters = KNeighborsClassifier(k).fit(train, _array(train_labels))
    return float(voters.score(test, _array(labels)))


def linear_probe_accuracy(train_z: Tensor, train_labels: Tensor, z: Tensor, labels: Tensor) -> float:
    """Train a linear classifier on codes, and count how often it is right on others: a linear probe [1]_.

    Scores are W z + b, trained by the mean negative log-likelihood of softmax (multinomial logistic regression; for two
    classes W is one row and softmax a sigmoid) until its gradient is below 0.001. Every dimension is first shifted and
    scaled to mean 0 and standard deviation 1 over `train_z`, and ½ · 0.001 · ‖W‖² is added: without this penalty,
    classes that a plane divides without a mistake would make W grow without end.

    Parameters
    ----------
    train_z : Tensor, shape (N, Z)
        Codes to learn from.
    train_labels : Tensor, shape (N,)
        Their classes, whole numbers, at least two of them.
    z : Tensor, shape (M, Z)
        Codes to classify.
    labels : Tensor, shape (M,)
        Their classes.

    Returns
    -------
    float
        Share of `z` classified correctly, from 0 to 1. Shifting a dimension or stretching it changes nothing. Its
        standard error is √(a (1 − a) / M) for an accuracy a.

    Raises
    ------
    TypeError
        If codes are no tensors of floating-point numbers, or labels no whole numbers.
    ValueError
        If shapes do not fit, codes are not finite, or there is one class only.

    References
    ----------
    .. [1] G. Alain and Y. Bengio (2017), *Understanding intermediate layers using linear classifier probes*,
       https://arxiv.org/abs/1610.01644

    Examples
    --------
    A class that lies between two others on a line: three linear scores can tell them apart.

    >>> import torch
    >>> z = torch.tensor([[-5.0], [-4.0], [0.0], [1.0], [5.0], [6.0]])
    >>> labels = torch.tensor([0, 0, 1, 1, 2, 2])
    >>> linear_probe_accuracy(z, labels, z, labels)
    1.0
    """
    _check_split(train_z, train_labels, z, labels)
    _check_classes(train_labels=train_labels)
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    # scikit-learn weighs the sum of losses against the penalty, not their mean.
    regression = LogisticRegression(C=1 / (PENALTY * len(train_z)), tol=TOLERANCE, max_iter=2000)
    probe = make_pipeline(StandardScaler(), regression)
    train, test = centred(train_z, z)
    probe.fit(train, _array(train_labels))
    return float(probe.score(test, _array(labels)))


def silhouette(z: Tensor, labels: Tensor) -> float:
    """Return the mean silhouette of classes: whether a code lies nearer to its own class than to the next one [1]_.

    For each code, a is its mean distance to the others of its class and b the smallest mean distance to another class;
    its silhouette is (b − a) / max(a, b), and 0 if it is alone in its class or both are 0.

    Parameters
    ----------
    z : Tensor, shape (N, Z)
        Codes. The work grows with N²: a thousand or two are enough.
    labels : Tensor, shape (N,)
        Their classes, whole numbers: at least two, and fewer than N.

    Returns
    -------
    float
        From −1 to 1, without a unit: 1 for tight classes far apart, about 0 for classes that overlap, negative if codes
        lie nearer to another class. It favours round classes: two rings, one within the other, score low however
        clearly they are apart. Rotating, shifting or scaling all codes changes nothing.

    Raises
    ------
    TypeError
        If `z` is no tensor of floating-point numbers, or `labels` are no whole numbers.
    ValueError
        If shapes do not fit, `z` is not finite, or there are too few or too many classes.

    References
    ----------
    .. [1] P. J. Rousseeuw (1987), *Silhouettes: a graphical aid to the interpretation and validation of cluster
       analysis*, https://doi.org/10.1016/0377-0427(87)90125-7

    Examples
    --------
    Two pairs at distance 1 within, 10 between: (10 − 1) / 10, nearly.

    >>> import torch
    >>> round(silhouette(torch.tensor([[0.0], [1.0], [10.0], [11.0]]), torch.tensor([0, 0, 1, 1])), 3)
    0.9
    """
    check_codes(z=z)
    check_labels(z, labels=labels)
    _check_classes(labels=labels)
    if len(labels.unique()) == len(labels):
        raise ValueError(f"`labels` must have fewer classes than codes, got {len(labels)} of each")
    from sklearn.metrics import silhouette_score

    return float(silhouette_score(*centred(z), _array(labels)))


def _check_split(train_z: Tensor, train_labels: Tensor, z: Tensor, labels: Tensor) -> None:
    check_codes(train_z=train_z, z=z)
    check_same_width(train_z=train_z, z=z)
    check_labels(train_z, train_labels=train_labels)
    check_labels(z, labels=labels)


def _check_classes(**labels: Tensor) -> None:
    for name, values in labels.items():
        found = values.unique().tolist()
        if len(found) < 2:
            raise ValueError(f"`{name}` must have at least two classes, got only {found[0]}")


def _array(labels: Tensor) -> np.ndarray:
    return labels.cpu().numpy()
