"""What a database's error means for a person: one sentence with the remedy, without the query and without secrets.

Belongs here: the errors of PostgreSQL and MariaDB, by their codes. Does not belong here: when to retry.
"""

from __future__ import annotations

from typing import Any, Final

_WRONG_SECRET: Final = "the user or password is wrong; set both anew"
_READ_GRANT: Final = "the user may not read the {table}; grant it SELECT"
_NO_TABLE: Final = "the {table} does not exist in database {database}; correct the mapping, or the name in `url`"
_NO_DATABASE: Final = "there is no database {database} on the server; correct the name in `url`"
_NO_DATABASE_ACCESS: Final = "the user may not connect to database {database}; grant it access from this machine"
_SLOW: Final = "a question took too long and was stopped; an index on the window column of the {table} helps"

# https://www.postgresql.org/docs/current/errcodes-appendix.html
_POSTGRES: Final = {
    "28P01": _WRONG_SECRET,
    "28000": _NO_DATABASE_ACCESS,
    "3D000": _NO_DATABASE,
    "42501": _READ_GRANT,
    "42P01": _NO_TABLE,
    "3F000": _NO_TABLE,
    "57014": _SLOW,
}
# https://mariadb.com/kb/en/mariadb-error-code-reference/
_MARIA: Final = {
    1044: _NO_DATABASE_ACCESS,
    1045: _WRONG_SECRET,
    1049: _NO_DATABASE,
    1142: _READ_GRANT,
    1143: _READ_GRANT,
    1146: _NO_TABLE,
}
_LOST: Final = (2003, 2006, 2013)
_UNREACHED: Final[dict[str, tuple[str, ...]]] = {
    "there is no host {address}; correct `url`, or the network is down": (
        "name or service not known",
        "could not translate host",
        "failed to resolve",
        "nodename nor servname",
        "temporary failure in name resolution",
        "no address associated",
    ),
    "nobody answers at {address}; correct `url`, start the database, or open its port to us": ("refused",),
    "{address} gives no answer in time; a firewall may be in between": ("timeout", "timed out"),
}
_TEXTS: Final[dict[str, str]] = {
    "password authentication failed": _WRONG_SECRET,
    "no pg_hba.conf entry": _NO_DATABASE_ACCESS,
    "permission denied for database": _NO_DATABASE_ACCESS,
    "does not exist": _NO_DATABASE,
}


def explain(error: BaseException, address: str, database: str, table: str) -> tuple[bool, str]:
    """Return whether it is no use to retry, and what is wrong with the remedy.

    Args:
        error: what SQLAlchemy raised.
        address: host and port.
        database: name of the database.
        table: what was asked, for people: `table receipts`, `query`.
    """
    original: Any = getattr(error, "orig", None) or error
    code = getattr(original, "sqlstate", None)
    number = original.args[0] if original.args and isinstance(original.args[0], int) else None
    said, names = str(original).strip(), {"table": table, "database": database, "address": address}
    # MariaDB's errors have a class of PostgreSQL's sort too, which says less than the number.
    if known := _MARIA.get(number or 0) or _POSTGRES.get(code or ""):
        return known != _SLOW, known.format(**names)
    for sentence, signs in _UNREACHED.items():
        if any(sign in said.lower() for sign in signs):
            return False, sentence.format(**names)
    told = [sentence for text, sentence in _TEXTS.items() if text in said.lower()]
    if told and code is None and number is None:
        return True, told[0].format(**names)
    first = said.splitlines()[0] if said else "no reason given"
    if code is None and number in (None, *_LOST):
        return False, f"the connection to {address} failed: {first}"
    return True, f"it does not understand the {table}: {first}; correct the mapping"
