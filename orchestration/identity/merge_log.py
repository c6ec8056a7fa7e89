"""Writes what changed since the last run that counts: the merge log with its evidence, and where old ids lead.

Reads the temporary table `new_map` (customer_record_key, customer_id), `identity.customer_id_history` as the run before
left it, and `identity.customer_record_pair` as this run has written it.

Belongs here: SQL around the log. Does not belong here: what counts as a merge or a split (`changes`).
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from typing import Final

import duckdb
import pyarrow as pa

from orchestration.identity.changes import Event, Move, find_events, resolve_aliases

MOVES: Final = """
create or replace temp table moved as
select
    history.customer_record_key,
    history.customer_id as former_id,
    new_map.customer_id as new_id
from identity.customer_id_history as history
inner join new_map using (customer_record_key)
where history.to_run is null and history.customer_id <> new_map.customer_id
"""

# A merge is shown by the strongest link that ties a record of the absorbed customer to one that came from elsewhere; a
# split by what keeps the two sides apart: a person's word, a fact, or no link at all any more.
EVIDENCE: Final = """
with changed as (
    select distinct former_id as customer_id from moved
    union
    select distinct new_id from moved
),

sides as (
    select
        pairs.*,
        map_a.customer_id as id_a,
        map_b.customer_id as id_b,
        former_a.customer_id as former_a,
        former_b.customer_id as former_b
    from identity.customer_record_pair as pairs
    inner join new_map as map_a on pairs.record_key_a = map_a.customer_record_key
    inner join new_map as map_b on pairs.record_key_b = map_b.customer_record_key
    left join identity.customer_id_history as former_a
        on pairs.record_key_a = former_a.customer_record_key and former_a.to_run is null
    left join identity.customer_id_history as former_b
        on pairs.record_key_b = former_b.customer_record_key and former_b.to_run is null
    where
        map_a.customer_id in (select customer_id from changed)
        and map_b.customer_id in (select customer_id from changed)
        and pairs.decision <> 'below_threshold'
),

both_ways as (
    select id_a as here, id_b as there, former_a as former_here, former_b as former_there, sides.* from sides
    union all
    select id_b as here, id_a as there, former_b as former_here, former_a as former_there, sides.* from sides
),

found as (
    select events.kind, events.survivor, events.absorbed, both_ways.*
    from events
    inner join both_ways
        on
            events.kind = 'merge'
            and both_ways.decision = 'linked'
            and both_ways.former_here = events.absorbed
            and both_ways.here = events.survivor
            and both_ways.former_there is distinct from events.absorbed
    union all
    select events.kind, events.survivor, events.absorbed, both_ways.*
    from events
    inner join both_ways
        on
            events.kind = 'split'
            and both_ways.decision = 'refused'
            and both_ways.here = events.survivor
            and both_ways.there = events.absorbed
),

strongest as (
    select *
    from found
    qualify row_number() over (
        partition by kind, survivor, absorbed
        order by match_weight desc, link_rule asc, record_key_a asc, record_key_b asc
    ) = 1
)

select
    events.kind,
    events.survivor,
    events.absorbed,
    events.records,
    case
        when strongest.decision = 'linked' then 'linked'
        when strongest.decision = 'refused' then 'refused: ' || strongest.refused_because
        when events.kind = 'split' then 'no link holds them any more'
        else 'its records were given to others'
    end as evidence,
    strongest.link_rule,
    strongest.match_weight,
    strongest.record_key_a,
    strongest.record_key_b
from events
left join strongest using (kind, survivor, absorbed)
"""

APPEND: Final = f"""
insert into identity.customer_merge_log by name
select
    md5(concat_ws('|', kind, survivor, absorbed, $run)) as merge_key,
    kind as event,
    survivor as survivor_customer_id,
    absorbed as absorbed_customer_id,
    records as records_moved,
    evidence,
    $as_of as as_of_date,
    $run as run_number,
    $logged_at as logged_at,
    link_rule,
    match_weight,
    record_key_a,
    record_key_b
from ({EVIDENCE})
"""

DEAD: Final = """
create or replace temp table dead_id as
select customer_id from identity.customer_id_history
union
select absorbed_customer_id from identity.customer_merge_log
union
select survivor_customer_id from identity.customer_merge_log
except
select customer_id from new_map
"""

# Where most of the records are that were the last to carry an id.
HOMES: Final = """
with carriers as (
    select customer_id, customer_record_key
    from identity.customer_id_history
    where customer_id in (select customer_id from dead_id)
    qualify to_run = max(to_run) over (partition by customer_id)
),

counted as (
    select carriers.customer_id as former_id, new_map.customer_id, count(*) as records
    from carriers
    inner join new_map using (customer_record_key)
    group by carriers.customer_id, new_map.customer_id
)

select former_id, min_by(customer_id, (-records, customer_id)) from counted group by former_id
"""


def log_changes(connection: duckdb.DuckDBPyConnection, run: int, as_of: dt.date, logged_at: dt.datetime) -> list[Event]:
    """Append tonight's merges and splits to the log, and return them. Leaves the temporary table `moved`."""
    connection.execute(MOVES)
    moves = connection.execute("select former_id, new_id, count(*) from moved group by all order by all").fetchall()
    # Only ids that are in a move can be asked about.
    living = connection.execute(
        "select distinct customer_id from new_map where customer_id in (select former_id from moved)"
    ).fetchall()
    events = find_events([Move(*row) for row in moves], {customer_id for (customer_id,) in living})
    if events:
        columns = list(zip(*events, strict=True))
        connection.register("events", pa.table([pa.array(column) for column in columns], names=Event._fields))
        connection.execute(APPEND, {"run": run, "as_of": as_of, "logged_at": logged_at})
        connection.unregister("events")
    return events


def write_aliases(connection: duckdb.DuckDBPyConnection) -> None:
    """Write where every id that does not live leads now. The history must already be tonight's."""
    connection.execute(DEAD)
    dead = [customer_id for (customer_id,) in connection.execute("select * from dead_id order by all").fetchall()]
    homes = dict(connection.execute(HOMES).fetchall())
    merges: defaultdict[str, list[tuple[int, str]]] = defaultdict(list)
    for absorbed, run, survivor in connection.execute(
        """
        select absorbed_customer_id, run_number, survivor_customer_id
        from identity.customer_merge_log
        where event = 'merge' and absorbed_customer_id in (select customer_id from dead_id)
        """
    ).fetchall():
        merges[absorbed].append((run, survivor))
    survivors = {survivor for steps in merges.values() for _, survivor in steps}
    living = connection.execute(
        "select distinct customer_id from new_map where customer_id in (select unnest($ids))",
        {"ids": sorted(survivors)},
    ).fetchall()
    aliases = resolve_aliases(dead, homes, merges, {customer_id for (customer_id,) in living})
    table = pa.table(
        [pa.array(list(aliases), pa.string()), pa.array(list(aliases.values()), pa.string())],
        names=["former_customer_id", "customer_id"],
    )
    connection.register("aliases", table)
    connection.execute("delete from identity.customer_id_alias")
    connection.execute("insert into identity.customer_id_alias select * from aliases")
    connection.unregister("aliases")
    connection.execute("drop table dead_id")
