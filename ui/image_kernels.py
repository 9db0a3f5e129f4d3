"""Image kernels over a photograph: the settings of the page, their repair, and the chain they make."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from conv.errors import ConvError
from conv.filtering import LARGEST_SIDE, Display, Filter, Pool, Step, display, grey, read_matrix, run
from conv.kernels import KERNELS, box, centred, gabor, gaussian, kernel
from ui import controls
from ui.controls import Item
from ui.pictures import WholePicture, read_whole_picture
from ui.presets import Preset
from ui.settings import Field, Page, RowKind, Values, choice, flag, real, stack, text, whole

FOLDER = Path(__file__).parent.parent / "assets" / "images" / "pictures"
MOST_STEPS = 5
OWN = "own"  # the kernel of one's own, and the picture from a file
PHOTO = "photo"  # the picture from the device's camera
SPELLED_OWN = 2000  # characters


@dataclass(frozen=True)
class Photograph:
    """A bundled picture; assets/images/pictures/README.md says more of where it is from."""

    title: str
    credit: str


PHOTOGRAPHS = {
    "camera": Photograph("Photographer", "Photograph: Lav Varshney, CC0"),
    "astronaut": Photograph("Astronaut, in colour", "Photograph: NASA, public domain"),
    "chelsea": Photograph("Cat, in colour", "Photograph: Stéfan van der Walt, CC0"),
    "coins": Photograph("Coins", "Photograph: Brooklyn Museum, no known copyright restrictions"),
    "brick": Photograph("Bricks", "Photograph: CC0 Textures, CC0"),
}
SOURCES = {name: photograph.title for name, photograph in PHOTOGRAPHS.items()} | {
    OWN: "A picture of your own", PHOTO: "A photograph taken now",
}

# Kernels with one size, by their names in the link, where "_" parts a row's numbers.
FIXED = {
    name.replace("_", "-"): name
    for name in (
        "identity", "edge_detection_1", "edge_detection_2", "edge_detection_3", "sharpen", "unsharp_5", "emboss",
        "sobel_vertical", "sobel_horizontal", "prewitt_vertical", "prewitt_horizontal", "scharr_vertical",
        "scharr_horizontal", "gradient_horizontal", "gradient_vertical",
    )
}
# Titles that a menu in the sidebar has room for.
SHORT = {"edge-detection-2": "Edges 2 (4 neighbours)", "edge-detection-3": "Edges 3 (8 neighbours)"}
SIDE = Field("Size", 5, 1, LARGEST_SIDE)
ANGLE = Field("Angle °", 0, 0, 179)
KINDS = {key: RowKind(SHORT.get(key, KERNELS[name].title)) for key, name in FIXED.items()} | {
    "box": RowKind("Box blur", (SIDE,)),
    "gaussian": RowKind("Gaussian blur", (SIDE,)),
    "motion": RowKind("Motion blur", (SIDE,)),
    "gabor": RowKind("Gabor", (Field("Size", 11, 1, LARGEST_SIDE), ANGLE, Field("Wavelength", 5, 2, LARGEST_SIDE))),
    OWN: RowKind("Your own kernel"),
    "max": RowKind("Max pooling", (Field("Size", 2, 2, 8),)),
    "avg": RowKind("Average pooling", (Field("Size", 2, 2, 8),)),
}
# Where the words about a kernel are that is made at a size.
ABOUT = {"box": "box_blur", "gaussian": "gaussian", "motion": "motion_blur", "gabor": "gabor"}

COLOURS = {"grey": "Grey", "rgb": "Red, green and blue, each by itself"}
BORDERS = {"replicate": "the nearest pixel again", "zeros": "zeros (black)"}
SHOWING = {
    "clip": "Clip: 0 black, 255 white",
    "normalise": "Normalise: least to most",
    "signed": "Signed: 0 is mid grey",
    "absolute": "Absolute value, clipped",
}
FIRST = (("edge-detection-3",),)

SETTINGS = (
    choice("picture", "camera", SOURCES),
    choice("colour", "grey", COLOURS),
    stack("chain", FIRST, KINDS, most=MOST_STEPS, noun="step"),
    whole("after", 0, 0, MOST_STEPS),
    choice("show", "clip", SHOWING),
    choice("border", "replicate", list(BORDERS)),
    text("own", SPELLED_OWN),
    flag("sum"),
    real("offset", 0.0, -1000.0, 1000.0),
)

PRESETS = {
    "halo": Preset(
        "Edge detection 3, clipped",
        "Each edge has two sides, one bright, one dark. Show the values *signed*: where was the dark halo?",
        {},
    ),
    "sides": Preset(
        "Both sides of each edge",
        "Light and dark tell the two sides of an edge apart. Take the *absolute value*: what is lost, what is gained?",
        {"show": "signed"},
    ),
    "sobel": Preset(
        "Sobel, vertical edges",
        "Which way brightness changes is the sign. Take *Sobel, horizontal edges*: which parts of the picture vanish?",
        {"chain": (("sobel-vertical",),), "show": "signed"},
    ),
    "noise": Preset(
        "Blur before edges",
        "The grass no longer counts as edges. Swap the two steps: does the result change?",
        {"chain": (("gaussian", 7), ("edge-detection-2",)), "show": "signed"},
    ),
    "pooled": Preset(
        "Edges, then max pooling",
        "Of every 4×4 block the strongest answer stays. Take *Average pooling* instead: what becomes of thin lines?",
        {"chain": (("sobel-horizontal",), ("max", 4)), "picture": "brick"},
    ),
    "gabor": Preset(
        "Gabor on fur",
        "Stripes of one direction and one width answer. Turn the angle: which hairs answer now?",
        {"picture": "chelsea", "chain": (("gabor", 11, 45, 5),), "show": "absolute"},
    ),
    "sharpen": Preset(
        "Sharpen in colour",
        "Red, green and blue are sharpened each by itself. Where do colours appear that were not there?",
        {"picture": "astronaut", "colour": "rgb", "chain": (("sharpen",),)},
    ),
    "emboss": Preset(
        "Emboss coins",
        "The light seems to come from the top left. Change the signs of the kernel: do the coins become hollows?",
        {"picture": "coins", "chain": (("emboss",),)},
    ),
}
TRY = "Double-click a weight of the kernel and change it, or add a step: what does the loupe say then?"


@dataclass(frozen=True, eq=False)
class Source:
    """A picture to filter, made ready once: what looks at every pixel takes time."""

    title: str
    credit: str
    pixels: dict[str, NDArray[np.uint8]]  # by the names of COLOURS, (1 or 3, H, W)
    digest: str  # tells pictures apart


@dataclass(frozen=True, eq=False)
class Shown:
    """A picture, the chain it runs through, and the step that is looked at."""

    title: str
    credit: str
    name: str  # tells pictures apart, and their colours
    picture: NDArray[np.uint8]  # (1 or 3, H, W)
    rows: tuple[tuple[Any, ...], ...]  # the chain as far as the step that is shown; at least one
    steps: tuple[Step, ...]
    divisor: float  # of the last step's kernel; 1 unless it is one's own, divided by its sum
    border: str
    results: list[NDArray]  # the picture and what each step makes of it
    display: Display
    own_error: str = ""
    undivided: bool = False  # by the last step's sum, as was asked for, because that is 0

    @property
    def source(self) -> NDArray:
        """What the last step reads, (C, H, W)."""
        return self.results[-2]

    @property
    def result(self) -> NDArray:
        """What the last step gives, (C, H, W)."""
        return self.results[-1]

    @property
    def factor(self) -> int:
        """How many pixels of the picture lie side by side under one of the result."""
        return math.prod(step.stride for step in self.steps)


# ---- from settings to pixels ---------------------------------------------------------------


def settle(page: Page) -> Shown:
    """Repair what is not valid, note what changed, and run the chain."""
    values = page.values
    source = _source(page)
    picture = source.pixels[values["colour"]]
    weights, own_error = _own_weights(page)
    if _refused(page):
        own_error = f"A kernel's text must have at most {SPELLED_OWN} characters."
    _keep_what_fits(page, picture.shape[1:])
    chain = values["chain"]
    if values["after"] >= len(chain):
        page.update(after=0)
    rows = chain[: values["after"] or None] or (("identity",),)  # without a step the picture is shown as it is
    own, divisor = _own_filter(weights, values)
    steps = tuple(own if row[0] == OWN else step_of(row) for row in rows)
    results = run(picture, steps, values["border"])
    return Shown(
        source.title, source.credit, f"{source.digest} {values['colour']}", picture, rows, steps,
        divisor if rows[-1][0] == OWN else 1.0, values["border"], results, display(results[-1], values["show"]),
        own_error, undivided=rows[-1][0] == OWN and values["sum"] and not _can_be_divided(weights),
    )


def step_of(row: tuple[Any, ...]) -> Step:
    """Make a step of the chain, other than one's own kernel.

    >>> step_of(("gradient-horizontal",)).weights
    array([[-1.,  0.,  1.]])
    """
    kind, *numbers = row
    if kind in ("max", "avg"):
        return Pool(kind, *numbers)
    makers: dict[str, Callable[..., NDArray]] = {
        "box": lambda side: box(side, side),
        "gaussian": lambda side: gaussian(side, side),
        "motion": lambda side: kernel("motion_blur", side),
        "gabor": lambda side, angle, wavelength: gabor(side, side, theta=math.radians(angle), wavelength=wavelength),
    }
    return Filter(makers[kind](*numbers) if kind in makers else KERNELS[FIXED[kind]].array)


def row_title(row: tuple[Any, ...]) -> str:
    """Name a step of the chain.

    >>> row_title(("max", 2)), row_title(("gabor", 11, 45, 5))
    ('Max pooling 2×2', 'Gabor 11×11, 45°')
    """
    kind, *numbers = row
    title = KERNELS[FIXED[kind]].title if kind in FIXED else KINDS[kind].title
    if numbers:
        title += f" {numbers[0]}×{numbers[0]}"
    return f"{title}, {numbers[1]}°" if kind == "gabor" else title


@cache
def photograph(name: str) -> NDArray[np.uint8]:
    """Read a bundled picture, (1 or 3, H, W), read-only: all sessions share it."""
    with Image.open(FOLDER / f"{name}.png") as image:
        pixels = np.ascontiguousarray(np.atleast_3d(np.asarray(image)).transpose(2, 0, 1))  # (C, H, W)
    pixels.setflags(write=False)
    return pixels


@cache
def _bundled(name: str) -> Source:
    return _made_ready(PHOTOGRAPHS[name].title.split(",")[0], PHOTOGRAPHS[name].credit, photograph(name))


def _made_ready(title: str, credit: str, pixels: NDArray[np.uint8]) -> Source:
    digest = hashlib.blake2b(pixels, digest_size=8).hexdigest()
    return Source(title, credit, {"grey": grey(pixels), "rgb": pixels}, f"{digest} {pixels.shape}")


def _source(page: Page) -> Source:
    """Give the picture that is chosen, or the first while there is none of one's own."""
    name, new_link = page["picture"], page.arrivals != page.recall("arrivals")
    page.remember("arrivals", page.arrivals)
    if name in PHOTOGRAPHS:
        return _bundled(name)
    own: Source | None = page.recall(f"{name} picture")
    if own is None and new_link:
        page.notes.append("Pictures do not travel in links: choose yours again.")
        page.update(picture="camera")
    return own or _bundled("camera")


def keep_picture(page: Page, content: bytes) -> None:
    """Keep a picture that was sent, for this session alone; a ConvError says what is wrong with it."""
    whole_picture = read_whole_picture(content)
    page.remember(
        f"{page['picture']} picture", _made_ready("Your picture", _sizes(whole_picture), whole_picture.pixels)
    )


def _sizes(picture: WholePicture) -> str:
    """Say how large a picture is, and how large it was."""
    rows, cols = picture.pixels.shape[1:]
    if not picture.is_reduced:
        return f"{cols} × {rows} pixels, in this session only"
    return f"Reduced from {picture.cols} × {picture.rows} to {cols} × {rows} pixels, in this session only"


def _own_weights(page: Page) -> tuple[NDArray[np.float64], str]:
    """Read the kernel of one's own; while it is no matrix, the last that was stays, and a sentence says why."""
    before = page.recall("own", KERNELS["identity"].array)
    if not page["own"]:
        return before, ""
    try:
        weights = read_matrix(page["own"])
    except ConvError as error:
        return before, str(error)
    page.remember("own", weights)
    return weights, ""


def _refused(page: Page) -> str:
    """Give the text of a kernel that was too long to take, as long as nothing else was taken."""
    arrivals, written = page.recall("refused", (0, ""))
    return written if arrivals == page.arrivals else ""


def _can_be_divided(weights: NDArray[np.float64]) -> bool:
    """Whether weights have a sum that is more than rounding."""
    return abs(float(weights.sum())) > 1e-9 * float(np.abs(weights).sum())


def _own_filter(weights: NDArray[np.float64], values: Values) -> tuple[Filter, float]:
    """Make the filter of one's own, and tell what its weights are divided by."""
    divisor = float(weights.sum()) if values["sum"] and _can_be_divided(weights) else 1.0
    return Filter(weights / divisor, values["offset"]), divisor


def _keep_what_fits(page: Page, size: tuple[int, ...]) -> None:
    """Leave out poolings that are larger than what is left of the picture."""
    kept = []
    for row in page["chain"]:
        if row[0] in ("max", "avg"):
            if min(size) < row[1]:
                page.notes.append(f"{row_title(row)} is left out: only {size[0]} × {size[1]} pixels were left to pool.")
                continue
            size = tuple(n // row[1] for n in size)
        kept.append(row)
    page.update(chain=tuple(kept))


# ---- controls and what they change ---------------------------------------------------------


def items(page: Page, shown: Shown) -> list[Item]:
    """Describe the controls."""
    chain = page["chain"]
    found = [
        controls.select(page, "picture", "Picture", SOURCES),
        controls.select(page, "colour", "Colour", COLOURS),
        controls.stack(page, "chain", "Chain of kernels", KINDS, noun="step", most=MOST_STEPS),
    ]
    if len(chain) > 1:
        places = {"0": "the whole chain"} | {
            str(n): f"step {n}, {SHORT.get(row[0], row_title(row))}" for n, row in enumerate(chain[:-1], start=1)
        }
        found.append(controls.select(page, "after", "Shown after", places))
    if any(row[0] == OWN for row in chain):
        found += _own_items(page, shown)
    return [
        *found,
        controls.select(page, "show", "Values as grey levels", SHOWING),
        controls.select(page, "border", "Beyond the border", BORDERS),
        controls.start_from(PRESETS),
    ]


def _own_items(page: Page, shown: Shown) -> list[Item]:
    """Describe the controls of a kernel of one's own."""
    weights, _ = _own_weights(page)
    rows, cols = weights.shape
    typed = controls.lines(page, "own", "Your kernel, a row a line", rows=min(max(rows, 3), 6), error=shown.own_error)
    return [
        typed | {"value": _refused(page) or page["own"] or spell(weights)},
        *(
            {"kind": "slider", "name": name, "label": label, "value": now, "least": 1, "most": LARGEST_SIDE}
            for name, label, now in (("rows", "Kernel rows", rows), ("cols", "Kernel columns", cols))
        ),
        controls.toggle(page, "sum", "Divide by the sum"),
        controls.number(page, "offset", "Offset (bias)", -1000, 1000, 1),
    ]


def try_this(page: Page) -> str:
    """Say what to try with the settings as they are."""
    defaults = {setting.name: setting.default for setting in SETTINGS}
    now = {name: page[name] for name in defaults}
    return next((preset.text for preset in PRESETS.values() if defaults | preset.settings == now), TRY)


def take(page: Page) -> None:
    """Take what the controls have sent."""
    for name, value in page.take("controls"):
        if name == "preset" and value in PRESETS:
            page.start_from(PRESETS[value].settings)
        elif name == "own":
            page.remember("refused", (page.arrivals, value if page["own"] != value else ""))
            page.remember("all weights", None)
        elif name in ("rows", "cols") and value.isascii() and value.isdigit():
            page.remember("refused", (page.arrivals, ""))
            _resize(page, name, min(max(int(value), 1), LARGEST_SIDE))


def _resize(page: Page, axis: str, side: int) -> None:
    """Make one's own kernel smaller or larger; weights that are cut off wait until it grows again."""
    weights, _ = _own_weights(page)
    rows, cols = weights.shape
    arrivals, waiting = page.recall("all weights") or (page.arrivals, weights)
    known = _laid_over(waiting, weights) if arrivals == page.arrivals else weights
    page.remember("all weights", (page.arrivals, known))
    page.update(own=spell(centred(known, (side, cols) if axis == "rows" else (rows, side))))


def _laid_over(below: NDArray[np.float64], above: NDArray[np.float64]) -> NDArray[np.float64]:
    """Lay one matrix over the middle of another, on a grid that has room for both.

    >>> _laid_over(np.array([[1.0, 2.0, 3.0]]), np.array([[5.0], [6.0]]))
    array([[1., 5., 3.],
           [0., 6., 0.]])
    """
    size = max(below.shape[0], above.shape[0]), max(below.shape[1], above.shape[1])
    return np.where(centred(np.ones_like(above), size) == 1, centred(above, size), centred(below, size))


def take_edits(page: Page) -> None:
    """Make a kernel of one's own of the one that is shown, with the numbers typed into it."""
    sent = page.event("image_kernels", "edits")
    with suppress(ValueError, TypeError, KeyError, IndexError, OverflowError):  # not from our own front end
        weights = np.array(sent["weights"], dtype=float).reshape(int(sent["rows"]), int(sent["cols"]))
        spelled = spell(weights)
        read_matrix(spelled)
        place = int(sent["step"])
        chain = list(page["chain"]) or [(OWN,)]
        if chain[place][0] != OWN:
            page.update(sum=False, offset=0.0)
            page.remember("all weights", None)
        page.remember("refused", (page.arrivals, ""))
        chain[place] = (OWN,)
        page.update(own=spelled, chain=tuple(chain))
        page.remember("edits answered", int(sent["serial"]))


def spell(weights: NDArray[np.float64]) -> str:
    """Write a matrix as one types it.

    >>> print(spell(np.array([[0.0, -1.5], [10, 1 / 3]])))
    0 -1.5
    10 0.333333
    """
    return "\n".join(" ".join(f"{weight:.6g}" for weight in row) for row in weights + 0.0)  # + 0.0: no negative zeros
