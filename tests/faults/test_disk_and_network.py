"""A disk that is full, and a network that breaks: what stood there stands there still, nothing half done is left."""

import contextlib
import random
import resource
import threading

import pytest
from damage import BYTES, must_say
from small_mnist import SMALL, Server, publish
from test_damaged_files import network, same, tensors, train

from course_utils import data
from course_utils.data import idx, locate
from course_utils.training import load, save


@contextlib.contextmanager
def full_disk(size):
    """Let no file become larger than `size` bytes."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


def shares(rng):
    return [rng.random() for _ in range(30)]


ROOM = "make room or choose another place; what stood there is untouched"


def test_full_disk_at_save(campaign, tmp_path):
    path = tmp_path / "weights"
    save(network(seed=0), path)
    before = path.read_bytes()

    def check(share):
        with full_disk(int(share * len(before))), pytest.raises(OSError, match="cannot write") as caught:
            save(network(seed=1), path)
        must_say(caught.value, path, ROOM)
        assert path.read_bytes() == before
        assert list(tmp_path.iterdir()) == [path]

    campaign.run(shares(campaign.rng), check, short=4)


def test_full_disk_while_training(campaign, tmp_path):
    """The checkpoint grows by Adam's moments and by each epoch's loss; the last one that was whole goes on."""
    path = tmp_path / "run"
    model = network(seed=0)
    train(model, path)
    expected, size = model.state_dict(), path.stat().st_size

    def check(share):
        path.unlink(missing_ok=True)
        with full_disk(int(share * size)), pytest.raises(OSError, match="cannot write") as caught:
            train(network(seed=0), path)
        must_say(caught.value, path, ROOM)
        assert set(tmp_path.iterdir()) <= {path}
        resumed = network(seed=0)
        train(resumed, path)
        assert same(resumed.state_dict(), expected)

    campaign.run(shares(campaign.rng), check, short=4)


def test_download(campaign, tmp_path, monkeypatch):
    (tmp_path / "server").mkdir()
    server = Server(tmp_path / "server")
    publish(server, monkeypatch)
    files = {path: path.read_bytes() for path in server.folder.iterdir()}
    root = tmp_path / "root"
    root.mkdir()
    monkeypatch.setattr(idx, "SHAPES", SMALL)

    def load_it():
        return tensors(data.load_images("mnist", full=True, root=root))

    def check(case):
        do, seed = case
        rng = random.Random(seed)
        file = rng.choice(list(files))
        with contextlib.ExitStack() as stack:
            if do == "disk":
                stack.enter_context(full_disk(rng.randrange(1000)))
            elif do == "network":
                server.break_in, server.error = file.name, rng.choice([OSError("cut"), TimeoutError("slow")])
            else:
                file.write_bytes(do(files[file], rng))
            with pytest.raises(FileNotFoundError, match=rf"'mnist' in {root}, and could not download .* Three ways"):
                load_it()
        assert list(root.iterdir()) == []
        server.break_in = None
        file.write_bytes(files[file])

    cases = [(do, campaign.rng.random()) for do in [*BYTES, "disk", "network"] for _ in range(10)]
    campaign.run(cases, check, short=8)
    assert locate.find_full("mnist", root) is None
    expected = load_it()
    assert same(load_it(), expected)


def test_two_write_at_once(campaign, tmp_path):
    """Threads, for their moments are closer to each other than those of processes; no lock is shared by either."""
    path = tmp_path / "weights"
    models = [network(seed) for seed in range(4)]
    known = [model.state_dict() for model in models]
    reader = network(seed=9)

    def check(_):
        start = threading.Barrier(5)
        failures = []

        def write(model):
            start.wait()
            try:
                for _ in range(5):
                    save(model, path)
            except Exception as error:  # a thread's error would end unseen
                failures.append(error)

        threads = [threading.Thread(target=write, args=(model,)) for model in models]
        save(models[0], path)
        for thread in threads:
            thread.start()
        start.wait()
        for _ in range(10):
            load(reader, path)
            assert any(same(reader.state_dict(), weights) for weights in known)
        for thread in threads:
            thread.join()
        assert failures == []
        assert list(tmp_path.iterdir()) == [path]

    campaign.run(range(20), check, short=2)
