"""The command that signs a report."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from qms_reports.commands.shared import Problem


def sign(
    file: Annotated[Path, typer.Argument(help="The PDF of a report.", show_default=False)],
    key: Annotated[Path, typer.Option(help="Private key, PEM or DER.", show_default=False)],
    certificate: Annotated[
        Path, typer.Option(help="Its certificate, PEM or DER; PEM may hold the chain behind it.", show_default=False)
    ],
    meaning: Annotated[str, typer.Option(help="What the signature means.")] = "approved",
    location: Annotated[str, typer.Option(help="Where it is given.")] = "",
    field: Annotated[str, typer.Option(help="Name of the signature field; one for each signature.")] = "Approval",
    out: Annotated[Path | None, typer.Option(help="Where to write; FILE.signed.pdf if absent.")] = None,
    password: Annotated[
        str | None,
        typer.Option(
            envvar="QMS_REPORTS_KEY_PASSWORD",
            help="Password of the key; asked for if the key needs one.  Better in the variable than on the line.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Sign the PDF of a report (PAdES); the signed file begins with the bytes of the unsigned one."""
    from qms_reports.reports.signing import Signatory, SigningError, sign_pdf

    content, secret, public = (_read(path) for path in (file, key, certificate))
    if password is None and b"ENCRYPTED" in secret:
        password = typer.prompt(f"Password of {key}", hide_input=True)
    target = out or file.with_name(f"{file.stem}.signed.pdf")
    signatory = Signatory(secret, public, password.encode() if password else None)
    try:
        signed = sign_pdf(content, signatory, meaning=meaning, location=location, field=field)
    except SigningError as error:
        raise Problem(f"{file}: {error}") from error
    try:
        target.write_bytes(signed)
    except OSError as error:
        raise Problem(f"{target} cannot be written: {error.strerror}") from error
    typer.echo(
        f"{target}: signed ({meaning}), {len(signed) - len(content):,} bytes behind the {len(content):,} of {file}"
    )


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise Problem(f"{path} cannot be read: {error.strerror}") from error
