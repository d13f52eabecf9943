"""The bytes of a PDF file: objects one after the other, those of the structure tree packed into object streams.

ReportLab writes every object by itself and a table of their places in plain text.  A tagged report has ten times more
objects than an untagged one, almost all of them small dictionaries of the structure tree.  Packed by the hundred and
compressed (PDF 1.5, object and cross-reference streams; allowed in PDF/A-3) they take a sixth of the room.
"""

from __future__ import annotations

import hashlib
import struct
import zlib
from collections.abc import Callable
from typing import Any

_PER_STREAM = 200
_HEADER = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"

StructureWriter = Callable[[int], tuple[list[str], str]]
"""Given the first free object number, the objects of the structure tree and its root."""


def _packed(number: int, objects: list[tuple[int, str]]) -> bytes:
    """Object stream `number` with these objects."""
    places, body, offset = [], [], 0
    for own, text in objects:
        places.append(f"{own} {offset}")
        body.append(text)
        offset += len(text) + 1
    head = " ".join(places) + "\n"
    content = zlib.compress((head + "\n".join(body)).encode("ascii"), 6)
    return (
        f"{number} 0 obj\n<</Type/ObjStm/N {len(objects)}/First {len(head)}/Length {len(content)}"
        "/Filter/FlateDecode>>\nstream\n"
    ).encode() + b"".join((content, b"\nendstream\nendobj\n"))


def write_file(document: Any, tree: Any, structure: StructureWriter) -> bytes:
    """The finished file; takes the place of ``PDFDocument.format``.

    Args:
        document: ReportLab's ``PDFDocument``, fonts and outline prepared.
        tree: The object in it that stands for the ``StructTreeRoot``; what it would format to is not asked for.
        structure: Writes the structure tree when all other objects have their numbers.

    Returns:
        A file whose identifier is a hash of its content.
    """
    from reportlab.pdfbase.pdfdoc import PDFIndirectObject

    catalog = document.Reference(document.Catalog)
    info = document.Reference(document.info)
    tree_name = document.Reference(tree).name
    pieces, places, size = [_HEADER], {0: (0, 0, 65535)}, len(_HEADER)

    def add(number: int, content: bytes) -> None:
        nonlocal size
        places[number] = (1, size, 0)
        pieces.append(content)
        size += len(content)

    number = 0
    while (number := number + 1) in document.numberToId:  # objects may come to be while others are written
        name = document.numberToId[number]
        if name != tree_name:
            add(number, PDFIndirectObject(name, document.idToObject[name]).format(document))
    objects, root = structure(number)
    tree_number = document.idToObjectNumberAndVersion[tree_name][0]
    packed = [*enumerate(objects, start=number), (tree_number, root)]
    number += len(objects)
    for start in range(0, len(packed), _PER_STREAM):
        group = packed[start : start + _PER_STREAM]
        for index, (own, _) in enumerate(group):
            places[own] = (2, number, index)
        add(number, _packed(number, group))
        number += 1
    places[number] = (1, size, 0)
    pack = struct.Struct(">BIH").pack
    table = b"".join([pack(*place) for _, place in sorted(places.items())])
    compressed = zlib.compress(table, 6)
    identifier = hashlib.md5(b"".join(pieces), usedforsecurity=False).hexdigest().upper()
    pieces.append(
        (
            f"{number} 0 obj\n<</Type/XRef/Size {number + 1}/W[1 4 2]/Root {_number(document, catalog)} 0 R"
            f"/Info {_number(document, info)} 0 R/ID[<{identifier}><{identifier}>]/Length {len(compressed)}"
            "/Filter/FlateDecode>>\nstream\n"
        ).encode()
    )
    pieces += [compressed, f"\nendstream\nendobj\nstartxref\n{size}\n%%EOF\n".encode()]
    return b"".join(pieces)


def _number(document: Any, reference: Any) -> int:
    number: int = document.idToObjectNumberAndVersion[reference.name][0]
    return number


def late(write: Any) -> Any:
    """A PDF object whose text is made when the file is written."""
    from reportlab.pdfbase.pdfdoc import PDFObject

    found = PDFObject()
    found.format = write
    return found
