"""What the data module does when files are damaged, the network is gone or an argument is wrong."""

import gzip
import json
import os
import urllib.error
import urllib.request

import numpy as np
import pytest
import torch
from small_mnist import SMALL, Server, publish, write_small

from course_utils import data
from course_utils.data import idx, locate, sample

NPZ, RECORD = f"{sample.SAMPLE}.npz", f"{sample.SAMPLE}.json"


# --- arguments ---


@pytest.mark.parametrize(
    ("name", "remedy"),
    [
        ("fashion_mnist", "did you mean 'fashion-mnist'"),
        ("FashionMNIST", "did you mean 'fashion-mnist'"),
        ("MNIST", "did you mean 'mnist'"),
        ("cifar100", "choose one of them"),
        (None, "choose one of them"),
    ],
)
def test_load_images_unknown_name_lists_the_known_ones(name, remedy):
    listed = "`name` must be one of 'fashion-mnist', 'mnist', 'kmnist', 'digits', got "
    with pytest.raises(ValueError, match=listed) as caught:
        data.load_images(name)
    assert remedy in str(caught.value)


@pytest.mark.parametrize("device", ["gpu", "cpu:first", "hpu:3"])
def test_load_images_unknown_device_says_what_to_use(device):
    with pytest.raises(ValueError, match=f"`device` (must be|is) .*'{device}'"):
        data.load_images(device=device)


@pytest.mark.skipif(torch.cuda.is_available(), reason="needs a machine without CUDA")
def test_load_images_absent_gpu_says_what_to_use():
    with pytest.raises(ValueError, match="`device` is 'cuda', but PyTorch finds 0 such"):
        data.load_images(device="cuda")


def test_load_images_root_must_be_a_folder(tmp_path):
    for wrong in (tmp_path / "typo", tmp_path / "file"):
        (tmp_path / "file").touch()
        with pytest.raises(FileNotFoundError, match="`root` must be an existing folder, got"):
            data.load_images(full=True, root=wrong)


def test_load_images_digits_refuse_a_root(tmp_path):
    with pytest.raises(ValueError, match="`root` must not be given for 'digits'"):
        data.load_images("digits", root=tmp_path)


def test_find_full_refuses_a_data_set_without_files():
    with pytest.raises(ValueError, match="`name` must be one of 'fashion-mnist', 'mnist', 'kmnist', got 'digits'"):
        data.find_full("digits")


# --- the bundled sample ---


@pytest.fixture
def assets(tmp_path, monkeypatch):
    """Give the test its own copy of the bundled files to damage."""
    for file in (NPZ, RECORD):
        (tmp_path / file).write_bytes((sample.ASSETS / file).read_bytes())
    monkeypatch.setattr(sample, "ASSETS", tmp_path)
    return tmp_path


@pytest.fixture(scope="module")
def bundled():
    with np.load(sample.ASSETS / NPZ) as file:
        return dict(file)


def says_what_to_do(caught, path):
    message = str(caught.value)
    assert str(path) in message
    assert "reinstall the package, or rebuild the file with tools/build_sample.py" in message


@pytest.mark.parametrize("file", [NPZ, RECORD])
def test_bundled_missing_file_is_named(assets, file):
    (assets / file).unlink()
    with pytest.raises(FileNotFoundError, match="is missing, it comes with the package") as caught:
        data.load_images()
    says_what_to_do(caught, assets / file)


@pytest.mark.parametrize("length", [0, 1, 1000, 5_000_000, -1])
def test_bundled_truncated_file_is_named(assets, length):
    path = assets / NPZ
    path.write_bytes(path.read_bytes()[:length])
    with pytest.raises(ValueError, match="is damaged and cannot be read") as caught:
        data.load_images()
    says_what_to_do(caught, path)


def test_bundled_corrupt_byte_never_changes_a_pixel(assets):
    """Flip a byte in every part of the file (headers, images, labels, directory): it is noticed, or harmless."""
    path, sound = assets / NPZ, data.load_images()
    good = path.read_bytes()
    positions = [
        *range(0, 60, 4),
        *np.linspace(60, len(good) - 1, 25).astype(int),
        *range(len(good) - 240, len(good), 16),
    ]
    noticed = 0
    for position in positions:
        bad = bytearray(good)
        bad[position] ^= 0x55
        path.write_bytes(bad)
        try:
            loaded = data.load_images()
        except ValueError as error:
            noticed += 1
            assert str(path) in str(error)  # noqa: PT017 - some flips are harmless
        else:
            for part in ("train", "test"):
                assert torch.equal(getattr(loaded, part).images, getattr(sound, part).images)
                assert torch.equal(getattr(loaded, part).labels, getattr(sound, part).labels)
    assert noticed >= 25


def swap_train_and_test(arrays):
    return {key: arrays[key.replace("t", "T", 1).replace("Test", "train").replace("Train", "test")] for key in arrays}


def change_one_pixel(arrays):
    images = arrays["train_images"].copy()
    images[123, 14, 14] ^= 1
    return {**arrays, "train_images": images}


def change_one_label(arrays):
    labels = arrays["test_labels"].copy()
    labels[-1] = (labels[-1] + 1) % 10
    return {**arrays, "test_labels": labels}


def exchange_two_images(arrays):
    images = arrays["train_images"].copy()
    images[[0, 1]] = images[[1, 0]]
    return {**arrays, "train_images": images}


def flatten_images(arrays):
    return {**arrays, "train_images": arrays["train_images"].reshape(10_000, 784)}


def change_type(arrays):
    return {**arrays, "train_images": arrays["train_images"].view(np.int8)}


@pytest.mark.parametrize(
    "tamper",
    [swap_train_and_test, change_one_pixel, change_one_label, exchange_two_images, flatten_images, change_type],
)
def test_bundled_well_formed_but_changed_file_fails_its_checksum(assets, bundled, tamper):
    changed = tamper(bundled)
    assert set(changed) == set(bundled)
    np.savez(assets / NPZ, **changed)
    with pytest.raises(
        ValueError, match=r"(train|test)_(images|labels) must have the SHA-256 \w{64} of .*json, found \w{64}"
    ) as caught:
        data.load_images()
    says_what_to_do(caught, assets / NPZ)


def test_bundled_file_without_one_array_is_damaged(assets, bundled):
    np.savez(assets / NPZ, **{key: bundled[key] for key in list(bundled)[:3]})
    with pytest.raises(ValueError, match=r"is damaged and cannot be read .*test_labels"):
        data.load_images()


def test_bundled_file_is_never_unpickled(assets, bundled):
    class Trap:
        def __reduce__(self):
            return (os.mkdir, (str(assets / "sprung"),))

    np.savez(assets / NPZ, **{**bundled, "train_labels": np.array([Trap()], dtype=object)})
    with pytest.raises(ValueError, match="is damaged and cannot be read"):
        data.load_images()
    assert not (assets / "sprung").exists()


@pytest.mark.parametrize(
    "content", ["", "{", "[1, 2]", "\x00", "{}", '{"sample_sha256": {}}', '{"sample_sha256": null}']
)
def test_bundled_record_that_is_not_json_or_incomplete_is_named(assets, content):
    (assets / RECORD).write_text(content)
    with pytest.raises(ValueError, match="must be the JSON that comes with the package") as caught:
        data.load_images()
    says_what_to_do(caught, assets / RECORD)


# --- idx files that the user names ---


@pytest.fixture
def root(tmp_path, monkeypatch):
    """Return a folder with a small, sound MNIST; no other folder holds data, and a download fails the test."""
    monkeypatch.setattr(idx, "SHAPES", SMALL)
    monkeypatch.setattr(locate, "SYSTEM_FOLDER", tmp_path / "no-system")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(locate, "download", lambda *_: pytest.fail("fell back to a download"))
    folder = tmp_path / "named"
    folder.mkdir()
    write_small(folder)
    return folder


def refuses(root, path, match):
    with pytest.raises(ValueError, match=match) as caught:
        data.load_images("mnist", root=root)
    assert str(path) in str(caught.value)
    assert "get a fresh copy of it" in str(caught.value)


@pytest.mark.parametrize("key", list(SMALL))
def test_load_images_one_missing_file_is_named(root, key):
    (root / idx.FILES[key]).unlink()
    with pytest.raises(FileNotFoundError, match=f"holds 3 of the four files; {idx.FILES[key]} .*add what is missing"):
        data.load_images("mnist", root=root)


@pytest.mark.parametrize("key", list(SMALL))
@pytest.mark.parametrize("change", [-1, +1])
def test_load_images_truncated_or_padded_file_is_named(root, key, change):
    path = root / idx.FILES[key]
    content = path.read_bytes()
    path.write_bytes(content[:-1] if change < 0 else content + b"\0")
    refuses(root, path, f"must be {len(content)} bytes long unpacked, found {len(content) + change}")


@pytest.mark.parametrize("length", [0, 3, 6, 15])
def test_load_images_file_cut_in_its_header_is_named(root, length):
    path = root / idx.FILES["train_images"]
    path.write_bytes(path.read_bytes()[:length])
    refuses(root, path, r"must (start with the magic number 2051|hold \(60, 28, 28\))")


@pytest.mark.parametrize("wrong", ["images", "labels"])
def test_load_images_exchanged_images_and_labels_are_noticed(root, wrong):
    right = {"images": "labels", "labels": "images"}[wrong]
    content = (root / idx.FILES[f"train_{right}"]).read_bytes()
    path = root / idx.FILES[f"train_{wrong}"]
    path.write_bytes(content)
    expected, found = {"images": ("2051", "2049"), "labels": ("2049", "2051")}[wrong]
    refuses(root, path, rf"must start with the magic number {expected} \({wrong}\), found {found}")


def test_load_images_wrong_magic_number_is_noticed(root):
    path = root / idx.FILES["test_labels"]
    path.write_bytes(b"PK\3\4" + path.read_bytes()[4:])
    refuses(root, path, "must start with the magic number 2049")


def test_load_images_exchanged_train_and_test_are_noticed(root):
    train, test = (root / idx.FILES[f"{part}_images"] for part in ("train", "test"))
    train_content = train.read_bytes()
    train.write_bytes(test.read_bytes())
    test.write_bytes(train_content)
    refuses(root, train, r"must hold \(60, 28, 28\) bytes, its header says \(30, 28, 28\)")


def test_load_images_label_out_of_range_is_noticed(root):
    path = root / idx.FILES["test_labels"]
    path.write_bytes(path.read_bytes()[:-1] + b"\x0a")
    refuses(root, path, "must hold labels from 0 to 9, found 10")


@pytest.mark.parametrize("damage", ["cut short", "corrupt", "not gzip", "empty"])
def test_load_images_damaged_gz_is_named(root, damage):
    plain = root / idx.FILES["train_images"]
    packed = gzip.compress(plain.read_bytes())
    plain.unlink()
    middle = len(packed) // 2
    path = root / f"{plain.name}.gz"
    path.write_bytes(
        {
            "cut short": packed[:middle],
            "corrupt": packed[:middle] + bytes([packed[middle] ^ 0xFF]) + packed[middle + 1 :],
            "not gzip": b"<html>404</html>",
            "empty": b"",
        }[damage]
    )
    refuses(root, path, "magic number" if damage == "empty" else "is damaged and cannot be unpacked")


def test_load_images_unpacks_no_more_than_there_should_be(root, monkeypatch):
    plain = root / idx.FILES["train_images"]
    content = plain.read_bytes()
    plain.unlink()
    path = root / f"{plain.name}.gz"
    path.write_bytes(gzip.compress(content + bytes(50_000_000), 1))
    read = []
    whole = gzip.GzipFile.read
    monkeypatch.setattr(gzip.GzipFile, "read", lambda self, *size: (read.append(whole(self, *size)), read[-1])[1])
    refuses(root, path, f"must be {len(content)} bytes long unpacked, found {len(content) + 1} or more")
    assert max(map(len, read)) == len(content) + 1


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
@pytest.mark.parametrize("file", [NPZ, RECORD])
def test_bundled_file_replaced_by_a_pipe_is_not_waited_for(assets, file):
    (assets / file).unlink()
    os.mkfifo(assets / file)
    with pytest.raises(FileNotFoundError, match="is missing, it comes with the package"):
        data.load_images()


def test_load_images_fashion_mnist_must_have_the_recorded_checksums(root):
    with pytest.raises(ValueError, match="unpacked must have the SHA-256") as caught:
        data.load_images(full=True, root=root)
    assert str(root / idx.FILES["train_images"]) in str(caught.value)


def test_load_images_damaged_cache_is_an_error_not_a_new_download(root, tmp_path):
    cached = tmp_path / "cache" / "course_utils" / "MNIST" / "raw"
    cached.parent.mkdir(parents=True)
    root.rename(cached)
    path = cached / idx.FILES["test_images"]
    path.write_bytes(path.read_bytes()[:-5])
    with pytest.raises(ValueError, match=r"bytes long unpacked.*remove the four files and they are downloaded again"):
        data.load_images("mnist")


# --- downloads, through torchvision's own code, with only the network replaced ---


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """Return the folder for downloads on a machine that has no data set."""
    monkeypatch.setattr(idx, "SHAPES", SMALL)
    monkeypatch.setattr(locate, "SYSTEM_FOLDER", tmp_path / "no-system")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "course_utils"


@pytest.fixture
def server(tmp_path, monkeypatch):
    (tmp_path / "server").mkdir()
    server = Server(tmp_path / "server")
    publish(server, monkeypatch)
    return server


def everything_in(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def test_download_goes_to_the_cache_and_is_used_again(cache, server):
    first = data.load_images("mnist", full=True)
    assert set(server.opened) == {f"{file}.gz" for file in idx.FILES.values()}
    requests = len(server.opened)
    second = data.load_images("mnist", full=True)
    assert len(server.opened) == requests
    assert torch.equal(first.train.images, second.train.images)
    assert [path.name for path in cache.iterdir()] == ["MNIST"]
    assert data.find_full("mnist") == cache / "MNIST" / "raw"


def test_download_goes_to_root_in_the_layout_of_torchvision(cache, server, tmp_path):
    from torchvision import datasets

    root = tmp_path / "root"
    root.mkdir()
    loaded = data.load_images("mnist", full=True, root=root)
    assert [path.name for path in root.iterdir()] == ["MNIST"]
    assert not cache.exists()
    by_torchvision = datasets.MNIST(root, train=False)
    assert torch.equal(by_torchvision.data, (loaded.test.images[:, 0] * 255).round().to(torch.uint8))


@pytest.mark.parametrize("file", ["train-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz"])
def test_download_interrupted_leaves_nothing_and_can_be_repeated(cache, server, file):
    server.break_in, server.error = file, KeyboardInterrupt()
    with pytest.raises(KeyboardInterrupt):
        data.load_images("mnist")
    assert everything_in(cache) == []
    server.break_in = None
    assert len(data.load_images("mnist", full=True).test) == 30


@pytest.mark.parametrize(
    "error",
    [
        urllib.error.URLError("unplugged"),
        TimeoutError("too slow"),
        ConnectionResetError("cut"),
        OSError(28, "disk full"),
    ],
)
def test_download_broken_connection_leaves_nothing_and_names_the_ways_out(cache, server, error):
    server.break_in, server.error = "t10k-images-idx3-ubyte.gz", error
    names_three_ways_out("mnist", str(error))
    assert everything_in(cache) == []


def test_download_with_wrong_content_leaves_nothing(cache, server):
    (server.folder / "t10k-labels-idx1-ubyte.gz").write_bytes(gzip.compress(b"maintenance"))
    names_three_ways_out("mnist", "corrupted")
    assert everything_in(cache) == []


def names_three_ways_out(name, reason, **options):
    with pytest.raises(FileNotFoundError) as caught:
        data.load_images(name, full=True, **options)
    message = str(caught.value)
    assert "\n" not in message
    assert reason in message
    assert caught.value.__cause__ is not None
    ways = ["with root=", "dataset-fashion-mnist" if name == "fashion-mnist" else f"into {locate.SYSTEM_FOLDER / name}"]
    assert all(way in message for way in [*ways, "connect to the network once"])
    return message


@pytest.mark.parametrize("name", ["fashion-mnist", "mnist", "kmnist"])
def test_download_without_network_is_one_error_with_three_ways_out(cache, monkeypatch, name):
    def urlopen(*_, **__):
        raise urllib.error.URLError("no network")

    monkeypatch.setattr(urllib.request, "urlopen", urlopen)
    message = names_three_ways_out(name, "no network")
    assert str(cache) in message
    assert everything_in(cache) == []


def test_download_error_of_torchvision_is_the_cause(cache, monkeypatch):
    from torchvision import datasets

    error = urllib.error.URLError("no route to host")

    def download(_root, **_):
        raise error

    monkeypatch.setattr(datasets, "FashionMNIST", download)
    with pytest.raises(FileNotFoundError, match="no route to host") as caught:
        data.load_images(full=True)
    assert caught.value.__cause__ is error


def test_download_into_a_folder_that_cannot_be_written_names_the_ways_out(cache, server):
    cache.parent.write_text("a file stands where the cache folder should be")
    names_three_ways_out("mnist", "cache")
    assert server.opened == []


def test_download_accepts_what_another_process_finished_first(cache, server, monkeypatch):
    elsewhere = cache / "MNIST" / "raw"
    rename = locate.os.rename

    def too_late(source, target):
        elsewhere.mkdir(parents=True)
        write_small(elsewhere)
        rename(source, target)

    monkeypatch.setattr(locate.os, "rename", too_late)
    data.load_images("mnist")
    assert [path.name for path in cache.iterdir()] == ["MNIST"]


def test_bundled_record_damage_stops_the_full_data_too(assets, tmp_path):
    record = json.loads((assets / RECORD).read_text())
    record["source_sha256"]["train_images"] = "0" * 64
    (assets / RECORD).write_text(json.dumps(record))
    if data.find_full("fashion-mnist") is None:
        pytest.skip("needs the original files: install the Debian package dataset-fashion-mnist")
    with pytest.raises(ValueError, match=f"unpacked must have the SHA-256 {'0' * 64}"):
        data.load_images(full=True)
