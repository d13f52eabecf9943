"""From delivered bytes to clean UTF-8 text, streamed.

Every text file is read through once. UTF-8 without NULs, gzipped or not, is then used where it lies; anything else is
written to the work folder as UTF-8, with NULs shown as U+2400 and bytes that mean nothing as U+FFFD.
"""

import codecs
import gzip
import io
import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from difflib import get_close_matches
from encodings.aliases import aliases
from pathlib import Path
from typing import BinaryIO

from qms_reports.sources.raw_table import DAMAGE_MARK, NUL_MARK, UnreadableFile
from qms_reports.sources.sniffing import HEAD, is_gzip, legacy_encoding, marked_encoding, unmarked_utf16

_BLOCK = 1 << 20
_SAMPLE = 256 * 1024
_TAIL = 256
_EXPANSION_LIMIT = 200
_EXPANSION_FREE = 100 * 1024 * 1024


@dataclass(slots=True)
class ByteCounts:
    """Bytes of a UTF-8 text by their part in a delimited file."""

    total: int = 0
    line_feeds: int = 0
    carriage_returns: int = 0
    pairs: int = 0
    """CR directly followed by LF; both are also counted above."""
    quotes: int = 0
    gaps: bool = False
    """Somewhere only blanks stand between two quotes."""
    tail: bytes = b""
    """The last bytes."""
    _after_return: bool = False

    def add(self, block: bytes, quote: bytes) -> None:
        """Count one more block."""
        self.total += len(block)
        self.line_feeds += block.count(b"\n")
        returns = block.count(b"\r")
        if returns:
            self.pairs += block.count(b"\r\n")
            self.carriage_returns += returns
        if self._after_return and block[:1] == b"\n":
            self.pairs += 1
        self._after_return = block[-1:] == b"\r"
        seam = self.tail + block[:_TAIL]
        self.tail = (self.tail + block[-_TAIL:])[-_TAIL:]
        quotes = block.count(quote) if quote else 0
        self.quotes += quotes
        if quotes:
            self.gaps = self.gaps or any(
                quote + b" " in part and re.search(re.escape(quote) + b" +" + re.escape(quote), part)
                for part in (seam, block)
            )


@dataclass(frozen=True, slots=True)
class CleanText:
    """A text file ready to be read as UTF-8.

    Attributes:
        path: The delivered file itself, or the copy in the work folder.
        compression: Of ``path``: ``gzip`` or ``none``.
        delivered_compression: Of the delivered file.
        encoding: Encoding of the delivered file.
        suspicious: NULs or meaningless bytes were made visible.
        counts: Of the UTF-8 bytes at ``path``, a byte order mark included.
        marked: ``path`` begins with the UTF-8 byte order mark.
    """

    path: Path
    compression: str
    delivered_compression: str
    encoding: str
    suspicious: bool
    counts: ByteCounts
    marked: bool

    @contextmanager
    def lines(self) -> Iterator[io.TextIOWrapper]:
        """The text with its own line ends, for reading line by line (LF, CRLF and bare CR end a line)."""
        with open_bytes(self.path, self.compression) as stream:
            yield io.TextIOWrapper(stream, encoding="utf-8-sig" if self.marked else "utf-8", newline="")


@contextmanager
def open_bytes(path: Path, compression: str) -> Iterator[BinaryIO]:
    """A file as a stream of its (decompressed) bytes."""
    if compression == "gzip":
        with gzip.open(path, "rb") as stream:
            yield io.BufferedReader(stream, _BLOCK)
    else:
        with path.open("rb", buffering=_BLOCK) as plain:
            yield plain


def read_head(path: Path) -> tuple[bytes, str]:
    """First bytes, decompressed, and the compression, told by the bytes and not by the name.

    Raises:
        UnreadableFile: A gzip stream is damaged from the start.
    """
    with path.open("rb") as stream:
        head = stream.read(HEAD)
    if not is_gzip(head):
        return head, "none"
    with _gzip_faults(path.name), gzip.open(path, "rb") as stream:
        return stream.read(HEAD), "gzip"


@contextmanager
def _gzip_faults(file: str) -> Iterator[None]:
    try:
        yield
    except EOFError:
        raise UnreadableFile(file, "the gzip file is cut off before its end", "Deliver it again") from None
    except (gzip.BadGzipFile, zlib.error) as error:
        raise UnreadableFile(file, f"the gzip file is damaged ({error})", "Deliver it again") from None


def blocks(path: Path, compression: str) -> Iterator[bytes]:
    """The (decompressed) bytes of a file in blocks of 1 MB.

    Raises:
        UnreadableFile: The gzip stream is damaged, cut off, or expands beyond reason.
    """
    packed = path.stat().st_size
    total = 0
    with _gzip_faults(path.name), open_bytes(path, compression) as stream:
        while block := stream.read(_BLOCK):
            total += len(block)
            if compression == "gzip" and total > _EXPANSION_FREE and total > _EXPANSION_LIMIT * packed:
                fault = f"{packed:,} bytes of gzip unpack to more than {_EXPANSION_LIMIT} times as much"
                raise UnreadableFile(
                    path.name, fault, "This is refused as an attack; deliver it unpacked if it is genuine"
                )
            yield block


def unpack(path: Path, workdir: Path) -> Path:
    """A gzip file unpacked to the work folder, for readers that need to seek."""
    target = workdir / "unpacked"
    with target.open("wb") as out:
        for block in blocks(path, "gzip"):
            out.write(block)
    return target


def checked_encoding(file: str, name: str) -> str:
    """The Python name of a declared text encoding.

    Raises:
        UnreadableFile: There is no such encoding.
    """
    try:
        info = codecs.lookup(name)
        "".encode(name)
    except (LookupError, TypeError):
        near = get_close_matches(name.lower().replace("-", "_"), {*aliases, *aliases.values()}, n=3)
        hint = f"Did you mean {' or '.join(near)}?" if near else "Examples: utf-8, utf-16, cp1252, latin-1, shift_jis"
        raise UnreadableFile(file, f"the declared encoding {name!r} does not exist", hint) from None
    return info.name


def clean_text(path: Path, declared: str, compression: str, workdir: Path, quote: str = "") -> CleanText:
    """Make a text file readable as UTF-8.

    Args:
        path: The delivered file.
        declared: Encoding by its Python name, or ``auto``.
        compression: ``gzip`` or ``none``.
        workdir: Where a copy is written if one is needed.
        quote: Character that is counted in ``CleanText.counts.quotes``.

    Raises:
        UnreadableFile: Contradicting byte order mark, unrecognisable encoding, or damaged gzip.
    """
    head, _ = read_head(path)
    mark = marked_encoding(head)
    encoding = _settled(path.name, declared, mark, head)
    survey = _survey(path, compression, quote) if encoding in ("", "utf-8") else None
    if survey and survey.valid and not survey.nuls:
        return CleanText(
            path, compression, compression, "utf-8", suspicious=False, counts=survey.counts, marked=bool(mark)
        )
    if not encoding:
        encoding = "utf-8" if survey is None or survey.valid else legacy_encoding(path.name, survey.sample)
    return _transcoded(path, compression, encoding, workdir, quote)


def _settled(file: str, declared: str, mark: str, head: bytes) -> str:
    """The encoding as far as declaration and first bytes settle it; empty when the whole text must be looked at."""
    if declared == "auto":
        return mark or unmarked_utf16(head)
    name = {"utf-8-sig": "utf-8", "ascii": "utf-8"}.get(declared, declared)
    if not mark:
        return {"utf-16": "utf-16-le", "utf-32": "utf-32-le"}.get(name, name)
    if mark == name or mark in (f"{name}-le", f"{name}-be"):
        return mark
    fault = f"it is declared as {declared} but begins with the byte order mark of {mark}"
    raise UnreadableFile(file, fault, f"Declare encoding {mark} or auto")


@dataclass(slots=True)
class _Survey:
    counts: ByteCounts
    valid: bool
    nuls: bool
    sample: bytes


def _survey(path: Path, compression: str, quote: str) -> _Survey:
    """Read a file through once: is it UTF-8, does it hold NULs, what is it made of."""
    counts, quote_byte = ByteCounts(), quote.encode()
    decoder = codecs.getincrementaldecoder("utf-8")()
    valid, nuls = True, False
    sample = bytearray()
    for block in blocks(path, compression):
        counts.add(block, quote_byte)
        nuls = nuls or b"\0" in block
        if valid:
            try:
                decoder.decode(block)
            except UnicodeDecodeError:
                valid = False
        if len(sample) < _SAMPLE and not block.isascii():
            sample += _unusual_lines(block, _SAMPLE - len(sample))
    if valid:
        try:
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            valid = False
    return _Survey(counts, valid, nuls, bytes(sample))


def _unusual_lines(block: bytes, room: int) -> bytes:
    """The lines of a block that hold bytes above 127, as far as there is room."""
    kept = bytearray()
    for line in block.splitlines(keepends=True):
        if not line.isascii():
            kept += line
            if len(kept) >= room:
                break
    return bytes(kept[:room])


def _transcoded(path: Path, compression: str, encoding: str, workdir: Path, quote: str) -> CleanText:
    """Write the text as UTF-8 to the work folder, damage made visible."""
    target = workdir / "transcoded"
    counts, quote_byte = ByteCounts(), quote.encode()
    decoder = codecs.getincrementaldecoder(encoding)(errors="replace")
    suspicious, first = False, True

    def write(text: str) -> None:
        nonlocal suspicious, first
        if first and text:
            text = text.removeprefix("\ufeff")
            first = False
        if "\0" in text:
            text = text.replace("\0", NUL_MARK)
            suspicious = True
        suspicious = suspicious or DAMAGE_MARK in text
        data = text.encode("utf-8", "replace")
        counts.add(data, quote_byte)
        out.write(data)

    with target.open("wb") as out:
        for block in blocks(path, compression):
            write(decoder.decode(block))
        write(decoder.decode(b"", final=True))
    return CleanText(target, "none", compression, encoding, suspicious, counts, marked=False)
