"""From delivered text to typed values, as one SQL statement: every value is read, or named as unreadable.

A row gets a list of *violations*.  One of severity ERROR keeps it out of the dataset (it goes to quarantine); a WARNING
lets it in and is counted.  Nothing is clipped, rounded or dropped without a violation that says so.
"""

from __future__ import annotations

from dataclasses import dataclass

from qms_reports.datasets.schema import sql_type
from qms_reports.declarations.models import ColumnModel, Dataset, instant
from qms_reports.store import identifier, quote

EARLIEST, LATEST = "1900-01-01", "2100-01-01"
"""Dates outside are typing errors unless a column declares other limits (year 0212 and 2200 occur in real files)."""


@dataclass(frozen=True, slots=True)
class Check:
    """A condition that is true for a bad row, and what to say about it."""

    rule: str
    column: str
    bad: str
    value: str
    message: str
    severity: str = "ERROR"

    def sql(self) -> str:
        """The violation as an SQL struct, or NULL."""
        fields = (
            f"'rule': {quote(self.rule)}, 'column': {quote(self.column)}, 'value': left({self.value}, 200), "
            f"'message': {quote(self.message)}, 'severity': {quote(self.severity)}"
        )
        return f"CASE WHEN {self.bad} THEN {{{fields}}} END"


def stage_sql(dataset: Dataset, raw: str, *, suspicious: bool, time_zone: str) -> str:
    """The statement that turns a relation of raw text columns into staged records.

    Args:
        dataset: The declaration.
        raw: SELECT giving the delivered columns as text and `_row`.
        suspicious: Whether undecodable bytes were made visible as U+FFFD or U+2400, which then condemn a row.
        time_zone: Zone of timestamps that carry none.

    Returns:
        A SELECT of the declared and derived columns, `_row`, `_key`, `_hash`, `_month`, `_audit` (the record's own
        time of becoming known, or NULL), `_gone` (a withdrawal) and `_violations`.
    """
    trimmed, texts, values, checks = [], [], [], []
    for name, column in dataset.columns.items():
        source = identifier(column.source or name)
        missing = sorted({text.lower() for text in (*dataset.missing, *column.missing)} | {""})
        cell = identifier(f"cell:{name}")
        trimmed.append(f"trim({source}) AS {cell}")
        # Only short cells are compared; four bytes, the longest character, may have a lower case of one.
        longest = 4 * max(len(text.encode()) for text in missing)
        absent = f"strlen({cell}) <= {longest} AND lower({cell}) IN ({', '.join(map(quote, missing))})"
        text = f"CASE WHEN {absent} THEN NULL ELSE {cell} END"
        for old, new in column.replace.items():
            pattern = "(^|[^[:alnum:]])" + _escape(old) + "([^[:alnum:]]|$)"
            text = f"regexp_replace({text}, {quote(pattern)}, {quote(chr(92) + '1' + new + chr(92) + '2')}, 'g')"
        if column.rename:
            renamed = " ".join(f"WHEN {quote(old)} THEN {quote(new)}" for old, new in column.rename.items())
            text = f"CASE {text} {renamed} ELSE {text} END"
        texts.append(f"{text} AS {_text(name)}")
        if suspicious:
            checks.append(_undecodable(name, source))
        values.append(f"{_value(name, column, time_zone)} AS {identifier(name)}")
        checks.extend(_column_checks(name, column))
    derived = [f"TRY(({d.sql}))::{sql_type(d)} AS {identifier(name)}" for name, d in dataset.derive.items()]
    checks.extend(_record_checks(dataset))
    names = [*dataset.columns, *dataset.derive]
    layer = f"SELECT {', '.join(['*', *trimmed])} FROM ({raw})"
    layer = f"SELECT {', '.join(['*', *texts])} FROM ({layer})"
    kept = _kept_raw(dataset, suspicious=suspicious)
    layer = f"SELECT _row, {', '.join([*(_text(n) for n in dataset.columns), *values, *kept])} FROM ({layer})"
    for item in derived:
        layer = f"SELECT *, {item} FROM ({layer})"
    any_bad = " OR ".join(f"coalesce({check.bad}, false)" for check in checks)
    violations = f"list_filter([{', '.join(check.sql() for check in checks)}], lambda v: v IS NOT NULL)"
    key = f"concat_ws(chr(31), {', '.join(f'{identifier(k)}::VARCHAR' for k in dataset.key)})"
    gone = f"coalesce(({dataset.withdrawn}), false)" if dataset.withdrawn else "false"
    content = ", chr(31), ".join(f"coalesce({identifier(n)}::VARCHAR, chr(30))" for n in names)
    audit = f"{identifier(dataset.known_from)}" if dataset.known_from else "NULL"
    return (
        f"SELECT {', '.join(identifier(n) for n in names)}, _row, {key} AS _key, "
        f"md5(concat({content}, chr(31), {gone})) AS _hash, "
        f"{_month(dataset)} AS _month, {_instant(audit, dataset, time_zone)} AS _audit, "
        f"{gone} AS _gone, CASE WHEN {any_bad} THEN {violations} END AS _violations FROM ({layer})"
    )


def _month(dataset: Dataset) -> str:
    # A calendar has the years 1 to 9999; a date outside is in quarantine, which then names no month.
    date = identifier(dataset.period_date)
    return f"CASE WHEN {date} BETWEEN DATE '0001-01-01' AND DATE '9999-12-31' THEN strftime({date}, '%Y-%m') END"


def _text(name: str) -> str:
    return identifier(f"text:{name}")


def _kept_raw(dataset: Dataset, *, suspicious: bool) -> list[str]:
    if not suspicious:
        return []
    return [f"{identifier(c.source or n)} AS {identifier('raw:' + n)}" for n, c in dataset.columns.items()]


def _escape(text: str) -> str:
    return "".join(
        char if char.isalnum() or char in " _-'" else f"[{char}]" if char not in "^\\" else f"\\{char}" for char in text
    )


def _instant(audit: str, dataset: Dataset, time_zone: str) -> str:
    """A declared `known_from` as a UTC timestamp; a date is known from the start of that local day."""
    if dataset.known_from is None:
        return "NULL::TIMESTAMP"
    declared = dataset.columns.get(dataset.known_from) or dataset.derive[dataset.known_from]
    if declared.type == "timestamp":
        return audit
    return f"timezone({quote(time_zone)}, {audit}::TIMESTAMP)::TIMESTAMP"


def _value(name: str, column: ColumnModel, time_zone: str) -> str:  # noqa: PLR0911 - one return per type
    text = _text(name)
    match column.type:
        case "text":
            return text
        case "integer":
            return f"CASE WHEN regexp_full_match({text}, '[+-]?[0-9]+([.]0*)?') THEN TRY_CAST({text} AS BIGINT) END"
        case "number":
            return f"TRY_CAST({text} AS {sql_type(column)})"
        case "boolean":
            true, false = (
                ", ".join(quote(word.lower()) for word in words) for words in (column.true_values, column.false_values)
            )
            return f"CASE WHEN lower({text}) IN ({true}) THEN true WHEN lower({text}) IN ({false}) THEN false END"
        case "date":
            if column.formats:
                return f"try_strptime({text}, [{', '.join(map(quote, column.formats))}])::DATE"
            date = f"coalesce(TRY_CAST({text} AS DATE), TRY_CAST({text} AS TIMESTAMP)::DATE)"
            return f"CASE WHEN {_numeric_start(text)} THEN {date} END"
        case "timestamp":
            zoned = f"TRY_CAST({text} AS TIMESTAMPTZ)::TIMESTAMP"
            naive = f"TRY_CAST({text} AS TIMESTAMP)"
            if column.formats:
                naive = f"try_strptime({text}, [{', '.join(map(quote, column.formats))}])"
            local = f"timezone({quote(time_zone)}, {naive})::TIMESTAMP"
            has_zone = f"regexp_matches({text}, '(Z|[+-][0-9]{{2}}:?[0-9]{{2}})$')"
            moment = f"CASE WHEN {has_zone} THEN {zoned} ELSE {local} END"
            return moment if column.formats else f"CASE WHEN {_numeric_start(text)} THEN {moment} END"


def _numeric_start(text: str) -> str:
    # DuckDB also takes the words "epoch" and "infinity" for dates.
    return f"({text} >= '0' AND {text} < ':')"


def _undecodable(name: str, source: str) -> Check:
    del source
    raw = identifier("raw:" + name)
    bad = f"(contains({raw}, chr(65533)) OR contains({raw}, chr(9216)))"
    return Check(
        "undecodable", name, bad, raw, "the cell holds bytes that are no text in the file's encoding, or NUL bytes"
    )


def _column_checks(name: str, column: ColumnModel) -> list[Check]:
    text, value = _text(name), identifier(name)
    shown = f"coalesce({text}, '')"
    checks = []
    kind = {
        "integer": "whole number of at most 18 digits",
        "number": f"number such as 1234.5 (decimal point, no thousands separator, at most {28 - column.scale} digits "
        "before the point)",
        "date": "date",
        "timestamp": "date and time",
        "boolean": "yes or no",
    }
    if column.type != "text":
        hint = f" as {' or '.join(column.formats)}" if column.formats else ""
        checks.append(
            Check(
                "unreadable", name, f"{text} IS NOT NULL AND {value} IS NULL", shown, f"not a {kind[column.type]}{hint}"
            )
        )
    if column.type == "number":
        pattern = quote(f"[.][0-9]{{{column.scale}}}[0-9]*[1-9]")
        message = f"has more than {column.scale} digits after the point and was rounded; raise 'scale' to keep them"
        exponent = f"(regexp_matches({text}, '[eE]-') AND TRY_CAST({text} AS DOUBLE) <> {value}::DOUBLE)"
        rounded = f"regexp_matches({text}, {pattern}) OR {exponent}"
        checks.append(Check("rounded", name, rounded, shown, message, "WARNING"))
    if column.required:
        checks.append(Check("missing", name, f"{text} IS NULL", shown, "a required value is missing"))
    if column.allowed:
        allowed = ", ".join(map(quote, column.allowed))
        message = f"not one of the allowed values: {', '.join(column.allowed)}"
        checks.append(Check("not_allowed", name, f"{text} NOT IN ({allowed})", shown, message))
    if column.minimum is not None:
        checks.append(Check("below_minimum", name, f"{value} < {column.minimum}", shown, f"below {column.minimum:g}"))
    if column.maximum is not None:
        checks.append(Check("above_maximum", name, f"{value} > {column.maximum}", shown, f"above {column.maximum:g}"))
    if column.type in ("date", "timestamp"):
        first = instant(column.earliest or EARLIEST).date()
        last = instant(column.latest or LATEST).date()
        checks.append(
            Check("impossible_date", name, f"{value}::DATE < DATE '{first}'", shown, f"before {first}: a typing error?")
        )
        checks.append(
            Check("impossible_date", name, f"{value}::DATE > DATE '{last}'", shown, f"after {last}: a typing error?")
        )
    return checks


def _record_checks(dataset: Dataset) -> list[Check]:
    checks = [
        Check("key_missing", part, f"{identifier(part)} IS NULL", "''", "a part of the record's key is missing")
        for part in dataset.key
    ]
    date = dataset.period_date
    readable = f"{identifier(date)} IS NULL"
    if date in dataset.columns:  # an unreadable date has said so already
        readable += f" AND {_text(date)} IS NULL"
    checks.append(
        Check("period_date_missing", date, readable, "''", "without this date the record belongs to no month")
    )
    for rule in dataset.rules:
        value = f"coalesce({identifier(rule.column)}::VARCHAR, '')" if rule.column else "''"
        checks.append(Check(rule.id, rule.column, f"NOT ({rule.sql})", value, rule.message, rule.severity))
    return checks
