"""How many people a server of two cores bears, beside a page that has next to nothing.

    python -m benchmarks.load [--people 100 400] [--servers 1] [--seconds 30] [--idle 200] [--churn 10000]

Each person is a connection that speaks as the browser does. Every three seconds on average the size of the stepper's
input changes, through the page's own controls; a repaint is what passes until the stepper's new data has come, and
the whole is what passes until the script has ended, which the page has wait 50 ms in between for the browser to paint.
The bare page has the same controls with one slider, and says the number. Then: what a person costs in memory who has
opened the page and does nothing, and whether thousands who come and go leave anything behind. Milliseconds are the
machine's, ratios are what to quote; how it fares beside trainings is told by benchmarks.runs. Python runs one thing at
a time, so a server uses one core: with ``--servers 2``, half of the people are at each of two, as behind nginx.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import re
import statistics
import time
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.visitors import Visitor, visit
from tools.drive import Server, serve

EVERY = 3.0  # seconds between two changes of one person, on average
PAGES = {"app.py": ("explore", "stepper", "h+w"), "benchmarks/pages/bare.py": ("", "controls", "h")}  # and what changes
AIMS = {100: 100, 400: 500}  # milliseconds at p95, by people
AT_ONCE = 8  # who come and go together


@dataclass
class Times:
    """Milliseconds of every change: to the new picture's data, to the script's end, and of the server's own work."""

    seen: list[float] = field(default_factory=list)
    whole: list[float] = field(default_factory=list)
    worked: float = 0.0


async def person(app: Server, script: str, chance: random.Random, times: Times, arrival: float, seconds: float) -> None:
    """Change a setting now and then."""
    page, shown, setting = PAGES[script]
    async with visit(app.url) as socket:
        visitor = Visitor(socket, page, shown)
        begin = time.monotonic() + arrival
        await asyncio.sleep(chance.uniform(0, 0.8 * arrival))
        await visitor.open()
        size = 7
        while time.monotonic() < begin + seconds:
            await asyncio.sleep(chance.uniform(0.5, 1.5) * EVERY)
            size = 7 + (size - 6) % 6
            seen, whole = await visitor.change(setting, size)
            if time.monotonic() > begin:
                times.seen.append(seen)
                times.whole.append(whole)


async def crowd(apps: Sequence[Server], script: str, people: int, seconds: float) -> Times:
    """So many people at once, at each server as many."""
    times, arrival = Times(), 2 * EVERY + people / 20
    everyone = [
        asyncio.create_task(person(apps[seed % len(apps)], script, random.Random(seed), times, arrival, seconds))
        for seed in range(people)
    ]
    await asyncio.sleep(arrival)
    before, counted = sum(map(worked, apps)), len(times.seen)
    await asyncio.sleep(seconds)
    times.worked = (sum(map(worked, apps)) - before) / max(1, len(times.seen) - counted)
    await asyncio.gather(*everyone)
    return times


def load(apps: Sequence[Server], bare: Sequence[Server], people: int, seconds: float) -> None:
    """Measure the page between two measurements of the bare one, and print."""
    parts = [("bare page", "benchmarks/pages/bare.py", bare), ("explore", "app.py", apps)]
    tails, work = {}, {}
    for name, script, servers in (*parts, parts[0]):
        times = asyncio.run(crowd(servers, script, people, seconds))
        tails[name], work[name] = tail(times.seen), times.worked
        print(
            f"{people:4} people, {name:10}"
            f"{statistics.median(times.seen):8.1f} median{tail(times.seen):8.1f} p95 ms seen"
            f"{statistics.median(times.whole):8.1f} median{tail(times.whole):8.1f} p95 ms whole"
            f"{times.worked:6.1f} ms of work each   {len(times.seen)} changes",
            flush=True,
        )
    aim = f"   aim < {AIMS[people]} ms" if people in AIMS else ""
    ratios = [found["explore"] / found["bare page"] for found in (tails, work)]
    print(f"{people:4} people, explore / bare page: p95 seen {ratios[0]:.1f}, work {ratios[1]:.1f}{aim}", flush=True)


def tail(times: list[float]) -> float:
    """The 95th percentile."""
    return statistics.quantiles(times, n=20)[-1]


def megabytes(app: Server) -> float:
    """Memory that the server's process has in use."""
    return int(re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{app.process_id}/status").read_text())[1]) / 1024


def worked(app: Server) -> float:
    """Milliseconds of a core that the server's process has had."""
    numbers = Path(f"/proc/{app.process_id}/stat").read_text().rsplit(")", 1)[1].split()
    return 1000 * (int(numbers[11]) + int(numbers[12])) / os.sysconf("SC_CLK_TCK")


async def idle(app: Server, people: int) -> None:
    """Have people open the page and do nothing, and print what each costs."""
    async with visit(app.url) as first:
        await Visitor(first, "explore").open()
        before = megabytes(app)
        sockets = []
        try:
            for _ in range(people):
                sockets.append(await visit(app.url))
                await Visitor(sockets[-1], "explore").open()
            now = megabytes(app)
            print(f"{people} idle people: {(now - before) / people:.2f} MB each, {now:.0f} MB in all", flush=True)
        finally:
            await asyncio.gather(*(socket.close() for socket in sockets))


async def churn(app: Server, visits: int) -> None:
    """Have people come and go, and print the memory in use."""
    waiting: Iterable[int] = iter(range(visits))

    async def come_and_go() -> None:
        for number in waiting:
            async with visit(app.url) as socket:
                await Visitor(socket, "explore").open(f"h={5 + number % 20}&w={5 + number % 20}")
            if (number + 1) % 1000 == 0:
                print(f"{number + 1:6} have come and gone: {megabytes(app):.0f} MB", flush=True)

    await asyncio.gather(*(come_and_go() for _ in range(AT_ONCE)))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--people", type=int, nargs="*", default=[100, 400])
    parser.add_argument("--servers", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--idle", type=int, default=200)
    parser.add_argument("--churn", type=int, default=0)
    asked = parser.parse_args()
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:2])
    with TemporaryDirectory() as folder:
        logs = Path(folder)
        with ExitStack() as stack:
            apps, bare = (
                [stack.enter_context(serve(logs / f"{number}.txt", script)) for number in range(asked.servers)]
                for script in ("app.py", "benchmarks/pages/bare.py")
            )
            for people in asked.people:
                load(apps, bare, people, asked.seconds)
        with serve(logs / "memory.txt") as app:
            if asked.idle:
                asyncio.run(idle(app, asked.idle))
            if asked.churn:
                asyncio.run(churn(app, asked.churn))


if __name__ == "__main__":
    main()
