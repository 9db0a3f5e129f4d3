"""Answers as people write them: reading, spelling and comparing."""

from __future__ import annotations

import math
import re
import unicodedata

from conv.errors import ConvError
from conv.quiz.question import Value

TOLERANCE = 0.005
"""How far from a number with decimals an answer may be: two decimals are asked for."""

LONGEST = 100  # characters; nobody needs more
IMPOSSIBLE = "impossible"

_SIGNS = str.maketrans({
    "−": "-", "–": "-", "—": "-", "×": "x", "✕": "x", "∗": "*", "·": "*", "⁄": "/", "’": "'",
    "х": "x", "Х": "x", "$": None,  # the Cyrillic letter looks the same
})
_LATEX = {r"\times": "x", r"\cdot": "*", "{,}": ","}
_THOUSANDS = re.compile(r"[1-9]\d{0,2}(?P<mark>[ ,'])\d{3}(?:(?P=mark)\d{3})*(?:\.\d*)?")
_NUMBER = re.compile(r"\d+\.?\d*|\.\d+")
_BETWEEN = re.compile(r"\s*(?:[x*,;]|\bby\b)\s*|\s+")
_BRACKETS = {"(": ")", "[": "]", "{": "}"}
_NAMES = {2: "rows × columns, such as 5 × 7", 3: "maps × rows × columns, such as 6 × 5 × 7"}
_UNITS = re.compile(r"(?<=[\d.\s])\s*(?:pixels?|px|rows?|columns?|cols?|maps?|wide|high)\b")


def read(text: str, like: Value) -> Value:
    """Read what a person types as an answer of the kind that is asked for.

    Parameters
    ----------
    text : str
        In any usual spelling: ``5``, ``1,000``, ``−0.5``, ``1/2``, ``0,5``; ``5x5``, ``5 by 5``, ``(5, 5)``;
        ``1, 2 and 3``, ``1-3``, ``none``.
    like : Value
        The right answer, of which only the kind counts.

    Returns
    -------
    Value
        Of the same kind. A number that is not whole is a float, also where a whole one is asked for; and such a
        question may be answered with ``"impossible"``.

    Raises
    ------
    ConvError
        With a sentence that says what to type: ``Type one number, such as 12. Received: a lot.``
        ``Type rows × columns, such as 5 × 7. Received: 5.``

    Examples
    --------
    >>> read(" 1 000 ", like=7), read("1/2", like=0.25), read("5 by 7", like=(3, 3))
    (1000, 0.5, (5, 7))
    >>> sorted(read("1-3 and 5", like=frozenset()))
    [1, 2, 3, 5]
    """
    cleaned = _cleaned(text)
    if isinstance(like, str):
        return _read_word(cleaned, text)
    if isinstance(like, tuple):
        return _read_shape(cleaned, text, len(like))
    if isinstance(like, frozenset):
        return _read_set(cleaned, text)
    return _read_number(cleaned, text)


def spell(value: Value) -> str:
    """Write an answer for people.

    >>> spell((5, 7)), spell(frozenset({2, 1})), spell(-1250), spell(0.5), spell(frozenset())
    ('5 × 7', '1, 2', '−1,250', '0.5', 'none')
    """
    if isinstance(value, str):
        return value
    if isinstance(value, tuple):
        return " × ".join(map(str, value)).replace("-", "−")
    if isinstance(value, frozenset):
        return ", ".join(map(str, sorted(value))).replace("-", "−") or "none"
    written = f"{value:,}" if isinstance(value, int) else f"{value:,.2f}".rstrip("0").rstrip(".")
    return written.replace("-", "−")


def refused(rule: str, text: str) -> ConvError:
    """Say what to type, and what was typed, as it was."""
    return ConvError(f"{rule} Received: {' '.join(text.split()) or 'nothing'}.")


def same(one: Value, other: Value) -> bool:
    """Say whether two answers are the same: numbers with decimals to the two that are asked for.

    >>> same(0.333, 0.33), same(3, 3.0), same((3, 3), (3, 4)), same(3, (3,))
    (True, True, False, False)
    """
    if isinstance(one, int) and isinstance(other, int):
        return one == other
    if isinstance(one, int | float) and isinstance(other, int | float):
        return abs(one - other) < TOLERANCE + 1e-9
    return type(one) is type(other) and one == other


def _cleaned(text: str) -> str:
    """Bring the many signs for one thing to one."""
    if len(text) > LONGEST:
        raise refused(f"An answer has at most {LONGEST} characters.", text[:20] + "…")
    if re.search("[⁰¹²³⁴-⁹]", text):
        raise refused("Type numbers without exponents.", text)
    for command, sign in _LATEX.items():
        text = text.replace(command, sign)
    plain = unicodedata.normalize("NFKC", text.translate(_SIGNS)).translate(_SIGNS).casefold().strip()
    return plain.removeprefix("=").removesuffix(".").strip()


def _number(written: str) -> int | float | None:
    """Read one number, or a fraction of two; None if it is none."""
    if "/" in written:
        over, _, under = written.partition("/")
        parts = _number(over.strip()), _number(under.strip())
        if None in parts or not parts[1]:
            return None
        return _whole_if_it_is(parts[0] / parts[1])  # type: ignore[operator]
    negative = written.startswith("-")
    digits = written.lstrip("+") if written.startswith("+") else written.removeprefix("-").strip()
    if _THOUSANDS.fullmatch(digits):
        digits = re.sub("[ ,']", "", digits)
    if digits.count(",") == 1 and "." not in digits:  # a decimal comma: thousands are read above
        digits = digits.replace(",", ".")
    if not digits.isascii() or not _NUMBER.fullmatch(digits):
        return None
    number = int(digits) if digits.isdigit() else _whole_if_it_is(float(digits))
    return -number if negative and number is not None else number


def _whole_if_it_is(number: float) -> int | float | None:
    if not math.isfinite(number):
        return None
    return int(number) if number == int(number) else number


def _read_number(cleaned: str, text: str) -> Value:
    if cleaned in (IMPOSSIBLE, "not possible", "invalid", "error"):
        return IMPOSSIBLE
    number = _number(re.sub(r"(?<=[\d.])\s*[a-z][a-z -]*$", "", cleaned))  # "5 rows"
    if number is None:
        raise refused("Type one number, such as 12.", text)
    return number


def _without_brackets(cleaned: str) -> str:
    if len(cleaned) >= 2 and _BRACKETS.get(cleaned[0]) == cleaned[-1]:
        return cleaned[1:-1].strip()
    return cleaned


def _read_shape(cleaned: str, text: str, length: int) -> Value:
    inner = _UNITS.sub("", _without_brackets(cleaned)).strip()
    numbers = [_number(part) for part in _BETWEEN.split(inner)] if inner else []
    if len(numbers) != length or not all(isinstance(number, int) for number in numbers):
        raise refused(f"Type {_NAMES[length]}.", text)
    if 0 <= cleaned.find("col") < cleaned.find("row"):
        numbers[-2:] = numbers[:-3:-1]  # "7 columns, 5 rows"
    return tuple(numbers)  # type: ignore[arg-type]


def _read_set(cleaned: str, text: str) -> Value:
    inner = _without_brackets(cleaned)
    if inner in ("none", "no", "nothing", "empty", "∅", "-") or (not inner and cleaned):
        return frozenset()
    found: set[int] = set()
    for part in re.split(r"\s*(?:[,;&+]|\band\b)+\s*|(?<=\d)\s+(?=\d)", re.sub(r"\s*-\s*|\s+to\s+", "-", inner)):
        ends = re.fullmatch(r"(?:[a-z]+ )?(\d{1,4})(?:-(\d{1,4}))?", part, re.ASCII)
        if not ends and part:
            raise refused("Type whole numbers with commas between, or none.", text)
        if ends:
            first, last = int(ends[1]), int(ends[2] or ends[1])
            found.update(range(min(first, last), max(first, last) + 1))
    if not found:
        raise refused("Type whole numbers with commas between, or none.", text)
    return frozenset(found)


def _read_word(cleaned: str, text: str) -> Value:
    word = _without_brackets(cleaned).removesuffix(")").removesuffix(".").upper()
    if not re.fullmatch("[A-E]", word):
        raise refused("Type one of the letters.", text)
    return word
