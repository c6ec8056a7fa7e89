"""Whether two names may belong to one person.

Belongs here: the rules on sound keys, as pure functions. Does not belong here: folding names to sound keys, which only
SQL does, and how much an agreement weighs.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final, NamedTuple

from rapidfuzz.distance import OSA

SHORTEST_FORM: Final = 3
SHORTEST_REST: Final = 3
SHORTEST_WITH_EDITS: Final = (1, 3, 4, 6)  # of the shorter word, by the number of edits
SHORTEST_SKELETON: Final = 3
REMEMBERED: Final = 200_000

# Letters that one initial may stand for: C for Charalambos or Kostas, P for Phanourios, which sounds like F and V.
_INITIALS: Final = str.maketrans("cqxhfbvwuyjg", "kkkkppppuiii")
# The class of the last letter carries the gender: a, o, i, or a consonant (see the macro name_ending).
_ENDINGS: Final = str.maketrans("aouvwieyhbcdfgjklmnpqrstxz", "aooooiiiiccccccccccccccccc")
_LEFT_OUT: Final = str.maketrans("", "", "aeiouyhxv")


class Name(NamedTuple):
    """The sound keys of a name; None when not known.

    Attributes:
        given: the first word of the given name, or the formal name that it certainly stands for.
        readings: every given name that it may stand for, and the word itself.
        family: the family name.
    """

    given: str | None
    readings: frozenset[str] = frozenset()
    family: str | None = None


@lru_cache(maxsize=REMEMBERED)
def names_agree(a: Name, b: Name) -> bool:
    """Return True when the given names may be one person's; what is not known agrees with everything."""
    if a.given is None or b.given is None or a.given == b.given or not a.readings.isdisjoint(b.readings):
        return True
    return any(words_agree(x, y, is_given=True) for x in a.readings | {a.given} for y in b.readings | {b.given})


@lru_cache(maxsize=REMEMBERED)
def families_agree(a: Name, b: Name) -> bool:
    """Return True when the family names may be one person's."""
    return a.family is None or b.family is None or a.family == b.family or words_agree(a.family, b.family)


def words_agree(a: str, b: str, *, is_given: bool = False) -> bool:
    """Return True for equal words, an initial or a short form of the other, or a misspelling.

    A short form leaves out at least three letters (Alex of Alexandros), since one or two carry the gender (Gabriel,
    Gabriela). A misspelling is one edit apart, two in a word of at least four letters and three in one of at least six,
    or has the same consonants; a given name's keeps the class of the last letter (Mario is not Maria), unless two
    letters only changed places.
    """
    if a == b:
        return True
    short, long = sorted((a, b), key=len)
    if len(short) == 1:
        return initial(a) == initial(b)
    if len(short) >= SHORTEST_FORM and len(long) - len(short) >= SHORTEST_REST and long.startswith(short):
        return True
    return _is_misspelt(a, b, is_given=is_given)


def _is_misspelt(a: str, b: str, *, is_given: bool) -> bool:
    edits = OSA.distance(a, b, score_cutoff=3)
    if edits == 1 and len(a) == len(b) and sorted(a) == sorted(b):
        return True
    if edits >= len(SHORTEST_WITH_EDITS) or (is_given and ending(a) != ending(b)):
        return False
    return min(len(a), len(b)) >= SHORTEST_WITH_EDITS[edits] or (edits == 3 and _same_consonants(a, b))


def initial(word: str) -> str:
    """Return the letter that stands for the word's initial, whatever it was spelt with."""
    return word[0].translate(_INITIALS)


def ending(word: str) -> str:
    """Return the class of the last letter."""
    return word[-1].translate(_ENDINGS)


def _same_consonants(a: str, b: str) -> bool:
    kept = a.translate(_LEFT_OUT)
    return len(kept) >= SHORTEST_SKELETON and kept == b.translate(_LEFT_OUT) and initial(a) == initial(b)
