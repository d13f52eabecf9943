"""Where a file differs from the one that the product writes: pages of a PDF, parts of a workbook, lines of a text."""

from __future__ import annotations

import io
import zipfile
import zlib
from itertools import zip_longest

_MOST = 5


def altered_parts(content: bytes, written: bytes) -> list[str]:
    """Sentences that say where two files of one form differ.

    Args:
        content: The file in question.
        written: What the product writes.

    Returns:
        At least one sentence; the files are known to differ.
    """
    if written.startswith(b"%PDF-"):
        return _pages(content, written)
    if written.startswith(b"PK"):
        return _parts(content, written)
    return _lines(content, written)


def _pages(content: bytes, written: bytes) -> list[str]:
    from pypdf import PdfReader
    from pypdf.errors import PyPdfError

    try:
        ours, theirs = (PdfReader(io.BytesIO(data)) for data in (written, content))
        texts = [[page.extract_text() for page in reader.pages] for reader in (ours, theirs)]
    except (PyPdfError, ValueError, KeyError, TypeError, AttributeError, RecursionError, zlib.error) as error:
        return [f"Its pages cannot be read any more: {error}."]
    if len(texts[0]) != len(texts[1]):
        return [f"It has {len(texts[1])} pages and should have {len(texts[0])}."]
    for number, (right, found) in enumerate(zip(*texts, strict=True), start=1):
        if right != found:
            place = next(
                (
                    pair
                    for pair in zip_longest(right.splitlines(), found.splitlines(), fillvalue="")
                    if pair[0] != pair[1]
                ),
                ("", ""),
            )
            return [f"The text of page {number} was altered: {place[1]!r} should be {place[0]!r}."]
    return ["Its pages say what they should, but the file was altered after it was written."]


def _parts(content: bytes, written: bytes) -> list[str]:
    try:
        with zipfile.ZipFile(io.BytesIO(written)) as ours, zipfile.ZipFile(io.BytesIO(content)) as theirs:
            right = {name: ours.read(name) for name in ours.namelist()}
            found = {name: theirs.read(name) for name in theirs.namelist() if theirs.getinfo(name).file_size < 2**30}
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError) as error:
        return [f"The workbook cannot be read any more: {error}."]
    changed = [name for name in sorted(right.keys() | found.keys()) if right.get(name) != found.get(name)]
    if not changed:
        return ["Its parts are what they should be, but it was packed again."]
    more = f" and {len(changed) - _MOST} more" if len(changed) > _MOST else ""
    return [f"Altered parts of the workbook: {', '.join(changed[:_MOST])}{more}."]


def _lines(content: bytes, written: bytes) -> list[str]:
    same = next((n for n, (a, b) in enumerate(zip(written, content, strict=False)) if a != b), None)
    place = min(len(written), len(content)) if same is None else same
    near = content[max(0, place - 20) : place + 20].decode("utf-8", errors="replace")
    return [f"It was altered at byte {place:,}, near {near!r}."]
