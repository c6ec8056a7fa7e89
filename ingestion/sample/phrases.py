"""What people write in surveys, reviews and to the help desk, in five languages: unhappy, indifferent and happy people.

Belongs here: phrases, some of them hard to read for a careless parser, and the truth about each: mood and theme.
Does not belong here: who writes them, and how the warehouse reads them (`seeds/rules/feedback_term.csv`).
"""

# ruff: noqa: RUF001
# Greek letters that look like Latin ones are the point.

from __future__ import annotations

from typing import Final

# By country (as in `catalogue.COUNTRIES`), then unhappy, indifferent, happy: (theme, words). A theme may be none.
PHRASES: Final = (
    (
        (
            ("delivery", "Η παραγγελία άργησε πολύ"),
            ("service", "Κακή εξυπηρέτηση; δεν ξαναπάω"),
            ("quality", 'Ήρθε σπασμένο, "επιστροφή" χρημάτων ζήτησα'),
            ("as_described", "Δεν είναι όπως στη φωτογραφία, άλλο χρώμα"),
            ("price", "Πανάκριβο για αυτό που είναι"),
            ("website", "Το site κολλάει συνέχεια, δεν μπορούσα να πληρώσω"),
        ),
        (("", "Εντάξει, τίποτα ιδιαίτερο"), ("price", "Καλό, αλλά ακριβό"), ("", "Έτσι κι έτσι")),
        (
            ("service", "Πολύ ευγενικό προσωπικό!"),
            ("service", "Ta pantelia mou agapimena, efxaristo"),
            ("", "Άψογα όλα 👍"),
            ("delivery", "Γρήγορη παράδοση, μπράβο"),
            ("quality", "Εξαιρετική ποιότητα, το προτείνω"),
            ("price", "Πολύ καλές τιμές"),
        ),
    ),
    (
        (
            ("delivery", "Késett a csomag, senki nem válaszolt"),
            ("quality", "Hibás termék; visszaküldtem"),
            ("as_described", "Nem olyan, mint a képen, más a színe"),
            ("service", "Udvariatlan eladó, csalódtam"),
            ("price", "Túl drága ehhez képest"),
            ("packaging", "Sérült doboz érkezett"),
        ),
        (("", "Rendben volt"), ("", "Átlagos"), ("price", "Jó, de kicsit drága")),
        (
            ("service", "Nagyon kedves eladók, köszönöm!"),
            ("delivery", 'Gyors szállítás, "tökéletes" csomagolás'),
            ("", "Szuper 😊"),
            ("quality", "Kiváló minőség, ajánlom"),
            ("price", "Nagyon jó árak"),
            ("", "Imádom, minden rendben ment"),
        ),
    ),
    (
        (
            ("delivery", "A întârziat coletul; nimeni nu răspunde"),
            ("as_described", "Produs greșit"),
            ("quality", "Calitate slabă, s-a stricat după o zi"),
            ("as_described", "Nu corespunde cu descrierea, altă culoare"),
            ("service", "Personal nepoliticos, foarte dezamăgit"),
            ("price", "Prea scump pentru ce este"),
        ),
        (("", "E ok"), ("price", "Prețuri cam mari, calitate bună"), ("", "Nimic special")),
        (
            ("", "Mulțumesc, totul perfect!"),
            ("delivery", "Livrare rapidă și ambalaj frumos"),
            ("", "Recomand ❤"),
            ("service", "Personal foarte amabil"),
            ("quality", "Calitate excelentă, sunt mulțumită"),
            ("price", "Prețuri foarte bune"),
        ),
    ),
    (
        (
            ("delivery", "Försenad leverans, ingen hörde av sig"),
            ("as_described", "Fel vara; dålig service"),
            ("quality", "Trasig vid ankomst, dålig kvalitet"),
            ("as_described", "Stämmer inte med bilden, annan färg"),
            ("service", "Otrevlig personal, besviken"),
            ("price", "Alldeles för dyrt"),
        ),
        (("", "Helt okej"), ("", "Lagom bra"), ("price", "Bra men lite dyrt")),
        (
            ("service", "Jättebra bemötande!"),
            ("delivery", 'Snabb leverans, "toppen"'),
            ("", "Underbar butik"),
            ("quality", "Fantastisk kvalitet, rekommenderas"),
            ("price", "Väldigt bra priser"),
            ("service", "Trevlig och hjälpsam personal, tack"),
        ),
    ),
    (
        (
            ("delivery", "Late, and nobody answered"),
            ("delivery", 'They said "tomorrow"; it took a week'),
            ("quality", "Arrived broken"),
            ("as_described", "Not as described, a different colour"),
            ("service", "Rude staff, very disappointed"),
            ("price", "Far too expensive for what it is"),
        ),
        (("", "It was fine"), ("price", "Good, a bit pricey"), ("", "Nothing special")),
        (
            ("service", "Lovely staff, thank you!"),
            ("delivery", "Quick delivery\nand beautifully packed"),
            ("", "Perfect as always"),
            ("quality", "Excellent quality, would recommend"),
            ("price", "Great prices"),
            ("service", "Friendly and helpful, thanks"),
        ),
    ),
)
MOODS: Final = ("negative", "neutral", "positive")
CHOICES: Final = ("price", "range", "service", "location")
REPLY_TITLES: Final = ("Disappointed", "Average", "Great")
