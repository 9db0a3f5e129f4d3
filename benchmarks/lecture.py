"""How soon a lecture's next scene and an answer are painted, in real Chromium, beside the least that Streamlit can do.

    python -m benchmarks.lecture

An empty page's round trip takes turns with an answer, which comes from the server. Ratios of medians are what to
quote; the milliseconds are this machine's.
"""

from __future__ import annotations

from benchmarks.painting import EMPTY, front_end, opened, press, ratio, round_trip, row, running
from ui import lectures

ROUNDS = 6
SPOKEN = 400  # milliseconds: the next ones are prepared meanwhile, as while somebody speaks
LECTURE = front_end("lecture")

# What is seen of a scene: where it stands, and its picture, drawn.
SEEN = f"""() => {{
  const shown = {LECTURE}.querySelector('.picture.shown');
  const drawn = !{LECTURE}.querySelector('.pictured') || shown?.leave;
  return drawn && {LECTURE}.querySelector('.foot [role=status]').textContent;
}}"""


def main() -> None:
    """Measure and print."""
    scenes = lectures.load("demo").scenes
    forwards: list[float] = []
    answers: list[float] = []
    round_trips: list[float] = []
    with running("app.py", EMPTY) as (browser, app, empty):
        idle = round_trip(browser, empty)
        for _ in range(ROUNDS):
            page = opened(browser, f"{app}/lecture?lecture=demo")
            page.get_by_role("button", name="Present").click()
            page.wait_for_timeout(700)
            for scene in scenes:
                for step in range(2, len(scene.steps) + 2):
                    times = answers if step == scene.answered_at else forwards
                    times.append(press(page, SEEN, "PageDown", SPOKEN))
                if scene is not scenes[-1]:
                    forwards.append(press(page, SEEN, "PageDown", SPOKEN))
                round_trips.append(idle())
            page.close()

    row("next step or scene, key to frame (ms)", forwards, "p95 <= 150")
    row("answer, key to frame (ms)", answers, "p95 <= 150")
    row("empty page's round trip (ms)", round_trips)
    ratio("next scene / empty page", forwards, round_trips, "<= 1")
    ratio("answer / empty page", answers, round_trips, "<= 1.5")


if __name__ == "__main__":
    main()
