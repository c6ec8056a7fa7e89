"""What earlier nights compared, kept in the warehouse, so that a night compares only what is new or changed.

A pair's answers depend on its two records and the comparisons alone. They are kept for as long as neither changes, so a
night that remembers finds the same pairs as one that compares everything: losing this memory costs time and nothing
else.

Belongs here: reading and writing that memory. Does not belong here: comparing.
"""

from __future__ import annotations

import hashlib
from typing import Final

import duckdb

from orchestration.identity import candidates
from orchestration.identity.comparisons import BLOCKING, COMPARISONS

TABLES: Final = """
create schema if not exists {warehouse}.identity;
create table if not exists {warehouse}.identity.compared_candidate (
    customer_record_key varchar, details_hash ubigint, basis varchar
);
create table if not exists {warehouse}.identity.pair_pattern (
    record_key_a varchar, record_key_b varchar, pattern bigint
);
"""
CHANGED: Final = """
create or replace table changed_candidate as
select customer_record_key from candidate_record
anti join (select * from {warehouse}.identity.compared_candidate where basis = $basis)
    using (customer_record_key, details_hash)
"""
KEPT: Final = """
create or replace table pair_pattern as
select a.position as left_position, b.position as right_position, pairs.pattern
from {warehouse}.identity.pair_pattern as pairs
inner join unchanged as a on pairs.record_key_a = a.customer_record_key
inner join unchanged as b on pairs.record_key_b = b.customer_record_key
"""
PAIRS_OF: Final = """
select a.customer_record_key as record_key_a, b.customer_record_key as record_key_b, pairs.pattern
from pair_pattern as pairs
inner join candidate_record as a on pairs.left_position = a.position
inner join candidate_record as b on pairs.right_position = b.position
"""
CANDIDATES: Final = "select customer_record_key, details_hash, $basis as basis from candidate_record"
FORGOTTEN: Final = """
create or replace temp table forgotten_candidate as
select customer_record_key from {warehouse}.identity.compared_candidate
anti join (select *, $basis as basis from candidate_record) using (customer_record_key, details_hash, basis)
"""
# Where this much is new, comparing everything is as quick as finding out what need not be compared.
MUCH: Final = 0.5


def basis() -> str:
    """Return a digest of everything that the comparisons depend on beside the records."""
    read = (COMPARISONS, BLOCKING, candidates.FUNCTIONS, candidates.KEYED, candidates.DETAILS)
    return hashlib.sha256(f"{read}{duckdb.__version__}".encode()).hexdigest()[:16]


def recall(scratch: duckdb.DuckDBPyConnection, warehouse: str) -> str | None:
    """Fill `pair_pattern` with what is remembered.

    Args:
        scratch: holds `candidate_record`; the warehouse is attached to it.
        warehouse: the warehouse's catalog.

    Returns:
        The table of the candidates whose pairs are not remembered; None when all pairs are to be compared.
    """
    scratch.execute(TABLES.format(warehouse=warehouse))
    scratch.execute(CHANGED.format(warehouse=warehouse), {"basis": basis()})
    ((changed, size),) = scratch.execute(
        "select (select count(*) from changed_candidate), (select count(*) from candidate_record)"
    ).fetchall()
    if changed > MUCH * size:
        scratch.execute("drop table if exists pair_pattern")
        return None
    scratch.execute(
        "create or replace temp view unchanged as select customer_record_key, position from candidate_record"
        " anti join changed_candidate using (customer_record_key)"
    )
    scratch.execute(KEPT.format(warehouse=warehouse))
    scratch.execute("drop view unchanged")
    return "changed_candidate"


def remember(scratch: duckdb.DuckDBPyConnection, warehouse: str, changed: str | None) -> None:
    """Keep the candidates and pairs of the scratch database, all of them or none.

    Args:
        scratch: holds `candidate_record` and `pair_pattern`.
        warehouse: the warehouse's catalog.
        changed: what `recall` returned: what it named is replaced, all when it named nothing.
    """
    scratch.execute(FORGOTTEN.format(warehouse=warehouse), {"basis": basis()})
    scratch.execute("begin transaction")
    try:
        _replace(scratch, f"{warehouse}.identity", changed)
    except BaseException:
        scratch.execute("rollback")
        raise
    scratch.execute("commit")
    scratch.execute("drop table forgotten_candidate")


def _replace(scratch: duckdb.DuckDBPyConnection, schema: str, changed: str | None) -> None:
    pairs, known = f"{schema}.pair_pattern", f"{schema}.compared_candidate"
    if changed is None:
        scratch.execute(f"truncate {pairs}")
        scratch.execute(f"truncate {known}")
        scratch.execute(f"insert into {pairs} {PAIRS_OF}")
        scratch.execute(f"insert into {known} {CANDIDATES}", {"basis": basis()})
        return
    forgotten = "(from forgotten_candidate)"
    scratch.execute(f"delete from {pairs} where record_key_a in {forgotten} or record_key_b in {forgotten}")
    scratch.execute(f"delete from {known} where customer_record_key in {forgotten}")
    new = f"(from {changed})"
    scratch.execute(
        f"insert into {pairs} {PAIRS_OF} where a.customer_record_key in {new} or b.customer_record_key in {new}"
    )
    scratch.execute(f"insert into {known} {CANDIDATES} where customer_record_key in {new}", {"basis": basis()})
