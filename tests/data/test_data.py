"""The data sets as they should be: oracles for every pixel, properties of what is returned, factors of the shapes."""

import gzip
import hashlib
import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from small_mnist import SMALL, write_small

from course_utils import data
from course_utils.data import idx, images, locate, sample
from course_utils.device import pick_device

SOURCE = Path("/usr/share/datasets/fashion-mnist")
CLASSES = 10


@pytest.fixture(scope="module")
def source() -> Path:
    """Return the folder of the four original files, which CI must have."""
    if not (SOURCE / "train-images-idx3-ubyte.gz").exists():
        assert os.environ.get("CI") != "true", "CI must install the Debian package dataset-fashion-mnist"
        pytest.skip("needs the original files: install the Debian package dataset-fashion-mnist")
    return SOURCE


@pytest.fixture(scope="module")
def originals(source):
    """Read the four files with an independent reader: the bytes after a header of known length."""

    def body(file, header):
        return np.frombuffer(gzip.decompress((source / f"{file}.gz").read_bytes())[header:], np.uint8)

    return {
        "train": (body("train-images-idx3-ubyte", 16).reshape(-1, 28, 28), body("train-labels-idx1-ubyte", 8)),
        "test": (body("t10k-images-idx3-ubyte", 16).reshape(-1, 28, 28), body("t10k-labels-idx1-ubyte", 8)),
    }


@pytest.fixture(scope="module")
def fashion():
    return data.load_images()


def as_bytes(images: torch.Tensor) -> np.ndarray:
    return (images[:, 0] * 255).round().to(torch.uint8).numpy()


def first_of_each(labels, count):
    """Walk through the labels and keep the first `count` of each: the definition, one label at a time."""
    seen = [0] * CLASSES
    kept = []
    for index, label in enumerate(labels.tolist()):
        if seen[label] < count:
            kept.append(index)
        seen[label] += 1
    return kept


# --- the bundled sample ---


def test_load_images_default_has_documented_shapes_types_and_counts(fashion):
    for part, each in ((fashion.train, 1000), (fashion.test, 200)):
        assert part.images.shape == (10 * each, 1, 28, 28)
        assert part.images.dtype == torch.float32
        assert part.labels.shape == (10 * each,)
        assert part.labels.dtype == torch.int64
        assert torch.bincount(part.labels).tolist() == [each] * CLASSES
        assert part.images.min() == 0
        assert part.images.max() == 1
    assert len(fashion.classes) == CLASSES
    assert fashion.classes[9] == "Ankle boot"


def test_load_images_default_holds_the_first_originals_of_each_class(fashion, originals):
    for name, count in (("train", 1000), ("test", 200)):
        images, labels = originals[name]
        part = getattr(fashion, name)
        kept = first_of_each(labels, count)
        assert kept[:5] == [0, 1, 2, 3, 4]
        assert np.array_equal(part.labels.numpy(), labels[kept])
        assert np.array_equal(as_bytes(part.images), images[kept])


def test_load_images_default_pixels_are_bytes_divided_by_255(fashion):
    grey = fashion.test.images * 255
    assert torch.equal(grey.round() / 255, fashion.test.images)


def test_load_images_returns_new_tensors_that_own_their_memory(fashion):
    again = data.load_images()
    again.train.images.zero_()
    again.train.labels.zero_()
    assert fashion.train.images.max() == 1
    assert torch.equal(data.load_images().train.labels, fashion.train.labels)
    for tensor in (fashion.train.images, fashion.test.images, fashion.train.labels):
        assert tensor.is_contiguous()
        assert not tensor.requires_grad
        assert tensor.untyped_storage().nbytes() == tensor.nbytes


def test_load_images_needs_neither_torchvision_nor_scikit_learn(monkeypatch, source):
    for name in ("torchvision", "sklearn"):
        monkeypatch.setitem(sys.modules, name, None)  # importing it now raises
    assert len(data.load_images().train) == 10_000
    assert len(data.load_images(full=True, root=source).test) == 10_000


def test_bundled_record_holds_checksums_of_shell_tools(source):
    record = json.loads((sample.ASSETS / f"{sample.SAMPLE}.json").read_text())
    for key, file in idx.FILES.items():
        packed = (source / f"{file}.gz").read_bytes()
        assert hashlib.sha256(packed).hexdigest() == record["source_gz_sha256"]["debian"][key]
        assert hashlib.sha256(gzip.decompress(packed)).hexdigest() == record["source_sha256"][key]


def test_bundled_source_is_what_the_authors_publish(source):
    """With the name and time of the originals, Debian's files have the MD5 that torchvision asks of a download."""
    from torchvision.datasets import FashionMNIST

    record = json.loads((sample.ASSETS / f"{sample.SAMPLE}.json").read_text())
    published = dict(FashionMNIST.resources)
    for key, file in idx.FILES.items():
        packed = (source / f"{file}.gz").read_bytes()
        seconds = 1504176606 if key.startswith("train") else 1504176627  # 31 August 2017
        name_follows = b"\x08"
        header = packed[:3] + name_follows + seconds.to_bytes(4, "little") + packed[8:10] + file.encode() + b"\0"
        original = header + packed[10:]
        assert hashlib.md5(original, usedforsecurity=False).hexdigest() == published[f"{file}.gz"]
        assert hashlib.sha256(original).hexdigest() == record["source_gz_sha256"]["authors"][key]


def test_bundled_files_are_small_and_come_with_their_licence():
    assert sum(path.stat().st_size for path in sample.ASSETS.glob(f"{sample.SAMPLE}.*")) <= 6_000_000
    licence = (sample.ASSETS / "LICENSE-Fashion-MNIST.txt").read_text(encoding="utf-8")
    assert "MIT License" in licence
    assert "2017 Zalando SE" in licence


@pytest.fixture(scope="module")
def build_sample():
    path = Path(__file__).parents[2] / "tools" / "build_sample.py"
    spec = importlib.util.spec_from_file_location("build_sample", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_build_sample_rebuilds_the_bundled_arrays_and_record(build_sample, source, tmp_path):
    build_sample.build(source, tmp_path)
    with (
        np.load(tmp_path / f"{sample.SAMPLE}.npz") as rebuilt,
        np.load(sample.ASSETS / f"{sample.SAMPLE}.npz") as bundled,
    ):
        assert set(rebuilt) == set(bundled) == set(idx.FILES)
        for key in rebuilt:
            assert rebuilt[key].dtype == bundled[key].dtype == np.uint8
            assert np.array_equal(rebuilt[key], bundled[key])
    record = f"{sample.SAMPLE}.json"
    assert (tmp_path / record).read_text() == (sample.ASSETS / record).read_text()
    assert sorted(path.name for path in tmp_path.iterdir()) == [record, f"{sample.SAMPLE}.npz"]


def test_build_sample_refuses_other_sources_and_writes_nothing(build_sample, tmp_path, monkeypatch):
    with pytest.raises(FileNotFoundError, match="holds none of train-images"):
        build_sample.build(tmp_path, tmp_path)
    monkeypatch.setattr(idx, "SHAPES", SMALL)
    write_small(tmp_path)
    target = tmp_path / "target"
    target.mkdir()
    with pytest.raises(ValueError, match=r"train-images-idx3-ubyte unpacked must have the SHA-256"):
        build_sample.build(tmp_path, target)
    assert not list(target.iterdir())


def test_build_sample_says_in_one_line_what_is_missing(tmp_path):
    tool = Path(__file__).parents[2] / "tools" / "build_sample.py"
    done = subprocess.run([sys.executable, tool, tmp_path / "no"], capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert done.stderr.startswith("build_sample stopped: ")
    assert done.stderr.count("\n") == 1


# --- all images, and the other data sets ---


def test_load_images_full_is_the_originals(source, originals):
    full = data.load_images(full=True, root=source)
    for name in ("train", "test"):
        images, labels = originals[name]
        assert np.array_equal(as_bytes(getattr(full, name).images), images)
        assert np.array_equal(getattr(full, name).labels.numpy(), labels)


@pytest.mark.parametrize("name", ["mnist", "kmnist"])
def test_load_images_does_not_take_clothes_for_characters(source, name):
    with pytest.raises(ValueError, match=f"`name` is '{name}', but the files are those of Fashion-MNIST"):
        data.load_images(name, root=source)


def test_load_images_with_root_takes_the_sample_from_its_files(source, fashion):
    from_files = data.load_images(root=source)
    assert torch.equal(from_files.train.images, fashion.train.images)
    assert torch.equal(from_files.test.labels, fashion.test.labels)


@pytest.mark.parametrize("name", ["mnist", "kmnist"])
@pytest.mark.parametrize("packed", [True, False])
@pytest.mark.parametrize("torchvision_layout", [True, False])
def test_load_images_reads_idx_files_in_every_layout(name, packed, torchvision_layout, tmp_path, monkeypatch):
    monkeypatch.setattr(idx, "SHAPES", SMALL)
    folder = tmp_path / {"mnist": "MNIST", "kmnist": "KMNIST"}[name] / "raw" if torchvision_layout else tmp_path
    folder.mkdir(parents=True, exist_ok=True)
    arrays = write_small(folder, packed=packed)
    loaded = data.load_images(name, full=True, root=tmp_path)
    assert np.array_equal(as_bytes(loaded.train.images), arrays["train_images"])
    assert np.array_equal(loaded.test.labels.numpy(), arrays["test_labels"])
    assert data.find_full(name, tmp_path) == folder


def test_load_images_mnist_without_full_is_the_first_of_each_class(tmp_path, monkeypatch):
    monkeypatch.setattr(idx, "SHAPES", SMALL)
    monkeypatch.setattr(idx, "SAMPLE_SIZES", {"train": 4, "test": 2})
    arrays = write_small(tmp_path)
    loaded = data.load_images("mnist", root=str(tmp_path))
    for part, count in (("train", 4), ("test", 2)):
        kept = first_of_each(arrays[f"{part}_labels"], count)
        assert np.array_equal(as_bytes(getattr(loaded, part).images), arrays[f"{part}_images"][kept])


def test_load_images_without_root_prefers_the_system_folder_to_the_cache(tmp_path, monkeypatch):
    monkeypatch.setattr(idx, "SHAPES", SMALL)
    monkeypatch.setattr(locate, "SYSTEM_FOLDER", tmp_path / "system")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    in_system, in_cache = tmp_path / "system" / "mnist", tmp_path / "cache" / "course_utils" / "MNIST" / "raw"
    in_cache.mkdir(parents=True)
    assert data.find_full("mnist") is None
    expected = write_small(in_cache, seed=1)
    assert np.array_equal(data.load_images("mnist", full=True).train.labels.numpy(), expected["train_labels"])
    in_system.mkdir(parents=True)
    expected = write_small(in_system, seed=2)
    assert np.array_equal(data.load_images("mnist", full=True).train.labels.numpy(), expected["train_labels"])


def test_cache_folder_follows_the_environment(monkeypatch):
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setenv("HOME", "/somebody")
    assert locate.cache_folder() == Path("/somebody/.cache/course_utils")
    monkeypatch.setenv("XDG_CACHE_HOME", "/elsewhere")
    assert locate.cache_folder() == Path("/elsewhere/course_utils")


def test_load_images_digits_are_those_of_scikit_learn_in_order():
    from sklearn.datasets import load_digits

    digits = data.load_images("digits")
    pixels = torch.cat((digits.train.images, digits.test.images))[:, 0] * 16
    assert np.array_equal(pixels.numpy(), load_digits().images)
    assert (len(digits.train), len(digits.test)) == (1415, 382)
    assert torch.equal(data.load_images("digits", full=True).test.images, digits.test.images)


def test_load_images_digits_are_split_where_a_new_form_starts():
    digits = data.load_images("digits")
    form = list(range(10)) * 3
    assert digits.train.labels[:30].tolist() == form
    assert digits.test.labels[:30].tolist() == form
    assert torch.bincount(digits.test.labels).min() >= 35


def test_load_images_class_names_are_ten_different_ones(tmp_path, monkeypatch):
    monkeypatch.setattr(idx, "SHAPES", SMALL)
    write_small(tmp_path)
    assert data.load_images("kmnist", root=tmp_path).classes == (
        "o",
        "ki",
        "su",
        "tsu",
        "na",
        "ha",
        "ma",
        "ya",
        "re",
        "wo",
    )
    assert data.load_images("mnist", root=tmp_path).classes == data.load_images("digits").classes == tuple("0123456789")


# --- the containers ---


def test_image_set_moves_measures_and_describes_itself(fashion):
    moved = fashion.test.to("meta")
    assert moved.images.device.type == moved.labels.device.type == "meta"
    assert len(moved) == len(fashion.test) == 2000
    assert repr(fashion.test) == "ImageSet(2,000 images of 28×28 on cpu)"
    assert len(repr(fashion)) < 120


def test_load_images_puts_tensors_on_the_device(monkeypatch):
    assert data.load_images("digits", device="auto").train.images.device == pick_device()
    monkeypatch.setattr(images, "pick_device", torch.device)  # no machine but "meta" has two devices for certain
    assert data.load_images("digits", device="meta").train.images.device.type == "meta"
    assert data.load_images("digits", device=torch.device("cpu")).train.images.device.type == "cpu"


def test_image_set_refuses_labels_of_another_length(fashion):
    with pytest.raises(ValueError, match=r"`labels` shape \(N,\), got \(2000, 1, 28, 28\) and \(10,\)"):
        data.ImageSet(fashion.test.images, fashion.test.labels[:10])


def test_image_data_cannot_be_reassigned(fashion):
    with pytest.raises(AttributeError):
        fashion.name = "mnist"


# --- binarize ---


@settings(deadline=None, max_examples=25)
@given(shape=st.lists(st.integers(0, 4), max_size=4), seed=st.integers(0, 2**32), double=st.booleans())
def test_binarize_keeps_shape_and_dtype_and_certain_pixels(shape, seed, double):
    grey = torch.rand(
        shape, generator=torch.Generator().manual_seed(seed), dtype=torch.double if double else torch.float
    )
    images = torch.where(grey < 0.3, 0.0, torch.where(grey > 0.7, 1.0, grey))
    before = images.clone()
    drawn = data.binarize(images, generator=torch.Generator().manual_seed(seed))
    assert drawn.shape == images.shape
    assert drawn.dtype == images.dtype
    assert ((drawn == 0) | (drawn == 1)).all()
    certain = (images == 0) | (images == 1)
    assert torch.equal(drawn[certain], images[certain])
    assert torch.equal(images, before)


def test_binarize_draws_with_the_grey_value_as_probability():
    n = 200_000
    for p in (0.02, 0.3, 0.9):
        mean = data.binarize(torch.full((n,), p), generator=torch.Generator().manual_seed(1)).mean().item()
        assert abs(mean - p) < 5 * (p * (1 - p) / n) ** 0.5  # standard errors


def test_binarize_repeats_with_the_seed_and_only_with_it(fashion):
    def draw(seed):
        return data.binarize(fashion.test.images[:10], generator=torch.Generator().manual_seed(seed))

    assert torch.equal(draw(3), draw(3))
    assert not torch.equal(draw(3), draw(4))


@pytest.mark.parametrize("wrong", [-0.01, 1.01, float("nan"), float("inf")])
def test_binarize_refuses_what_is_no_probability(wrong):
    with pytest.raises(ValueError, match=r"`images` must lie in \[0, 1\], got values from"):
        data.binarize(torch.tensor([0.5, wrong]), generator=torch.Generator())


def test_binarize_refuses_bytes_and_a_generator_elsewhere():
    with pytest.raises(TypeError, match="`images` must be floating point"):
        data.binarize(torch.zeros(3, dtype=torch.uint8), generator=torch.Generator())
    with pytest.raises(ValueError, match="`generator` must be on the device of `images`, got cpu and meta"):
        data.binarize(torch.zeros(3, device="meta"), generator=torch.Generator())


# --- shapes ---


@pytest.fixture(scope="module")
def pictures():
    return data.shapes(3000, seed=7)


def column(pictures, name):
    return pictures.factors[:, pictures.names.index(name)].double()


def moments(images):
    """Return mass, centre (x, y) and central second moments of grey values, freed of the blur of a pixel (1/12)."""
    grey = images[:, 0].double()
    mass = grey.sum((1, 2))
    position = torch.arange(28.0, dtype=torch.double)
    x, y = (grey.sum(1) @ position) / mass, (grey.sum(2) @ position) / mass
    dx, dy = position - x[:, None, None], position[:, None] - y[:, None, None]
    xx, yy, xy = (((grey * product).sum((1, 2)) / mass) for product in (dx * dx, dy * dy, dx * dy))
    return mass, x, y, xx - 1 / 12, yy - 1 / 12, xy


def test_shapes_factors_are_uniform_in_their_ranges_and_independent(pictures):
    n = len(pictures)
    assert pictures.names == tuple(pictures.ranges) == ("shape", "x", "y", "size", "angle")
    assert torch.bincount(column(pictures, "shape").long()).tolist() == pytest.approx(
        [n / 3] * 3, abs=5 * (n * 2 / 9) ** 0.5
    )
    for name in pictures.names[1:]:
        low, high = pictures.ranges[name]
        values = (column(pictures, name) - low) / (high - low)
        assert values.min() >= 0
        assert values.max() <= 1
        assert abs(values.mean() - 1 / 2) < 5 * (1 / 12 / n) ** 0.5
        assert abs(values.var() - 1 / 12) < 5 * (1 / 180 / n) ** 0.5  # the variance of (u - 1/2)² is 1/180
    correlations = torch.corrcoef(pictures.factors.T.double()) - torch.eye(5)
    assert correlations.abs().max() < 5 / n**0.5


def test_shapes_centre_of_mass_is_x_and_y(pictures):
    _, x, y, *_ = moments(pictures.images)
    assert torch.allclose(x, column(pictures, "x"), rtol=0, atol=0.1)
    assert torch.allclose(y, column(pictures, "y"), rtol=0, atol=0.1)


def test_shapes_area_is_size_squared(pictures):
    mass, *_ = moments(pictures.images)
    assert torch.allclose(mass.sqrt(), column(pictures, "size"), rtol=0.02, atol=0)


def test_shapes_principal_axis_is_angle(pictures):
    *_, xx, yy, xy = moments(pictures.images)
    tilt = torch.rad2deg(torch.atan2(2 * xy, yy - xx) / 2)
    assert torch.allclose(tilt, column(pictures, "angle"), rtol=0, atol=3)


def test_shapes_angle_turns_the_tip_of_a_triangle_counter_clockwise(pictures):
    """The lit pixel farthest from the centre is the tip; upright it is above, at a positive angle to the upper left."""
    chosen = column(pictures, "shape") == 2
    dx = torch.arange(28.0) - column(pictures, "x")[chosen, None, None]
    dy = torch.arange(28.0)[:, None] - column(pictures, "y")[chosen, None, None]
    distance = (dx**2 + dy**2).sqrt() * (pictures.images[chosen, 0] > 0.15)
    row, col = torch.unravel_index(distance.flatten(1).argmax(1), (28, 28))
    every = torch.arange(len(row))
    tip = torch.rad2deg(torch.atan2(-dx[every, 0, col], -dy[every, row, 0]))
    assert torch.allclose(tip, column(pictures, "angle")[chosen], rtol=0, atol=15)


def test_shapes_compactness_tells_the_three_apart(pictures):
    """Area divided by 4 pi sqrt(det covariance) does not depend on size, angle or proportions, only on the kind."""
    mass, _, _, xx, yy, xy = moments(pictures.images)
    compactness = mass / (4 * torch.pi * (xx * yy - xy**2).sqrt())
    exact = (1.0, 3 / torch.pi, 18**0.5 * 24**0.5 / (8 * torch.pi))  # ellipse, rectangle, triangle
    for kind, expected in enumerate(exact):
        of_kind = compactness[column(pictures, "shape") == kind]
        assert abs(of_kind.median() - expected) < 0.015


def inside(kind, along, across, size):
    """Say which points belong to the shape, from the proportions alone: lengths, then area = size²."""
    if kind == 0:
        b = size / (2 * np.pi) ** 0.5
        return (along / (2 * b)) ** 2 + (across / b) ** 2 <= 1
    if kind == 1:
        width = size / 2**0.5
        return (abs(along) <= width) & (abs(across) <= width / 2)
    width = size * 1.6**0.5
    from_tip = 2 / 3 * 1.25 * width - along
    return (from_tip >= 0) & (from_tip <= 1.25 * width) & (abs(across) <= from_tip / 1.25 / 2)


def test_shapes_pixels_are_the_covered_area(pictures):
    """Count 20×20 points in each pixel: an independent drawing by rotation matrix."""
    points = (np.arange(28 * 20) + 0.5) / 20 - 0.5
    for image, factors in zip(pictures.images[:60, 0].numpy(), pictures.factors[:60].numpy(), strict=True):
        kind, x, y, size, angle = factors
        angle = np.deg2rad(angle)
        up_right = np.stack(np.meshgrid(points - x, y - points))  # mathematical axes: y upwards
        turn_back = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
        across, along = np.tensordot(turn_back, up_right, 1)
        covered = inside(kind, along, across, size).reshape(28, 20, 28, 20).mean((1, 3))
        assert abs(covered - image).max() < 0.2
        assert abs(covered - image).mean() < 0.003


def test_shapes_at_the_corners_of_the_ranges_stay_in_the_frame():
    from course_utils.data.drawn_shapes import RANGES, draw

    corners = torch.cartesian_prod(
        torch.arange(3.0),
        torch.tensor(RANGES["x"]),
        torch.tensor(RANGES["y"]),
        torch.tensor([RANGES["size"][1]]),
        torch.linspace(*RANGES["angle"], 121),
    )
    mass = draw(corners).sum((1, 2, 3)).sqrt()
    assert torch.allclose(mass, corners[:, 3], rtol=0.02, atol=0)  # nothing is cut off


def test_shapes_are_grey_only_at_edges_and_clean_tensors(pictures):
    assert pictures.images.shape == (3000, 1, 28, 28)
    assert pictures.images.dtype == pictures.factors.dtype == torch.float32
    assert pictures.images.is_contiguous()
    assert pictures.images.min() == 0
    assert pictures.images.max() == 1
    assert torch.isfinite(pictures.images).all()
    assert len(pictures) == 3000


def test_shapes_centre_exactly_on_a_pixel_is_white():
    from course_utils.data.drawn_shapes import draw

    image = draw(torch.tensor([[0.0, 13.0, 13.0, 6.0, 0.0]]))
    assert image[0, 0, 13, 13] == 1


@pytest.mark.parametrize("n", [1, 2, 5])
def test_shapes_few_pictures_are_enough(n):
    assert data.shapes(n, seed=0).images.shape == (n, 1, 28, 28)


def test_shapes_repeat_with_the_seed_and_only_with_it():
    once, again, other = data.shapes(50, seed=1), data.shapes(50, seed=1), data.shapes(50, seed=2)
    assert torch.equal(once.images, again.images)
    assert torch.equal(once.factors, again.factors)
    assert not torch.equal(once.images, other.images)


def test_shapes_leave_the_global_generator_alone():
    torch.manual_seed(0)
    expected = torch.rand(3)
    torch.manual_seed(0)
    data.shapes(5, seed=9)
    assert torch.equal(torch.rand(3), expected)


def test_shapes_are_float32_whatever_the_default_is():
    expected = data.shapes(5, seed=0)
    torch.set_default_dtype(torch.float64)
    try:
        pictures = data.shapes(5, seed=0)
    finally:
        torch.set_default_dtype(torch.float32)
    assert torch.equal(pictures.images, expected.images)
    assert torch.equal(pictures.factors, expected.factors)


@pytest.mark.parametrize("n", [0, -3, 2.5, True])
def test_shapes_refuses_what_is_no_number_of_pictures(n):
    with pytest.raises(ValueError, match=f"`n` must be an int >= 1, got {n}"):
        data.shapes(n, seed=0)
