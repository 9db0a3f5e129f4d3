"""The receptive field's page without a browser: what opens, what it says, and what it sends to its front ends."""

from __future__ import annotations

from functools import partial

from conv.receptive_field import Layer, chain
from tests.pages.conftest import open_page, sent

opened = partial(open_page, "receptive_field")


def test_the_lectures_question_on_the_page() -> None:
    data = sent(opened())["receptive_field"]
    assert [layer["name"] for layer in data["layers"]] == ["Input", "3×3 conv", "3×3 conv"]
    assert data["table"][-1][6] == ["5", "3 + (3 − 1)·1 = 5"]
    assert data["unit"] == {"layer": 2, "row": 2, "col": 2}
    assert data["coverage"] is None and data["effective"] is None


def test_a_stack_in_the_link_is_the_cores() -> None:
    app = opened(h="40", w="40", layers="conv_5_2_1_2~avg_3~conv", layer="2", row="4", col="5")
    data = sent(app)["receptive_field"]
    fields = chain([Layer("conv", 5, 2, 1, 2), Layer("avg", 3, 2), Layer("conv", 3)], 40)
    assert [row[6][0] for row in data["table"][2:]] == [f"{field.size[0]}" for field in fields]
    assert [row[9][0] for row in data["table"][2:]] == [f"{field.padding[0]}" for field in fields]
    assert data["unit"] == {"layer": 2, "row": 4, "col": 5}


def test_nonsense_in_the_link_opens_the_nearest_stack_with_a_note() -> None:
    app = opened(h="4", w="4", layers="conv_99~max_3", layer="7", view="sideways")
    notes = [note.value for note in app.warning]
    assert any("view must be one of tower, maps, coverage, effective" in note for note in notes)
    assert any("Layer 1 did not fit its 4×4 input: kernel 4 in place of 15." in note for note in notes)
    assert any("Layer 7 has no unit" in note for note in notes)
    assert app.query_params["layers"] == "conv_4_1_0_1~max_1_2_0_1"


def test_coverage_and_effective_field_are_computed_where_they_are_shown() -> None:
    assert sent(opened(view="coverage"))["receptive_field"]["coverage"]["sentence"].startswith("Units of layer 2")
    assert sent(opened(view="effective"))["receptive_field"]["effective"]["shape"] == [5, 5]
    kinds = [item["name"] for item in sent(opened(view="effective"))["controls"]["items"]]
    assert "weights" in kinds and "seed" in kinds and "counted" not in kinds
