"""Read files as numbered lines: plain or gzip, or standard input; a damaged end is told."""

from __future__ import annotations

import sys
import zlib
from collections.abc import Callable, Iterator
from hashlib import blake2b
from pathlib import Path
from typing import BinaryIO, Final

from data.errors import Misconfigured

CHUNK: Final = 1 << 18
MAX_LINE: Final = 1 << 24
_ENDS: Final = 1 << 16


class Source:
    """Read one file's lines as bytes without their ends; the first line is number 1.

    After reading, `trouble` says why the end was not reached, or is empty. `advance` is told the
    bytes taken from the disk (of the compressed file, where it is one).
    """

    def __init__(self, path: str, advance: Callable[[int], object] = lambda _: None) -> None:
        """Name a file; `-` is standard input."""
        self.path = path
        self.name = "stdin" if path == "-" else Path(path).name
        self.trouble = ""
        self.line = 0
        self._advance = advance

    @property
    def stem(self) -> str:
        """Return the name without folders, `.gz` and the ending."""
        return Path(self.name.removesuffix(".gz")).stem

    @property
    def size(self) -> int | None:
        """Return the bytes on disk; None for standard input."""
        return None if self.path == "-" else Path(self.path).stat().st_size

    def fingerprint(self) -> str:
        """Return a digest of size, head and tail: tells files apart without reading all."""
        with Path(self.path).open("rb") as file:
            size = self.size or 0
            digest = blake2b(str(size).encode(), digest_size=16)
            digest.update(file.read(_ENDS))
            file.seek(max(0, size - _ENDS))
            digest.update(file.read(_ENDS))
        return digest.hexdigest()

    def first_line(self) -> bytes:
        """Return the first line without reading on. Raise Misconfigured for standard input."""
        if self.path == "-":
            raise Misconfigured("this layout looks at its files twice: give files, not `-`")
        return next(iter(Source(self.path)), (1, b""))[1].removeprefix(b"\xef\xbb\xbf")

    def __iter__(self) -> Iterator[tuple[int, bytes]]:
        """Yield (line number, line)."""
        self.line, rest = 0, b""
        for chunk in self._chunks():
            lines = (rest + chunk).split(b"\n")
            rest = lines.pop()
            for line in lines:
                self.line += 1
                yield self.line, line.removesuffix(b"\r")
            if len(rest) > MAX_LINE:
                self.trouble = "line longer than 16 MB"
                break
        if self.trouble:
            self.line += 1  # what is left of the last line is not to be trusted
        elif rest:
            self.line += 1
            yield self.line, rest.removesuffix(b"\r")

    def _chunks(self) -> Iterator[bytes]:
        if self.path == "-":
            yield from self._unpacked(sys.stdin.buffer)
        else:
            with Path(self.path).open("rb") as file:
                yield from self._unpacked(file)

    def _unpacked(self, file: BinaryIO) -> Iterator[bytes]:
        chunk = self._next(file)
        if not chunk.startswith(b"\x1f\x8b"):
            while chunk:
                yield chunk
                chunk = self._next(file)
            return
        stream = zlib.decompressobj(wbits=31)
        try:
            while chunk:
                yield stream.decompress(chunk)
                chunk = stream.unused_data
                if stream.eof and (chunk := chunk or self._next(file)):
                    stream = zlib.decompressobj(wbits=31)  # gzip files may be joined end to end
                chunk = chunk or self._next(file)
        except zlib.error:
            self.trouble = "damaged gzip"
            return
        if not stream.eof:
            self.trouble = "truncated gzip"

    def _next(self, file: BinaryIO) -> bytes:
        chunk = file.read(CHUNK)
        self._advance(len(chunk))
        return chunk
