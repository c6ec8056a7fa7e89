"""Whether two names may belong to one person.

The same rule as the dbt macro `names_agree`; a test holds the two together. Does not belong here: folding names to
sound keys, which only SQL does.
"""

from __future__ import annotations

from typing import Final, NamedTuple

SHORTEST_MISSPELT: Final = 5
SHORTEST_FORM: Final = 3
SHORTEST_REST: Final = 3


class Name(NamedTuple):
    """The sound keys of a name; None when not known."""

    given: str | None
    family: str | None


def names_agree(a: Name, b: Name) -> bool:
    """Return True when the given names agree, or given and family name agree crosswise.

    What is not known agrees with everything.
    """
    if words_agree(a.given, b.given):
        return True
    if a.family is None or b.family is None:
        return False
    return words_agree(a.given, b.family) and words_agree(a.family, b.given)


def families_agree(a: Name, b: Name) -> bool:
    """Return True when the family names agree, or family and given name agree crosswise; whichever comes first."""
    if words_agree(a.family, b.family):
        return True
    if a.given is None or b.given is None:
        return False
    return words_agree(a.given, b.family) and words_agree(a.family, b.given)


def words_agree(a: str | None, b: str | None) -> bool:
    """Return True for equal words, an initial or short form of the other, or a misspelling that keeps the last letter.

    A short form leaves out at least three letters (Alex of Alexandros), since one or two carry the gender (Gabriel,
    Gabriela); so does the last letter (Mario, Maria).
    """
    if a is None or b is None or a == b:
        return True
    if 1 in {len(a), len(b)}:
        return a[:1] == b[:1]
    short, long = sorted((a, b), key=len)
    if len(short) >= SHORTEST_FORM and len(long) - len(short) >= SHORTEST_REST and long.startswith(short):
        return True
    long_enough = min(len(a), len(b)) >= SHORTEST_MISSPELT
    return long_enough and a[-1] == b[-1] and _one_edit_apart(a, b)


def _one_edit_apart(a: str, b: str) -> bool:
    if abs(len(a) - len(b)) > 1:
        return False
    start = next((at for at, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))
    rest_a, rest_b = a[start:], b[start:]
    return rest_a[1:] == rest_b[1:] or rest_a[1:] == rest_b or rest_a == rest_b[1:]
