#!/usr/bin/env python3
"""Draw the README's picture: train a VAE with two latent numbers and decode its code plane.

The grid follows the quantiles of N(0, 1), so that every tile stands for the same share of the prior.
"""

import argparse
import io
from pathlib import Path

import torch
from PIL import Image

from course_utils.data import load_images
from course_utils.device import seed_everything
from course_utils.files import atomic_write
from course_utils.models import VAE
from course_utils.training import fit, negative_elbo

PICTURE = Path(__file__).parent.parent / "docs" / "latent-plane.png"
ROWS, COLUMNS = 9, 30


def main() -> None:
    """Train, decode, write."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    seed_everything(3)
    model = VAE(latent=2)
    fit(model, load_images().train, negative_elbo, epochs=30, seed=3)
    normal = torch.distributions.Normal(0.0, 1.0)
    across = normal.icdf(torch.linspace(0.01, 0.99, COLUMNS))
    down = normal.icdf(torch.linspace(0.96, 0.04, ROWS))
    z = torch.stack(torch.meshgrid(down, across, indexing="ij"), dim=-1).reshape(-1, 2).flip(1)
    with torch.no_grad():
        images = model.decode(z).sigmoid().reshape(ROWS, COLUMNS, 28, 28)
    # (rows, columns, 28, 28) -> (rows, 28, columns, 28): the tiles side by side
    mosaic = (images.permute(0, 2, 1, 3).reshape(ROWS * 28, COLUMNS * 28) * 255).round().byte().numpy()
    file = io.BytesIO()
    Image.fromarray(mosaic).save(file, format="png", optimize=True)
    atomic_write(PICTURE, file.getvalue())
    print(f"{PICTURE.name}: {COLUMNS * 28} x {ROWS * 28} pixels, {len(file.getvalue()) / 1024:.0f} KiB")


if __name__ == "__main__":
    main()
