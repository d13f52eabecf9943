"""Which report: its period, its data cut-off and its parameters, and what these are called in paths."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from qms_reports.declarations.models import Template
from qms_reports.declarations.parameters import Parameter, ParameterError, coerced, resolve_parameters, variants
from qms_reports.declarations.scoping import members
from qms_reports.periods import Period, day_start
from qms_reports.store import safe_name

_MARKS = "@=,"
"""What stands between the parts of a name, and so not in them."""


@dataclass(frozen=True, slots=True)
class Edition:
    """Which report: a period, as known now or at an instant, for some values of its template's parameters.

    Attributes:
        period: The reported period.
        as_known: The data cut-off asked for; ``None`` for all that is known now.
        parameters: What tells it from other reports of the period: values that were given or of which there is a
            report each, by name.  Defaults are not among them.
        scope: The members that its figures are restricted to: dimension and member.
    """

    period: Period
    as_known: dt.datetime | None = None
    parameters: tuple[tuple[str, Parameter], ...] = ()
    scope: tuple[tuple[str, str], ...] = ()

    @property
    def name(self) -> str:
        """As used in paths: ``2024-05``, ``2024-05@2024-06-03T000000``, ``2024-05@site=Hamburg``."""
        return "@".join(filter(None, (self._moment, self.variant.replace(",", "@"))))

    @property
    def variant(self) -> str:
        """The parameters as used in paths: ``site=Hamburg``, ``language=de,site=Hamburg``, or empty."""
        return ",".join(
            f"{safe_name(name, _MARKS)}={safe_name(str(value), _MARKS)}" for name, value in sorted(self.parameters)
        )

    @property
    def folder(self) -> str:
        """Where its files lie in the template's folder: ``2024-05`` or ``2024-05/site=Hamburg``."""
        return f"{self._moment}/{self.variant}" if self.parameters else self._moment

    @property
    def figures_name(self) -> str:
        """As used in the paths of its KPI tables: those without a scope are shared by all reports of the period."""
        parts = [f"{safe_name(name, _MARKS)}={safe_name(member, _MARKS)}" for name, member in sorted(self.scope)]
        return "@".join((self._moment, *parts))

    @property
    def _moment(self) -> str:
        if self.as_known is None:
            return self.period.key
        moment = self.as_known.astimezone(dt.UTC)
        return f"{self.period.key}@{moment:%Y-%m-%dT%H%M%S}"


def edition(
    template: Template, period: Period, as_known: dt.datetime | None = None, given: Mapping[str, object] | None = None
) -> Edition:
    """The edition of a template for some values of its parameters.

    Args:
        template: The template.
        period: The reported period.
        as_known: The data cut-off.
        given: Name to value; text, as from a command line, is read as the declared type.

    Raises:
        ParameterError: A name is not declared, a value missing or not allowed; all of these are told.
    """
    values = resolve_parameters(template, given or {})
    told = tuple(
        (name, value)
        for name, value in sorted(values.items())
        if value is not None and (template.parameters[name].each or value != _default(template, name))
    )
    return Edition(period, as_known, told, tuple(sorted(members(template, values).items())))


def editions(
    template: Template, period: Period, as_known: dt.datetime | None = None, given: Mapping[str, object] | None = None
) -> tuple[Edition, ...]:
    """Every edition of a template for a period: one for each value of the parameters of which there is a report each.

    Args:
        template: The template.
        period: The reported period.
        as_known: The data cut-off.
        given: Values of some parameters; of those with a report each, only that one is made.

    Raises:
        ParameterError: As `edition`.
    """
    given = {name: value for name, value in (given or {}).items() if value not in (None, "")}
    found = [
        edition(template, period, as_known, {**variant, **given})
        for variant in variants(template)
        if all(_same(template, name, given.get(name, value), value) for name, value in variant.items())
    ]
    # A value that fits no variant is not allowed, which `edition` says.
    return tuple(found) or (edition(template, period, as_known, given),)


def values_of(template: Template, edition: Edition) -> dict[str, Parameter]:
    """The value of every parameter of a template in an edition, ``None`` where there is none.

    Raises:
        ParameterError: The template takes no such values, or the edition is not restricted to the members that they
            name, so that its figures would be those of other records than its lists.
    """
    values = resolve_parameters(template, dict(edition.parameters))
    if (wanted := tuple(sorted(members(template, values).items()))) != tuple(sorted(edition.scope)):
        named = ", ".join(f"{dimension}={member}" for dimension, member in wanted) or "no member"
        raise ParameterError(
            [f"{template.template}: its parameters restrict it to {named}, this edition is not; ask editions.edition()"]
        )
    return values


def cutoff(text: str, zone: ZoneInfo) -> dt.datetime:
    """A data cut-off as people write it: a day, all of which counts, or an instant; both in the site's zone.

    Raises:
        ValueError: It is neither, or lies in the future.
    """
    try:
        if len(text) == len("2024-06-03"):
            moment = day_start(dt.date.fromisoformat(text) + dt.timedelta(days=1), zone) - dt.timedelta(microseconds=1)
        else:
            moment = dt.datetime.fromisoformat(text)
            moment = moment if moment.tzinfo else moment.replace(tzinfo=zone)
    except ValueError:
        raise ValueError(
            f"{text!r}: expected a day such as 2024-06-03 or an instant such as 2024-06-03T12:00"
        ) from None
    if moment > dt.datetime.now(dt.UTC):
        raise ValueError(f"{text!r} lies in the future: what will be known then cannot be reproduced")
    return moment.astimezone(dt.UTC)


def given_of(assignments: Sequence[str]) -> dict[str, str]:
    """Values as a person types them: ``site=Hamburg``.

    Raises:
        ValueError: One of them is no assignment.
    """
    found = {}
    for text in assignments:
        name, sign, value = text.partition("=")
        if not sign or not name.strip():
            raise ValueError(f"{text!r}: expected NAME=VALUE, such as site=Hamburg")
        found[name.strip()] = value.strip()
    return found


def _default(template: Template, name: str) -> Parameter:
    parameter = template.parameters[name]
    return None if parameter.default is None else coerced(parameter, parameter.default)


def _same(template: Template, name: str, given: object, value: Parameter) -> bool:
    try:
        return coerced(template.parameters[name], given) == value
    except ValueError:
        return False
