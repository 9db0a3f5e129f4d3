"""How soon 50 people's pages answer while 8 others train, on two cores: ``python -m benchmarks.runs``.

Each person is a connection that asks as the browser does: at some moment of every three seconds a setting of the
stepper's page changes, and what counts is the time until the new picture's data has come. First nobody trains; then
8 train, each shown five times a second; then nobody again. Told are, beside the times, how many steps the 8 took a
second in all, and how many pictures of its network each was shown. Ratios are what to quote.
"""

from __future__ import annotations

import asyncio
import os
import random
import re
import statistics
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.visitors import Visitor, visit
from tools.drive import serve

PEOPLE, RUNS = 50, 8
EVERY, SECONDS = 3.0, 30.0  # between the changes of one person, and of each part
ARRIVAL = 6.0  # seconds in which all come, before anything counts
AIM = 150  # milliseconds, at p95
SCRIPT = "benchmarks/pages/training_beside.py"


async def person(url: str, chance: random.Random, times: list[float], seconds: float) -> None:
    """Change a setting now and then."""
    async with visit(url) as socket:
        visitor = Visitor(socket)
        await asyncio.sleep(chance.uniform(0, EVERY))
        await visitor.open()
        begin, size = time.monotonic() + ARRIVAL, 7
        while time.monotonic() < begin + seconds:
            await asyncio.sleep(chance.uniform(0.5, 1.5) * EVERY)
            size = 7 + (size - 6) % 6
            seen, _ = await visitor.change("h+w", size)
            if time.monotonic() > begin:
                times.append(seen)


async def training(url: str, seconds: float) -> tuple[float, float]:
    """Look at a training, and give its steps and pictures a second."""
    async with visit(url) as socket:
        visitor = Visitor(socket, "training")
        await visitor.open()
        counts: list[tuple[float, int, int]] = []
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            await asyncio.sleep(0.2)
            await visitor.look()
            if found := re.fullmatch(r"running steps=(\d+) pictures=(\d+)", visitor.text):
                counts.append((time.monotonic(), int(found[1]), int(found[2])))
        (first, steps, pictures), (last, more_steps, more_pictures) = counts[0], counts[-1]
        return (more_steps - steps) / (last - first), (more_pictures - pictures) / (last - first)


async def part(url: str, name: str, runs: int) -> float:
    """Measure with so many who train, and give the p95."""
    times: list[float] = []
    people = [asyncio.create_task(person(url, random.Random(seed), times, SECONDS)) for seed in range(PEOPLE)]
    shown = await asyncio.gather(*(training(url, ARRIVAL + SECONDS) for _ in range(runs)))
    await asyncio.gather(*people)
    p95 = statistics.quantiles(times, n=20)[-1]
    line = f"{name:24}{statistics.median(times):8.1f} median{p95:8.1f} p95 ms   {len(times)} changes"
    if shown:
        steps, pictures = zip(*shown, strict=True)
        line += f"   {sum(steps):.0f} steps a second in all, {min(pictures):.1f} pictures a second at least"
    print(line, flush=True)
    return p95


def main() -> None:
    """Measure and print."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:2])
    with TemporaryDirectory() as folder, serve(Path(folder) / "log.txt", SCRIPT) as app:
        asyncio.run(part(app.url, "nobody trains", 0))
        p95 = asyncio.run(part(app.url, f"{RUNS} train", RUNS))
        asyncio.run(part(app.url, "nobody trains", 0))
    print(f"p95 while {RUNS} train {p95:.0f} ms   aim < {AIM}")


if __name__ == "__main__":
    main()
