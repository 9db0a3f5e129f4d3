"""One's own pictures: zip files of every kind become a data set, or a sentence says why not."""

from __future__ import annotations

import struct
import zipfile
from io import BytesIO

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from conv.errors import ConvError
from ui import own_pictures
from ui.own_pictures import Found, dataset_of, pictures_in_zip


def picture(colour: object = "white", size: tuple[int, int] = (12, 10)) -> bytes:
    file = BytesIO()
    Image.new("RGB", size, colour).save(file, "PNG")
    return file.getvalue()


def zipped(files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    file = BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return file.getvalue()


# Every picture has a shade of its own, so that it can be found again.
TWO_CLASSES = {f"dark/{shade}.png": picture((shade,) * 3) for shade in range(0, 50, 5)} | {
    f"light/{shade}.png": picture((shade,) * 3) for shade in range(200, 250, 10)
}


def shades(images: np.ndarray) -> list[int]:
    return (images[:, 0, 0, 0] * 255).round().astype(int).tolist()


@pytest.mark.parametrize("method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED])
def test_a_folder_for_each_class_becomes_a_data_set(method):
    found = pictures_in_zip(zipped(TWO_CLASSES, method))
    own = dataset_of(found, side=8, rng=3)
    data = own.dataset
    assert own.left_out == {}
    assert data.class_names == ("dark", "light")
    assert data.train_images.shape == (8 + 4, 1, 8, 8)
    assert data.test_images.shape == (2 + 1, 1, 8, 8)  # a fifth of ten and of five
    assert data.train_images.dtype == np.float32
    every = shades(data.train_images) + shades(data.test_images)
    assert sorted(every) == [*range(0, 50, 5), *range(200, 250, 10)]
    labels = [*data.train_labels, *data.test_labels]
    assert labels == [int(shade >= 200) for shade in every]
    assert data.train_labels.tolist() != sorted(data.train_labels)  # mixed
    again = dataset_of(reversed(found), side=8, rng=3).dataset
    assert shades(again.test_images) == shades(data.test_images)
    splits = {tuple(sorted(shades(dataset_of(found, side=8, rng=seed).dataset.test_images))) for seed in range(8)}
    assert len(splits) > 4


@pytest.mark.parametrize(
    ("names", "classes"),
    [
        (["cat/1.png", "cat/2.png", "dog/1.png", "dog/2.png"], ("cat", "dog")),
        (["pets/cat/1.png", "pets/cat/2.png", "pets/dog/in/1.png", "pets/dog/out/2.png"], ("cat", "dog")),
        (["./cat/1.JPG", "/cat/2.gif", "../../dog/1.webp", "dog\\2.BMP"], ("cat", "dog")),
        (["C:\\my\\cat\\1.png", "C:\\my\\cat\\2.png", "C:\\my\\dog\\1.png", "C:\\my\\dog\\2.png"], ("cat", "dog")),
        (["été/1.png", "été/2.png", "hiver\n/1.png", "hiver\n/2.png"], ("hiver", "été")),
        ([f"{'x' * 300}/1.png", f"{'x' * 300}/2.png", "\x07/1.png", "\x07/2.png"], ("unnamed", "x" * 255)),
        ([f"{'x' * 60}{end}/{i}.png" for end in "ab" for i in "12"], ("x" * 60 + "a", "x" * 60 + "b")),
    ],
)
def test_the_class_is_the_first_folder_that_differs(names, classes):
    files = {name: picture() for name in names}
    assert dataset_of(pictures_in_zip(zipped(files)), side=6).dataset.class_names == classes


def test_what_is_no_picture_is_passed_over():
    others = ["notes.txt", ".DS_Store", "__MACOSX/dark/0.png", ".hidden/1.png", "dark/.1.png", "dark/sizes.csv"]
    files = TWO_CLASSES | dict.fromkeys(others, b"?")
    assert {each.name for each in pictures_in_zip(zipped(files))} == TWO_CLASSES.keys()


def test_pictures_that_cannot_be_read_are_left_out_with_a_sentence(monkeypatch):
    monkeypatch.setattr(own_pictures, "LARGEST_FILE", 2000)
    content = zipped(TWO_CLASSES | {"dark/odd.png": b"no picture", "dark/broken.png": picture((77, 77, 77))})
    place = content.index(b"dark/broken.png") + len("dark/broken.png") + 30
    content = content[:place] + b"\xff\xff" + content[place + 2 :]
    own = dataset_of(pictures_in_zip(content), side=6)
    assert set(own.left_out) == {"dark/odd.png", "dark/broken.png"}
    assert own.left_out["dark/odd.png"].startswith("This is not a PNG, JPEG")
    assert own.left_out["dark/broken.png"].startswith("The zip file is damaged here: pack it again.")
    assert len(own.dataset.train_images) == 12


def test_a_password_and_other_methods_are_said():
    content = bytearray(zipped(TWO_CLASSES | {"dark/lzma.png": b"x" * 100, "dark/secret.png": b"x" * 100}))
    for name, offset, value in ((b"dark/lzma.png", 10, 14), (b"dark/secret.png", 8, 1)):
        entry = content.rindex(name) - 46  # in the table of contents
        content[entry + offset : entry + offset + 2] = struct.pack("<H", value)
    left_out = dataset_of(pictures_in_zip(bytes(content)), side=6).left_out
    assert left_out["dark/lzma.png"].startswith("The zip file must be packed by the usual method, Deflate.")
    assert left_out["dark/secret.png"].startswith("The zip file must not need a password.")


def test_a_large_file_is_read_no_further_than_the_limit():
    bomb = zipped(TWO_CLASSES | {"dark/bomb.png": bytes(30 * 2**20)})
    assert len(bomb) < 2**17
    found = {each.name: each for each in pictures_in_zip(bomb)}
    assert len(found["dark/bomb.png"].read()) == 10 * 2**20 + 1
    own = dataset_of(found.values(), side=6)
    assert own.left_out["dark/bomb.png"].startswith("A picture must have at most 10 MB")


def test_too_many_bytes_when_unpacked():
    bomb = zipped({f"dark/{number}.png": bytes(10 * 2**20) for number in range(21)})
    with pytest.raises(ConvError, match=r"at most 200 MB, unpacked\. Received: megabytes=210"):
        pictures_in_zip(bomb)


def test_too_many_pictures(monkeypatch):
    monkeypatch.setattr(own_pictures, "MOST_PICTURES", 14)
    with pytest.raises(ConvError, match=r"There must be at most 14 pictures\. Received: pictures=15"):
        pictures_in_zip(zipped(TWO_CLASSES))


def test_a_table_of_contents_is_not_read_without_end(monkeypatch):
    monkeypatch.setattr(own_pictures, "LARGEST_FILE", 500)  # the table needs 15 times 46 bytes and the names
    with pytest.raises(ConvError, match="This is not a zip file, or it is damaged"):
        pictures_in_zip(zipped(TWO_CLASSES))


def test_too_large_an_archive(monkeypatch):
    monkeypatch.setattr(own_pictures, "LARGEST_ARCHIVE", 2**20)
    with pytest.raises(ConvError, match=r"A zip file must have at most 1 MB\. Received: megabytes=2"):
        pictures_in_zip(bytes(2 * 2**20))


@pytest.mark.parametrize("content", [b"", b"PK\5\6", b"no zip file", picture(), zipped(TWO_CLASSES)[:-30]])
def test_what_is_no_zip_file(content):
    with pytest.raises(ConvError, match=rf"This is not a zip file, .*: pack it again\. Received: bytes={len(content)}"):
        pictures_in_zip(content)


SMALL = zipped({f"{name}/{number}.png": picture() for name in "ab" for number in range(3)})


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.integers(0, len(SMALL) - 1), st.integers(0, 255)), max_size=6), st.integers(0, 40))
def test_a_damaged_zip_file_is_a_data_set_or_a_sentence(changes, lost):
    content = bytearray(SMALL)
    for place, value in changes:
        content[place] = value
    try:
        own = dataset_of(pictures_in_zip(bytes(content[: len(content) - lost])), side=6)
        said = all("Received: " in why for why in own.left_out.values())
    except ConvError as error:
        said = "Received: " in str(error)
    assert said


def files_of(**counts: int) -> list[Found]:
    return [
        Found(f"{name}/{number}.png", 1, picture) for name, count in counts.items() for number in range(count)
    ]


@pytest.mark.parametrize(
    ("share", "tested"), [(0.2, [1, 2]), (0.5, [1, 5]), (0.01, [1, 1]), (0.99, [1, 9])]
)
def test_each_class_is_divided_and_has_both_parts(monkeypatch, share, tested):
    monkeypatch.setattr(own_pictures, "TEST_SHARE", share)
    data = dataset_of(files_of(few=2, many=10), side=6).dataset
    assert np.bincount(data.test_labels).tolist() == tested
    assert np.bincount(data.train_labels).tolist() == [2 - tested[0], 10 - tested[1]]


@pytest.mark.parametrize(
    ("pictures", "options", "sentence"),
    [
        ([], {}, r"There must be from 2 to 50 classes, a folder each\. Received: classes=0"),
        (files_of(cats=4), {}, r"Received: classes=1"),
        (files_of(**{f"c{number}": 2 for number in range(51)}), {}, "Received: classes=51"),
        ([*files_of(cats=2, dogs=2), Found("1.png", 1, picture)], {}, r"in a folder with .*Received: picture='1.png'"),
        ([Found("1.png", 1, picture)], {}, "Received: picture='1.png'"),
        (files_of(cats=1, dogs=2), {}, r"two pictures that can be read: .*Received: class='cats', readable=1, un"),
        ([*files_of(cats=1, dogs=2), Found("cats/x.png", 1, lambda: b"")], {}, "readable=1, unreadable=1"),
        ([Found(f"{name}/{number}.png", 1, lambda: b"") for name in "ab" for number in "12"], {}, "unreadable=2"),
        (files_of(cats=2, dogs=2), {"side": 5}, r"Side must be from 6 to 128\. Received: side=5"),
        (files_of(cats=2, dogs=2), {"side": 129}, "Received: side=129"),
    ],
)
def test_what_is_refused(pictures, options, sentence):
    with pytest.raises(ConvError, match=sentence):
        dataset_of(pictures, **options)
