"""From YAML text to plain values with positions: the subset of YAML that a declaration may use.

The parser's event stream is folded here without recursion, so that depth, size and alias limits hold before any
memory is spent on what they forbid. Scalars follow the JSON-like core of YAML 1.2: only `true` and `false` are
booleans, and `on`, `no`, `2024-01-31`, `12:30`, `0755` and `1_000` stay the text that their author typed.
"""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml

from qms_reports.declarations.issues import Position

MAX_DEPTH = 50
MAX_NODES = 250_000
MAX_ALIASES = 1_000
MAX_DIGITS = 300

LOADER: type[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

_INTEGER = re.compile(r"[-+]?(?:0|[1-9][0-9]*)")
_FLOAT = re.compile(r"[-+]?(?:(?:0|[1-9][0-9]*)(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?")
_SURROGATE = re.compile("[\ud800-\udfff]")
_NUMERIC_START = frozenset("-+.0123456789")
_WORDS: dict[str, Any] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), math.inf),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), -math.inf),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), math.nan),
}
_TAG = "tag:yaml.org,2002:"
_TYPE_OF_TAG: dict[str, type | tuple[type, ...]] = {
    _TAG + "null": type(None),
    _TAG + "bool": bool,
    _TAG + "int": int,
    _TAG + "float": (int, float),
}
_ABSENT = object()


class RefusedError(Exception):
    """The text goes beyond a limit; nothing of it is used."""

    def __init__(self, position: Position, message: str, hint: str, code: str) -> None:
        super().__init__(message)
        self.position, self.message, self.hint, self.code = position, message, hint, code


@dataclass(frozen=True, slots=True)
class Flaw:
    """Something wrong at a place, before a file name is known."""

    position: Position
    path: tuple[str | int, ...]
    message: str
    hint: str = ""
    code: str = ""


@dataclass(slots=True)
class Node:
    """Where one value stands, and what it is.

    Attributes:
        position: Start of the value (for an anchored value, the anchor).
        end: Just behind the value.
        value: The plain value; containers are filled while their node is open.
        style: The scalar's quoting: None or "" plain, "'", '"', "|" or ">"; "{" for containers.
        children: Nodes of a mapping by key or of a list by index.
        keys: Positions of a mapping's keys.
        size: Nodes below and including this one, aliases counted as often as they are used.
        height: Levels of containers below this one.
    """

    position: Position
    end: Position
    value: Any
    style: str | None = None
    children: dict[str | int, "Node"] = field(default_factory=dict)
    keys: dict[str, Position] = field(default_factory=dict)
    size: int = 1
    height: int = 0


class _Open:
    """A container whose end has not been read yet."""

    __slots__ = ("anchor", "is_mapping", "key", "key_ok", "key_position", "merges", "node", "step")

    def __init__(self, node: Node, anchor: str | None, step: str | int | None, *, is_mapping: bool) -> None:
        self.node = node
        self.anchor = anchor
        self.step = step
        self.is_mapping = is_mapping
        self.key: Any = _ABSENT
        self.key_ok = True
        self.key_position = node.position
        self.merges: list[Node] = []


def compose(text: str) -> tuple[list[Node], list[Flaw]]:
    """Read every document of a YAML text.

    Args:
        text: The text, without byte order mark.

    Returns:
        One node per document (more than one is for the caller to refuse), and the flaws that do not prevent reading.

    Raises:
        RefusedError: A limit is exceeded.
        yaml.YAMLError: The text is not YAML.
    """
    loader = LOADER(text)
    try:
        return _Composer(loader).documents()
    finally:
        loader.dispose()


class _Composer:
    def __init__(self, loader: Any) -> None:
        self._loader = loader
        self._flaws: list[Flaw] = []
        self._stack: list[_Open] = []
        self._anchors: dict[str, Node | None] = {}
        self._nodes = 0
        self._aliases = 0
        self._documents: list[Node] = []

    def documents(self) -> tuple[list[Node], list[Flaw]]:
        """Fold all events."""
        for event in self._events():
            kind = type(event)
            if kind is yaml.ScalarEvent:
                self._place(self._scalar(event), event.anchor, event)
            elif kind is yaml.MappingStartEvent or kind is yaml.SequenceStartEvent:
                self._start(event, is_mapping=kind is yaml.MappingStartEvent)
            elif kind is yaml.MappingEndEvent or kind is yaml.SequenceEndEvent:
                self._finish(event)
            elif kind is yaml.AliasEvent:
                self._alias(event)
            elif kind is yaml.DocumentStartEvent:
                self._anchors = {}
        return self._documents, self._flaws

    def _events(self) -> Iterator[Any]:
        while self._loader.check_event():
            yield self._loader.get_event()

    def _path(self) -> tuple[str | int, ...]:
        """Return the path of the value that comes next."""
        steps = [frame.step for frame in self._stack[1:]]
        if self._stack:
            steps.append(self._next_step())
        return tuple(step for step in steps if step is not None)

    def _next_step(self) -> str | int | None:
        top = self._stack[-1]
        if not top.is_mapping:
            return len(top.node.value)
        return top.key if isinstance(top.key, str) else None

    def _flaw(self, position: Position, message: str, hint: str = "", *, code: str) -> None:
        self._flaws.append(Flaw(position, self._path(), message, hint, code))

    def _count(self, position: Position, nodes: int) -> None:
        self._nodes += nodes
        if self._nodes > MAX_NODES:
            hint = "split the file, and do not multiply content with aliases"
            raise RefusedError(position, f"more than {MAX_NODES:,} values", hint, code="structure.too_large")

    def _check_depth(self, position: Position, levels: int) -> None:
        if levels > MAX_DEPTH:
            raise RefusedError(
                position, f"nested deeper than {MAX_DEPTH} levels", "flatten the structure", code="structure.too_deep"
            )

    def _scalar(self, event: Any) -> Node:
        position = _start(event)
        self._count(position, 1)
        text: str = event.value
        if event.style == '"' and not text.isascii() and _SURROGATE.search(text):
            self._flaw(
                position, "an escape stands for half a character", "write the character itself", code="structure.scalar"
            )
            text = _SURROGATE.sub("\ufffd", text)
        tag = event.tag
        if tag is None or tag == "!":
            value: Any = text
            if event.implicit[0] and tag is None:
                value = self._resolve(text, position)
        else:
            value = self._tagged(tag, text, position)
        style = event.style or ("" if event.implicit[0] else "'")
        return Node(position, _end(event), value, style)

    def _resolve(self, text: str, position: Position) -> Any:
        word = _WORDS.get(text, _ABSENT)
        if word is not _ABSENT:
            return word
        if text[0] not in _NUMERIC_START or _FLOAT.fullmatch(text) is None:
            return text
        if len(text) > MAX_DIGITS:
            self._flaw(
                position,
                f"a number of {len(text)} characters",
                "write it in quotes if it is text",
                code="structure.scalar",
            )
            return text
        if _INTEGER.fullmatch(text):
            return int(text)
        number = float(text)
        if math.isinf(number):
            self._flaw(
                position, f"the number {text} is too large", "write it in quotes if it is text", code="structure.scalar"
            )
        return number

    def _tagged(self, tag: str, text: str, position: Position) -> Any:
        if tag == _TAG + "str":
            return text
        if tag in _TYPE_OF_TAG:
            value = self._resolve(text, position)
            wanted = _TYPE_OF_TAG[tag]
            if isinstance(value, wanted) and (wanted is bool or not isinstance(value, bool)):
                return value
            self._flaw(
                position,
                f"{text!r} is not of the type that its tag {_shown(tag)} claims",
                "remove the tag",
                code="structure.tag",
            )
            return text
        self._flaw(
            position,
            f"tag {_shown(tag)!r} is not allowed",
            "declarations are plain data: remove the tag",
            code="structure.tag",
        )
        return text

    def _start(self, event: Any, *, is_mapping: bool) -> None:
        position = _start(event)
        self._count(position, 1)
        self._check_depth(position, len(self._stack) + 1)
        if event.tag not in (None, "!", _TAG + ("map" if is_mapping else "seq")):
            hint = "declarations are plain data: remove the tag"
            self._flaw(position, f"tag {_shown(event.tag)!r} is not allowed", hint, code="structure.tag")
        node = Node(position, position, {} if is_mapping else [], "{")
        step = self._next_step() if self._stack else None
        if event.anchor:
            self._anchors[event.anchor] = None
        self._stack.append(_Open(node, event.anchor, step, is_mapping=is_mapping))

    def _finish(self, event: Any) -> None:
        frame = self._stack.pop()
        node = frame.node
        node.end = _end(event)
        if frame.merges:
            self._merge(frame)
        self._place(node, frame.anchor, None)

    def _alias(self, event: Any) -> None:
        position = _start(event)
        name = event.anchor
        node = self._anchors.get(name, _ABSENT)
        self._aliases += 1
        if self._aliases > MAX_ALIASES:
            raise RefusedError(
                position, f"more than {MAX_ALIASES:,} aliases", "write the content out", code="structure.too_large"
            )
        if isinstance(node, Node):
            self._count(position, node.size)
            self._check_depth(position, len(self._stack) + node.height)
            self._place(node, None, None, position)
            return
        if node is None:
            self._flaw(
                position,
                f"alias '*{name}' stands inside the value it repeats",
                "write the content out",
                code="structure.alias",
            )
        else:
            hint = f"define it first with '&{name}', or put text that starts with '*' in quotes"
            self._flaw(position, f"alias '*{name}' repeats nothing that was named before", hint, code="structure.alias")
        self._place(Node(position, _end(event), None), None, None)

    def _place(self, node: Node, anchor: str | None, event: Any, at: Position | None = None) -> None:
        """Put a finished value where it belongs: document, list entry, mapping key or mapping value."""
        if anchor:
            self._anchors[anchor] = node
        if not self._stack:
            self._documents.append(node)
            return
        frame = self._stack[-1]
        if not frame.is_mapping:
            self._adopt(frame.node, len(frame.node.value), node)
            frame.node.value.append(node.value)
        elif frame.key is _ABSENT:
            self._key(frame, node, at or node.position, is_merge=_is_merge(event))
        else:
            self._value(frame, node, at or node.position)

    def _adopt(self, parent: Node, step: str | int, child: Node) -> None:
        parent.children[step] = child
        parent.size += child.size
        if child.style == "{" and child.height + 1 > parent.height:
            parent.height = child.height + 1

    def _key(self, frame: _Open, node: Node, position: Position, *, is_merge: bool) -> None:
        key = node.value
        frame.key_ok = True
        frame.key_position = position
        if is_merge:
            frame.key = _MERGE
            return
        if not isinstance(key, str):
            shown = "a list or mapping" if isinstance(key, list | dict) else _spelled(key)
            self._flaw(position, f"a key must be text, found {shown}", "write the key in quotes", code="structure.key")
            frame.key_ok = False
            frame.key = None
            return
        frame.key = key
        first = frame.node.keys.get(key)
        if first is not None:
            message = f"key {key!r} appears twice; it was first given at line {first.line}, column {first.column}"
            self._flaw(position, message, "keep one of the two", code="structure.duplicate_key")
            frame.key_ok = False

    def _value(self, frame: _Open, node: Node, position: Position) -> None:
        key = frame.key
        if key is _MERGE:
            parts = list(node.children.values()) if isinstance(node.value, list) else [node]
            if all(isinstance(part.value, dict) for part in parts):
                frame.merges.extend(parts)
            else:
                self._flaw(
                    position,
                    "'<<' takes a mapping or a list of mappings",
                    "name the mapping with '&' first",
                    code="structure.alias",
                )
        elif frame.key_ok:
            self._adopt(frame.node, key, node)
            frame.node.keys[key] = frame.key_position
            frame.node.value[key] = node.value
        frame.key = _ABSENT

    def _merge(self, frame: _Open) -> None:
        """Let '<<' fill in the keys that the mapping does not give itself; the first of several sources wins."""
        own = frame.node
        value, children, keys = dict(own.value), dict(own.children), dict(own.keys)
        own.value.clear()
        own.children, own.keys = {}, {}
        own.size, own.height = 1, 0
        for source in frame.merges:
            self._count(own.position, source.size)
            for key in source.value:
                if key not in value and key not in own.value:
                    self._adopt(own, key, source.children[key])
                    own.keys[str(key)] = source.keys[key]
                    own.value[key] = source.value[key]
        for key, item in value.items():
            self._adopt(own, key, children[key])
            own.keys[key] = keys[key]
            own.value[key] = item


class _Merge:
    """The key '<<', which is not a key."""


_MERGE = _Merge()


def _is_merge(event: Any) -> bool:
    return event is not None and event.value == "<<" and event.implicit[0] and event.tag is None


def _start(event: Any) -> Position:
    mark = event.start_mark
    return Position(mark.line + 1, mark.column + 1)


def _end(event: Any) -> Position:
    mark = event.end_mark
    return Position(mark.line + 1, mark.column + 1)


def _shown(tag: str) -> str:
    return "!!" + tag.removeprefix(_TAG) if tag.startswith(_TAG) else tag


def _spelled(value: Any) -> str:
    if value is None:
        return "nothing"
    return str(value).lower() if isinstance(value, bool) else f"the number {value}"
