"""Digests of the dbt project: of all of it, and of what decides the rows that are remembered from night to night.

Belongs here: which files of the project, and which parts of them, a digest covers.
Does not belong here: what is done about a change (dbt's incremental models and the manifest decide it).

```
 models that name a macro of macros/shared/incremental.sql
   │ every model or seed that they refer to, themselves or by a macro, and so on
   ▼
 their SQL and CSV, their settings in yml  +  every macro  +  dbt_project.yml, profiles.yml  +  DuckDB's version
```

dbt knows this graph too, but only after a parse, which needs the digest as a variable. So the text is read: refs, and
the vendors' models of an entity, which the macro `landed` finds by their names. Whoever writes another `ref` of a name
that is put together adds it here; `tests/dbt/test_rules_digest.py` compares with dbt's own graph.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import yaml

_IGNORED: Final = {"__pycache__", "target", "logs"}
_REMEMBERING: Final = "macros/shared/incremental.sql"
_OF_ALL: Final = ("dbt_project.yml", "profiles.yml")
_WORD: Final = re.compile(r"\w+")
_REF: Final = re.compile(r"""\bref\(\s*['"](\w+)['"]\s*\)""")
_MACRO: Final = re.compile(r"\{%-?\s*macro\s+(\w+)\s*\((.*?)\{%-?\s*endmacro\b", re.DOTALL)
_ENTRY: Final = re.compile(rb"^ *- +(?:&\w+ +)?name: *[\"']?(\w+)", re.MULTILINE)
# The other keys of an entry, also those that dbt may learn, can change a table.
_SAYS_NOTHING: Final = {"description", "data_tests", "tests", "docs"}
_SECTIONS: Final = ("models", "seeds")


def project_digest(root: Path) -> str:
    """Return 32 hexadecimal digits that depend on every file of a dbt project, and on DuckDB's version."""
    files = (path for path in root.rglob("*") if path.is_file() and not _IGNORED.intersection(path.parts))
    return _digest((path.relative_to(root).as_posix(), path.read_bytes()) for path in sorted(files))


def rules_digest(root: Path) -> str:
    """Return 32 hexadecimal digits that depend on all that remembered rows are made of beside the data.

    That is the SQL, seeds and settings of the models that remember rows and of everything that they read, every macro,
    the project's and the profile's settings, and DuckDB's version; not descriptions, tests, or what none of them reads.
    """
    names = remembered_nodes(root)
    read = [path for path in _paths(root, "models", "sql") + _paths(root, "seeds", "csv") if path.stem in names]
    whole = [*(root / name for name in _OF_ALL), *_paths(root, "macros", "sql"), *read]
    parts = {path.relative_to(root).as_posix(): path.read_bytes() for path in whole if path.is_file()}
    for path in _paths(root, "models", "yml") + _paths(root, "seeds", "yml"):
        if settings := _settings(path.read_bytes(), names):
            parts[path.relative_to(root).as_posix()] = settings
    return _digest(iter(sorted(parts.items())))


def remembered_nodes(root: Path) -> frozenset[str]:
    """Return the names of the models that remember rows, and of every model and seed that they are made of."""
    models = {path.stem: _text(path) for path in _paths(root, "models", "sql")}
    texts = models | {path.stem: "" for path in _paths(root, "seeds", "csv")}
    # The name that calls a macro: `spark__x` and `default__x` are `x`.
    macros = [
        (name.rpartition("__")[2], body)
        for path in _paths(root, "macros", "sql")
        for name, body in _MACRO.findall(_text(path))
    ]
    remembering = re.compile("|".join(rf"\b{name}\b" for name in _remembering(root)) or "$^")
    waiting = [name for name, text in models.items() if remembering.search(text)]
    found: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name in texts and name not in found:
            found.add(name)
            waiting += [*_refs(texts[name], macros), *_of_the_same_entity(name, models)]
    return frozenset(found)


def _remembering(root: Path) -> list[str]:
    return [name for path in root.glob(_REMEMBERING) for name, _ in _MACRO.findall(_text(path))]


def _refs(text: str, macros: Iterable[tuple[str, str]]) -> set[str]:
    """Return what a model refers to, itself or by the macros that it names, or by those that they name."""
    texts, named = [text], set(_WORD.findall(text))
    ahead = list(macros)
    while called := [macro for macro in ahead if macro[0] in named]:
        ahead = [macro for macro in ahead if macro[0] not in named]
        texts += [body for _, body in called]
        named.update(word for _, body in called for word in _words(body))
    return {ref for text in texts for ref in _REF.findall(text)}


@lru_cache(maxsize=1024)
def _words(body: str) -> frozenset[str]:
    return frozenset(_WORD.findall(body))


def _of_the_same_entity(name: str, models: Iterable[str]) -> list[str]:
    # The macro `landed` puts the names of vendors' models together: stg_<vendor>__<entity>.
    if not name.startswith("stg_"):
        return []
    entity = name.partition("__")[2]
    return [other for other in models if other.startswith("stg_") and other.endswith(f"__{entity}")]


@lru_cache(maxsize=1024)
def _settings(content: bytes, names: frozenset[str]) -> bytes:
    """Return what a yml file sets for these models and seeds, as JSON; empty when it sets nothing."""
    if not names.intersection(name.decode() for name in _ENTRY.findall(content)):
        return b""
    try:
        document = yaml.load(content, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
        listed = [entry for section in _SECTIONS for entry in document.get(section) or []]
        entries = [_entry(entry) for entry in listed if entry["name"] in names]
    except (yaml.YAMLError, AttributeError, LookupError, TypeError):
        return content  # dbt says what is wrong with it
    entries = [entry for entry in entries if entry.keys() - {"name"}]
    return json.dumps(entries, sort_keys=True, default=str).encode() if entries else b""


def _entry(entry: Mapping[str, Any]) -> dict[str, Any]:
    """Return an entry without its texts and tests, and without the columns of which nothing else is said."""
    kept = {key: value for key, value in entry.items() if key not in _SAYS_NOTHING}
    columns = [_entry(column) for column in kept.pop("columns", None) or []]
    columns = [column for column in columns if column.keys() - {"name"}]
    return kept | ({"columns": columns} if columns else {})


def _paths(root: Path, folder: str, suffix: str) -> list[Path]:
    return sorted((root / folder).rglob(f"*.{suffix}"))


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace")


def _digest(parts: Iterator[tuple[str, bytes]]) -> str:
    digest = hashlib.sha256(version("duckdb").encode())
    for name, content in parts:
        digest.update(f"\n{name} {len(content)}\n".encode())
        digest.update(content)
    return digest.hexdigest()[:32]
