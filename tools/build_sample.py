"""Build the sample of Fashion-MNIST that comes with the package from the four original idx files.

FOLDER holds the four files, ``.gz`` or unpacked; the default is where Debian's dataset-fashion-mnist puts them. The
files must have the checksums below. The same files give the same arrays everywhere; the compressed bytes may differ
from one version of zlib to the next.
"""

import argparse
import io
import json
import sys
from pathlib import Path

import numpy as np

from course_utils.data import idx, locate
from course_utils.data import sample as bundled
from course_utils.files import atomic_write

# SHA-256 of the files unpacked: zcat FILE.gz | sha256sum.
SOURCE_SHA256 = {
    "train_images": "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
    "train_labels": "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
    "test_images": "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
    "test_labels": "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
}
# SHA-256 of the .gz files. Debian's differ from those that the authors publish (and torchvision downloads) in the time
# stamp and the file name in the header, and in nothing else.
GZ_SHA256 = {
    "debian": {
        "train_images": "b0564c3eedabfbf835052cff8503ea422014ce006caf5b757f851416ee8300c7",
        "train_labels": "0ae29f65d86684f32d1b9c85147786c547b9c6aebcaf235f0400a0cce308b056",
        "test_images": "cc1d090a38ace84dfa1aa66e3ada7c336ef481a96936906477e6dd344da56eaa",
        "test_labels": "8d3605d196f4be44669e46906da9733c8131fef761fdbfec72c424d5222f1a05",
    },
    "authors": {
        "train_images": "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
        "train_labels": "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
        "test_images": "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
        "test_labels": "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
    },
}


def build(source: Path, target: Path) -> None:
    """Write the sample (.npz) and its record (.json) into the folder `target`."""
    files = locate.find_files(source)
    if not files:
        raise FileNotFoundError(f"{source} holds none of {', '.join(idx.FILES.values())}; name the folder that does")
    sample = idx.first_of_each_class(idx.read_files(files, SOURCE_SHA256))
    packed = io.BytesIO()
    np.savez_compressed(packed, **sample)
    atomic_write(target / f"{bundled.SAMPLE}.npz", packed.getvalue())
    atomic_write(target / f"{bundled.SAMPLE}.json", (json.dumps(record(sample), indent=2) + "\n").encode())


def record(sample: dict[str, idx.Array]) -> dict[str, object]:
    """Return where the sample comes from, what is in it, and the checksums that loading verifies."""
    return {
        "data_set": "Fashion-MNIST, Copyright 2017 Zalando SE, MIT licence (LICENSE-Fashion-MNIST.txt)",
        "made_by": "tools/build_sample.py: the first images of each class, in the order of the original files",
        "images_of_each_class": idx.SAMPLE_SIZES,
        "shapes": {key: list(array.shape) for key, array in sample.items()},
        "checksums": "SHA-256 of each array as an unpacked idx file; of the .gz files as they are",
        "sample_sha256": {key: idx.checksum(array) for key, array in sample.items()},
        "source_sha256": SOURCE_SHA256,
        "source_gz_sha256": GZ_SHA256,
    }


def main() -> None:
    """Build into the package and say how large it is."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "folder", nargs="?", type=Path, default=locate.SYSTEM_FOLDER / "fashion-mnist", metavar="FOLDER"
    )
    try:
        build(parser.parse_args().folder, bundled.ASSETS)
    except (OSError, ValueError) as error:
        sys.exit(f"build_sample stopped: {error}")
    for suffix in ("npz", "json"):
        path = bundled.ASSETS / f"{bundled.SAMPLE}.{suffix}"
        print(f"{path.name}: {path.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
