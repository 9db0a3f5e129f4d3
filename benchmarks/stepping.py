"""How soon a step and a setting are seen, in real Chromium, beside Streamlit's own ways, in one run.

    python -m benchmarks.stepping

The contenders take turns, so that a slow moment of the machine meets all of them. Ratios of
medians are what to quote; the milliseconds are this machine's.
"""

from __future__ import annotations

from benchmarks.painting import EMPTY, changer, front_end, in_turn, opened, ratio, round_trip, row, running

STEPS, SETTINGS = 60, 18  # no more than the sliders have room for
FORWARD = ("ArrowRight",)
STEPPER = front_end("stepper")

# What a step costs the page's own script: the key's whole event, with styles and layout brought up to date.
TIME_A_STEP = f"""(count) => {{
  const shadow = {STEPPER};
  const target = shadow.querySelector('[data-player=next]');
  const times = [];
  for (let i = 0; i < count; i += 1) {{
    const start = performance.now();
    target.dispatchEvent(new KeyboardEvent('keydown', {{ key: 'ArrowRight', bubbles: true, composed: true }}));
    shadow.querySelector('.stepper').getBoundingClientRect();
    times.push(performance.now() - start);
  }}
  return times;
}}"""

COUNT_PLAYED = f"""(milliseconds) => new Promise((resolve) => {{
  const shadow = {STEPPER};
  const step = () => Number(shadow.querySelector('[data-player=step]').value);
  shadow.querySelector('[data-player=speed]').value = 7;
  shadow.querySelector('[data-player=play]').click();
  const [first, start] = [step(), performance.now()];
  setTimeout(() => resolve((step() - first) / (performance.now() - start) * 1000), milliseconds);
}})"""


def main() -> None:
    """Measure and print."""
    with running("app.py", EMPTY, "benchmarks/pages/pyplot_step.py") as (browser, app, empty, pyplot):
        explore = opened(browser, f"{app}/explore?h=12&w=12&pattern=ramp")
        plotted = opened(browser, pyplot)

        script = explore.evaluate(TIME_A_STEP, STEPS)
        count = f"() => {STEPPER}.querySelector('.count').textContent"
        image = "() => document.querySelector('[data-testid=stMain] img')?.src"
        step, drawn = in_turn(
            STEPS // 2,
            changer(explore.get_by_role("button", name="Next"), count, FORWARD),
            changer(plotted.get_by_role("slider"), image, FORWARD),
        )
        caption = f"() => {STEPPER}.querySelector('[data-part=input-caption]').textContent"
        setting, trip = in_turn(
            SETTINGS,
            changer(explore.get_by_role("slider", name="Input height and width"), caption),  # from 12 to 13 and back
            round_trip(browser, empty),
        )
        large = opened(browser, f"{app}/explore?h=32&w=32&kh=11&kw=11&pad=same&pattern=random&kernel=gaussian")
        played = large.evaluate(COUNT_PLAYED, 4000)

    row("step, in the page's script (ms)", script, "p95 <= 16")
    row("step, key to frame (ms)", step)
    row("step drawn by st.pyplot (ms)", drawn)
    ratio("st.pyplot / stepper", drawn, step, ">= 40")
    row("setting to new grid (ms)", setting)
    row("empty page's round trip (ms)", trip)
    ratio("setting / empty page", setting, trip, "<= 1.5")
    print(f"{'32x32 with 11x11 plays at':36}{played:10.1f} steps a second   aim >= 30")


if __name__ == "__main__":
    main()
