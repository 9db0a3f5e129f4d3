"""What a person does on the page of networks, in a real browser."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.axe import axe
from tests.browser.conftest import settle

OWN = "/architectures?net=own&layers=input+1x8x8%0Aconv+4+3x3%0Arelu%0A"


def layers(page: Page):
    return page.get_by_role("listbox", name="Layers").get_by_role("option")


def layer(page: Page, name: str):
    return page.get_by_role("option", name=re.compile(f"^{re.escape(name)}(,|$)"))


def status(page: Page):
    return page.locator(".architectures").get_by_role("status")


def fact(page: Page, term: str):
    return page.locator("dl.facts > div").filter(has=page.locator("dt", has_text=re.compile(f"^{term}$")))


def table(page: Page):
    return page.get_by_role("region", name="All layers").get_by_role("table")


def test_a_layer_is_chosen_by_click_hover_and_keys(open_page):
    page = open_page("/architectures")
    expect(layers(page)).to_have_count(7)
    expect(layers(page).nth(0)).to_have_attribute("aria-selected", "true")
    expect(status(page)).to_have_text("Layer 1, C1: Conv2d, 5 × 5; then ScaledTanh")
    page.get_by_role("option", name="Layer 5, C3, Conv2d, 16 maps of 10 × 10, 1,516 parameters").click()
    expect(fact(page, "Parameters")).to_contain_text("60 kernels × 5 × 5 + 16 = 1,516")
    expect(page).to_have_url(re.compile(r"\bstep=3\b"))
    layer(page, "Layer 9, C5").hover()
    expect(status(page)).to_contain_text("Layer 9, C5")
    page.mouse.move(0, 0)
    expect(status(page)).to_contain_text("Layer 5, C3")
    walk = [("ArrowRight", "S4"), ("End", "OUTPUT"), ("ArrowRight", "OUTPUT"), ("Home", "C1"), ("ArrowLeft", "C1")]
    for key, chosen in walk:
        page.keyboard.press(key)
        expect(page.locator("[role=option]:focus")).to_have_attribute("aria-label", re.compile(chosen))
        expect(status(page)).to_contain_text(chosen)
    assert page.locator("[role=option][tabindex='0']").count() == 1


def test_the_chosen_layer_comes_with_the_link(open_page):
    page = open_page("/architectures?net=vgg16&step=20")
    expect(status(page)).to_contain_text("fc6: Linear")
    expect(fact(page, "Parameters")).to_contain_text("25,088 × 4,096 + 4,096 = 102,764,544")
    expect(fact(page, "Parameters")).to_contain_text("74 % of all")


def test_c3_shows_its_table(open_page):
    page = open_page("/architectures?step=3")
    seen = page.get_by_role("region", name="Which maps each map sees")
    expect(seen.locator("td.sees")).to_have_count(60)
    expect(seen.get_by_role("row")).to_have_count(7)
    layer(page, "Layer 1, C1").click()
    expect(seen).to_be_hidden()


def test_a_layer_opens_on_the_stepper(open_page):
    page = open_page("/architectures?net=alexnet_2012&step=1")
    expect(page.get_by_text("The stepper shows one map, made smaller: input 227 × 227 → 32 × 32.")).to_be_visible()
    page.get_by_role("link", name="Open on the stepper").click()
    page.wait_for_url(re.compile(r"/explore\?"))
    settle(page)
    expect(page.get_by_role("heading", name="Slide a window")).to_be_visible()
    expect(page.get_by_role("slider", name="Kernel height and width")).to_have_value("11")
    expect(page.get_by_role("slider", name="Stride", exact=True)).to_have_value("4")
    expect(page.get_by_test_id("stAlert")).to_have_count(0)


def test_a_dense_layer_has_no_window_to_open(open_page):
    page = open_page("/architectures?step=6")
    expect(status(page)).to_contain_text("F6")
    expect(page.get_by_role("link", name="Open on the stepper")).to_be_hidden()


def test_another_network_is_picked(open_page):
    page = open_page("/architectures")
    page.get_by_role("combobox", name="Start from").select_option(label="VGG-16")
    expect(layers(page)).to_have_count(13 + 5 + 1 + 3)
    expect(page.get_by_text("138,357,544 parameters, 15,476,410,880 connections")).to_be_visible()
    expect(page).to_have_url(re.compile("net=vgg16"))
    expect(table(page).get_by_role("row")).to_have_count(1 + 40 + 1)


def test_224_in_place_of_227(open_page):
    page = open_page("/architectures?net=alexnet_2012")
    expect(page.get_by_role("heading", name="What changes")).to_be_hidden()
    page.get_by_role("button", name="Try 224 × 224").click()
    changes = page.get_by_role("region", name="What changes")
    expect(changes).to_contain_text("17 of 23 layers change")
    expect(changes.get_by_text("Layer 1, conv1, Conv2d: 96 × 55 × 55 → 96 × 54 × 54")).to_be_visible()
    expect(page.get_by_role("option", name=re.compile("changed$"))).to_have_count(9)
    expect(table(page).get_by_text("was 96 × 55 × 55").first).to_be_visible()
    page.get_by_role("checkbox", name="Round poolings up").check()
    expect(changes).to_contain_text("poolings rounded up")
    expect(changes).not_to_contain_text("Parameters:")
    page.get_by_role("button", name="Back to 3 × 227 × 227").click()
    page.get_by_role("checkbox", name="Round poolings up").uncheck()
    expect(page.get_by_role("heading", name="What changes")).to_be_hidden()


def test_the_arrow_keys_in_a_number_keep_their_place(open_page):
    page = open_page("/architectures?net=alexnet")
    height = page.get_by_role("spinbutton", name="Input height")
    height.focus()
    for side in (225, 226, 227):
        page.keyboard.press("ArrowUp")
        expect(page).to_have_url(re.compile(rf"\bh={side}\b"))
        expect(height).to_be_focused()
    expect(height).to_have_value("227")


def test_ones_own_is_written_line_by_line(open_page):
    page = open_page(OWN)
    text = page.get_by_role("textbox", name="Layers, one a line")
    expect(layers(page)).to_have_count(1)
    text.focus()
    page.keyboard.press("Control+End")
    page.keyboard.type("max")
    expect(page.get_by_text("Line 4: After max come kernel_size.")).to_be_visible()
    expect(layers(page)).to_have_count(1)  # the last that read stays
    page.keyboard.type(" 2")
    expect(layers(page)).to_have_count(2)
    expect(text).to_have_value("input 1x8x8\nconv 4 3x3\nrelu\nmax 2")
    expect(page.get_by_text("Line 4:")).to_be_hidden()
    add = page.get_by_role("combobox", name="Add a layer")
    add.focus()
    add.select_option(label="Dense layer")
    expect(text).to_have_value("input 1x8x8\nconv 4 3x3\nrelu\nmax 2\nflatten\ndense 10\n")
    expect(layer(page, "Layer 5, Linear")).to_have_attribute("aria-label", "Layer 5, Linear, 10 units, 370 parameters")
    expect(page).to_have_url(re.compile("dense"))
    page.reload()
    settle(page)
    expect(layers(page)).to_have_count(3)


def test_a_named_network_is_edited(open_page):
    page = open_page("/architectures")
    page.get_by_role("button", name="Edit a copy of this network").click()
    text = page.get_by_role("textbox", name="Layers, one a line")
    expect(text).to_have_value(re.compile("^input 1x32x32\nC1: conv 6 5x5\n"))
    expect(page.get_by_role("combobox", name="Start from")).to_have_value("own")
    expect(layers(page)).to_have_count(7)
    expect(page.get_by_text("60,000 parameters, 332,824 connections")).to_be_visible()


def test_a_file_is_read(open_page):
    page = open_page(OWN)
    upload = page.locator("input[type=file]")
    json = b'[{"kind": "input", "shape": [1, 8, 8]}, {"kind": "conv", "out_channels": 2, "kernel_size": 3}]'
    upload.set_input_files({"name": "net.json", "mimeType": "application/json", "buffer": json})
    expect(page.get_by_role("textbox", name="Layers, one a line")).to_have_value("input 1x8x8\nconv 2 3x3\n")
    broken = {"name": "net.txt", "mimeType": "text/plain", "buffer": b"input 1x8x8\nrelu 3"}
    upload.set_input_files(broken)
    expect(page.get_by_text("Line 2: Relu takes nothing more.")).to_be_visible()
    expect(page.get_by_role("textbox", name="Layers, one a line")).to_have_value("input 1x8x8\nconv 2 3x3\n")


def test_bars_show_what_is_asked_for(open_page):
    page = open_page("/architectures")
    page.get_by_role("combobox", name="Lower bars").select_option(label="Memory of the activations")
    expect(page).to_have_url(re.compile("bottom=activation_bytes"))
    expect(page.locator("svg text", has_text="63.2 KiB")).to_have_count(1)


def test_everything_is_taken_away(open_page):
    page = open_page("/architectures?net=alexnet_2012&step=3")
    page.get_by_role("button", name="Share and export").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("step=3")).to_be_visible()
    dialog.get_by_role("tab", name="Figure").click()
    with page.expect_download() as download:
        dialog.get_by_role("button", name="Download SVG").click()
    assert "60,965,224" in download.value.path().read_text()
    dialog.get_by_role("tab", name="Data").click()
    for name in ("table (Markdown)", "table (CSV)", "network (text)", "network (JSON)"):
        expect(dialog.get_by_role("button", name=f"Download {name}")).to_be_visible()
    dialog.get_by_role("tab", name="Code").click()
    expect(dialog.get_by_text("import torch")).to_be_visible()
    dialog.get_by_text("Keras 3").click()
    expect(dialog.get_by_text("import keras")).to_be_visible()


@pytest.mark.parametrize("net", ["lenet5_1998", "vgg16", "resnet18", "resnet50", "mobilenet_v1"])
def test_the_picture_and_the_chosen_layer_fit_one_screen(open_page, net):
    page = open_page(f"/architectures?net={net}", width=1366, height=768)
    box = page.locator(".picture").bounding_box()
    assert box["y"] + box["height"] < 768
    assert page.locator(".scroll").evaluate("scroll => scroll.scrollWidth <= scroll.clientWidth + 1")
    last = fact(page, "Receptive field").bounding_box()
    assert last["y"] + last["height"] < 768 + 8


@pytest.mark.parametrize("path", ["resnet18&step=4", "vgg16&step=2"])
def test_what_the_stepper_shows_less_of_is_not_cut_off(open_page, path):
    page = open_page(f"/architectures?net={path}", width=1366, height=768)
    capped = page.locator("[data-part=capped]").bounding_box()
    assert capped["height"] > 0 and capped["y"] + capped["height"] <= 768


def test_headings_of_the_bars_lie_over_the_chosen_layers_frame(open_page):
    page = open_page("/architectures?net=vgg16&step=1", width=1366, height=768)
    frame = layers(page).first.bounding_box()
    heading = page.locator(".headings span").first
    box = heading.bounding_box()
    assert box["x"] < frame["x"] + frame["width"] < box["x"] + box["width"]
    on_top = "el => { el.style.pointerEvents = 'auto'; const {x, y, height} = el.getBoundingClientRect();" \
        " return el.getRootNode().elementFromPoint(%f, y + height / 2) === el; }"
    assert heading.evaluate(on_top % frame["x"])


@pytest.mark.parametrize("width", [360, 1366])
def test_layers_are_large_enough_to_hit(open_page, width):
    page = open_page("/architectures?net=resnet18", width=width, height=768)
    for option in layers(page).all():
        assert option.bounding_box()["width"] >= 24


PAGES = [
    "/architectures?step=3", "/architectures?net=resnet50&step=4", "/architectures?net=alexnet_2012&h=224&w=224", OWN,
]


@pytest.mark.parametrize("path", PAGES)
def test_axe_finds_nothing(open_page, path):
    assert axe(open_page(path)) == []


@pytest.mark.parametrize("path", PAGES)
def test_phone(open_page, path):
    page = open_page(path, width=360, height=740)
    assert axe(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
