"""Reads a picture that someone sends, whatever is in it, and spells a small one for a link."""

from __future__ import annotations

import base64
import math
import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from conv.errors import ConvError

PICTURE_SIDE = 32  # of a grey picture in a link
FORMATS = ("PNG", "JPEG", "GIF", "WEBP", "BMP")
LARGEST_FILE = 10 * 2**20  # bytes, as in Streamlit's own limit
LARGEST_PICTURE = 50_000_000  # pixels
WORKING_PICTURE = 1_000_000  # pixels, about: what a whole picture is reduced to
WORKING_SIDE = 4096  # pixels
ORIENTATION = 0x0112  # the tag of EXIF that says how the camera was held
SIDEWAYS = range(5, 9)  # its values that change rows for columns

# What Pillow raises where a file is not what it says.
DAMAGE = (OSError, SyntaxError, ValueError, TypeError, LookupError, EOFError, struct.error, zlib.error)


def read_picture(content: bytes, *, side: int = PICTURE_SIDE, colour: bool = False) -> NDArray[np.uint8]:
    """Reduce a picture to a few pixels: upright, cut square around its middle, on white.

    Parameters
    ----------
    content : bytes
        A PNG, JPEG, GIF, WebP or BMP file; of a moving picture the first frame counts.
    side : int
        Rows and columns of the result.
    colour : bool
        Whether to keep red, green and blue, or to make it grey.

    Returns
    -------
    ndarray of uint8, shape (side, side) or, in colour, (side, side, 3)
        0 (black) to 255 (white).

    Raises
    ------
    ConvError
        ``A picture must have at most 10 MB: save it smaller. Received: megabytes=12.5.``
        ``This is not a PNG, JPEG, GIF, WebP or BMP picture: save it as one of these. Received: bytes=3.``
        ``A picture must have at most 50 megapixels: save it smaller. Received: width=20000, height=20000.``
        ``The picture is damaged: save it again, or take another. Received: format='PNG', bytes=73.``
    """
    return _read(content, lambda image: _reduced(image, side, "RGB" if colour else "L"))


def pack_picture(pixels: NDArray[np.uint8]) -> str:
    """Spell a small picture for the link."""
    return base64.urlsafe_b64encode(pixels.tobytes()).decode("ascii").rstrip("=")


def unpack_picture(packed: str, shape: tuple[int, ...], notes: list[str]) -> NDArray[np.uint8] | None:
    """Read what `pack_picture` spelled; None where there is no picture, with a note where there is no whole one."""
    try:
        pixels = base64.urlsafe_b64decode(packed + "=" * (-len(packed) % 4))
    except ValueError:  # not base 64, or not even ASCII
        pixels = b""
    if len(pixels) == math.prod(shape):
        return np.frombuffer(pixels, np.uint8).reshape(shape)
    if packed:
        notes.append("The link's picture is damaged. The example picture is shown.")
    return None


@dataclass(frozen=True, eq=False)
class WholePicture:
    """A picture as it is worked on, and the size it came in."""

    pixels: NDArray[np.uint8]  # (C, H, W); one channel if it is grey, else red, green and blue
    rows: int
    cols: int

    @property
    def is_reduced(self) -> bool:
        """Whether it came larger."""
        return self.pixels.shape[1:] != (self.rows, self.cols)


def read_whole_picture(content: bytes) -> WholePicture:
    """Read a picture at full size: upright, on white, reduced to about a megapixel if it is larger.

    Parameters
    ----------
    content : bytes
        As for `read_picture`.

    Returns
    -------
    WholePicture
        No side is longer than 4096 pixels.

    Raises
    ------
    ConvError
        As `read_picture`.
    """
    return _read(content, _whole)


Result = TypeVar("Result")


def _read(content: bytes, convert: Callable[[Image.Image], Result]) -> Result:
    """Open a file and convert what is in it; whatever is wrong becomes a sentence."""
    if len(content) > LARGEST_FILE:
        rule = "A picture must have at most 10 MB: save it smaller."
        raise ConvError.broken(rule, megabytes=round(len(content) / 2**20, 1))
    image = _opened(content)
    try:
        return convert(image)
    except DAMAGE as error:
        rule = "The picture is damaged: save it again, or take another."
        raise ConvError.broken(rule, format=image.format, bytes=len(content)) from error


def _opened(content: bytes) -> Image.Image:
    """Read the header, which tells the size before anything is decoded."""
    too_many = "A picture must have at most 50 megapixels: save it smaller."
    try:
        image = Image.open(BytesIO(content), formats=FORMATS)
    except Image.DecompressionBombError as error:
        raise ConvError.broken(too_many, bytes=len(content)) from error
    except DAMAGE as error:
        rule = "This is not a PNG, JPEG, GIF, WebP or BMP picture: save it as one of these."
        raise ConvError.broken(rule, bytes=len(content)) from error
    if image.width * image.height > LARGEST_PICTURE:
        raise ConvError.broken(too_many, width=image.width, height=image.height)
    return image


def _reduced(image: Image.Image, size: int, mode: str) -> NDArray[np.uint8]:
    """Cut, shrink and turn, in this order: what is small is cheap."""
    image.draft(mode, (8 * size, 8 * size))  # a large JPEG is decoded at an eighth of its size
    orientation = image.getexif().get(ORIENTATION)
    side = min(image.size)
    left, top = (image.width - side) // 2, (image.height - side) // 2
    square = image.crop((left, top, left + side, top + side))
    image.close()  # what resizing takes besides would else come on top of both
    image = _in_eight_bits(square)
    # The pixels of a tiny picture stay pixels.
    how = Image.Resampling.LANCZOS if side > size else Image.Resampling.BOX
    image = image.resize((size, size), how, reducing_gap=3.0)
    return np.array(_upright(_on_white(image).convert(mode), orientation))


def _whole(image: Image.Image) -> WholePicture:
    """Shrink and turn; a large JPEG is decoded at about the size that is wanted."""
    orientation = image.getexif().get(ORIENTATION)
    cols, rows = image.size
    scale = min(1, math.sqrt(WORKING_PICTURE / (rows * cols)), WORKING_SIDE / max(rows, cols))
    size = max(1, round(cols * scale)), max(1, round(rows * scale))
    image.draft(None, size)
    image = _in_eight_bits(image)
    if image.size != size:
        image = image.resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)
    image = _upright(_on_white(image), orientation)
    if orientation in SIDEWAYS:
        rows, cols = cols, rows
    pixels = np.atleast_3d(np.asarray(image)).transpose(2, 0, 1)  # (C, H, W)
    return WholePicture(np.ascontiguousarray(pixels), rows, cols)


def _on_white(image: Image.Image) -> Image.Image:
    """Lay what is transparent on white."""
    if image.mode != "RGBA":
        return image
    return Image.alpha_composite(Image.new("RGBA", image.size, "white"), image).convert("RGB")


def _upright(image: Image.Image, orientation: int | None) -> Image.Image:
    """Turn a picture as the camera was held."""
    if orientation not in range(2, 9):
        return image
    image.getexif()[ORIENTATION] = orientation
    return ImageOps.exif_transpose(image)


def _in_eight_bits(image: Image.Image) -> Image.Image:
    """Bring any mode to L, RGB or RGBA."""
    if image.mode.startswith("I"):  # sixteen bits, which Pillow's versions convert differently
        return Image.fromarray((np.asarray(image).astype(np.int64) // 257).clip(0, 255).astype(np.uint8))
    mode = "RGBA" if image.has_transparency_data else "L" if image.mode == "L" else "RGB"
    return image if image.mode == mode else image.convert(mode)
