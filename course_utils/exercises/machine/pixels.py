"""Pictures that were made of a decoder's logits: what was done to them, in words."""

import torch
from torch import Tensor

PIXELS = "What `decode` returns are logits; the pixels are their sigmoid, nothing more and nothing less."

_RECIPES = {
    "sigmoid(logits)": (torch.sigmoid, ""),
    "the logits themselves": (lambda x: x, ""),
    "sigmoid(sigmoid(logits))": (lambda x: x.sigmoid().sigmoid(), ""),
    "sigmoid(−logits)": (lambda x: (-x).sigmoid(), "Black and white have changed places."),
    "tanh(logits)": (torch.tanh, "tanh reaches down to −1; pixels lie between 0 and 1."),
    "(tanh(logits) + 1)/2": (lambda x: (x.tanh() + 1) / 2, "That is sigmoid(2 · logits), with too much contrast."),
    "relu(logits)": (torch.relu, "A ReLU leaves numbers above 1, and a logit of 0 is a pixel of ½, not of 0."),
    "logits cut off at 0 and 1": (lambda x: x.clamp(0, 1), "A logit of 0 is a pixel of ½, not of 0: take the sigmoid."),
    "softmax(logits)": (lambda x: x.flatten(1).softmax(1), "Pixels do not share a total of 1, as classes do."),
    "logits stretched to [0, 1]": (
        lambda x: (x - x.min()) / (x.max() - x.min()),
        "Stretched by the batch's own extremes, the same code looks different in every batch. Take the sigmoid.",
    ),
    "255 · sigmoid(logits)": (lambda x: 255 * x.sigmoid(), "The pixels should lie between 0 and 1."),
}


def made_of(images: Tensor, logits: Tensor | None) -> tuple[str, str]:
    """Name what was done to logits to make images of them, and say what that means.

    Parameters
    ----------
    images : Tensor
        What came back.
    logits : Tensor or None
        What the decoder said, in the same order; None if it is not known.

    Returns
    -------
    (str, str)
        What the images are, and a sentence for whom it is not the sigmoid.

    Examples
    --------
    >>> made_of(torch.tensor([0.0, 0.0, 2.0]), torch.tensor([-1.0, 0.0, 2.0]))[0]
    'relu(logits)'
    """
    yours = images.detach().flatten()
    if not yours.is_floating_point():
        return f"whole numbers ({yours.dtype})", "A pixel between 0 and 1 needs floating point: leave the dtype alone."
    if logits is None or yours.numel() != logits.numel():
        return "not made by the decoder" if logits is None else "not one for each decoded code", PIXELS
    for name, (recipe, why) in _RECIPES.items():
        if torch.allclose(recipe(logits).flatten().to(yours.dtype), yours, atol=1e-4):
            return name, why or PIXELS
    low, high = float(yours.min()), float(yours.max())
    if low == high:
        return f"{low:.2f} in every pixel", PIXELS
    if bool(((yours == 0) | (yours == 1)).all()):
        return _black_and_white(yours, logits.flatten())
    return f"numbers from {low:.2f} to {high:.2f}, not the sigmoid of the logits", PIXELS


def _black_and_white(yours: Tensor, logits: Tensor) -> tuple[str, str]:
    """Tell pixels that a threshold decided from pixels that chance did."""
    if logits[yours == 1].min() >= logits[yours == 0].max():
        return "0 or 1, by a threshold", "A threshold decides each pixel; the probability itself is the grey value."
    return "black and white, drawn at random", PIXELS
