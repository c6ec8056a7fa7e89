"""What people write in surveys and reviews, in five languages: of unhappy, of indifferent and of happy people.

Belongs here: phrases, some of them hard to read for a careless parser. Does not belong here: who writes them.
"""

# ruff: noqa: RUF001
# Greek letters that look like Latin ones are the point.

from __future__ import annotations

from typing import Final

# By country (as in `catalogue.COUNTRIES`), then unhappy, indifferent, happy.
PHRASES: Final = (
    (
        ("Η παραγγελία άργησε πολύ", "Κακή εξυπηρέτηση; δεν ξαναπάω", 'Ήρθε σπασμένο, "επιστροφή" χρημάτων ζήτησα'),
        ("Εντάξει, τίποτα ιδιαίτερο", "Καλό, αλλά ακριβό"),
        ("Πολύ ευγενικό προσωπικό!", "Ta pantelia mou agapimena, efxaristo", "Άψογα όλα 👍"),
    ),
    (
        ("Késett a csomag, senki nem válaszolt", "Hibás termék; visszaküldtem"),
        ("Rendben volt", "Átlagos"),
        ("Nagyon kedves eladók, köszönöm!", 'Gyors szállítás, "tökéletes" csomagolás', "Szuper 😊"),
    ),
    (
        ("A întârziat coletul; nimeni nu răspunde", "Produs greșit"),
        ("E ok", "Prețuri cam mari, calitate bună"),
        ("Mulțumesc, totul perfect!", "Livrare rapidă și ambalaj frumos", "Recomand ❤"),
    ),
    (
        ("Försenad leverans, ingen hörde av sig", "Fel vara; dålig service"),
        ("Helt okej", "Lagom bra"),
        ("Jättebra bemötande!", 'Snabb leverans, "toppen"', "Underbar butik"),
    ),
    (
        ("Late, and nobody answered", 'They said "tomorrow"; it took a week', "Arrived broken"),
        ("It was fine", "Good, a bit pricey"),
        ("Lovely staff, thank you!", "Quick delivery\nand beautifully packed", "Perfect as always"),
    ),
)
CHOICES: Final = ("price", "range", "service", "location")
REPLY_TITLES: Final = ("Disappointed", "Average", "Great")
