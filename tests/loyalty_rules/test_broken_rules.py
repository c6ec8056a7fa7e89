"""A broken rule of a loyalty programme stops the night before anything is computed, and says what to write instead.

Belongs here: ways to break the four seed files. Does not belong here: what sound rules mean.
"""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest
from dbt.cli.main import dbtRunner

from ingestion.settings import Storage, load_settings

PROJECT = Path(__file__).resolve().parents[2] / "dbt_project"
FILES = ("loyalty_programme", "loyalty_scope", "loyalty_earn_rule", "loyalty_tier")
ROOT_MODEL = "model.evermart.int_loyalty_programme__version"
Row = dict[str, str]
Rules = dict[str, list[Row]]


@dataclass(frozen=True)
class StoppedNight:
    """What dbt did with a broken file: the status of every node, and the compiled SQL of the tests of rules."""

    statuses: dict[str, str]
    tests: dict[str, str]
    types: dict[str, dict[str, str]]


def read_rules(folder: Path) -> Rules:
    rules = {}
    for name in FILES:
        with (folder / f"{name}.csv").open(encoding="utf-8", newline="") as file:
            rules[name] = list(csv.DictReader(file))
    return rules


def write_rules(folder: Path, rules: Rules) -> None:
    for name, rows in rules.items():
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)


@pytest.fixture(scope="module")
def stopped_night(tmp_path_factory: pytest.TempPathFactory) -> StoppedNight:
    """Build the files of a programme, one of them broken, with the first model that reads them."""
    folder = tmp_path_factory.mktemp("broken")
    project = folder / "dbt_project"
    shutil.copytree(PROJECT, project, ignore=shutil.ignore_patterns("__pycache__"))
    rules = read_rules(project / "seeds" / "rules")
    rules["loyalty_tier"][1]["maintain_threshold"] = "9999"
    write_rules(project / "seeds" / "rules", rules)
    settings = load_settings().model_copy(update={"storage": Storage(data=str(folder / "data"))})
    settings.warehouse_path.parent.mkdir(parents=True)
    arguments = ["--quiet", "build", "--project-dir", str(project), "--profiles-dir", str(PROJECT)]
    arguments += ["--indirect-selection", "cautious", "--exclude-resource-type", "unit_test"]
    arguments += ["--select", *FILES, "int_loyalty_programme__version", "--vars", json.dumps(settings.dbt_vars())]
    with pytest.MonkeyPatch.context() as patch:
        for name, value in settings.environment().items():
            patch.setenv(name, value)
        done = dbtRunner().invoke(arguments)
    assert not done.success
    results = json.loads((settings.dbt_target_path / "run_results.json").read_text(encoding="utf-8"))["results"]
    nodes = json.loads((settings.dbt_target_path / "manifest.json").read_text(encoding="utf-8"))["nodes"]
    return StoppedNight(
        {result["unique_id"]: result["status"] for result in results},
        {
            nodes[result["unique_id"]]["name"]: result["compiled_code"]
            for result in results
            if nodes[result["unique_id"]]["resource_type"] == "test" and result["compiled_code"]
        },
        {name: nodes[f"seed.evermart.{name}"]["config"]["column_types"] for name in FILES},
    )


@pytest.fixture
def rules() -> Rules:
    """The rules as delivered, to be broken."""
    return read_rules(PROJECT / "seeds" / "rules")


def complaints(night: StoppedNight, rules: Rules, folder: Path) -> Iterator[str]:
    """Run every test of rules over the given ones; yield what each offending row says."""
    write_rules(folder, rules)
    with duckdb.connect() as connection:
        connection.execute("attach ':memory:' as evermart; use evermart; create schema rules")
        for name in FILES:
            columns = ", ".join(
                f"cast({column} as {'varchar' if kind == 'string' else kind}) as {column}"
                for column, kind in night.types[name].items()
            )
            connection.execute(
                f"create table rules.{name} as select {columns} from"
                f" read_csv('{folder / name}.csv', header = true, all_varchar = true, nullstr = '')"
            )
        for name, sql in night.tests.items():
            for row in connection.execute(sql).fetchall():
                yield f"{name}: {', '.join(map(str, row))}"


def test_nothing_is_computed_from_a_broken_file(stopped_night: StoppedNight) -> None:
    assert stopped_night.statuses["test.evermart.tiers_rise_step_by_step"] == "fail"
    assert stopped_night.statuses[ROOT_MODEL] == "skipped"


def test_the_rules_as_delivered_are_sound(stopped_night: StoppedNight, rules: Rules, tmp_path: Path) -> None:
    assert list(complaints(stopped_night, rules, tmp_path)) == []


def change(file: str, row: int, **values: str) -> Callable[[Rules], None]:
    return lambda rules: rules[file][row].update(values)


def add(file: str, like: int, **values: str) -> Callable[[Rules], None]:
    return lambda rules: rules[file].append(rules[file][like] | values)


def remove(file: str, version: str) -> Callable[[Rules], None]:
    def apply(rules: Rules) -> None:
        rules[file] = [row for row in rules[file] if row["rule_version"] != version]

    return apply


BROKEN = {
    "two versions on one day": (
        change("loyalty_programme", 1, valid_from="2020-01-01"),
        "2026-03, valid_from, 2020-01-01, two versions of club begin on this day",
    ),
    "an unknown rounding": (change("loyalty_programme", 0, points_rounding="banker"), "points_rounding, banker, write"),
    "negative days": (change("loyalty_programme", 0, pending_days="-1"), "pending_days, -1, write 0 or more"),
    "a share above one": (change("loyalty_programme", 0, breakage_rate="15"), "breakage_rate"),
    "points worth nothing": (change("loyalty_programme", 0, point_value="0"), "point_value"),
    "expiry before activation": (
        change("loyalty_programme", 0, pending_days="60", expiry_months="1"),
        "write fewer than 28 days for each of expiry_months",
    ),
    "expiry by months without months": (
        change("loyalty_programme", 0, expiry_months=""),
        "expiry_months, None, write 1 month",
    ),
    "a rolling window without a length": (
        change("loyalty_programme", 1, tier_window="rolling_days"),
        "tier_window_length, None, write 1 or more",
    ),
    "a length without a rolling window": (
        change("loyalty_programme", 1, tier_window_length="12"),
        "tier_window_length, 12",
    ),
    "an unknown policy": (change("loyalty_programme", 1, tier_refund_policy="maybe"), "tier_refund_policy, maybe"),
    "maintain above entry": (
        change("loyalty_tier", 2, maintain_threshold="1000"),
        "2020-01, gold, maintain_threshold must not be above",
    ),
    "thresholds that do not rise": (
        change("loyalty_tier", 2, entry_threshold="300", maintain_threshold="100"),
        "2020-01, gold, entry_threshold must be above",
    ),
    "a rank left out": (change("loyalty_tier", 3, tier_rank="4"), "tier_rank must count"),
    "a version without tiers": (remove("loyalty_tier", "2026-03"), "2026-03, None, the version has no tiers"),
    "tiers of no version": (add("loyalty_tier", 0, rule_version="2019-01"), "2019-01, member, no such version"),
    "a lowest tier that is not everybody's": (
        change("loyalty_tier", 0, entry_threshold="1"),
        "the lowest tier is everybody's",
    ),
    "a version without a scope": (remove("loyalty_scope", "2026-03"), "nothing belongs to the version"),
    "a scope twice": (add("loyalty_scope", 0), "the same conditions stand in 2020-01"),
    "a scope of no version": (add("loyalty_scope", 0, rule_version="x", brand="a"), "no such version"),
    "a version without a rate for all": (
        change("loyalty_earn_rule", 0, channel="store"),
        "2020-01, None, the version needs exactly one rate without any condition",
    ),
    "two rates that match one line": (
        lambda rules: [
            add("loyalty_earn_rule", 0, earn_rule_code="a", channel="store", priority="5")(rules),
            add("loyalty_earn_rule", 0, earn_rule_code="b", category="Tea", priority="5")(rules),
        ],
        "a, a line can match b as well",
    ),
    "a rate that the one for all hides": (
        add("loyalty_earn_rule", 0, earn_rule_code="tea", category="Tea", priority="-1"),
        "tea, the rate without a condition",
    ),
    "a negative rate": (change("loyalty_earn_rule", 0, points="-1"), "points must be given and not be negative"),
    "an unknown tier": (change("loyalty_earn_rule", 3, tier_code="diamond"), "correct tier_code diamond"),
    "a tier on a rate": (change("loyalty_earn_rule", 0, tier_code="gold"), "for a tier_multiplier and for nothing"),
    "a campaign after its version": (
        change("loyalty_earn_rule", 1, valid_from="2026-04-01", valid_to="2026-05-01"),
        "advent_online, the rule holds on no day of its version",
    ),
    "an unknown channel": (change("loyalty_earn_rule", 1, channel="phone"), "channel must be online, store or empty"),
    "a rule code twice": (add("loyalty_earn_rule", 1), "unique_combination"),
    "a version named twice": (add("loyalty_programme", 0, valid_from="2019-01-01"), "unique_loyalty_programme"),
}


@pytest.mark.parametrize(("damage", "complaint"), BROKEN.values(), ids=BROKEN)
def test_a_broken_rule_is_named_with_the_remedy(
    stopped_night: StoppedNight, rules: Rules, tmp_path: Path, damage: Callable[[Rules], object], complaint: str
) -> None:
    damage(rules)
    said = list(complaints(stopped_night, rules, tmp_path))
    assert any(complaint in line for line in said), said
