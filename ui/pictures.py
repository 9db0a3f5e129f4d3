"""Reads a picture that someone sends, whatever is in it."""

from __future__ import annotations

import struct
import zlib
from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from conv.errors import ConvError
from ui.window import PICTURE_SIDE

FORMATS = ("PNG", "JPEG", "GIF", "WEBP", "BMP")
LARGEST_FILE = 10 * 2**20  # bytes, as in Streamlit's own limit
LARGEST_PICTURE = 50_000_000  # pixels
ORIENTATION = 0x0112  # the tag of EXIF that says how the camera was held

# What Pillow raises where a file is not what it says.
DAMAGE = (OSError, SyntaxError, ValueError, TypeError, LookupError, EOFError, struct.error, zlib.error)


def read_picture(content: bytes) -> NDArray[np.uint8]:
    """Reduce a picture to 32 by 32 grey pixels: upright, cut square around its middle, on white.

    Parameters
    ----------
    content : bytes
        A PNG, JPEG, GIF, WebP or BMP file; of a moving picture the first frame counts.

    Returns
    -------
    ndarray of uint8, shape (32, 32)
        0 (black) to 255 (white).

    Raises
    ------
    ConvError
        ``A picture must have at most 10 MB: save it smaller. Received: megabytes=12.5.``
        ``This is not a PNG, JPEG, GIF, WebP or BMP picture: save it as one of these. Received: bytes=3.``
        ``A picture must have at most 50 megapixels: save it smaller. Received: width=20000, height=20000.``
        ``The picture is damaged: save it again, or take another. Received: format='PNG', bytes=73.``
    """
    if len(content) > LARGEST_FILE:
        rule = "A picture must have at most 10 MB: save it smaller."
        raise ConvError.broken(rule, megabytes=round(len(content) / 2**20, 1))
    image = _opened(content)
    try:
        return _reduced(image)
    except DAMAGE as error:
        rule = "The picture is damaged: save it again, or take another."
        raise ConvError.broken(rule, format=image.format, bytes=len(content)) from error


def _opened(content: bytes) -> Image.Image:
    """Read the header, which tells the size before anything is decoded."""
    try:
        image = Image.open(BytesIO(content), formats=FORMATS)
    except Image.DecompressionBombError as error:
        raise ConvError.broken("A picture must have at most 50 megapixels: save it smaller.", bytes=len(content)) from error
    except DAMAGE as error:
        rule = "This is not a PNG, JPEG, GIF, WebP or BMP picture: save it as one of these."
        raise ConvError.broken(rule, bytes=len(content)) from error
    if image.width * image.height > LARGEST_PICTURE:
        rule = "A picture must have at most 50 megapixels: save it smaller."
        raise ConvError.broken(rule, width=image.width, height=image.height)
    return image


def _reduced(image: Image.Image) -> NDArray[np.uint8]:
    image.draft("L", (8 * PICTURE_SIDE, 8 * PICTURE_SIDE))  # a large JPEG is decoded at an eighth of its size
    orientation = image.getexif().get(ORIENTATION)
    image = _on_white(image)
    side = min(image.size)
    left, top = (image.width - side) // 2, (image.height - side) // 2
    # The pixels of a tiny picture stay pixels.
    how = Image.Resampling.LANCZOS if side > PICTURE_SIDE else Image.Resampling.BOX
    image = image.crop((left, top, left + side, top + side))
    image = image.resize((PICTURE_SIDE, PICTURE_SIDE), how, reducing_gap=3.0).convert("L")
    if orientation in range(2, 9):  # a square can be turned after it is small
        image.getexif()[ORIENTATION] = orientation
        image = ImageOps.exif_transpose(image)
    return np.array(image)


def _on_white(image: Image.Image) -> Image.Image:
    """Bring any mode to grey or colour in eight bits, without holes."""
    if image.mode.startswith("I"):  # sixteen bits; Pillow's own conversion differs between its versions
        return Image.fromarray((np.asarray(image).astype(np.int64) // 257).clip(0, 255).astype(np.uint8))
    if image.has_transparency_data:
        image = image.convert("RGBA")
        white = Image.new("RGBA", image.size, "white")
        return Image.alpha_composite(white, image)
    return image if image.mode in ("L", "RGB") else image.convert("RGB")
