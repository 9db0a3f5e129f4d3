"""What the page of a network's inside draws and says, in plain numbers and words."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from conv.inspection import Occlusion, deconvnet, feature_maps, guided_backprop, occlusion, saliency
from conv.layers import Array, ReLU
from conv.losses import softmax
from conv.receptive_field import Region
from ui.components import Data, packed
from ui.inside import FILL_VALUES, INKS, METHODS, Shown
from ui.inside_subject import Stage, Subject, flat, grey, squares
from ui.settings import Page

MOST_MAPS = 64  # of a stage, that are drawn
EDGE = 0.45  # the share from which a kernel is said to find edges
ARROWS = "→↗↑↖←↙↓↘"
TOWARDS = (
    "to the right", "to the upper right", "upwards", "to the upper left", "to the left", "to the lower left",
    "downwards", "to the lower right",
)
ZEILER, SPRINGENBERG = "Zeiler & Fergus, 2014", "Springenberg et al., 2015"
SIMONYAN, ERHAN = "Simonyan et al., 2014", "Erhan et al., 2009"


def data(page: Page, shown: Shown) -> Data:
    """Everything the front end shows; what a method finds only for the one that is looked at."""
    page.remember("picture", picture_key(shown))
    return {
        "arrival": page.arrivals,
        "answered": page.recall("look answered", 0),
        "about": shown.subject.about,
        "input": picture(shown),
        "columns": [column(shown, place) for place in range(len(shown.subject.stages))],
        "layer": shown.place + 1,
        "map": shown.map + 1,
        "method": shown.method,
        "methods": list(METHODS.items()),
        "panel": PANELS[shown.method](shown),
    }


def number(value: float) -> str:
    """Three significant digits.

    >>> number(12.345), number(-0.00001), number(1234.5)
    ('12.3', '-1e-05', '1234')
    """
    return f"{value:.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def span(name: str, places: range) -> str:
    """Name rows or columns, counted from 1.

    >>> span("row", range(2, 5)), span("column", range(1))
    ('rows 3 to 5', 'column 1')
    """
    first, last = places.start + 1, places.stop
    return f"{name} {last}" if first == last else f"{name}s {first} to {last}"


def spot(region: Region) -> str:
    """Name a part of the picture."""
    return f"{span('row', region.rows)} and {span('column', region.cols)}"


# ---- the picture ---------------------------------------------------------------------------------


def picture(shown: Shown) -> Data:
    """The input: its pixels, and its ink as a drawing would be spelled."""
    levels = grey(shown.image[None])[0]
    drawable = len(shown.image) == 1
    ink = "".join(INKS[level] for level in np.rint(levels.ravel() * (len(INKS) - 1)).astype(int)) if drawable else ""
    return {
        "key": picture_key(shown),
        "title": shown.title,
        "class": shown.picture[0],
        "n": shown.picture[1],
        "drawn": shown.label is None,
        "drawable": drawable,
        "levels": INKS,
        "ink": ink,
        "rows": levels.shape[0],
        "cols": levels.shape[1],
        "values": packed(levels),
        "caption": f"{levels.size} pixels, from 0 to 1.",
    }


def picture_key(shown: Shown) -> str:
    """Another one for another picture."""
    return f"{shown.subject.key} {shown.picture[0]} {shown.picture[1]}"


# ---- the columns: a stage each -------------------------------------------------------------------


def column(shown: Shown, place: int) -> Data:
    """A stage with its maps for the picture."""
    stage, values = shown.subject.stages[place], shown.maps[place]
    drawn = values[:MOST_MAPS].reshape(-1, *stage.size)  # (maps, rows, cols)
    rows, cols = stage.size
    sees = [shown.subject.seen(stage, 0, (row, 0)).rows for row in range(rows)]
    sees_cols = [shown.subject.seen(stage, 0, (0, col)).cols for col in range(cols)]
    return {
        "name": stage.name,
        "short": stage.name.replace("Convolution", "Conv").replace("Pooling", "Pool").replace("Class scores", "Scores"),
        "kind": stage.kind,
        "noun": stage.noun,
        "path": path(shown.subject.stages)[place],
        "size": size(stage),
        "caption": caption(shown.subject, place),
        "count": len(drawn),
        "rows": rows,
        "cols": cols,
        "values": packed(drawn),
        "limit": float(np.abs(drawn).max()),
        "sees_rows": [[part.start, part.stop] for part in sees],
        "sees_cols": [[part.start, part.stop] for part in sees_cols],
        "names": names(shown, place),
        "says": [says(shown, place, channel) for channel in range(len(drawn))],
        "arrows": arrows(shown.subject) if place == 0 else [],
        "kernels": kernels(shown.subject) if place == 0 else None,
        "bars": bars(shown) if stage.kind == "scores" else None,
    }


def size(stage: Stage) -> str:
    """How many maps of which size."""
    if stage.kind == "scores":
        return f"softmax of {stage.maps}"
    shown = f"{MOST_MAPS} of {stage.maps}" if stage.maps > MOST_MAPS else str(stage.maps)
    return f"{shown} units" if stage.kind == "dense" else f"{shown} maps {stage.size[0]}×{stage.size[1]}"


def names(shown: Shown, place: int) -> list[str]:
    """Name each map shortly: by its number, a class by its own name."""
    stage = shown.subject.stages[place]
    if stage.kind == "scores":
        return list(shown.subject.class_names)
    return [f"{stage.noun} {channel + 1}" for channel in range(min(stage.maps, MOST_MAPS))]


def path(stages: Sequence[Stage]) -> list[str]:
    """Say of each stage where it is on the way from pixel to class.

    >>> from ui.inside_subject import bundled
    >>> path(bundled().stages)
    ['Edge', 'Edge, pooled', 'Motif and part', 'Part, pooled', 'Class']
    """
    deepest = max((stage.number for stage in stages if stage.kind == "conv"), default=0)
    found, now = [], "Pixel"
    for stage in stages:
        if stage.kind == "conv":
            now = "Edge" if stage.number == 1 else "Part"
            if stage.number == 2:
                now = "Motif" if deepest > 2 else "Motif and part"
            found.append(now)
        elif stage.kind == "pool":
            found.append(f"{now.split()[-1].capitalize()}, pooled")
        else:
            found.append("Class" if stage.kind == "scores" else "Whole shape")
    return found


def caption(subject: Subject, place: int) -> str:
    """Say what a stage does, in few words."""
    stage = subject.stages[place]
    if stage.kind == "scores":
        return "Parts vote for and against each class; softmax makes probabilities of the scores."
    if stage.kind == "dense":
        return "Each unit sees the whole picture."
    field = subject.summary.rows[stage.layer].field
    sees = f"Each unit sees {field.size[0]}×{field.size[1]} pixels" if field else "Each unit sees a part"
    if field and (np.array(field.size) > subject.image_shape[1:]).any():
        sees += " with padding"
    if stage.kind == "pool":
        return f"{sees}: what was found stays, where exactly does not."
    if stage.number > 1:
        return f"{sees}: {'edges' if stage.number == 2 else 'motifs'} put together to arcs, corners, ends of strokes."
    if not subject.edges:
        return f"{sees}: edges, each map its own."
    count = sum(found.share >= EDGE for found in subject.edges)
    if not count:
        return f"{sees}: no map finds edges in one direction yet."
    return f"{sees}: {count} of {stage.maps} maps find edges in one direction (arrow)."


def arrows(subject: Subject) -> list[str]:
    """Where the values grow that each first map answers to; nothing for one that does not find edges."""
    return [ARROWS[_eighth(found.angle)] if found.share >= EDGE else "" for found in subject.edges]


def _eighth(angle: float) -> int:
    return round(angle / 45) % 8


def kernels(subject: Subject) -> Data | None:
    """The first layer's kernels, and what each looks for."""
    if not len(subject.kernels):
        return None
    told = [
        f"An edge: ink grows {TOWARDS[_eighth(found.angle)]} ({found.share:.0%} of the weights' squares)."
        if found.share >= EDGE else f"Not one edge ({found.share:.0%} of the weights' squares): a line, end or spot."
        for found in subject.edges
    ]
    shape = subject.kernels.shape[1:]
    return {
        "rows": shape[0], "cols": shape[1], "values": packed(subject.kernels),
        "limit": float(np.abs(subject.kernels).max()), "says": told,
    }


def bars(shown: Shown) -> Data:
    """Each class's probability, which is right and which was chosen."""
    return {
        "probabilities": [f"{chance:.2f}" for chance in shown.probabilities],
        "shares": [float(chance) for chance in shown.probabilities],
        "scores": [number(score) for score in shown.maps[-1]],
        "truth": shown.label,
        "chosen": shown.predicted,
    }


def says(shown: Shown, place: int, channel: int) -> str:
    """Tell what a map answers to the picture."""
    stage, values = shown.subject.stages[place], shown.maps[place][channel]
    if stage.kind == "scores":
        name, chance = shown.subject.class_names[channel], shown.probabilities[channel]
        true = "" if shown.label != channel else ", the true class"
        return f"Class {name}{true}: score {number(values)}, probability {chance:.3f}."
    if stage.kind == "dense":
        return f"{stage.name}, unit {channel + 1} of {stage.maps}: {number(values)}."
    head = f"{stage.name}, map {channel + 1} of {stage.maps}"
    if not values.any():
        return f"{head}: silent, all its {values.size} units are 0."
    row, col = divmod(int(values.argmax()), stage.size[1])
    seen = shown.subject.seen(stage, channel, (row, col))
    strongest = f"{number(values[row, col])} at its strongest, row {row + 1}, column {col + 1}"
    above = f"{int((values > 0).sum())} of {values.size} units are above 0"
    return f"{head}: {strongest}, which sees {spot(seen)}. {above}."


# ---- the panels: a method each -------------------------------------------------------------------


def patches_panel(shown: Shown) -> Data:
    """The strongest patches of the test set, and what is sent down from each."""
    stage, subject = shown.stage, shown.subject
    found = subject.patches(stage)[shown.map]
    name = "class score" if stage.kind == "scores" else stage.noun
    if found[0].value <= 0:
        most = f"gets more than {number(found[0].value)} out of this {name}"
        return {"lead": f"None of {subject.searched} test pictures {most}: it is dead."}
    images = grey(subject.images[[patch.image for patch in found]])
    down, guided = subject.projections(stage, shown.map)
    classes = [subject.class_names[subject.labels[patch.image]] for patch in found]
    return {
        "lead": f"The {len(found)} of {subject.searched} test pictures that excite this {name} the most; framed: "
        "what the unit sees.",
        "heads": [[name, number(patch.value)] for name, patch in zip(classes, found, strict=True)],
        "frames": [[patch.rows.start, patch.cols.start, patch.rows.stop, patch.cols.stop] for patch in found],
        "says": [
            f"Test picture {patch.image + 1}, class {name}: {number(patch.value)} where the unit sees "
            f"{span('row', patch.rows)} and {span('column', patch.cols)}."
            for name, patch in zip(classes, found, strict=True)
        ],
        "pictures": [place_of(subject, patch.image) for patch in found],
        "rows": [
            _strip("Picture", "Test set", images, 1.0),
            _strip("Deconvnet", ZEILER, down),
            _strip("Guided backprop", SPRINGENBERG, guided),
        ],
        "size": list(subject.image_shape[1:]),
    }


def place_of(subject: Subject, image: int) -> list[int]:
    """Name a test picture as the page does: its class, and its number in it from 1."""
    label = int(subject.labels[image])
    return [label, subject.pictures_of(label).index(image) + 1]


def _strip(name: str, source: str, values: Array, limit: float | None = None) -> Data:
    """Pictures in a row, each on its own scale if no limit is given."""
    limits = np.abs(values).max(axis=(1, 2)) if limit is None else np.full(len(values), limit)
    return {"name": name, "source": source, "values": packed(values), "limits": limits.tolist()}


def signals_panel(shown: Shown) -> Data:
    """What is sent down from the map's strongest unit for this picture, by three rules."""
    stage, values = shown.stage, shown.maps[shown.place][shown.map]
    found = [
        flat(method(shown.subject.network, shown.image[None], channel=shown.map, layer=stage.layer))[0]
        for method in (saliency, guided_backprop, deconvnet)
    ]
    silent = isinstance(shown.subject.network.layers[stage.layer], ReLU) and not values.any()
    return {
        "lead": "It is silent for this picture, so nothing comes down." if silent else "",
        "grids": [
            _board("Gradient", f"A ReLU sends g down where it was on. {SIMONYAN}", found[0]),
            _board("Guided backprop", f"Where it was on, and g above 0. {SPRINGENBERG}", found[1]),
            _board("Deconvnet", f"Where g is above 0; unpooled by switches. {ZEILER}", found[2]),
        ],
    }


def _board(name: str, note: str, values: Array, limit: float | None = None) -> Data:
    limit = float(np.abs(values).max()) if limit is None else limit
    rows, cols = values.shape
    return {"name": name, "note": note, "rows": rows, "cols": cols, "values": packed(values), "limit": limit}


def occlusion_panel(shown: Shown) -> Data:
    """How far the class's probability and the map's sum fall with each square that is covered."""
    subject, stage, watched = shown.subject, shown.stage, shown.subject.class_names[shown.watched]
    by_class, by_map, taken = covered(shown)
    name = f"score of {subject.class_names[shown.map]}" if stage.kind == "scores" else f"{stage.noun} {shown.map + 1}"
    title = f"{name[0].upper()}{name[1:]}"
    where = [
        f"{span('row', range(row, row + shown.size))} and {span('column', range(col, col + shown.size))}"
        for row in by_class.rows for col in by_class.cols
    ]
    told = [
        f"Covered {place}: probability of {watched} {by_class.uncovered:.3f} → {chance:.3f}; {name} "
        f"{number(by_map.uncovered)} → {number(answer)}; taken for {subject.class_names[best]}."
        for place, chance, answer, best in zip(
            where, by_class.covered.ravel(), by_map.covered.ravel(), taken.ravel(), strict=True
        )
    ]
    apart = f", every {squares(subject, shown.size)} pixels" if squares(subject, shown.size) > 1 else ""
    return {
        "lead": f"How far it falls with each {shown.size}×{shown.size} square that is covered{apart}. "
        "Dashed: then taken for another class.",
        "grids": [
            _board(
                f"Probability of {watched}", f"{by_class.uncovered:.3f} uncovered. {ZEILER}, figure 6d",
                np.round(fall(by_class), 3) + 0.0, 1.0,
            ),
            _board(title, f"{number(by_map.uncovered)} in sum, uncovered. {ZEILER}, figure 6b", fall(by_map)),
        ],
        "changed": np.flatnonzero(taken != shown.predicted).tolist(),
        "says": told,
        "first_rows": list(by_class.rows),
        "first_cols": list(by_class.cols),
        "side": shown.size,
    }


def fall(found: Occlusion) -> Array:
    """How far the answer falls with each covered place; what is only the rounding of its sum is 0."""
    fallen = found.uncovered - found.covered
    return np.where(np.abs(fallen) > 1e-6 * np.abs(found.covered).max(initial=abs(found.uncovered)), fallen, 0.0)


def covered(shown: Shown) -> tuple[Occlusion, Occlusion, Array]:
    """Cover the picture: the class's probability, the map's sum, and for which class each place is then taken."""
    network, stride = shown.subject.network, squares(shown.subject, shown.size)

    def answers(channel: int, layer: int | None = None) -> Occlusion:
        return occlusion(
            network, shown.image, channel=channel, layer=layer, size=shown.size, stride=stride,
            fill=FILL_VALUES[shown.fill],
        )

    scores = [answers(channel, layer=-1).covered for channel in range(len(shown.subject.class_names))]
    return answers(shown.watched), answers(shown.map, shown.stage.layer), np.argmax(scores, axis=0)


def ideal_panel(shown: Shown) -> Data:
    """The picture that a unit likes best, and the way there."""
    stage, subject = shown.stage, shown.subject
    ascents = subject.ideal(stage, shown.map)
    images = np.array([ascent.image for ascent in ascents])  # (n, C, H, W)
    last = ascents[-1]
    unit = {"scores": "score", "dense": "unit"}.get(stage.kind, "map's middle unit")
    lead = f"{last.step} steps up the gradient of the {unit}, from noise: {number(ascents[0].value)} becomes "
    lead += f"{number(last.value)}."
    if stage.kind == "scores":
        # On a copy, as all of conv.inspection: others are looking into the same network at the same time.
        chance = softmax(feature_maps(subject.network, last.image)[-1][None])[0, shown.map]
        lead += f" Probability of the class: {chance:.2f}."
    shades = grey(images)
    return {
        "lead": lead,
        "grids": [_board("Ideal input", ERHAN, shades[-1], 1.0)],
        "film": _strip("Steps", "", shades, 1.0) | {
            "heads": [[f"Step {ascent.step}", number(ascent.value)] for ascent in ascents],
            "size": list(subject.image_shape[1:]),
        },
    }


PANELS = {
    "patches": patches_panel, "signals": signals_panel, "occlusion": occlusion_panel, "ideal": ideal_panel,
}
