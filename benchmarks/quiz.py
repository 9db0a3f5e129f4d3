"""How long questions take to make, beside as many random generators of NumPy's.

    python -m benchmarks.quiz
"""

from __future__ import annotations

import tracemalloc
from time import perf_counter

import numpy as np

from conv.quiz import KINDS, LEVELS, generate
from conv.quiz.papers import paper

QUESTIONS = 10_000


def questions(count: int) -> None:
    """Make as many of each kind and level."""
    asked = [(kind, level) for kind in KINDS for level in LEVELS]
    for number in range(count):
        kind, level = asked[number % len(asked)]
        generate(kind, number, level)


def generators(count: int) -> None:
    """Make as many generators, and draw from each."""
    for number in range(count):
        np.random.default_rng(number).integers(0, 10, 5)


def seconds(work, *arguments: object) -> float:
    """Run something once."""
    start = perf_counter()
    work(*arguments)
    return perf_counter() - start


def main() -> None:
    """Print ratios."""
    questions(500)
    rounds = [(seconds(questions, QUESTIONS // 5), seconds(generators, QUESTIONS // 5)) for _ in range(5)]
    made, beside = (sum(column) for column in zip(*rounds, strict=True))
    print(f"{QUESTIONS:,} questions: {made:.2f} s, {made / beside:.1f} times as long as as many generators of NumPy's")
    for kind in KINDS:
        took = seconds(lambda kind=kind: [generate(kind, seed, 1 + seed % 3) for seed in range(300)])
        print(f"  {kind:20} {took / 300 / (beside / QUESTIONS):5.1f} times a generator")
    whole = seconds(paper, list(KINDS), LEVELS, 50, 1, "a student")
    print(f"a quiz of 50: {whole / (beside / QUESTIONS):.0f} times a generator")
    tracemalloc.start()
    questions(1000)
    print(f"most memory at once: {tracemalloc.get_traced_memory()[1] / 1024:.0f} KiB")


if __name__ == "__main__":
    main()
