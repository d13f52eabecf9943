"""Signing a finished PDF: a PAdES signature (B-B) that leaves the file as it was and adds itself behind.

The bytes of the unsigned file are the beginning of the signed one, so what was hashed and verified before is still
there to be hashed and verified.  Needs the extra ``sign`` (pyHanko), which is imported only here.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Any

FIELD = "Approval"
_PDF = b"%PDF-"


class SigningError(ValueError):
    """A file, key or certificate that does not do; the message says which and why."""


@dataclass(frozen=True, slots=True)
class Signatory:
    """What to sign with.

    Attributes:
        key: The private key, PEM or DER (PKCS#8 or the older kinds).
        certificate: Its certificate, PEM or DER; of a PEM file with several, the first, and the others are its chain.
        password: Of the key, if it is encrypted.
    """

    key: bytes
    certificate: bytes
    password: bytes | None = None


def sign_pdf(
    content: bytes, signatory: Signatory, *, meaning: str = "", location: str = "", field: str = FIELD
) -> bytes:
    """Sign a file.

    Args:
        content: The unsigned file, or one with signatures in other fields.
        signatory: Key and certificate.
        meaning: Why it is signed (``approved``), printed by readers beside the signature.
        location: Where, or empty.
        field: Name of the signature field; each signature of a file has its own.

    Returns:
        The signed file; it begins with `content`.

    Raises:
        SigningError: The extra is not installed, the file is no PDF or has that field already, the password is wrong,
            or the key does not belong to the certificate.
    """
    if not content.startswith(_PDF):
        raise SigningError("the file is no PDF; sign the .pdf of a report")
    try:
        from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
        from pyhanko.pdf_utils.misc import PdfError
        from pyhanko.sign import fields, signers
    except ImportError as error:
        raise SigningError('signing needs the extra: pip install "qms-reports[sign]"') from error
    signer = _signer(signatory)
    metadata = signers.PdfSignatureMetadata(
        field_name=field,
        md_algorithm="sha256",
        subfilter=fields.SigSeedSubFilter.PADES,
        reason=meaning or None,
        location=location or None,
        name=signer.subject_name,
    )
    output = io.BytesIO()
    try:
        writer = IncrementalPdfFileWriter(io.BytesIO(content))
        if any(found == field for found, _, _ in fields.enumerate_sig_fields(writer)):
            raise SigningError(f"the file has a signature field {field!r} already; give another name")
        place = fields.SigFieldSpec(field, on_page=0)
        signers.PdfSigner(metadata, signer=signer, new_field_spec=place).sign_pdf(writer, output=output)
    except PdfError as error:
        raise SigningError(f"the file cannot be signed: {error}") from error
    signed = output.getvalue()
    if not signed.startswith(content):
        raise SigningError("signing changed the file itself; nothing was written")
    return signed


def _signer(signatory: Signatory) -> Any:
    """A signer whose key and certificate belong together."""
    from asn1crypto import keys
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import (
        Encoding,
        NoEncryption,
        PrivateFormat,
        PublicFormat,
        load_der_private_key,
        load_pem_private_key,
    )
    from cryptography.x509 import load_der_x509_certificate, load_pem_x509_certificates
    from pyhanko.sign import signers
    from pyhanko_certvalidator.registry import SimpleCertificateStore

    load_key = load_pem_private_key if b"-----BEGIN" in signatory.key else load_der_private_key
    try:
        key = load_key(signatory.key, signatory.password)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise SigningError(f"the key cannot be read; is the password right? ({error})") from error
    try:
        if b"-----BEGIN" in signatory.certificate:
            own, *chain = load_pem_x509_certificates(signatory.certificate)
        else:
            own, chain = load_der_x509_certificate(signatory.certificate), []
    except ValueError as error:
        raise SigningError(f"the certificate cannot be read ({error})") from error
    public = (Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    if own.public_key().public_bytes(*public) != key.public_key().public_bytes(*public):
        raise SigningError("the key does not belong to the certificate; give the two of one person")
    registry = SimpleCertificateStore()  # type: ignore[no-untyped-call]  # pyHanko's validator is half typed
    registry.register_multiple([_certificate(found) for found in chain])
    plain = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    return signers.SimpleSigner(_certificate(own), keys.PrivateKeyInfo.load(plain), registry)


def _certificate(found: Any) -> Any:
    from asn1crypto import x509
    from cryptography.hazmat.primitives.serialization import Encoding

    return x509.Certificate.load(found.public_bytes(Encoding.DER))
