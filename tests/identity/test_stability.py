"""Five nights with links withdrawn and records coming in: ids change where people merge or part, and nowhere else."""

from __future__ import annotations

import random

from tests.identity.test_nights import assert_moves_are_logged
from tests.identity.warehouse import Pair, Warehouse

PERSONS = 4000
NIGHTS = 5
WITHDRAWN = 0.003
NEW = 0.01
# One night merges or parts some people; a way of naming that changes more ids than that is not stable.
MOST_CHANGED = 0.006


def person(number: int, chance: random.Random) -> tuple[list[str], list[Pair]]:
    """Return the records of a person and the links among them, more than are needed in half of the cases."""
    keys = [f"{chance.getrandbits(64):016x}-{number}" for _ in range(chance.choice([1, 2, 2, 3, 4, 6]))]
    links = [(chance.choice(keys[:at]), key) for at, key in enumerate(keys) if at]
    spare = [(a, b) for a, b in zip(keys, keys[2:], strict=False) if chance.random() < 0.5]
    return keys, links + spare


def test_ids_change_only_where_people_merge_or_part() -> None:
    chance = random.Random(4)
    people = [person(number, chance) for number in range(PERSONS)]
    keys = [key for records, _ in people for key in records]
    links = [link for _, of_person in people for link in of_person]
    warehouse = Warehouse()
    warehouse.run(keys, links)
    shares = []
    for night in range(NIGHTS):
        newcomers = [person(PERSONS + night * 1000 + n, chance) for n in range(round(len(people) * NEW))]
        for records, of_person in newcomers:
            keys += records
            # Every other newcomer turns out to be somebody who is known.
            links += [*of_person, *([(chance.choice(keys), records[0])] if chance.random() < 0.5 else [])]
        kept = [link for link in links if chance.random() >= WITHDRAWN]
        before, clusters_before = warehouse.map(), warehouse.clusters()
        run = warehouse.run(keys, kept).run_number
        now, clusters_now = warehouse.map(), warehouse.clusters()
        assert_moves_are_logged(warehouse, run, before, now)
        for customer, members in clusters_before.items():
            (home, *elsewhere) = {now[key] for key in members}
            if not elsewhere and clusters_now[home] & before.keys() == members:
                assert home == customer, "nobody came or went, and still the id is another one"
        living_on = clusters_before.keys() & clusters_now.keys()
        shares.append(1 - len(living_on) / len(clusters_before))
        assert shares[-1] <= MOST_CHANGED
        assert set(warehouse.aliases().values()) <= set(now.values())
    # Of the ids of the night before, those that live no longer.
    print("ids changed per night:", *(f"{share:.2%}" for share in shares))  # noqa: T201
