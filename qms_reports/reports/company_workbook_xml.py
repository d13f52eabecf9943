"""XML of a foreign workbook: where everything stands in its bytes, so that only what is meant is changed.

The parts of a company's workbook are never written anew from a tree: that would lose what this program does not know.
They are scanned for byte positions, and pieces of bytes are replaced.  Document types and entities are refused.
"""

from __future__ import annotations

import xml.parsers.expat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from xml.sax.saxutils import escape, quoteattr

LARGEST_PART = 64 * 1024 * 1024
_DEEPEST = 200


@dataclass
class Node:
    """An element.

    Attributes:
        name: Local name.
        attributes: By local name.
        start: Position of ``<``.
        opened: Position behind its start tag.
        closed: Position of its end tag; of an empty element, `opened`.
        end: Position behind the element.
        parent: The element around it.
        children: The elements in it.
        text: Its own text.
    """

    name: str
    attributes: dict[str, str]
    start: int
    opened: int
    closed: int = 0
    end: int = 0
    parent: Node | None = field(default=None, repr=False)
    children: list[Node] = field(default_factory=list)
    text: str = ""

    def first(self, *path: str) -> Node | None:
        """The first element down a path of names."""
        found: Node | None = self
        for name in path:
            found = next((child for child in found.children if child.name == name), None) if found else None
        return found

    def all(self, name: str) -> Iterator[Node]:
        """All elements of a name, at any depth."""
        for child in self.children:
            if child.name == name:
                yield child
            yield from child.all(name)


def _tag_end(data: bytes, start: int) -> int:
    """Position behind the ``>`` of the tag that begins at `start`; quotes may hold a ``>`` of their own."""
    position, quote = start, 0
    while position < len(data):
        byte = data[position]
        if quote:
            quote = 0 if byte == quote else quote
        elif byte in b"\"'":
            quote = byte
        elif byte == ord(">"):
            return position + 1
        position += 1
    return position


def scan(data: bytes, part: str) -> Node:
    """The elements of a part and where they stand.

    Args:
        data: UTF-8.
        part: Its name, for messages.

    Returns:
        The root element.

    Raises:
        ValueError: Not well formed, of another encoding, too large, too deep, or with a document type.
    """
    if len(data) > LARGEST_PART:
        raise ValueError(f"{part}: {len(data):,} bytes are more than this program edits ({LARGEST_PART:,})")
    parser = xml.parsers.expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    top = Node("", {}, 0, 0)
    stack = [top]

    def refuse(*_: object) -> None:
        raise ValueError(f"{part}: has a document type declaration, which no workbook needs and which is not safe")

    def encoding(_version: str, name: str | None, _standalone: int) -> None:
        if name is not None and name.upper() not in ("UTF-8", "US-ASCII"):
            raise ValueError(f"{part}: is written in {name}; open the workbook and save it in Excel once")

    def start(name: str, attributes: dict[str, str]) -> None:
        if len(stack) > _DEEPEST:
            raise ValueError(f"{part}: elements are nested more than {_DEEPEST} deep")
        begin = parser.CurrentByteIndex
        local = {key.rpartition(" ")[2]: value for key, value in attributes.items()}
        node = Node(name.rpartition(" ")[2], local, begin, _tag_end(data, begin), parent=stack[-1])
        stack[-1].children.append(node)
        stack.append(node)

    def end(_name: str) -> None:
        node, position = stack.pop(), parser.CurrentByteIndex
        empty = data[node.opened - 2 : node.opened] == b"/>"
        node.closed = node.opened if empty else position
        node.end = node.opened if empty else _tag_end(data, position)

    def text(characters: str) -> None:
        stack[-1].text += characters

    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    parser.XmlDeclHandler = encoding
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = text
    try:
        parser.Parse(data, True)  # noqa: FBT003 - expat's own interface
    except xml.parsers.expat.ExpatError as error:
        raise ValueError(f"{part}: is no well-formed XML: {error}") from error
    return top.children[0]


def prefix_of(data: bytes, node: Node) -> str:
    """The namespace prefix of an element with its colon, as further elements beside it need it."""
    tag = data[node.start + 1 : node.opened].split(None, 1)[0].rstrip(b"/>")
    before, colon, _ = tag.rpartition(b":")
    return f"{before.decode()}:" if colon else ""


def edited(data: bytes, edits: Iterable[tuple[int, int, bytes]]) -> bytes:
    """The bytes with pieces replaced.

    Args:
        data: The part.
        edits: Start, end and replacement; they must not overlap.
    """
    pieces, position = [], 0
    for start, end, replacement in sorted(edits):
        pieces += [data[position:start], replacement]
        position = end
    return b"".join([*pieces, data[position:]])


def with_attribute(data: bytes, node: Node, name: str, value: str) -> tuple[int, int, bytes]:
    """The edit that sets an attribute without a prefix; all others stay as they are written."""
    tag = data[node.start : node.opened]
    wanted = f"{name}={quoteattr(value)}".encode()
    position = 0
    while True:
        position = tag.find(f"{name}=".encode(), position)
        if position < 0:
            break
        if tag[position - 1 : position].isspace():
            quote = tag[position + len(name) + 1 : position + len(name) + 2]
            stop = tag.index(quote, position + len(name) + 2) + 1
            return (node.start, node.opened, tag[:position] + wanted + tag[stop:])
        position += 1
    close = len(tag) - (2 if tag.endswith(b"/>") else 1)
    return (node.start, node.opened, tag[:close].rstrip() + b" " + wanted + tag[close:])


def character_data(text: str) -> str:
    """Text between tags."""
    return escape(text)
