"""Write conv/data/digits.npz from scikit-learn's copy of the UCI handwritten digits.

Run once, from the project's folder: ``python tools/make_digits.py``. Only this script needs scikit-learn.
"""

from pathlib import Path

import numpy as np
from sklearn.datasets import load_digits

TARGET = Path(__file__).resolve().parent.parent / "conv" / "data" / "digits.npz"


def main() -> None:
    """Save images (1797, 8, 8) of 0 to 16 and labels (1797,) of 0 to 9, both uint8."""
    digits = load_digits()
    np.savez_compressed(TARGET, images=digits.images.astype(np.uint8), labels=digits.target.astype(np.uint8))


if __name__ == "__main__":
    main()
