"""Data sets by name: what comes, how it is divided, what is refused."""

import gzip
from urllib import request

import numpy as np
import pytest

from conv.datasets import NAMES, Dataset, load
from conv.datasets.shapes import KINDS, draw
from conv.errors import ConvError
from conv.patterns import digits

COUNTS = {"train": 6, "t10k": 4}


@pytest.fixture
def folder(tmp_path):
    """A small MNIST: each pixel is the number of its image, and the labels count down from 9."""
    for part, count in COUNTS.items():
        images = np.broadcast_to(np.arange(count, dtype=np.uint8)[:, None, None], (count, 5, 3))
        write(tmp_path / f"{part}-images-idx3-ubyte", images)
        write(tmp_path / f"{part}-labels-idx1-ubyte", 9 - np.arange(count, dtype=np.uint8))
    return tmp_path


def write(path, values):
    sizes = b"".join(size.to_bytes(4, "big") for size in values.shape)
    path.write_bytes(bytes([0, 0, 8, values.ndim]) + sizes + values.tobytes())


@pytest.mark.parametrize("name", [*NAMES])
def test_every_data_set_keeps_the_contract(folder, name):
    dataset = load(name, folder if "mnist" in name else None)
    for images, labels in (
        (dataset.train_images, dataset.train_labels), (dataset.test_images, dataset.test_labels)
    ):
        assert images.dtype == np.float32
        assert images.ndim == 4
        assert 0 <= images.min() < images.max() <= 1
        assert labels.dtype == np.int64
        assert labels.shape == (len(images),)
    if "mnist" not in name:
        assert set(dataset.test_labels.tolist()) == set(range(len(dataset.class_names)))
    images[:] = 0  # they are the caller's own
    labels[:] = 0
    assert load(name, folder if "mnist" in name else None).test_images.any()


def test_no_request_is_made(folder, monkeypatch):
    monkeypatch.setattr(request, "urlopen", lambda *_, **__: pytest.fail("a request"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(folder))
    for name in NAMES:
        if "mnist" in name:
            with pytest.raises(ConvError, match="is not in the folder: download it"):
                load(name)
        else:
            load(name, train=1, test=1)


# Digits


def test_the_digits_are_divided_between_writers():
    dataset, (images, labels) = load("digits"), digits()
    assert dataset.train_images.shape == (1415, 1, 8, 8)
    assert dataset.test_images.shape == (382, 1, 8, 8)
    assert dataset.class_names == tuple("0123456789")
    np.testing.assert_array_equal(np.concatenate([dataset.train_images, dataset.test_images])[:, 0] * 16, images)
    np.testing.assert_array_equal(np.concatenate([dataset.train_labels, dataset.test_labels]), labels)
    assert dataset.train_images.max() == dataset.test_images.max() == 1
    # The last three writers begin where the test part begins, each counting from 0 to 9.
    for start in (1415, 1545, 1667):
        np.testing.assert_array_equal(labels[start : start + 10], np.arange(10))
    shares = np.bincount(dataset.test_labels) / len(dataset.test_labels)
    np.testing.assert_allclose(shares, 0.1, atol=0.01)


# Drawn images


@pytest.mark.parametrize("name", ["lines", "corners", "textures", "shapes"])
@pytest.mark.parametrize("size", [6, 16, (9, 14)])
def test_drawn_images_can_be_told_apart(name, size):
    dataset = load(name, train=50 * (12 if name == "shapes" else 4), test=100, size=size, rng=1)
    train, test = (part.reshape(len(part), -1) for part in (dataset.train_images, dataset.test_images))
    squares = ((test[:, None] - train) ** 2).sum(axis=2)
    nearest = dataset.train_labels[squares.argmin(axis=1)]
    assert np.mean(nearest == dataset.test_labels) > 0.9
    assert np.ptp(np.bincount(dataset.train_labels)) == 0  # as many of each


@pytest.mark.parametrize(("kind", "flip"), [("horizontal line", np.transpose), ("rising line", np.fliplr),
                                            ("horizontal stripes", np.transpose), ("top left corner", np.fliplr)])
def test_kinds_are_what_they_are_called(kind, flip):
    """The mean image of a kind, or its spectrum, is that of its partner, mirrored, and not its own, mirrored."""
    partner = {"horizontal line": "vertical line", "rising line": "falling line",
               "horizontal stripes": "vertical stripes", "top left corner": "top right corner"}[kind]
    rng = np.random.default_rng(0)

    def look(kind):
        images = draw((kind,), 200, 15, rng)[0][:, 0]
        if "stripes" in kind:
            images = np.abs(np.fft.fft2(images - images.mean(axis=(1, 2), keepdims=True)))
        return images.mean(axis=0)

    own, partners = look(kind), look(partner)
    assert np.corrcoef(flip(own).ravel(), partners.ravel())[0, 1] > 0.95
    assert np.corrcoef(own.ravel(), partners.ravel())[0, 1] < 0.7


def test_lines_lie_as_their_names_say():
    means = {kind: draw((kind,), 100, 15, np.random.default_rng(0))[0].mean(axis=(0, 1)) for kind in KINDS}
    assert means["horizontal line"].mean(axis=1).argmax() in (6, 7, 8)  # a middle row
    assert means["horizontal line"].mean(axis=1).std() > 3 * means["horizontal line"].mean(axis=0).std()
    assert means["rising line"][3, 11] > 2 * means["rising line"][3, 3]  # top right
    assert means["top left corner"][:8, :8].mean() > means["top left corner"][8:, 8:].mean() + 0.1
    assert means["bottom right corner"][8:, 8:].mean() > means["bottom right corner"][:8, :8].mean() + 0.1


def test_drawn_images_repeat_with_their_seed_and_differ_from_one_another():
    one, same, other = (load("shapes", train=24, test=12, rng=seed) for seed in (3, np.random.default_rng(3), 4))
    np.testing.assert_array_equal(one.train_images, same.train_images)
    np.testing.assert_array_equal(one.test_labels, same.test_labels)
    assert not np.array_equal(one.train_images, other.train_images)
    assert len(np.unique(one.train_images, axis=0)) == 24
    assert not np.array_equal(one.train_images[:12], one.test_images)


# Folders


def test_a_folder_of_idx_files(folder):
    dataset = load("mnist", folder)
    assert dataset.train_images.shape == (6, 1, 5, 3)
    np.testing.assert_array_equal(dataset.train_images[:, 0, 0, 0], np.arange(6, dtype=np.float32) / 255)
    assert dataset.train_labels.tolist() == [9, 8, 7, 6, 5, 4]
    assert dataset.test_labels.tolist() == [9, 8, 7, 6]
    assert dataset.class_names == tuple("0123456789")
    assert load("fashion_mnist", str(folder)).class_names[9] == "Ankle boot"


def test_gzipped_files_and_names_with_a_dot(folder):
    for path in [*folder.iterdir()]:
        (folder / f"{path.name.replace('-idx', '.idx')}.gz").write_bytes(gzip.compress(path.read_bytes()))
        path.unlink()
    assert load("mnist", folder).train_labels.tolist() == [9, 8, 7, 6, 5, 4]


def test_the_folder_of_the_downloads_is_the_default(folder, monkeypatch):
    home = folder / "convolution-visualiser" / "mnist"
    home.mkdir(parents=True)
    for path in folder.glob("*ubyte"):
        path.rename(home / path.name)
    monkeypatch.setenv("XDG_CACHE_HOME", str(folder))
    assert load("mnist").train_images.shape == (6, 1, 5, 3)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda folder: (folder / "t10k-labels-idx1-ubyte").unlink(),
         r"MNIST is not in the folder: .*missing='t10k-labels-idx1-ubyte'"),
        (lambda folder: write(folder / "t10k-labels-idx1-ubyte", np.zeros(5, np.uint8)),
         r"as many of each\. Received: images=\(4, 5, 3\), labels=\(5,\)"),
        (lambda folder: write(folder / "t10k-labels-idx1-ubyte", np.full(4, 10, np.uint8)),
         r"Labels must be from 0 to 9, one for each class name\. Received: test_labels=10"),
        (lambda folder: write(folder / "t10k-images-idx3-ubyte", np.zeros((4, 5, 4), np.uint8)),
         r"must have the same shape\. Received: train_images=\(1, 5, 3\), test_images=\(1, 5, 4\)"),
        (lambda folder: write(folder / "t10k-images-idx3-ubyte", np.zeros((4, 15), np.uint8)),
         r"Images must have three axes, .*Received: images=\(4, 15\), labels=\(4,\)"),
        (lambda folder: write(folder / "t10k-images-idx3-ubyte", np.zeros((4, 0, 3), np.uint8)),
         r"at least one image and one pixel\. Received: test_images=\(4, 1, 0, 3\), dtype='float32'"),
        (lambda folder: (folder / "t10k-images-idx3-ubyte").write_bytes(b"<html>"), "must begin with two zero bytes"),
    ],
)
def test_folders_that_are_refused(folder, change, sentence):
    change(folder)
    with pytest.raises(ConvError, match=sentence):
        load("mnist", folder)


def test_a_path_that_is_no_folder(folder):
    with pytest.raises(ConvError, match="MNIST is not in the folder"):
        load("mnist", folder / "train-images-idx3-ubyte")


# How many, and what else is refused


@pytest.mark.parametrize("name", ["digits", "mnist", "lines"])
def test_the_first_so_many(folder, name):
    where = folder if name == "mnist" else None
    some = load(name, where, train=5, test=3)
    assert (len(some.train_images), len(some.test_images)) == (5, 3)
    if name != "lines":
        np.testing.assert_array_equal(some.train_images, load(name, where).train_images[:5])


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"name": "cifar"}, r"Dataset must be one of digits, .*, fashion_mnist\. Received: name='cifar'"),
        ({"name": "digits", "folder": "x"}, r"Only IDX files are read from a folder\. Received: name='digits'"),
        ({"name": "digits", "size": 9}, r"Only drawn images come in any size\. Received: name='digits', size=9"),
        ({"name": "lines", "size": 5}, r"at least 6 rows and 6 columns\. Received: size=\(5, 5\)"),
        ({"name": "lines", "size": (0, 9)}, "Size must be at least 1"),
        ({"name": "lines", "train": 0}, r"at least one image of each part\. Received: train=0, test=500"),
        ({"name": "digits", "test": 383}, r"no more than there are\. Received: test=383, available=382"),
        ({"name": "digits", "train": 0}, r"at least one image of each part.*Received: train=0, available=1415"),
    ],
)
def test_arguments_that_are_refused(arguments, sentence):
    with pytest.raises(ConvError, match=sentence):
        load(**arguments)


ONES = np.ones((2, 1, 3, 3), np.float32)


@pytest.mark.parametrize(
    ("images", "labels", "sentence"),
    [
        (ONES[0], np.zeros(2, int), r"Images must be float32 of shape \(N, C, H, W\).*test_images=\(1, 3, 3\)"),
        (ONES[:0], np.zeros(0, int), r"test_images=\(0, 1, 3, 3\)"),
        (ONES.astype(float), np.zeros(2, int), "dtype='float64'"),
        (ONES, np.zeros(3, int), r"one an image\. Received: test_labels=\(3,\), dtype='int64', images=2"),
        (ONES, np.zeros(2), r"Labels must be integers of shape \(N,\), .*dtype='float64'"),
        (ONES, np.array([0, -1]), r"Labels must be from 0 to 1, .*Received: test_labels=-1"),
        (ONES, np.array([2, 0]), "Received: test_labels=2"),
    ],
)
def test_a_dataset_is_held_to_its_shapes(images, labels, sentence):
    with pytest.raises(ConvError, match=sentence):
        Dataset(ONES, np.array([0, 1]), images, labels, ("a", "b"))
