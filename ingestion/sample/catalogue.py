"""What the sample retailer is: its countries, currencies, stores, products and prices.

Belongs here: facts that are the same for every seed and scale. Does not belong here: anything that is drawn.
Amounts are whole numbers of hundredths of the currency; a price in forints is a whole forint.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from ingestion.sample.draws import Ints


@dataclass(frozen=True)
class Country:
    """A country of the retailer. `per_euro` only shapes the price list; it is not an exchange rate of the warehouse."""

    code: str
    language: str
    currency: str
    per_euro: float
    step: int
    tax_percent: int
    people: int
    calling_code: str
    mobile_prefix: str
    shipping: int
    free_shipping_from: int


COUNTRIES: Final = (
    Country("GR", "el", "EUR", 1.0, 1, 24, 40, "30", "692", 350, 4900),
    Country("HU", "hu", "HUF", 400.0, 100, 27, 20, "36", "20", 149000, 1990000),
    Country("RO", "ro", "RON", 5.0, 1, 19, 17, "40", "79", 1699, 24900),
    Country("SE", "sv", "SEK", 11.0, 1, 25, 12, "46", "70", 4900, 59900),
    Country("GB", "en", "GBP", 0.85, 1, 20, 11, "44", "770", 399, 4500),
)


@dataclass(frozen=True)
class Store:
    """A store. `always_open` is the one at the airport, whose tills also ring in the night when the clocks change."""

    code: str
    name: str
    city: str
    country: int
    weight: int
    opened_on: str
    always_open: bool = False


STORES: Final = (
    Store("S01", "Αθήνα Κέντρο", "Αθήνα", 0, 30, "2009-03-14"),
    Store("S02", "Αθήνα Μαρούσι", "Αθήνα", 0, 20, "2014-10-02"),
    Store("S03", "Θεσσαλονίκη", "Θεσσαλονίκη", 0, 22, "2011-05-20"),
    Store("S04", "Πάτρα", "Πάτρα", 0, 12, "2016-09-09"),
    Store("S05", "Ηράκλειο", "Ηράκλειο", 0, 10, "2018-04-27"),
    Store("S06", "Αεροδρόμιο", "Σπάτα", 0, 6, "2019-06-01", always_open=True),
    Store("S07", "Budapest Nagymezo utca", "Budapest", 1, 30, "2015-11-05"),
    Store("S08", "Szeged", "Szeged", 1, 12, "2020-02-20"),
    Store("S09", "Bucuresti Lipscani", "Bucuresti", 2, 28, "2017-03-30"),
    Store("S10", "Cluj-Napoca", "Cluj-Napoca", 2, 12, "2021-10-14"),
    Store("S11", "Stockholm Hornsgatan", "Stockholm", 3, 20, "2019-09-26"),
)

# Category: name, type of use, brand, lowest and highest price in euro cents, number of products.
CATEGORIES: Final = (
    ("Skin care", "consumable", "Thalassa", 690, 4490, 70),
    ("Hair care", "consumable", "Thalassa", 490, 2990, 50),
    ("Make-up", "consumable", "Iris", 590, 3990, 60),
    ("Fragrance", "slow_to_judge", "Maison Nefeli", 2490, 11900, 40),
    ("Supplements", "slow_to_judge", "Vita Nord", 990, 4990, 40),
    ("Home", "durable", "Hestia", 790, 5990, 50),
    ("Appliances", "durable", "Voltra", 2990, 18900, 30),
    ("Accessories", "durable", "Iris", 390, 2490, 16),
)
SUBSCRIPTION_PRICE: Final = 1990
GIFT_CARD_PRICES: Final = (2500, 5000, 10000)
ORDINARY: Final = sum(category[5] for category in CATEGORIES)
SUBSCRIPTION: Final = ORDINARY
FIRST_GIFT_CARD: Final = ORDINARY + 1
PRODUCTS: Final = ORDINARY + 1 + len(GIFT_CARD_PRICES)
# Who begins a basket with the first very often takes the second: popular products, and partners of other groups.
PAIRS: Final = tuple((2 * number, 200 + 13 * number) for number in range(8))
_KINDS: Final = ("Classic", "Fresh", "Intense", "Pure", "Natural", "Deep", "Light", "Royal", "Aegean", "Nordic")


@dataclass(frozen=True)
class Product:
    """A product, its price in euro cents at the beginning of the period."""

    sku: str
    name: str
    category: str
    brand: str
    product_type: str
    price: int


def products() -> list[Product]:
    """Return every product; the first `ORDINARY` are what baskets are made of."""
    made: list[Product] = []
    for category, product_type, brand, lowest, highest, count in CATEGORIES:
        for number in range(count):
            # A multiplier that is prime to every count spreads the prices over the range without an order.
            price = lowest + (highest - lowest) * (number * 37 % count) // count // 100 * 100
            name = f"{brand} {_KINDS[number % 10]} {category.lower()} {number + 1:02}"
            made.append(Product(f"SKU-{len(made) + 1001}", name, category, brand, product_type, price))
    made.append(Product("SKU-SUB", "Monthly care box", "Subscriptions", "Thalassa", "subscription", SUBSCRIPTION_PRICE))
    for price in GIFT_CARD_PRICES:
        made.append(Product(f"GIFT-{price // 100}", f"Gift card {price // 100}", "Gift cards", "", "gift_card", price))
    return made


def price_table(years: int) -> Ints:
    """Return the shelf prices, shaped (years, countries, products): 3 % a year, rounded as shops round."""
    base = np.array([product.price for product in products()], dtype=np.int64)
    table = np.empty((years, len(COUNTRIES), PRODUCTS), dtype=np.int64)
    for year in range(years):
        for number, country in enumerate(COUNTRIES):
            amounts = base * int(country.per_euro * 100) * (100 + 3 * year) // 10_000
            table[year, number] = _nice(amounts, country.currency)
            # Stored value has round figures, whatever the year.
            gifts = base[FIRST_GIFT_CARD:] * int(country.per_euro * 100) // 100
            table[year, number, FIRST_GIFT_CARD:] = gifts // 500 * 500 if country.currency != "HUF" else gifts
    return table


def _nice(amounts: Ints, currency: str) -> Ints:
    if currency == "HUF":
        return np.asarray(np.maximum(amounts // 10_000, 1) * 10_000 - 1_000)
    if currency == "SEK":
        return np.asarray(np.maximum(amounts // 1000, 1) * 1000 - 100)
    return np.asarray(np.maximum(amounts // 100, 1) * 100 - 1)
