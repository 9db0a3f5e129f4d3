"""What people upload: good pictures of every kind come out grey and square, the rest is refused in a sentence."""

from __future__ import annotations

import struct
import zlib
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from conv.errors import ConvError
from ui.pictures import FORMATS, read_picture


def saved(image: Image.Image, kind: str = "PNG", **options) -> bytes:
    file = BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def halves(mode: str = "L", size: tuple[int, int] = (64, 64)) -> Image.Image:
    """Black on the left, white on the right."""
    columns = np.arange(size[0]) >= size[0] // 2
    grey = np.broadcast_to(columns * np.uint8(255), (size[1], size[0]))
    return Image.fromarray(np.ascontiguousarray(grey)).convert(mode)


def assert_halves(grey: np.ndarray) -> None:
    assert grey.shape == (32, 32) and grey.dtype == np.uint8
    assert grey[:, :14].max() < 20  # JPEG and the filter ring near the edge
    assert grey[:, 18:].min() > 235


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize("size", [(64, 64), (8, 8), (400, 300), (300, 400), (1600, 1600)])
def test_every_format_and_size(kind: str, size: tuple[int, int]) -> None:
    assert_halves(read_picture(saved(halves("RGB", size), kind)))


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_every_mode_of_png(mode: str) -> None:
    if mode == "I;16":
        image = Image.fromarray(np.asarray(halves()).astype(np.uint16) * 257)
    else:
        image = halves(mode)
    assert_halves(read_picture(saved(image)))


def test_cmyk() -> None:
    assert_halves(read_picture(saved(halves("CMYK"), "JPEG")))


def test_sixteen_bits_keep_their_greys() -> None:
    image = Image.fromarray(np.full((40, 40), 0x8080, np.uint16))
    assert (read_picture(saved(image)) == 0x80).all()


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P"])
def test_what_is_transparent_is_white(mode: str) -> None:
    image = Image.new("RGBA", (64, 64), (0, 0, 0, 0))
    image.paste((0, 0, 0, 255), (0, 0, 32, 64))
    assert_halves(read_picture(saved(image.convert(mode))))


def test_the_pixels_of_a_tiny_picture_stay_pixels() -> None:
    assert set(read_picture(saved(halves(size=(2, 2)))).ravel().tolist()) == {0, 255}


def test_the_middle_is_cut_out() -> None:
    image = Image.new("L", (300, 100), 0)
    image.paste(255, (100, 0, 200, 100))
    assert (read_picture(saved(image)) == 255).all()


# How a camera that was held so would have stored the halves.
@pytest.mark.parametrize(
    ("orientation", "stored"),
    [
        (1, None),
        (2, Image.Transpose.FLIP_LEFT_RIGHT),
        (3, Image.Transpose.ROTATE_180),
        (6, Image.Transpose.ROTATE_90),
        (8, Image.Transpose.ROTATE_270),
        (77, None),
    ],
)
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_the_camera_may_be_held_any_way(orientation: int, stored: Image.Transpose | None, kind: str) -> None:
    image = halves("RGB", (200, 100))
    image = image if stored is None else image.transpose(stored)
    exif = Image.Exif()
    exif[0x0112] = orientation
    assert_halves(read_picture(saved(image, kind, exif=exif)))


def test_the_first_frame_counts() -> None:
    frames = [halves("P"), Image.new("P", (64, 64), 0)]
    for kind in ("GIF", "WEBP", "PNG"):
        assert_halves(read_picture(saved(frames[0], kind, save_all=True, append_images=frames[1:])))


def test_a_picture_with_something_behind_it_is_a_picture() -> None:
    assert_halves(read_picture(saved(halves()) + b"<script>alert(1)</script>PK\x03\x04"))


NOT_A_PICTURE = "This is not a PNG, JPEG, GIF, WebP or BMP picture: save it as one of these"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x89PNG",
        b"hello, I am text",
        b'<svg xmlns="http://www.w3.org/2000/svg"/>',
        b"%PDF-1.7\n",
        b"PK\x03\x04" + bytes(100),
        b"GIF89a",
        b"<script>" + saved(halves()),
        saved(halves(), "TIFF"),
        saved(halves(), "PPM"),
    ],
)
def test_no_picture(content: bytes) -> None:
    with pytest.raises(ConvError, match=NOT_A_PICTURE + rf"\. Received: bytes={len(content)}\.$"):
        read_picture(content)


def read_or_refused(content: bytes) -> bool:
    """Whether it comes out as a picture or a sentence; any other exception passes through."""
    try:
        return read_picture(content).shape == (32, 32)
    except ConvError as error:
        return "save it" in str(error)


@pytest.mark.parametrize("kind", FORMATS)
def test_a_picture_cut_off_is_refused_or_read(kind: str) -> None:
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 256, (90, 90, 3), np.uint8))
    whole = saved(noise, kind)
    for length in range(0, len(whole), max(1, len(whole) // 60)):
        assert read_or_refused(whole[:length])
    with pytest.raises(ConvError, match="save it again|save it as one of these"):  # WebP tells at once
        read_picture(whole[: len(whole) // 2])


@pytest.mark.parametrize("kind", FORMATS)
def test_a_picture_with_broken_bytes_is_refused_or_read(kind: str) -> None:
    rng = np.random.default_rng(1)
    whole = np.frombuffer(saved(halves("RGB"), kind), np.uint8)
    for _ in range(60):
        broken = whole.copy()
        broken[rng.integers(0, len(whole), 4)] = rng.integers(0, 256, 4)
        assert read_or_refused(broken.tobytes())


def bomb(side: int) -> bytes:
    """A PNG that claims a side and holds nothing of it."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


def test_too_many_pixels() -> None:
    with pytest.raises(ConvError, match="at most 50 megapixels: save it smaller. Received: width=8000, height=8000."):
        read_picture(bomb(8000))
    with pytest.raises(ConvError, match="at most 50 megapixels: save it smaller. Received: bytes="):
        read_picture(bomb(60_000))


def test_too_many_bytes() -> None:
    with pytest.raises(ConvError, match="at most 10 MB: save it smaller. Received: megabytes=12.5."):
        read_picture(bytes(25 * 2**19))


def test_pillows_own_limits_are_left_alone() -> None:
    before = Image.MAX_IMAGE_PIXELS
    read_picture(saved(halves()))
    assert before == Image.MAX_IMAGE_PIXELS


@pytest.mark.parametrize("kind", FORMATS)
def test_a_picture_in_colour_keeps_its_colours(kind: str) -> None:
    image = Image.new("RGB", (64, 64), (200, 40, 20))
    image.paste((20, 40, 200), (0, 32, 64, 64))
    small = read_picture(saved(image, kind), side=16, colour=True)
    assert small.shape == (16, 16, 3)
    assert np.abs(small[2].mean(0) - (200, 40, 20)).max() < 12
    assert np.abs(small[-3].mean(0) - (20, 40, 200)).max() < 12


def test_a_grey_picture_in_colour_is_grey_in_all_three() -> None:
    small = read_picture(saved(halves()), side=4, colour=True)
    assert np.array_equal(small, np.repeat(read_picture(saved(halves()), side=4)[..., None], 3, axis=2))
