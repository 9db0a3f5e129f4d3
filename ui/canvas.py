"""The file that Canvas imports, made of the quiz's text by text2qti where that is installed."""

from __future__ import annotations

from importlib.util import find_spec

MISSING = (
    "The .zip file that Canvas imports is made by the program text2qti, which is not installed here. Either install it "
    "beside this app, with `pip install -r requirements-canvas.txt`, or take the text and run `text2qti quiz.txt` on a "
    "computer that has it."
)


def can_zip() -> bool:
    """Whether text2qti is installed."""
    return find_spec("text2qti") is not None


def qti_zip(text: str) -> bytes:
    """Turn what `conv.quiz.exports.canvas.canvas_text` wrote into the QTI 1.2 file that Canvas imports.

    Parameters
    ----------
    text : str

    Returns
    -------
    bytes
        A .zip file.
    """
    from text2qti.config import Config
    from text2qti.qti import QTI
    from text2qti.quiz import Quiz

    # A Config of our own reads no file of settings, and runs no code that stands in a text.
    return QTI(Quiz(text, config=Config(run_code_blocks=False))).zip_bytes()
