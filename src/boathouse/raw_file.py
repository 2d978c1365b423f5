"""RawFile: the bytes that arrived, told apart by what they are and read as text, before any engine sees them."""

from __future__ import annotations

import codecs
import gzip
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Literal, cast

from boathouse.errors import SourceError

Encoding = Literal["utf-8", "latin-1", "utf-16"]  # what Spark 4 reads; Windows-1252 is not among them

BLOCK = 4 << 20
SAMPLE = 1 << 20

# The first bytes of files that are often renamed to .csv, and the way out.
SIGNATURES = (
    (b"PK\x03\x04", "a zip archive", "unzip it"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook (.xls)", "export the sheet as CSV"),
    (b"%PDF", "a PDF document", "export the table as CSV"),
    (b"\x1f\x8b", "gzip data", "let its name end in .gz"),
    (b"\x28\xb5\x2f\xfd", "zstd data", "decompress it: Spark reads it only with a native Hadoop library"),
    (b"BZh", "bzip2 data", "decompress it"),
    (b"PAR1", "a Parquet file", "let its name end in .parquet"),
    (b"SQLite format 3", "a SQLite database", "let its name end in .sqlite"),
    (b"Obj\x01", "an Avro file", "convert it to Parquet"),
    (b"ORC", "an ORC file", "convert it to Parquet"),
    (b"\x89PNG", "a PNG image", "give a table"),
)


def files(path: Path, suffixes: tuple[str, ...]) -> list[Path]:
    """List the file, or the visible files of a folder; each must be there, hold something and have the suffix."""
    try:
        if not path.is_dir():
            found = [path]
        else:
            found = sorted(file for file in path.iterdir() if not file.name.startswith((".", "_")))
        sizes = [file.stat().st_size for file in found]
    except FileNotFoundError as error:
        raise SourceError(f"{path}: there is no such file", hint="paths count from the project's folder") from error
    except OSError as error:
        raise SourceError(f"{path} cannot be read: {error.strerror}") from error
    for file, size in zip(found, sizes, strict=True):
        if path.is_dir() and (file.is_dir() or not file.name.lower().endswith(suffixes)):
            raise SourceError(
                f"{path} holds `{file.name}` too", hint=f"keep only {' '.join(suffixes)} files in the folder"
            )
        if size == 0:
            raise SourceError(f"{file} is empty", hint="a file needs at least a header")
    if not found:
        raise SourceError(f"{path} holds no file", hint=f"put {' '.join(suffixes)} files into it")
    return found


def opened(file: Path) -> BinaryIO:
    """Open the file's bytes, decompressed where its name ends in .gz."""
    try:
        return cast("BinaryIO", gzip.open(file)) if file.suffix.lower() == ".gz" else file.open("rb")
    except OSError as error:
        raise SourceError(f"{file} cannot be read: {error.strerror}") from error


def sample(file: Path) -> bytes:
    """Read the first megabyte, and refuse what is no text."""
    try:
        with opened(file) as stream:
            head = stream.read(SAMPLE)
    except (OSError, EOFError) as error:
        raise SourceError(f"{file} cannot be read: {error}", hint="is it a whole gzip file?") from error
    if head.startswith(b"PK") and (b"xl/" in head or b"[Content_Types].xml" in head):
        raise SourceError(f"{file} is an Excel workbook (zip), not text", hint="export it as CSV")
    for signature, what, hint in SIGNATURES:
        if head.startswith(signature):
            raise SourceError(f"{file} is {what}, not text", hint=hint)
    if not head:
        raise SourceError(f"{file} is empty", hint="a file needs at least a header")
    if not head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) and _looks_binary(head[:4096]):
        raise SourceError(f"{file} is binary data, not text", hint="give a text file in UTF-8")
    return head


def _looks_binary(head: bytes) -> bool:
    """Text has next to no control characters; 1 in 20 is generous, and a few in a small file stay possible."""
    strange = sum(head.count(bytes([code])) for code in (*range(9), *range(14, 32)))
    return strange > max(len(head) // 20, 5)


def encoding_of(file: Path, head: bytes) -> Encoding:
    """Tell the encoding: UTF-16 by its mark, UTF-8 where every byte of the file fits, else Latin-1."""
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        with opened(file) as stream:
            while block := stream.read(BLOCK):
                decoder.decode(block)
            decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return "latin-1"
    return "utf-8"


def blocks(file: Path, encoding: Encoding) -> Iterator[bytes]:
    """Read the file as blocks of UTF-8 bytes without a byte order mark; a byte that the encoding lacks is an error."""
    decoder = codecs.getincrementaldecoder("utf-8-sig" if encoding == "utf-8" else encoding)()
    with opened(file) as stream:
        while block := stream.read(BLOCK):
            try:
                text = decoder.decode(block)
            except UnicodeError as error:
                raise SourceError(f"{file} is not {encoding}: {error}", hint="save it as UTF-8") from error
            yield text.encode()
    try:
        decoder.decode(b"", final=True)
    except UnicodeError as error:
        raise SourceError(f"{file} ends in the middle of a character: {error}", hint="save it as UTF-8") from error
