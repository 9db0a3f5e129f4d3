"""What somebody has answered, summed up: as a sentence, a table, a spreadsheet and a sheet of paper."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterable, Sequence
from io import StringIO

from conv.quiz import KINDS
from conv.quiz.exports.markup import literally
from conv.quiz.misconceptions import MISCONCEPTIONS
from conv.quiz.queue import Queue
from ui.quiz_flow import Attempt
from ui.quiz_words import outcome, spelled_answers, spoken

LINE = 80  # letters of a link on a line of paper
FORMULA = ("=", "+", "-", "@")  # with which a spreadsheet begins one


def sentence(attempts: Sequence[Attempt]) -> str:
    """Sum up a quiz in a sentence.

    >>> sentence([])
    '0 of 0 right at once.'
    """
    at_once = sum(attempt.right_at_once for attempt in attempts)
    later = sum(attempt.right for attempt in attempts) - at_once
    unanswered = sum(not attempt.done for attempt in attempts)
    told = f"{at_once} of {len(attempts)} right at once"
    told += f", {later} at the second try" if later else ""
    told += f", {unanswered} not answered" if unanswered else ""
    return f"{told}."


# ---- a set quiz ------------------------------------------------------------------------------


def quiz_table(attempts: Sequence[Attempt]) -> str:
    """Lay out what came of each question, as a Markdown table."""
    lines = ["| No. | Question | Answers | Outcome |", "|--:|:--|:--|:--|"]
    for number, attempt in enumerate(attempts, start=1):
        kind = KINDS[attempt.question.kind].title
        lines.append(f"| {number} | {kind} | {literally(spoken(spelled_answers(attempt)))} | {outcome(attempt)} |")
    return "\n".join(lines)


def quiz_markdown(student: str, link: str, attempts: Sequence[Attempt]) -> str:
    """Write the summary of a quiz: whose it is, what came of it, and the link that asks the same again."""
    codes = Counter(code for attempt in attempts for joined in attempt.codes for code in joined.split("+"))
    parts = [f"**{literally(student)}**" if student else "", sentence(attempts), quiz_table(attempts), *_slips(codes)]
    broken = [link[start : start + LINE] for start in range(0, len(link), LINE)]
    return "\n\n".join([*filter(None, parts), "The same questions:\n" + "\n".join(map(literally, broken))])


def quiz_csv(student: str, link: str, attempts: Iterable[Attempt]) -> bytes:
    """Write what came of each question of a quiz, for a spreadsheet."""
    name = f"'{student}" if student.startswith(FORMULA) else student
    rows = [["name", "question", "kind", "level", "seed", "text", "answers", "outcome", "mistakes", "quiz"]]
    for number, attempt in enumerate(attempts, start=1):
        one = attempt.question
        mistakes = "; ".join(MISCONCEPTIONS[code].title for joined in attempt.codes for code in joined.split("+"))
        told = [spoken(one.text), spelled_answers(attempt), outcome(attempt), mistakes, link]
        rows.append([name, str(number), KINDS[one.kind].title, str(one.level), str(one.seed), *told])
    return _csv(rows)


# ---- practice --------------------------------------------------------------------------------


def practice_csv(now: Queue) -> bytes:
    """Write how far somebody is with each kind and how often each mistake showed, for a spreadsheet."""
    rows = [["kind", "level", "in a row", "levels mastered", "right at once", "asked"]]
    for kind, how in now.progress.items():
        counts = how.level, how.streak, how.mastered, how.right, how.right + how.wrong
        rows.append([KINDS[kind].title, *map(str, counts)])
    rows += [[], ["mistake", "times", "what is right"]]
    for code, times in sorted(now.slips.items(), key=lambda slip: -slip[1]):
        rows.append([MISCONCEPTIONS[code].title, str(times), MISCONCEPTIONS[code].text])
    return _csv(rows)


# ---- files -----------------------------------------------------------------------------------


def paper(title: str, markdown: str) -> bytes:
    """Print Markdown on as many pages as it needs, as PDF."""
    from ui.typesetting import draw_lines, new_page, set_text  # brings matplotlib
    from ui.worksheet import BOTTOM, COLUMN, HEIGHT, MARGIN, SIZE, TITLE, WIDTH, pdf

    lines = [*set_text(literally(title), COLUMN, TITLE, bold=True), *set_text(f"\n{markdown}", COLUMN, SIZE)]
    pages, y = [new_page(WIDTH, HEIGHT)], MARGIN
    for line in lines:
        if y + line.ascent + line.descent > BOTTOM:
            pages.append(new_page(WIDTH, HEIGHT))
            y = MARGIN
        y = draw_lines(pages[-1], [line], MARGIN, y)
    return pdf(pages, title)


def _slips(times: Counter[str]) -> list[str]:
    """List the mistakes, the most frequent first, each with what is right instead."""
    found = [
        f"- {MISCONCEPTIONS[code].title} ({number}×): {MISCONCEPTIONS[code].text}"
        for code, number in times.most_common()
    ]
    return ["**What went wrong**", "\n".join(found)] if found else []


def _csv(rows: Iterable[Sequence[str]]) -> bytes:
    file = StringIO()
    csv.writer(file).writerows(rows)
    return file.getvalue().encode("utf-8-sig")
