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
    """Records with equal values in all `columns` are compared, unless they are more than `largest`."""

    columns: tuple[str, ...]
    largest: int
    reason: str


def _unknown(column: str) -> str:
    return f"{column}_l is null or {column}_r is null"


def _differs_in_one(column: str) -> str:
    """Return SQL that is true for values at most one edit apart.

    Two such values have their first two thirds or their last third in common, but for the letters next to the edit:
    that is asked first, since counting edits is the dearest thing that a night does. (Halves would let nearly all phone
    numbers of one country pass.)
    """
    shorter = f"least(length({column}_l), length({column}_r))"
    head, tail = f"greatest({shorter} * 2 // 3 - 1, 0)", f"greatest({shorter} // 3 - 1, 0)"
    return (
        f"abs(length({column}_l) - length({column}_r)) <= 1"
        f" and (right({column}_l, {tail}) = right({column}_r, {tail})"
        f" or left({column}_l, {head}) = left({column}_r, {head}))"
        f" and {EDITS.format(column)} <= 1"
    )


def _is_initial(column: str) -> str:
    return (
        f"(length({column}_l) = 1 or length({column}_r) = 1) and initial_class({column}_l) = initial_class({column}_r)"
    )


def _is_misspelt(column: str, skeleton: str) -> str:
    shorter = f"least(length({column}_l), length({column}_r))"
    most = f"case when {shorter} >= 7 then 3 when {shorter} >= 5 then 2 else 1 end"
    return (
        f"{shorter} > 2 and ({skeleton}_l = {skeleton}_r"
        f" or (abs(length({column}_l) - length({column}_r)) <= 3 and {EDITS.format(column)} <= {most}))"
    )


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
                f"length(email_name_l) > 5 and {_differs_in_one('email_name')}",
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
            Level("misspelt", _differs_in_one("phone")),
            Level("different"),
        ),
        "As the e-mail address.",
    ),
    Comparison(
        "card",
        _unknown("card_number"),
        (
            Level("same", "card_number_l = card_number_r"),
            Level("misspelt", f"length(card_number_l) > 5 and {_differs_in_one('card_number')}"),
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

# A pair in one large block alone has nothing else in common: one of sixty people who bear one name is not another of
# them. So what many people share is compared in small blocks only, and together with something else in larger ones; the
# cost of a night then grows with the records and not with their square.
LARGEST_BLOCK: Final = 60
SMALL: Final = 10

BLOCKING: Final = (
    Blocking(("email",), LARGEST_BLOCK, "Verified identifiers; one used under too many names has been taken away."),
    Blocking(("phone",), LARGEST_BLOCK, "As the e-mail address."),
    Blocking(("card_number",), LARGEST_BLOCK, "As the e-mail address."),
    Blocking(("buyer_record_key",), LARGEST_BLOCK, "The response and the order that it is about."),
    Blocking(("given_word", "family_word", "postcode"), LARGEST_BLOCK, "The same name in one place."),
    Blocking(
        ("given_skeleton", "family_skeleton", "postcode", "country_code"),
        SMALL,
        "The same name in one place, spelt or typed in another way.",
    ),
    Blocking(("given_word", "family_word", "birth_year"), SMALL, "The same name and age, for names that many bear."),
    Blocking(("given_skeleton", "family_skeleton", "email_figures"), SMALL, "As the name and age, for want of an age."),
    Blocking(("birth_date", "given_word"), SMALL, "A person who moved and changed the family name."),
    Blocking(("birth_date", "family_word"), SMALL, "A person with another given name, as in a nickname."),
    Blocking(("birth_date", "postcode"), SMALL, "A name that was not understood at all."),
    Blocking(("birth_year", "postcode", "gender", "country_code"), SMALL, "A survey that asks no name."),
    Blocking(("street_key", "house_number", "postcode"), SMALL, "One front door: a name that was not understood."),
    Blocking(("birth_date", "street_key"), SMALL, "A name and a postcode that were mistyped."),
    Blocking(("email_name",), SMALL, "One name at two providers."),
    Blocking(("email_figures", "country_code"), SMALL, "A typing error in the letters of an address."),
    Blocking(("email_letters", "country_code"), SMALL, "A typing error in the figures of an address."),
    Blocking(("given_word", "family_word"), SMALL, "The same name, however it was spelt, when few bear it."),
    Blocking(
        ("given_skeleton", "family_skeleton", "country_code"), SMALL, "As the name, spelt or typed in another way."
    ),
    Blocking(("family_word", "postcode"), SMALL, "A person whose given name is short, changed or missing."),
    Blocking(("given_skeleton", "postcode", "country_code"), SMALL, "A person whose family name changed."),
)
