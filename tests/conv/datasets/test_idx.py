"""IDX files: what is read, and what is refused."""

import gzip

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conv.datasets import read_idx
from conv.errors import ConvError


def idx(shape, content, *, magic=b"\0\0\x08"):
    """Write the format by hand."""
    return magic + bytes([len(shape)]) + b"".join(size.to_bytes(4, "big") for size in shape) + bytes(content)


GOOD = idx((2, 2, 3), range(12))


@pytest.mark.parametrize("name", ["images", "images.gz"])
@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_plain_and_gzipped_files_are_told_apart_by_what_is_in_them(tmp_path, name, pack):
    (tmp_path / name).write_bytes(pack(GOOD))
    values = read_idx(tmp_path / name)
    np.testing.assert_array_equal(values, [[[0, 1, 2], [3, 4, 5]], [[6, 7, 8], [9, 10, 11]]])
    assert values.dtype == np.uint8


def test_sizes_are_big_endian(tmp_path):
    (tmp_path / "labels").write_bytes(b"\0\0\x08\x01\0\0\x01\x02" + b"\7" * 258)  # 1*256 + 2
    assert read_idx(tmp_path / "labels").shape == (258,)


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", r"must begin with two zero bytes, its type and its number of axes\. Received: path='.*', magic=''"),
        (b"\0\0\x08", "must begin with two zero bytes.*magic='00 00 08'"),
        (b"\x89PNG....", "must begin with two zero bytes.*magic='89 50 4e 47'"),
        (idx((), b"1"), "must begin with two zero bytes.*magic='00 00 08 00'"),
        (idx((1,), b"1234", magic=b"\0\0\x0d"), r"must hold unsigned bytes, type 08\. Received: .*, type='0d'"),
        (GOOD[:14], r"as many sizes as it has axes: this one is cut off\. Received: .*axes=3, bytes=10"),
        (GOOD[:-1], r"this one is cut off\. Received: .*shape=\(2, 2, 3\), expected=12, bytes=11"),
        (GOOD + b"x", r"must end with its last value: this one goes on\. Received: .*expected=12"),
        (idx((2**32 - 1, 28, 28), b""), r"at most 268,435,456 values\. Received: .*shape=\(4294967295, 28, 28\)"),
    ],
)
def test_what_is_not_an_idx_file_of_bytes_is_refused(tmp_path, pack, content, sentence):
    (tmp_path / "file").write_bytes(pack(content))
    with pytest.raises(ConvError, match=sentence):
        read_idx(tmp_path / "file")


def test_a_header_is_not_believed_before_the_values_are_there(tmp_path):
    (tmp_path / "file").write_bytes(gzip.compress(idx((2**28,), b"")))
    with pytest.raises(ConvError, match="expected=268435456, bytes=0"):
        read_idx(tmp_path / "file")


@pytest.mark.parametrize(
    "damage",
    [lambda zipped: zipped[:-1], lambda zipped: zipped[:15], lambda zipped: zipped[:-8] + b"\0" * 8,
     lambda zipped: zipped[:12] + b"\xff\xff" + zipped[14:], lambda zipped: zipped + b"trailing",
     lambda zipped: b"\x1f\x8b" + b"no gzip at all"],
    ids=["one byte short", "cut off", "another sum", "another byte", "goes on", "no gzip"],
)
def test_a_damaged_gzipped_file_is_refused(tmp_path, damage):
    (tmp_path / "file.gz").write_bytes(damage(gzip.compress(GOOD, mtime=0)))
    with pytest.raises(ConvError, match=r"The gzipped file is damaged or cut off: fetch it again\. Received: path="):
        read_idx(tmp_path / "file.gz")


@pytest.mark.parametrize(("name", "why"), [("nothing", "No such file or directory"), ("", "Is a directory")])
def test_what_cannot_be_opened(tmp_path, name, why):
    with pytest.raises(ConvError, match=rf"The file cannot be read: {why}\. Received: path="):
        read_idx(tmp_path / name)


@settings(max_examples=150, deadline=None)
@given(content=st.binary(max_size=64), start=st.sampled_from([b"", b"\x1f\x8b", b"\x1f\x8b\x08\0", b"\0\0\x08"]))
def test_any_bytes_are_an_array_or_a_sentence(tmp_path_factory, content, start):
    path = tmp_path_factory.getbasetemp() / "any"
    path.write_bytes(start + content)
    try:
        outcome = str(read_idx(path).dtype)
    except ConvError as error:
        outcome = str(error)
    assert outcome == "uint8" or "Received: " in outcome
