"""``python -m course_utils doctor`` and ``python -m course_utils train``."""

import argparse
import json
import os
import sys
from collections.abc import Sequence

from course_utils import __version__

SPIN, SPIN_COUNT = "GOMP_SPINCOUNT", "1000"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code."""
    options = _parser().parse_args(arguments)
    try:
        return int(options.run(options))
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130
    except ImportError as error:
        print(f"error: {error}; `python -m course_utils doctor` says what to install", file=sys.stderr)
        return 1
    except (ValueError, OSError, FloatingPointError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m course_utils", description="The course's commands.")
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    doctor = commands.add_parser("doctor", help="is this machine ready for the course?")
    doctor.set_defaults(run=_doctor)

    train = commands.add_parser("train", help="train a model on Fashion-MNIST")
    train.set_defaults(run=_train)
    add = train.add_argument
    add("--model", choices=("vae", "autoencoder"), default="vae", help="what to train (vae)")
    add("--backbone", choices=("dense", "conv"), default="dense", help="kind of layers (dense)")
    add("--latent", type=int, default=20, metavar="N", help="latent dimensions (20)")
    add("--epochs", type=int, metavar="N", help="passes through the data (20; with --full 4)")
    add("--batch-size", type=int, metavar="N", help="images per step (128; with --full 256)")
    add("--lr", type=float, metavar="X", help="peak learning rate (0.002; with --full 0.008)")
    add("--seed", type=int, default=0, metavar="N", help="decides initial weights, batches and noise (0)")
    add("--full", action="store_true", help="all 70,000 images instead of the bundled 12,000")
    add("--root", metavar="FOLDER", help="read the images from the four idx files in FOLDER (for --full)")
    add("--device", default="auto", metavar="D", help="auto, cpu, cuda, mps or xpu (auto)")
    add("--precision", default="auto", choices=("auto", "float32", "bfloat16"), help="of matrix products (auto)")
    add("--checkpoint", metavar="PATH", help="write PATH after every epoch, and continue from it if it exists")
    add("--save", dest="save_to", metavar="PATH", help="write the trained weights to PATH (safetensors)")
    add("--json", action="store_true", help="print one JSON object as the last line, and no progress bar")
    return parser


def _doctor(options: argparse.Namespace) -> int:
    from course_utils.cli.doctor import examine

    return examine()


def _train(options: argparse.Namespace) -> int:
    # PyTorch's threads wait for each other by spinning, and read this when PyTorch is loaded. Without it training is
    # many times slower as soon as another program wants a core; see the Makefile.
    os.environ.setdefault(SPIN, SPIN_COUNT)
    from course_utils.cli.train import train

    settings = {name: value for name, value in vars(options).items() if name not in ("run", "json")}
    result = train(**settings, progress=not options.json)
    if options.json:
        print(json.dumps(result))
    else:
        print("\n".join(f"{name:>18}  {value}" for name, value in result.items() if value is not None))
    return 130 if result["interrupted"] else 0
