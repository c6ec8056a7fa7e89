"""A loyalty programme as plain values, column for column the seeds of `docs/loyalty-rules.md`, chapter 1."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property


@dataclass(frozen=True)
class Scope:
    """A row of `loyalty_scope`: a condition that is None holds for everything."""

    source_system: str | None = None
    store_key: str | None = None
    country_code: str | None = None
    brand: str | None = None

    @property
    def specificity(self) -> tuple[bool, bool, bool, bool]:
        """One with a brand before one without, then store, then source system, then country."""
        return tuple(value is not None for value in (self.brand, self.store_key, self.source_system, self.country_code))  # type: ignore[return-value]


@dataclass(frozen=True)
class EarnRule:
    """A row of `loyalty_earn_rule`."""

    code: str
    rule_type: str
    points: Decimal
    channel: str | None = None
    category: str | None = None
    product_type: str | None = None
    brand: str | None = None
    tier_code: str | None = None
    valid_from: dt.date | None = None
    valid_to: dt.date | None = None
    priority: int | None = None


@dataclass(frozen=True)
class Tier:
    """A row of `loyalty_tier`."""

    rank: int
    code: str
    entry: Decimal
    maintain: Decimal


@dataclass(frozen=True)
class Version:
    """A row of `loyalty_programme` with the rows of the other files that it owns; tiers lowest first."""

    programme_code: str
    rule_version: str
    valid_from: dt.date
    scopes: tuple[Scope, ...] = (Scope(),)
    earn_rules: tuple[EarnRule, ...] = (EarnRule("base", "rate", Decimal(1)),)
    tiers: tuple[Tier, ...] = (Tier(0, "member", Decimal(0), Decimal(0)),)
    points_rounding: str = "down"
    points_rounded_per: str = "line"
    base_includes_tax: bool = True
    pending_days: int = 0
    expiry_mode: str = "never"
    expiry_months: int | None = None
    expiry_rounding: str = "none"
    point_value: Decimal = Decimal("0.01")
    breakage_rate: Decimal = Decimal(0)
    expiry_notice_days: int = 30
    tier_basis: str = "net_spend"
    tier_counts_pending: bool = True
    tier_window: str = "calendar_year"
    tier_window_length: int | None = None
    tier_term: str = "calendar_year"
    tier_term_months: int | None = None
    tier_grace_days: int = 0
    tier_downgrade_policy: str = "one_step"
    tier_refund_policy: str = "none"
    tier_rule_change_policy: str = "keep_term"

    def tier(self, rank: int) -> Tier | None:
        """Return the tier of a rank, when the version has it."""
        return self.tiers[rank] if rank < len(self.tiers) else None

    def rank(self, amount: Decimal) -> int:
        """Return the highest tier whose entry threshold is at most the amount, at least 0 (6.2)."""
        return max((tier.rank for tier in self.tiers if tier.entry <= amount), default=0)


@dataclass(frozen=True)
class Rulebook:
    """All versions of all programmes."""

    versions: tuple[Version, ...]

    @cached_property
    def programmes(self) -> dict[str, list[Version]]:
        """Versions by programme, oldest first."""
        codes = sorted({version.programme_code for version in self.versions})
        return {
            code: sorted((v for v in self.versions if v.programme_code == code), key=lambda v: v.valid_from)
            for code in codes
        }

    def version(self, programme_code: str, date: dt.date) -> Version | None:
        """Return the version in force; None before the first."""
        begun = [version for version in self.programmes.get(programme_code, []) if version.valid_from <= date]
        return begun[-1] if begun else None

    def tier_code(self, version: Version, rank: int) -> str:
        """Return what a rank is called under a version: by the newest version up to it that has the rank (6.4)."""
        older = [v for v in self.programmes[version.programme_code] if v.valid_from <= version.valid_from]
        return [tier.code for tier in (v.tier(rank) for v in older) if tier][-1]

    def in_force(self, date: dt.date) -> list[Version]:
        """Return the version in force of every programme that has one."""
        found = (self.version(code, date) for code in self.programmes)
        return [version for version in found if version]
