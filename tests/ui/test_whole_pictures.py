"""Pictures at full size: every kind comes out upright, on white and of a size to work with."""

from __future__ import annotations

from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from conv.errors import ConvError
from ui.pictures import FORMATS, ORIENTATION, read_whole_picture


def saved(image: Image.Image, kind: str = "PNG", **options) -> bytes:
    file = BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def corner(size: tuple[int, int] = (60, 40), mode: str = "RGB") -> Image.Image:
    """White, with a black top left quarter."""
    image = Image.new("RGB", size, "white")
    image.paste("black", (0, 0, size[0] // 2, size[1] // 2))
    return image.convert(mode)


def quarters(pixels: np.ndarray) -> list[list[float]]:
    """The mean of each quarter."""
    rows, cols = (n // 2 for n in pixels.shape[1:])
    halves = (slice(0, rows - 2), slice(rows + 2, None)), (slice(0, cols - 2), slice(cols + 2, None))
    return [[pixels[:, r, c].mean().round() for c in halves[1]] for r in halves[0]]


@pytest.mark.parametrize("kind", FORMATS)
def test_every_format_keeps_its_size(kind: str) -> None:
    picture = read_whole_picture(saved(corner(), kind))
    assert picture.pixels.shape[1:] == (40, 60) and picture.pixels.dtype == np.uint8
    assert (picture.rows, picture.cols, picture.is_reduced) == (40, 60, False)
    np.testing.assert_allclose(quarters(picture.pixels), [[0, 255], [255, 255]], atol=4)


@pytest.mark.parametrize(("mode", "channels"), [("1", 3), ("L", 1), ("LA", 3), ("P", 3), ("RGB", 3), ("RGBA", 3)])
def test_grey_pictures_have_one_channel_and_others_three(mode: str, channels: int) -> None:
    picture = read_whole_picture(saved(corner(mode=mode)))
    assert len(picture.pixels) == channels
    assert quarters(picture.pixels) == [[0, 255], [255, 255]]


def test_what_is_transparent_lies_on_white() -> None:
    image = Image.new("RGBA", (4, 4), (0, 0, 0, 0))
    image.putpixel((1, 2), (255, 0, 0, 255))
    pixels = read_whole_picture(saved(image)).pixels
    assert pixels[:, 2, 1].tolist() == [255, 0, 0]
    assert pixels.sum() == 255 * 3 * 16 - 2 * 255


def test_sixteen_bits_keep_their_greys() -> None:
    image = Image.fromarray(np.full((5, 7), 0x8080, np.uint16))
    assert (read_whole_picture(saved(image)).pixels == 0x80).all()


@pytest.mark.parametrize(
    ("orientation", "black"),
    [(1, (0, 0)), (2, (0, 1)), (3, (1, 1)), (4, (1, 0)), (5, (0, 0)), (6, (0, 1)), (7, (1, 1)), (8, (1, 0))],
)
def test_the_camera_may_be_held_any_way(orientation: int, black: tuple[int, int]) -> None:
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    picture = read_whole_picture(saved(corner(), "JPEG", exif=exif, quality=95))
    expected = [[255, 255], [255, 255]]
    expected[black[0]][black[1]] = 0
    np.testing.assert_allclose(quarters(picture.pixels), expected, atol=4)
    assert (picture.cols, picture.rows) == ((40, 60) if orientation >= 5 else (60, 40))
    assert not picture.is_reduced


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
@pytest.mark.parametrize("size", [(4000, 3000), (3000, 4000), (2000, 1000)])
def test_large_pictures_are_reduced_to_about_a_megapixel(kind: str, size: tuple[int, int]) -> None:
    picture = read_whole_picture(saved(corner(size), kind))
    _, rows, cols = picture.pixels.shape
    assert picture.is_reduced and (picture.cols, picture.rows) == size
    assert 0.99e6 < rows * cols < 1.01e6
    assert cols / rows == pytest.approx(size[0] / size[1], rel=0.01)
    np.testing.assert_allclose(quarters(picture.pixels), [[0, 255], [255, 255]], atol=4)


def test_twelve_megapixels() -> None:
    assert read_whole_picture(saved(corner((4000, 3000)), "JPEG")).pixels.shape == (3, 866, 1155)


@pytest.mark.parametrize("size", [(20_000, 3), (1, 9000), (1, 1)])
def test_thin_pictures_stay_pictures(size: tuple[int, int]) -> None:
    picture = read_whole_picture(saved(Image.new("L", size)))
    assert max(picture.pixels.shape[1:]) <= 4096 and min(picture.pixels.shape[1:]) >= 1


@pytest.mark.parametrize(
    ("content", "match"),
    [
        (b"abc", r"This is not a PNG, JPEG, GIF, WebP or BMP picture: save it as one of these\. Received: bytes=3\."),
        (b"", r"This is not a PNG"),
        (b"\0" * (10 * 2**20 + 1), r"A picture must have at most 10 MB: save it smaller\. Received: megabytes=10\.0\."),
        (saved(corner())[:-40], r"The picture is damaged: save it again, or take another\. Received: format='PNG'"),
    ],
)
def test_a_bad_file_gets_a_sentence(content: bytes, match: str) -> None:
    with pytest.raises(ConvError, match=match):
        read_whole_picture(content)


def test_a_bomb_is_refused_before_it_is_decoded() -> None:
    bomb = saved(Image.new("1", (20_000, 20_000)))
    match = r"A picture must have at most 50 megapixels: save it smaller\. Received: "
    with pytest.raises(ConvError, match=match):
        read_whole_picture(bomb)
