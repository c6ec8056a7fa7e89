"""Makes a world in which reference and SQL differ as small as it can be.

Hypothesis shrinks one example at a time; a run of the SQL costs the same for a hundred, so that here all that could be
left out or made plainer is tried in one run.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import MISSING, fields, replace
from decimal import Decimal
from typing import Any

from tests.loyalty.history import World
from tests.loyalty.packing import pack, packs
from tests.loyalty.reference.membership import Membership
from tests.loyalty.rules import Rulebook

Fails = Callable[[list[World]], list[bool]]
Path = tuple[Any, ...]
LISTS = {
    "history": ("cards", "orders", "refunds", "payments", "events"),
    "rulebook": ("versions",),
    "orders": ("lines",),
    "versions": ("scopes", "earn_rules", "tiers"),
}
BATCH = 100


def minimise(world: World, fails: Fails) -> World:
    """Leave out and simplify until nothing can go; `fails` says of each world whether it still differs."""
    while True:
        smaller = _leave_out(world, fails)
        smaller = _simplify(smaller, fails)
        if smaller == world:
            return world
        world = smaller


def fails_together(compare: Callable[[World], list[str]]) -> Fails:
    """Judge many worlds by as few runs as can be; `compare` returns the programmes that differ."""

    def fails(worlds: list[World]) -> list[bool]:
        verdicts: list[bool] = []
        for batch in packs(worlds, BATCH):
            named = {code.split("-")[0] for code in compare(pack(batch))}
            verdicts += [f"w{number:03d}" in named for number in range(len(batch))]
        return verdicts

    return fails


def _leave_out(world: World, fails: Fails) -> World:
    while True:
        paths = list(_paths(world))
        candidates = [_without(world, {path}) for path in paths]
        can_go = [
            path
            for path, candidate, still in zip(paths, candidates, fails(candidates), strict=True)
            if still and candidate != world
        ]
        if not can_go:
            return world
        together = [
            _without(world, set(can_go[: max(1, len(can_go) >> half)])) for half in range(len(can_go).bit_length() + 1)
        ]
        world = next(found for found, still in zip(together, fails(together), strict=True) if still)


def _simplify(world: World, fails: Fails) -> World:
    while True:
        candidates = [candidate for candidate in _plainer(world) if candidate != world]
        plainer = [candidate for candidate, still in zip(candidates, fails(candidates), strict=True) if still]
        if not plainer:
            return world
        world = plainer[0]


def _paths(world: World) -> Iterator[Path]:
    for owner in ("history", "rulebook"):
        for name in LISTS[owner]:
            for place, item in enumerate(getattr(getattr(world, owner), name)):
                yield (owner, name, place)
                for inner in LISTS.get(name, ()):
                    for inner_place in range(len(getattr(item, inner))):
                        yield (owner, name, place, inner, inner_place)


def _without(world: World, paths: set[Path]) -> World:
    changes: dict[str, Any] = {}
    for owner in ("history", "rulebook"):
        holder = getattr(world, owner)
        lists = {}
        for name in LISTS[owner]:
            kept = []
            for place, item in enumerate(getattr(holder, name)):
                if (owner, name, place) not in paths:
                    inner_lists = {
                        inner: tuple(
                            value
                            for number, value in enumerate(getattr(item, inner))
                            if (owner, name, place, inner, number) not in paths
                        )
                        for inner in LISTS.get(name, ())
                    }
                    kept.append(replace(item, **inner_lists))
            lists[name] = tuple(kept)
        changes[owner] = replace(holder, **lists)
    candidate = replace(world, **changes)
    return candidate if _is_valid(candidate) else world


def _plainer(world: World) -> Iterator[World]:
    """Yield worlds of which one field has its default value."""
    for owner in ("rulebook", "history"):
        holder = getattr(world, owner)
        for name in LISTS[owner]:
            items = getattr(holder, name)
            for place, item in enumerate(items):
                for changed in _plainer_items(item, LISTS.get(name, ())):
                    changed_items = (*items[:place], changed, *items[place + 1 :])
                    candidate = replace(world, **{owner: replace(holder, **{name: changed_items})})
                    if _is_valid(candidate):
                        yield candidate


def _plainer_items(item: Any, inner_lists: tuple[str, ...]) -> Iterator[Any]:
    for field in fields(item):
        value = getattr(item, field.name)
        if field.name in inner_lists:
            for place, inner in enumerate(value):
                for changed in _plainer_items(inner, ()):
                    yield replace(item, **{field.name: (*value[:place], changed, *value[place + 1 :])})
        elif field.default is not MISSING and value != field.default:
            yield replace(item, **{field.name: field.default})
        elif isinstance(value, Decimal) and field.name in ("gross", "amount") and value != 100:
            yield replace(item, **{field.name: Decimal(100)})
        elif isinstance(value, dt.datetime) and value.time() != dt.time(9):
            yield replace(item, **{field.name: dt.datetime.combine(value.date(), dt.time(9))})


def _is_valid(world: World) -> bool:
    """Say whether the page allows the rules, as far as leaving out and simplifying can break them."""
    versions = world.rulebook.versions
    if not versions or not world.history.cards:
        return False
    for version in versions:
        plain = [rule for rule in version.earn_rules if rule.rule_type == "rate" and not _has_condition(rule)]
        ranks = [tier.rank for tier in version.tiers]
        windows = (version.tier_window.startswith("rolling"), version.tier_window_length is not None)
        terms = (version.tier_term == "months", version.tier_term_months is not None)
        expiries = (version.expiry_mode != "never", version.expiry_months is not None)
        if any(given != wanted for wanted, given in (windows, terms, expiries)):
            return False
        if not version.scopes or len(plain) != 1 or not ranks or ranks != list(range(len(ranks))):
            return False
        codes = {tier.code for tier in version.tiers}
        if any((rule.tier_code in codes) != (rule.rule_type == "tier_multiplier") for rule in version.earn_rules):
            return False
        priorities = [rule.priority or 0 for rule in version.earn_rules if rule.rule_type == "rate"]
        if len(set(priorities)) != len(priorities):
            return False
    return _scopes_are_sound(world.rulebook) and bool(Membership(world).since)


def _has_condition(rule: Any) -> bool:
    return any((rule.channel, rule.category, rule.product_type, rule.brand, rule.valid_from, rule.valid_to))


def _scopes_are_sound(rulebook: Rulebook) -> bool:
    for date in {version.valid_from for version in rulebook.versions}:
        rows = [scope for version in rulebook.in_force(date) for scope in version.scopes]
        if len(set(rows)) != len(rows):
            return False
    dates = [(version.programme_code, version.valid_from) for version in rulebook.versions]
    return len(set(dates)) == len(dates)
