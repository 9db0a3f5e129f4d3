"""Image kernels in a real browser: before and after, the loupe, a kernel and a picture of one's own."""

from __future__ import annotations

import re
from base64 import b64decode
from io import BytesIO

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from conv.filtering import Filter, run
from conv.kernels import KERNELS
from tests.browser.axe import axe
from tests.browser.conftest import settle
from ui.image_kernels import photograph
from ui.pictures import ORIENTATION

PATHS = [
    "/image_kernels",
    "/image_kernels?picture=astronaut&colour=rgb&chain=sharpen~max_4&show=normalise",
    "/image_kernels?chain=own&own=1+2+1&sum=1&picture=chelsea",
    "/image_kernels?chain=gabor_11_45_5&show=signed&picture=own",
]
WIDE = 512  # pixels of the first photograph


def front(page):
    return page.locator(".kernels")


def loupe(page):
    return front(page).get_by_role("application")


def status(page):
    return front(page).locator("[data-part=status]")


def divider(page):
    return front(page).get_by_role("slider", name="Before and after", exact=True)


def grid(page, name):
    return front(page).get_by_role("grid", name=name, exact=True)


def choose(page, name, value):
    page.get_by_role("combobox", name=name, exact=True).select_option(value)


def drawn(page, part):
    """The pixels of a canvas, (H, W, 4)."""
    png = front(page).locator(f"[data-part={part}]").evaluate("canvas => canvas.toDataURL().split(',')[1]")
    return np.asarray(Image.open(BytesIO(b64decode(png))).convert("RGBA"))  # as a list they take Playwright 10 s


def result(name="edge_detection_3"):
    return run(photograph("camera"), [Filter(KERNELS[name].array)])[1][0]


def at(row, col):
    """The link that puts the loupe on a pixel, counted from 1."""
    return f"step={(row - 1) * WIDE + col}"


def test_before_and_after_are_the_pixels_that_python_made(open_page):
    page = open_page("/image_kernels")
    expect(status(page)).to_contain_text("=")
    assert (drawn(page, "before")[..., :3] == photograph("camera")[0][..., None]).all()
    assert (drawn(page, "after")[..., :3] == np.clip(result(), 0, 255)[..., None]).all()
    names = [image.get_attribute("aria-label") for image in front(page).get_by_role("img").all()]
    assert names == ["Before: Photographer, 512×512", "After: Edge detection 3, 512×512"]


def test_colours(open_page):
    page = open_page("/image_kernels?picture=chelsea&colour=rgb&chain=identity")
    expect(status(page)).to_contain_text("=")
    for part in ("before", "after"):
        assert (drawn(page, part)[..., :3] == photograph("chelsea").transpose(1, 2, 0)).all()


def test_the_loupe_spells_out_a_pixel(open_page):
    page = open_page(f"/image_kernels?{at(201, 301)}")
    values = photograph("camera")[0, 199:202, 299:302].ravel().tolist()
    weights = [-1, -1, -1, -1, 8, -1, -1, -1, -1]
    total = int(result()[200, 300])
    assert sum(x * w for x, w in zip(values, weights, strict=True)) == total
    words = " + ".join(f"{x}×{w}" for x, w in zip(values, weights, strict=True))
    expect(status(page)).to_have_text(f"Output (201, 301) = {words} = {total}.")
    cells = [cell.get_attribute("aria-label") for cell in grid(page, "Pixels").get_by_role("gridcell").all()]
    assert cells[4] == f"row 201, column 301, value {values[4]}"
    assert [int(cell.rsplit(" ", 1)[1]) for cell in cells] == values


def test_large_sums_are_told_to_their_last_digit(open_page):
    page = open_page(f"/image_kernels?chain={'~'.join(['edge-detection-3'] * 5)}&{at(201, 301)}")
    steps = [Filter(KERNELS["edge_detection_3"].array)] * 5
    total = int(run(photograph("camera"), steps)[-1][0, 200, 300])
    expect(status(page)).to_contain_text(f"= {total}.")
    terms = re.findall(r"(-?\d+)×(-?\d+)", status(page).text_content())
    assert len(terms) == 9 and sum(int(value) * int(weight) for value, weight in terms) == total
    expect(front(page).locator("[data-part=value]")).to_have_text(str(total))
    for chip in front(page).locator(".chip").all():
        assert chip.evaluate("el => el.scrollWidth <= el.clientWidth")


def test_the_keyboard_moves_the_loupe_and_the_link_says_where(open_page):
    page = open_page(f"/image_kernels?{at(201, 301)}")
    loupe(page).focus()
    page.keyboard.press("ArrowRight")
    expect(status(page)).to_contain_text("Output (201, 302) =")
    page.keyboard.press("Shift+ArrowDown")
    expect(status(page)).to_contain_text("Output (211, 302) =")
    page.wait_for_url(f"**{at(211, 302)}")
    page.keyboard.press("Home")
    expect(status(page)).to_contain_text("Output (211, 1) =")
    for _ in range(3):
        page.keyboard.press("ArrowLeft")
    expect(status(page)).to_contain_text("Output (211, 1) =")
    names = [cell.get_attribute("aria-label") for cell in grid(page, "Pixels").get_by_role("gridcell").all()]
    assert sum(name.startswith("beyond the border") for name in names) == 3


def test_on_a_picture_of_another_size_the_loupe_keeps_its_place_and_so_does_the_link(open_page):
    page = open_page(f"/image_kernels?{at(401, 301)}")
    page.locator("select[name=picture]").select_option("coins")  # 303×384
    there = f"Output ({400.5 * 303 // WIDE + 1:.0f}, {300.5 * 384 // WIDE + 1:.0f}) ="
    expect(status(page)).to_contain_text(there)
    page.wait_for_url(re.compile("picture=coins&step="))
    page.reload()
    expect(status(page)).to_contain_text(there)


def test_beyond_the_border_lie_zeros_or_the_nearest_pixels(open_page):
    for border, expected in (("replicate", int(photograph("camera")[0, 0, 0])), ("zeros", 0)):
        page = open_page(f"/image_kernels?border={border}&{at(1, 1)}")
        expect(status(page)).to_contain_text("Output (1, 1) =")
        corner = grid(page, "Pixels").get_by_role("gridcell").first
        expect(corner).to_have_attribute("aria-label", f"beyond the border, value {expected}")


def test_the_pointer_moves_it_until_a_click_holds_it(open_page):
    page = open_page("/image_kernels")
    box = front(page).locator("[data-part=viewer]").bounding_box()

    def point(right, down, do=page.mouse.move):
        """Go to a place on the screen; say which pixel of the picture is there, counted from 1."""
        x, y = round(box["x"]) + right, round(box["y"]) + down
        do(x, y)
        row, col = ((to - box[start]) * WIDE // box["width"] + 1 for to, start in ((y, "y"), (x, "x")))
        return f"Output ({row:.0f}, {col:.0f}) ="

    expect(status(page)).to_contain_text(point(90, 95))
    held = point(120, 140, page.mouse.click)
    point(190, 90)
    expect(status(page)).to_contain_text(held)
    point(190, 90, page.mouse.click)
    expect(status(page)).to_contain_text(point(100, 150))


def test_the_divider_is_dragged_pressed_and_clicked(open_page):
    page = open_page("/image_kernels")
    expect(divider(page)).to_have_attribute("aria-valuenow", "50")
    divider(page).focus()
    page.keyboard.press("ArrowRight")
    expect(divider(page)).to_have_attribute("aria-valuetext", "51 % before, 49 % after")
    page.keyboard.press("Home")
    expect(divider(page)).to_have_attribute("aria-valuenow", "0")
    front(page).get_by_role("button", name="Before", exact=True).click()
    expect(divider(page)).to_have_attribute("aria-valuenow", "100")
    front(page).get_by_role("button", name="Half", exact=True).click()
    handle = divider(page).bounding_box()
    box = front(page).locator("[data-part=viewer]").bounding_box()
    page.mouse.move(handle["x"] + handle["width"] / 2, box["y"] + 40)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.2, box["y"] + 60, steps=4)
    page.mouse.up()
    expect(divider(page)).to_have_attribute("aria-valuenow", re.compile("^(19|20|21)$"))


def test_another_kernel_another_way_of_showing(open_page):
    page = open_page(f"/image_kernels?{at(201, 301)}")
    choose(page, "Kind of step 1", "sobel-vertical")
    expect(front(page).locator("[data-part=title]")).to_have_text("Sobel, vertical edges.")
    total = int(result("sobel_vertical")[200, 300])
    expect(status(page)).to_contain_text(f"= {total}.")
    choose(page, "Values as grey levels", "signed")
    magnitude = int(np.abs(result("sobel_vertical")).max())
    expect(front(page).locator("[data-part=range]")).to_contain_text(f"-{magnitude} is black, {magnitude} white")
    level = round(float(total * 127.5 / magnitude + 127.5))
    expect(front(page).locator("[data-part=level-words]")).to_contain_text(f"is grey level {level}.")
    assert drawn(page, "after")[200, 300, 0] == level
    page.wait_for_url("**chain=sobel-vertical**show=signed**")


def test_pooling_in_a_chain(open_page):
    page = open_page(f"/image_kernels?chain=edge-detection-3~max_4&{at(201, 301)}")
    block = result()[200:204, 300:304]
    expect(status(page)).to_contain_text(f"Output (51, 76) = max({int(block[0, 0])}, ")
    expect(status(page)).to_contain_text(f"= {int(block.max())}.")
    assert drawn(page, "after").shape[:2] == (128, 128)
    winner = grid(page, "Pixels").locator(".pinned")
    expect(winner).to_have_attribute("aria-label", re.compile(f"value {int(block.max())}$"))
    choose(page, "Shown after", "1")
    expect(status(page)).to_contain_text("Output (201, 301) =")
    assert drawn(page, "after").shape[:2] == (512, 512)


def test_the_greatest_of_a_large_block_is_among_its_terms(open_page):
    page = open_page(f"/image_kernels?chain=max_8&{at(201, 305)}")
    block = photograph("camera")[0, 200:208, 304:312].ravel()
    greatest = int(block.argmax())
    assert 3 < greatest < 62  # else the ends alone would tell it
    ends = ", ".join(map(str, block[:3])), str(block[-1])
    most = block.max()
    expect(status(page)).to_have_text(f"Output (26, 39) = max({ends[0]}, …, {most}, …, {ends[1]}) = {most}.")


def test_the_loupe_reads_the_channel_that_is_asked_for(open_page):
    page = open_page(f"/image_kernels?picture=astronaut&colour=rgb&chain=sharpen&{at(301, 201)}")
    for i, name in enumerate(("Red", "Green", "Blue")):
        front(page).get_by_role("radio", name=name).check()
        middle = int(photograph("astronaut")[i, 300, 200])
        expect(status(page)).to_contain_text(f"{name} output (301, 201) =")
        expect(status(page)).to_contain_text(f" {middle}×5 ")


def test_a_weight_is_changed_in_the_grid(open_page):
    page = open_page(f"/image_kernels?{at(201, 301)}")
    cell = grid(page, "Kernel").get_by_role("gridcell").nth(4)
    cell.dblclick()
    page.keyboard.type("9")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(f"chain=own.*{at(201, 301)}"))
    total = int(result()[200, 300]) + int(photograph("camera")[0, 200, 300])
    expect(status(page)).to_contain_text("×9 + ")
    expect(status(page)).to_contain_text(f"= {total}.")
    expect(page.get_by_role("textbox", name="Your kernel, a row a line")).to_have_value("-1 -1 -1\n-1 9 -1\n-1 -1 -1")
    page.reload()
    settle(page)
    expect(status(page)).to_contain_text(f"= {total}.")


def test_a_matrix_is_pasted_and_a_wrong_one_gets_a_sentence(open_page):
    page = open_page(f"/image_kernels?chain=own&{at(201, 301)}")
    box = page.get_by_role("textbox", name="Your kernel, a row a line")
    box.fill("0 0\n1 1/2 0")
    expect(page.get_by_text("All rows must be equally long. Received: lengths=[2, 3].")).to_be_visible()
    box.fill("1 1/2 0")
    expect(grid(page, "Kernel").get_by_role("gridcell")).to_have_count(3)
    left, here = (int(x) for x in photograph("camera")[0, 200, 299:301])
    expect(status(page)).to_contain_text(f"= {left + here / 2:g}.")
    page.get_by_role("slider", name="Kernel rows").press("ArrowRight")
    expect(grid(page, "Kernel").get_by_role("gridcell")).to_have_count(6)


def picture_file(size=(400, 300), kind="JPEG", **options) -> dict:
    image = Image.new("RGB", size, "white")
    image.paste("black", (0, 0, size[0] // 2, size[1]))
    file = BytesIO()
    image.save(file, kind, **options)
    return {"name": f"picture.{kind.lower()}", "mimeType": f"image/{kind.lower()}", "buffer": file.getvalue()}


def test_a_picture_of_ones_own(open_page):
    page = open_page("/image_kernels?chain=identity")
    choose(page, "Picture", "own")
    exif = Image.Exif()
    exif[ORIENTATION] = 6  # the camera was held upright: left becomes top
    page.locator("input[type=file]").set_input_files(picture_file((4000, 3000), exif=exif))
    expect(front(page).locator("[data-part=credit]")).to_have_text(
        "Reduced from 3000 × 4000 to 866 × 1155 pixels, in this session only"
    )
    expect(front(page).locator("[data-part=before-name]")).to_have_text("Before: Your picture, 866×1155")
    expect(status(page)).to_contain_text("=")
    assert page.url.endswith("?picture=own&chain=identity")
    pixels = drawn(page, "after")
    assert pixels[100, 400, 0] < 5 and pixels[1000, 400, 0] > 250
    page.reload()  # a link cannot carry it
    settle(page)
    expect(page.get_by_text("Pictures do not travel in links: choose yours again.")).to_be_visible()
    expect(front(page).locator("[data-part=before-name]")).to_have_text("Before: Photographer, 512×512")


@pytest.mark.parametrize("size", [(1, 900), (900, 1)])
def test_a_thin_picture_can_be_seen_and_pointed_at(open_page, size):
    page = open_page("/image_kernels?chain=identity")
    choose(page, "Picture", "own")
    page.locator("input[type=file]").set_input_files(picture_file(size, "PNG"))
    expect(front(page).locator("[data-part=before-name]")).to_have_text(f"Before: Your picture, {size[0]}×{size[1]}")
    box = front(page).locator("[data-part=viewer]").bounding_box()
    assert min(box["width"], box["height"]) >= 64
    page.mouse.click(box["x"] + box["width"] - 4, box["y"] + box["height"] - 4)
    expect(status(page)).to_contain_text("= ")
    names = [front(page).locator(f"[data-part={part}]").bounding_box() for part in ("before-name", "after-name")]
    assert names[0]["x"] + names[0]["width"] <= names[1]["x"]


def test_a_bad_file_gets_a_sentence_and_all_stays_as_it_was(open_page):
    page = open_page("/image_kernels")
    choose(page, "Picture", "own")
    upload = page.locator("input[type=file]")
    upload.set_input_files({"name": "picture.png", "mimeType": "image/png", "buffer": b"no picture"})
    expect(page.get_by_text("This is not a PNG, JPEG, GIF, WebP or BMP picture")).to_be_visible()
    expect(front(page).locator("[data-part=before-name]")).to_have_text("Before: Photographer, 512×512")


def test_the_camera_is_asked_for_only_when_it_is_chosen(open_page):
    page = open_page("/image_kernels")
    button = page.get_by_role("button", name="Take Photo")
    expect(button).to_have_count(0)
    choose(page, "Picture", "photo")
    expect(button).to_be_attached()
    expect(front(page).locator("[data-part=before-name]")).to_have_text("Before: Photographer, 512×512")


def test_what_is_taken_away(open_page):
    page = open_page(f"/image_kernels?show=signed&{at(3, 5)}")
    front(page).get_by_role("button", name="Share and export").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text(at(3, 5))).to_be_visible()
    dialog.get_by_role("tab", name="Data").click()
    with page.expect_download() as download:
        dialog.get_by_role("button", name="Download the result (PNG, full size)").click()
    saved = np.asarray(Image.open(download.value.path()))
    assert (saved == drawn(page, "after")[..., 0]).all()


@pytest.mark.parametrize("path", PATHS)
def test_nothing_stands_in_anybodys_way(open_page, path):
    page = open_page(path)
    expect(status(page)).to_contain_text("=")
    assert axe(page) == []


@pytest.mark.parametrize("path", PATHS)
def test_on_a_phone(open_page, path):
    page = open_page(path, width=360, height=740)
    expect(status(page)).to_contain_text("=")
    assert axe(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    inner = "el => Math.max(...[...el.querySelectorAll('*')].map(e => e.getBoundingClientRect().right))"
    assert front(page).evaluate(inner) <= 360


def test_it_fits_one_screen(open_page):
    page = open_page("/image_kernels", width=1366, height=768)
    for part in ("viewer", "status", "share", "cost", "hint"):
        box = front(page).locator(f"[data-part={part}]").bounding_box()
        assert box["y"] + box["height"] < 768, part
    assert page.get_by_test_id("stMain").evaluate("main => main.scrollHeight <= main.clientHeight")
