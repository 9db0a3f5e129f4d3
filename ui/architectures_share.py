"""What the page of networks gives away: figure, tables, the network as text, and programs."""

from __future__ import annotations

import csv
from functools import partial
from io import StringIO

from conv.blueprint import Summary
from conv.blueprint_text import to_json, write
from conv.network_source import source
from ui.architectures import Shown
from ui.architectures_figure import figure
from ui.architectures_view import TABLE_HEAD, table, total_row
from ui.architectures_words import described, spell
from ui.settings import Values
from ui.share import CSV, JSON, TEXT, File, TakeAway, with_step

LANGUAGES = {"pytorch": "PyTorch", "keras": "Keras 3"}
CSV_HEAD = (
    "layer", "name", "kind", "output", "parameters", "connections", "connections_with_biases", "multiply_adds",
    "activation_bytes", "receptive_field_rows", "receptive_field_cols",
)


def take_away(shown: Shown, values: Values, step: int, url: str) -> TakeAway:
    """Gather what the dialog offers; ``step`` is the chosen column, counted from 1."""
    name = shown.network.name
    shape, layers, now = shown.now.input_shape, shown.layers, shown.now
    return TakeAway(
        name=name,
        link=with_step(url, step),
        figure=partial(figure, shown, (values["top"], values["bottom"])),
        files=[
            File("Download table (Markdown)", f"{name}.md", lambda: markdown(shown).encode(), "text/markdown"),
            File("Download table (CSV)", f"{name}.csv", lambda: spreadsheet(now).encode(), CSV),
            File("Download network (text)", f"{name}.txt", lambda: write(shape, layers).encode(), TEXT),
            File("Download network (JSON)", f"{name}.json", lambda: to_json(shape, layers).encode(), JSON),
        ],
        languages=LANGUAGES,
        source=lambda framework: source(layers, shape, framework=framework, title=shown.network.title),
    )


def markdown(shown: Shown) -> str:
    """Write the table of all layers in Markdown."""
    now = shown.now
    words = ("---", "---", "---", *["---:"] * (len(TABLE_HEAD) - 3))
    lines = [TABLE_HEAD, words, *table(now), [f"**{cell}**" if cell else "" for cell in total_row(now)]]
    rows = "\n".join(f"| {' | '.join(line)} |" for line in lines)
    text = f"# {shown.network.title}\n\nInput {spell(now.input_shape)}, float32, one image.\n\n{rows}\n"
    source_line = f"Source: {shown.network.source}. {shown.network.link}".rstrip()
    return f"{text}\n{source_line}\n" if shown.network.source else text


def spreadsheet(counted: Summary) -> str:
    """Write the table of all layers as CSV, with plain numbers."""
    file = StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(CSV_HEAD)
    for row in counted.rows:
        writer.writerow([
            row.name, row.layer.label, described(row), "x".join(map(str, row.output_shape)), row.parameters,
            row.connections, row.connections_with_biases, row.counts.multiply_adds, row.activation_bytes,
            *(row.field.size if row.field else ("", "")),
        ])
    return file.getvalue()
