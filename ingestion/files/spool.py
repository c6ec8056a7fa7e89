"""Making a file readable for DuckDB: on this machine, in UTF-8, with its column names known.

Belongs here: streaming copies of remote files and of other encodings, and reading the header line.
Does not belong here: reading rows (`ingestion.files.scan`).
"""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import shutil
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from ingestion.errors import SourceUnavailableError
from ingestion.files.listing import SourceFile
from ingestion.mapping import PSEUDO_COLUMNS, FileFormat, FileType

_CHUNK: Final = 1 << 20
_SUFFIXES: Final[dict[str, FileType]] = {
    ".csv": "csv",
    ".tsv": "csv",
    ".txt": "csv",
    ".parquet": "parquet",
    ".pq": "parquet",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
}


class FileDefectError(Exception):
    """The file as a whole cannot be used, so that nothing of it lands; the message says why and what to do."""


@dataclass(frozen=True)
class LocalFile:
    """A file that DuckDB can read, and where it came from."""

    source: SourceFile
    path: Path
    type: FileType
    delimiter: str
    header: tuple[str, ...]


def spool(file: SourceFile, layout: FileFormat, folder: Path) -> LocalFile:
    """Return the file as DuckDB can read it; remote and non-UTF-8 files are copied into `folder` first.

    Raises:
        FileDefectError: the file is empty, of an unknown type, or not in its encoding.
        SourceUnavailableError: the file could not be fetched.
    """
    suffixes = [suffix.lower() for suffix in Path(file.path).suffixes]
    compressed = bool(suffixes) and suffixes[-1] == ".gz"
    suffix = suffixes[-2 if compressed else -1] if len(suffixes) > compressed else ""
    kind = layout.type or _SUFFIXES.get(suffix)
    if kind is None:
        raise FileDefectError("the type of the file cannot be told from its name; write format: {type: csv}")
    if file.size == 0:
        raise FileDefectError("the file is empty (0 bytes): not even a header; export it again, or remove it")
    path = file.local_path or _fetch(file, folder, compressed)
    if kind != "parquet" and layout.encoding != "utf-8":
        path, compressed = _transcode(path, layout.encoding, folder, compressed), False
    delimiter = layout.delimiter or ("\t" if suffix == ".tsv" else ",")
    header = _header(path, layout, delimiter, compressed) if kind == "csv" else ()
    return LocalFile(file, path, kind, delimiter, header)


def unique_names(names: list[str]) -> tuple[str, ...]:
    """Return column names that SQL can tell apart: blank ones get their position, repeated ones a number."""
    taken = {name.lower() for name in PSEUDO_COLUMNS}
    unique = []
    for position, name in enumerate(names, start=1):
        base = name.strip() or f"column_{position}"
        candidate, number = base, 1
        while candidate.lower() in taken:
            number += 1
            candidate = f"{base}_{number}"
        taken.add(candidate.lower())
        unique.append(candidate)
    return tuple(unique)


def _fetch(file: SourceFile, folder: Path, compressed: bool) -> Path:
    target = folder / f"{len(list(folder.iterdir()))}{'.gz' if compressed else ''}"
    try:
        with file.item.open(mode="rb", compression="disable") as remote, target.open("wb") as local:
            shutil.copyfileobj(remote, local, _CHUNK)
    except OSError as error:
        raise SourceUnavailableError(f"{file.path} could not be fetched: {error}") from error
    return target


def _open(path: Path, compressed: bool) -> IO[bytes]:
    return gzip.open(path, "rb") if compressed else path.open("rb")  # type: ignore[return-value]


def _transcode(path: Path, encoding: str, folder: Path, compressed: bool) -> Path:
    target = folder / f"{len(list(folder.iterdir()))}.utf8"
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    done = 0
    with closing(_open(path, compressed)) as source, target.open("wb") as copy:
        while True:
            chunk = source.read(_CHUNK)
            try:
                copy.write(decoder.decode(chunk, final=not chunk).encode("utf-8"))
            except UnicodeDecodeError as error:
                place = f"near byte {done + error.start}"
                raise FileDefectError(f"not {encoding} {place} ({error.reason}); correct `encoding`") from error
            except EOFError as error:
                raise FileDefectError("the compressed file ends too early; export it again") from error
            if not chunk:
                return target
            done += len(chunk)


def _header(path: Path, layout: FileFormat, delimiter: str, compressed: bool) -> tuple[str, ...]:
    if not isinstance(layout.header, bool):
        return unique_names(list(layout.header))
    with closing(_open(path, compressed)) as binary, io.TextIOWrapper(binary, "utf-8-sig", newline="") as text:
        lines = csv.reader(text, delimiter=delimiter, quotechar=layout.quote)
        try:
            names = next(lines, None)
        except UnicodeDecodeError as error:
            reason = f"not UTF-8 near byte {error.start}; set `encoding` in the mapping, for example cp1253 or latin-1"
            raise FileDefectError(reason) from error
        except (csv.Error, EOFError, gzip.BadGzipFile) as error:
            raise FileDefectError(f"the header line cannot be read: {error}; export the file again") from error
    if not names:
        raise FileDefectError("the file holds no header line; export it again, or give `header` a list of names")
    return unique_names(names)
