"""From records to people on real Splink runs: a night that remembers, threads, order, copies and decisions."""

from __future__ import annotations

import itertools
import random
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from orchestration.identity import evidence, memory
from orchestration.identity.candidates import DETAILS
from orchestration.identity.comparisons import BLOCKING, LARGEST_BLOCK, _differs_in_one
from orchestration.identity.decisions import Decision
from orchestration.identity.model_file import read_model
from orchestration.identity.people import People, find_people
from tests.identity.customers import Row, copy_of, crowd, fill, mention, person, record, warehouse

MODEL = read_model()
NIGHTS = 8
# No block of records is made by these alone.
SAID_BY_THE_WAY = ("gender", "house_number", "city_key", "given_words", "is_living_card")
REMEMBERED = {("identity", "compared_candidate"), ("identity", "pair_pattern")}


def tables(connection: duckdb.DuckDBPyConnection) -> set[tuple[str, str]]:
    return set(
        connection.execute(
            """select schema_name, table_name from duckdb_tables()
            union all select schema_name, view_name from duckdb_views() where not internal
            union all select schema_name, '' from duckdb_schemas() where database_name = current_database()
            union all select database_name, 'database' from duckdb_databases()
            union all select schema_name, function_name from duckdb_functions() where not internal"""
        ).fetchall()
    )


def same(one: People, other: People) -> None:
    assert one.clusters.equals(other.clusters)
    assert rows_of(one.pairs) == rows_of(other.pairs)


def rows_of(table: pa.Table) -> list[tuple[Any, ...]]:
    return sorted(tuple(row.values()) for row in table.to_pylist())


def weights(found: People) -> dict[tuple[str, str], float]:
    return {(row["record_key_a"], row["record_key_b"]): row["match_weight"] for row in found.pairs.to_pylist()}


def homes(found: People) -> dict[str, str]:
    return {row["customer_record_key"]: row["cluster_key"] for row in found.clusters.to_pylist()}


def must(a: str, b: str) -> Decision:
    return Decision("must_link", min(a, b), max(a, b), f"{a} and {b}")


def cannot(a: str, b: str) -> Decision:
    return Decision("cannot_link", min(a, b), max(a, b), f"{a} and {b}")


def next_night(rows: list[Row], chance: random.Random) -> list[Row]:
    """Return the records after some came, some went, and some changed."""
    keys = [row["customer_record_key"] for row in rows]
    gone, changed = set(chance.sample(keys, len(keys) // 20)), set(chance.sample(keys, len(keys) // 15))
    known = []
    for row in rows:
        key = row["customer_record_key"]
        if key in gone:
            continue
        again = row
        if key in changed:
            another = mention(key, person(chance.randrange(60), chance), chance)
            one = chance.choice(SAID_BY_THE_WAY)
            again = chance.choice([another, row | {one: another[one]}])
        known.append(again | {name: row[name] for name in ("buyer_record_key", "is_about_an_order")})
    come = [mention(f"{chance.getrandbits(40):010x}", person(chance.randrange(70), chance), chance) for _ in range(8)]
    come += [copy_of(row, f"{chance.getrandbits(40):010x}") for row in chance.sample(known, 4)]
    return known + come


def test_nights_that_remember_find_the_people_of_a_fresh_warehouse() -> None:
    chance = random.Random(5)
    rows = crowd(60, chance)
    kept = warehouse(rows)
    find_people(kept, MODEL)
    for _ in range(NIGHTS):
        rows = next_night(rows, chance)
        chance.shuffle(rows)
        fill(kept, rows)
        keys = [row["customer_record_key"] for row in rows]
        decisions = [must(*chance.sample(keys, 2)), cannot(*chance.sample(keys, 2))]
        fresh = find_people(warehouse(rows), MODEL, decisions)
        incremental = find_people(kept, MODEL, decisions)
        same(incremental, fresh)
        assert 0 < incremental.compared < fresh.compared * 0.8
    assert find_people(kept, MODEL, decisions).compared == 0


def test_a_night_that_ends_while_it_remembers_leaves_what_was_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    chance = random.Random(11)
    rows = crowd(40, chance)
    for rest in (rows[: len(rows) // 4], rows[:-3]):
        kept = warehouse(rest)
        find_people(kept, MODEL)
        fill(kept, rows)
        with monkeypatch.context() as broken:
            broken.setattr(memory, "CANDIDATES", "select $basis from no_such_table")
            with pytest.raises(duckdb.CatalogException):
                find_people(kept, MODEL)
        same(find_people(kept, MODEL), find_people(warehouse(rows), MODEL))


def test_nothing_of_splinks_is_left_and_threads_and_order_do_not_matter() -> None:
    rows = crowd(80, random.Random(6))
    connection = warehouse(rows)
    before = tables(connection)
    first = find_people(connection, None)
    assert tables(connection) - before == REMEMBERED | {("identity", "")}
    assert before <= tables(connection)
    random.Random(2).shuffle(rows)
    for threads in (1, 4):
        shuffled = warehouse(rows)
        shuffled.execute(f"set threads = {threads}")
        again = find_people(shuffled, None)
        assert again.clusters.equals(first.clusters)
        assert again.pairs.equals(first.pairs)


def test_every_pair_that_shares_a_block_is_compared_and_answers_as_plain_sql_does() -> None:
    connection = warehouse(crowd(25, random.Random(8)))
    find_people(connection, MODEL)
    stored = {(a, b): pattern for a, b, pattern in connection.execute("select * from identity.pair_pattern").fetchall()}
    ((rows,),) = connection.execute("select count(*) from identity.pair_pattern").fetchall()
    assert rows == len(stored) > 100
    for (a, b), pattern in sorted(stored.items()):
        assert a < b
        assert evidence._pattern(connection, a, b) == pattern == evidence._pattern(connection, b, a)
    blocks = " or ".join(
        "(" + " and ".join(f"a.{column} = b.{column}" for column in rule.columns) + ")"
        for rule in BLOCKING
        if not any(column in ("email_figures", "email_letters") for column in rule.columns)
    )
    of_candidate = (
        "(select c.* from personal.int_customer_record__compare as c semi join identity.compared_candidate"
        " using (customer_record_key))"
    )
    near = set(
        connection.execute(
            f"""select a.customer_record_key, b.customer_record_key from {of_candidate} as a
            inner join {of_candidate} as b on a.customer_record_key < b.customer_record_key and ({blocks})"""
        ).fetchall()
    )
    assert near <= stored.keys()


def test_what_is_asked_before_edits_are_counted_loses_no_single_edit() -> None:
    chance = random.Random(12)
    drawn = []
    for _ in range(4000):
        word = "".join(chance.choices("ab1", k=chance.randint(0, 14)))
        other = list(word)
        for _ in range(chance.choice((0, 1, 1, 1, 2))):
            at = chance.randint(0, len(other))
            swapped = other[at : at + 2][::-1] or [chance.choice("ab1")]
            other[at : at + chance.randint(0, 2)] = chance.choice((swapped, [chance.choice("ab1")], []))
        drawn.append((word, "".join(other)))
    pairs = pa.table({"word_l": [a for a, _ in drawn], "word_r": [b for _, b in drawn]})
    with duckdb.connect() as connection:
        connection.register("pairs", pairs)
        found = connection.execute(
            f"select {_differs_in_one('word')} as asked, damerau_levenshtein(word_l, word_r) <= 1 as counted from pairs"
        ).fetchall()
    assert all(asked == counted for asked, counted in found)
    assert 1000 < sum(counted for _, counted in found) < 3900


def test_copies_are_one_customer_and_each_has_its_pair() -> None:
    rows = crowd(60, random.Random(9))
    found = find_people(warehouse(rows), MODEL)
    home = homes(found)
    linked = {
        key
        for row in found.pairs.to_pylist()
        if row["decision"] == "linked"
        for key in (row["record_key_a"], row["record_key_b"])
    }
    by_details: dict[tuple[Any, ...], list[str]] = {}
    for row in rows:
        if row["given_word"] and not row["is_about_an_order"] and row["is_identifiable"]:
            by_details.setdefault(tuple(row[name] for name in DETAILS), []).append(row["customer_record_key"])
    copies = [keys for keys in by_details.values() if len(keys) > 1]
    assert len(copies) > 10
    for keys in copies:
        assert len({home[key] for key in keys}) == 1
        assert set(keys) <= linked


def test_a_record_is_held_by_the_strongest_of_its_links() -> None:
    rows = crowd(60, random.Random(12))
    keys = [row["customer_record_key"] for row in rows]
    joined = must(keys[0], keys[1])
    found = find_people(warehouse(rows), MODEL, [joined])
    links: dict[str, list[tuple[float, bool, str, str]]] = {}
    for row in found.pairs.to_pylist():
        for one, other in itertools.permutations((row["record_key_a"], row["record_key_b"])):
            if row["decision"] == "linked":
                by_another = row["link_rule"] != "same_details"
                links.setdefault(one, []).append((-row["link_score"], by_another, other, row["link_rule"]))
    strongest = {key: min(of_key) for key, of_key in links.items()}
    held_by = {key: (rule, -score) for key, (score, _, _, rule) in strongest.items()}
    held_by |= dict.fromkeys((joined.record_key_a, joined.record_key_b), ("must_link", 1.0))
    rules = set()
    for row in found.clusters.to_pylist():
        expected = held_by.get(row["customer_record_key"], ("only_record", 1.0))
        assert (row["link_rule"], row["link_score"]) == expected
        rules.add(expected[0])
    assert {"same_details", "must_link", "only_record", "same_card", "same_email"} <= rules


def test_who_names_nobody_and_is_alone_is_no_customer() -> None:
    rows = [
        record("alone", given_word="maria", is_identifiable=False),
        record("named", given_word="anna", family_word="papas", phone="+306900000001", postcode="10001"),
        record("response", given_word="anna", family_word="papas", buyer_record_key="named", is_about_an_order=True,
               is_identifiable=False, postcode="10001"),
        record("other", given_word="eleni", email="eleni@mail.gr"),
    ]  # fmt: skip
    home = homes(find_people(warehouse(rows), MODEL))
    assert home.keys() == {"named", "response", "other"}
    assert home["named"] == home["response"] != home["other"]


@pytest.mark.parametrize("known_by", ["address", "account"])
def test_who_writes_to_the_help_desk_more_often_than_a_block_allows_is_one_customer(known_by: str) -> None:
    account = record("account", given_word="anna", family_word="papas", email="anna.papas@mail.gr")
    tells: Row = {"email": account["email"]}
    if known_by == "account":
        tells = {"buyer_record_key": "account", "is_about_an_order": True}
    tickets = [record(f"t{n:03}", record_type="support_requester", **tells) for n in range(LARGEST_BLOCK + 20)]
    other = record("other", record_type="support_requester", email="eleni.nagi@mail.gr")
    home = homes(find_people(warehouse([*tickets, account, other]), MODEL))
    assert {home[row["customer_record_key"]] for row in tickets} == {home["account"]}
    assert home["other"] != home["account"]


def test_a_contact_of_a_mailing_tool_finds_its_person_by_address_or_number_alone() -> None:
    anna = record("anna", given_word="anna", family_word="papas", email="anna.papas@mail.gr")
    maria = record("maria", given_word="maria", family_word="nagi", phone="+306941234785")
    by_address = record("by address", record_type="subscriber", email=anna["email"])
    by_number = record("by number", record_type="subscriber", phone=maria["phone"])
    home = homes(find_people(warehouse([by_address, by_number, anna, maria]), MODEL))
    assert home["by address"] == home["anna"] != home["by number"] == home["maria"]


@pytest.fixture
def guest() -> list[Row]:
    """Three checkouts with the same details, and somebody else."""
    details = {"given_word": "anna", "family_word": "papas", "email": "anna.papas@mail.gr", "phone": "+306900000001"}
    other = record("d", given_word="konstadinos", family_word="nagi", email="kn@mail.gr", gender="M")
    return [*(record(key, **details) for key in "abc"), other]


def test_a_decision_on_a_copy_wins_and_taking_it_out_restores(guest: list[Row]) -> None:
    connection = warehouse(guest)
    first = find_people(connection, MODEL)
    assert homes(first) == {"a": "a", "b": "a", "c": "a", "d": "d"}
    parted = homes(find_people(connection, MODEL, [cannot("a", "c")]))
    assert parted["a"] != parted["c"]
    assert parted["b"] in (parted["a"], parted["c"])
    joined = find_people(connection, MODEL, [must("b", "d")])
    assert homes(joined)["b"] == homes(joined)["d"]
    assert {row["link_rule"] for row in joined.clusters.to_pylist() if row["customer_record_key"] in "bd"} == {
        "must_link"
    }
    same(find_people(connection, MODEL), first)


def test_feedback_meets_the_checkout_that_it_is_about_though_that_is_a_copy(guest: list[Row]) -> None:
    response = record("z", given_word="anna", buyer_record_key="c", is_about_an_order=True, is_identifiable=False)
    found = find_people(warehouse([*guest, response]), MODEL)
    assert {homes(found)[key] for key in "abcz"} == {"a"}
    assert ("c", "z", "same_order") in {tuple(row.values())[:3] for row in found.pairs.to_pylist()}


def test_a_copys_living_card_keeps_another_persons_living_card_away() -> None:
    details = {"given_word": "anna", "family_word": "papas", "phone": "+306900000001", "email": "ap@mail.gr"}
    rows = [
        record("a", **details, card_number="1000001"),
        record("b", **details, card_number="1000001", is_living_card=True),
        record("c", **details | {"family_word": "lindberg"}, card_number="7654321", is_living_card=True),
    ]
    home = homes(find_people(warehouse(rows), MODEL))
    assert home["a"] == home["b"] != home["c"]


@pytest.mark.parametrize("count", [0, 1, 2])
def test_hardly_any_records(count: int) -> None:
    rows = [record(key, given_word="anna", email=f"{key}@mail.gr") for key in "ab"][:count]
    assert find_people(warehouse(rows), MODEL).clusters.num_rows == count


def test_how_common_a_name_is_depends_on_its_country_alone() -> None:
    rows = crowd(60, random.Random(8))
    abroad = [
        record(f"abroad{number}", given_word=f"nils{number}", family_word=f"berg{number}", country_code="SE")
        for number in range(500)
    ]
    there = {row["customer_record_key"] for row in abroad}
    found, more = (find_people(warehouse(some), MODEL) for some in (rows, rows + abroad))
    assert rows_of(found.pairs) == rows_of(more.pairs)
    assert homes(found) == {key: home for key, home in homes(more).items() if key not in there}
    # Who says no country is compared with all; fewer blocks hold such records.
    unsaid = find_people(warehouse([row | {"country_code": None} for row in rows]), MODEL)
    assert weights(unsaid).items() <= weights(found).items()
