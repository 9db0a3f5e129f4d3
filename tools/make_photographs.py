"""Write the photographs of assets/images/pictures/ from those that scikit-image's wheel carries.

Run once, from the project's folder: ``python tools/make_photographs.py``. Only this script needs scikit-image.
"""

from pathlib import Path

from PIL import Image
from skimage import data

TARGET = Path(__file__).resolve().parent.parent / "assets" / "images" / "pictures"
NAMES = ("camera", "astronaut", "chelsea", "coins", "brick")


def main() -> None:
    """Save each as it is, lossless, without what a camera or an editor noted in the file."""
    TARGET.mkdir(parents=True, exist_ok=True)
    for name in NAMES:
        Image.fromarray(getattr(data, name)()).save(TARGET / f"{name}.png", optimize=True)


if __name__ == "__main__":
    main()
