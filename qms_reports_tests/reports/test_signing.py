"""A signed report is the unsigned one with a signature behind it, and no byte of it can change unnoticed."""

from __future__ import annotations

import datetime as dt
import io
from pathlib import Path

import pytest
from asn1crypto import x509 as asn1
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext
from typer.testing import CliRunner

from qms_reports.cli import app
from qms_reports.reports.pdf_writer import write_pdf
from qms_reports.reports.signing import Signatory, SigningError, sign_pdf
from qms_reports_tests.reports.sample_report import EMPTY_REPORT

PEM, PKCS8 = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
BEGIN = dt.datetime(2024, 1, 1, tzinfo=dt.UTC)


def certify(name: str, key: ec.EllipticCurvePrivateKey, by: tuple | None = None) -> x509.Certificate:
    """A certificate of an authority (by nobody else) or of a person (by the authority)."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    issuer, issuer_key = (by[0].subject, by[1]) if by else (subject, key)
    authority = by is None
    uses = (
        "digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement",
        "key_cert_sign", "crl_sign", "encipher_only", "decipher_only",
    )  # fmt: skip
    usage = dict.fromkeys(uses, False)
    usage |= {"key_cert_sign": True} if authority else {"digital_signature": True, "content_commitment": True}
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(1 if authority else 2)
        .not_valid_before(BEGIN)
        .not_valid_after(BEGIN + dt.timedelta(days=36500))
        .add_extension(x509.BasicConstraints(authority, None), critical=True)
        .add_extension(x509.KeyUsage(**usage), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False)
        .sign(issuer_key, hashes.SHA256())
    )


def self_made_signatory() -> Signatory:
    """A person whom nobody vouches for."""
    key = ec.generate_private_key(ec.SECP256R1())
    return Signatory(
        key.private_bytes(PEM, PKCS8, serialization.NoEncryption()), certify("N. N.", key).public_bytes(PEM)
    )


@pytest.fixture(scope="module")
def authority() -> tuple:
    key = ec.generate_private_key(ec.SECP256R1())
    return certify("Test authority", key), key


@pytest.fixture(scope="module")
def signatory(authority: tuple) -> Signatory:
    key = ec.generate_private_key(ec.SECP256R1())
    secret = key.private_bytes(PEM, PKCS8, serialization.BestAvailableEncryption(b"opened"))
    return Signatory(secret, certify("A. Weber", key, authority).public_bytes(PEM), b"opened")


@pytest.fixture(scope="module")
def unsigned() -> bytes:
    return write_pdf(EMPTY_REPORT)


@pytest.fixture(scope="module")
def signed(unsigned: bytes, signatory: Signatory) -> bytes:
    return sign_pdf(unsigned, signatory, meaning="approved", location="Hamburg")


def verdict(content: bytes, authority: tuple) -> object:
    root = asn1.Certificate.load(authority[0].public_bytes(serialization.Encoding.DER))
    (found,) = PdfFileReader(io.BytesIO(content)).embedded_signatures
    return validate_pdf_signature(found, ValidationContext(trust_roots=[root], allow_fetching=False))


def test_the_signature_is_valid_and_the_unsigned_file_is_a_prefix(unsigned, signed, authority):
    assert signed.startswith(unsigned)
    status = verdict(signed, authority)
    assert status.bottom_line
    assert status.coverage.name == "ENTIRE_FILE"
    (found,) = PdfFileReader(io.BytesIO(signed)).embedded_signatures
    assert found.sig_object["/Reason"] == "approved"
    assert found.sig_object["/SubFilter"] == "/ETSI.CAdES.detached"
    assert found.sig_object["/Name"] == "A. Weber"


def test_one_changed_byte_breaks_it(unsigned, signed, authority):
    place = unsigned.index(b"/Title") + 10
    changed = bytearray(signed)
    changed[place] ^= 1
    assert not verdict(bytes(changed), authority).intact


def test_a_wrong_password_key_or_file_is_refused_with_the_reason(unsigned, signed, signatory):
    stranger = ec.generate_private_key(ec.SECP256R1()).private_bytes(PEM, PKCS8, serialization.NoEncryption())
    for content, wrong, said in (
        (unsigned, Signatory(signatory.key, signatory.certificate, b"guess"), "is the password right"),
        (unsigned, Signatory(stranger, signatory.certificate), "does not belong"),
        (unsigned, Signatory(b"nonsense", signatory.certificate), "key cannot be read"),
        (unsigned, Signatory(signatory.key, b"nonsense", b"opened"), "certificate cannot be read"),
        (b"PK\x03\x04", signatory, "no PDF"),
        (signed, signatory, "signature field 'Approval' already"),
    ):
        with pytest.raises(SigningError, match=said):
            sign_pdf(content, wrong)
    twice = sign_pdf(signed, signatory, field="Review")
    assert len(PdfFileReader(io.BytesIO(twice)).embedded_signatures) == 2


def test_the_command_asks_for_the_password_or_takes_it_from_the_environment(
    unsigned, signatory, authority, tmp_path: Path
):
    for name, content in (("r.pdf", unsigned), ("key.pem", signatory.key), ("own.pem", signatory.certificate)):
        (tmp_path / name).write_bytes(content)
    command = ["sign", str(tmp_path / "r.pdf"), "--key", str(tmp_path / "key.pem")]
    command += ["--certificate", str(tmp_path / "own.pem"), "--meaning", "reviewed"]
    asked = CliRunner().invoke(app, command, input="opened\n")
    assert asked.exit_code == 0, asked.output
    written = (tmp_path / "r.signed.pdf").read_bytes()
    assert verdict(written, authority).bottom_line
    told = CliRunner().invoke(
        app, [*command, "--out", str(tmp_path / "x.pdf")], env={"QMS_REPORTS_KEY_PASSWORD": "opened"}
    )
    assert told.exit_code == 0, told.output
    assert (tmp_path / "x.pdf").read_bytes().startswith(unsigned)
