"""What two customer records are compared by, and which pairs are compared at all, each with its reason.

Belongs here: blocking rules and comparisons, as Splink settings. Does not belong here: how the evidence is weighed (see
`mixture`), and the standardising of names, addresses and numbers (dbt's `int_customer_record__compare`).

Every comparison's levels go from the strongest agreement to none. What one of the records does not say is no evidence.
"""

from __future__ import annotations

from typing import Final, NamedTuple

# What the comparisons read: the columns of `candidate_record`, made by `candidates.py`.
EDITS: Final = "damerau_levenshtein({0}_l, {0}_r)"


class Level(NamedTuple):
    """One answer of a comparison.

    Attributes:
        label: the answer in words, as it is shown to people.
        condition: SQL over the columns of the left (`_l`) and right (`_r`) record; empty for the last level.
    """

    label: str
    condition: str = ""


class Comparison(NamedTuple):
    """One thing that two records are compared by.

    Attributes:
        name: what is compared.
        unknown: SQL that is true when one of the two does not say.
        levels: the answers, strongest agreement first; the last is disagreement.
        reason: why the levels are as they are.
    """

    name: str
    unknown: str
    levels: tuple[Level, ...]
    reason: str


class Blocking(NamedTuple):
    """Records with equal values in all `columns` are compared."""

    columns: tuple[str, ...]
    reason: str


def _unknown(column: str) -> str:
    return f"{column}_l is null or {column}_r is null"


def _is_initial(column: str) -> str:
    return (
        f"(length({column}_l) = 1 or length({column}_r) = 1) and initial_class({column}_l) = initial_class({column}_r)"
    )


def _is_misspelt(column: str, skeleton: str) -> str:
    edits = EDITS.format(column)
    shorter = f"least(length({column}_l), length({column}_r))"
    return (
        f"{shorter} > 2 and ({edits} <= 1 or ({edits} = 2 and {shorter} >= 5) or ({edits} = 3 and {shorter} >= 7)"
        f" or {skeleton}_l = {skeleton}_r)"
    )


def _letters_changed_places(column: str) -> str:
    return f"{EDITS.format(column)} = 1 and list_sort(split({column}_l, '')) = list_sort(split({column}_r, ''))"


def _is_short_form(column: str) -> str:
    return (
        f"least(length({column}_l), length({column}_r)) > 2"
        f" and (starts_with({column}_l, {column}_r) or starts_with({column}_r, {column}_l))"
    )


COMPARISONS: Final = (
    Comparison(
        "given_name",
        _unknown("given_word"),
        (
            Level("same", "given_word_l = given_word_r"),
            Level(
                "nickname",
                "list_has_any(split(given_words_l, ' '), split(given_words_r, ' '))",
            ),
            Level("misspelt", f"given_ending_l = given_ending_r and ({_is_misspelt('given_word', 'given_skeleton')})"),
            Level("short form", _is_short_form("given_word")),
            Level("initial", _is_initial("given_word")),
            Level("different"),
        ),
        "The one thing that tells the members of a household apart. A misspelling keeps the last letter's class, which"
        " carries the gender: Mario is not Maria.",
    ),
    Comparison(
        "family_name",
        _unknown("family_word"),
        (
            Level("same", "family_word_l = family_word_r"),
            Level("misspelt", _is_misspelt("family_word", "family_skeleton")),
            Level("short form", _is_short_form("family_word")),
            Level("initial", _is_initial("family_word")),
            Level("different"),
        ),
        "Shared by a household, and changed by marriage: it says less than the given name in both directions.",
    ),
    Comparison(
        "email",
        _unknown("email"),
        (
            Level("same", "email_l = email_r"),
            Level("other provider", "email_name_l = email_name_r and length(email_name_l) > 5"),
            Level(
                "misspelt",
                f"length(email_name_l) > 5 and {EDITS.format('email_name')} <= 1",
            ),
            Level("different"),
        ),
        "Unique to a person or a household; people have several. Typing errors at the till are common.",
    ),
    Comparison(
        "phone",
        _unknown("phone"),
        (
            Level("same", "phone_l = phone_r"),
            Level("misspelt", f"{EDITS.format('phone')} <= 1"),
            Level("different"),
        ),
        "As the e-mail address.",
    ),
    Comparison(
        "card",
        _unknown("card_number"),
        (
            Level("same", "card_number_l = card_number_r"),
            Level("misspelt", f"length(card_number_l) > 5 and {EDITS.format('card_number')} <= 1"),
            Level("different"),
        ),
        "A card is given to one person, who may have several. Cards given out one after the other differ by one digit"
        " as well: a misspelt number says little by itself.",
    ),
    Comparison(
        "birth",
        _unknown("birth_year"),
        (
            Level("same date", "birth_date_l = birth_date_r"),
            Level(
                "misspelt date",
                f"birth_date_l <> birth_date_r and ({EDITS.format('birth_digits')} <= 1"
                " or birth_digits_l = swap_day_and_month(birth_digits_r))",
            ),
            Level("same year", "(birth_date_l is null or birth_date_r is null) and birth_year_l = birth_year_r"),
            Level("different"),
        ),
        "Never changes. Day and month are swapped where two ways of writing meet; surveys often ask the year alone.",
    ),
    Comparison(
        "gender",
        _unknown("gender"),
        (Level("same", "gender_l = gender_r"), Level("different")),
        "Says little when it agrees, and much when it does not.",
    ),
    Comparison(
        "address",
        _unknown("postcode"),
        (
            Level(
                "same",
                "postcode_l = postcode_r and house_number_l = house_number_r and street_key_l = street_key_r",
            ),
            Level("house number and postcode", "postcode_l = postcode_r and house_number_l = house_number_r"),
            Level("postcode", "postcode_l = postcode_r"),
            Level("city", "city_key_l = city_key_r"),
            Level("different"),
        ),
        "Shared by a household. People move: a different address is weak evidence.",
    ),
    Comparison(
        "order",
        "not (is_about_an_order_l or is_about_an_order_r)",
        (Level("same buyer", "buyer_record_key_l = buyer_record_key_r"), Level("different")),
        "Feedback names the order that it is about; now and then somebody else of the household answers.",
    ),
)

# Blocks with more records than this say nothing of a person: comparing all of their pairs would cost most of the night.
# Their records still meet in the other, narrower blocks.
LARGEST_BLOCK: Final = 60

BLOCKING: Final = (
    Blocking(("email",), "Verified identifiers; one used under too many names has been taken away before."),
    Blocking(("phone",), "As the e-mail address."),
    Blocking(("card_number",), "As the e-mail address."),
    Blocking(("buyer_record_key",), "The response and the order that it is about."),
    Blocking(("email_name",), "One name at two providers."),
    Blocking(("given_word", "family_word"), "The same name, however it was spelt."),
    Blocking(("given_skeleton", "family_skeleton", "country_code"), "The same name, spelt or typed in another way."),
    Blocking(("family_word", "postcode"), "A person whose given name is short, changed or missing."),
    Blocking(("given_skeleton", "postcode", "country_code"), "A person whose family name changed."),
    Blocking(("birth_date", "given_word"), "A person who moved and changed the family name."),
    Blocking(("birth_date", "family_word"), "A person with another given name, as in a nickname."),
    Blocking(("birth_date", "postcode"), "A name that was not understood at all."),
    Blocking(("birth_year", "postcode", "gender", "country_code"), "A survey that asks no name."),
    Blocking(("email_figures", "country_code"), "A typing error in the letters of an address."),
    Blocking(("email_letters", "country_code"), "A typing error in the figures of an address."),
    Blocking(("street_key", "house_number", "postcode"), "One front door: a name that was not understood."),
)
