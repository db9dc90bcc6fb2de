"""The throw-away authority and certificate with which the built-in provider signs (S/MIME, RFC 8551)."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

KEY_BITS = 2048
VALID = timedelta(days=366)
BEFORE = timedelta(days=1)  # clocks differ
AUTHORITY, PROVIDER = "Autorita di prova", "Gestore PEC di prova"
Name = x509.Name


@dataclass(frozen=True)
class Seal:
    """A certificate, its key, and the authority that vouches for it; all forgotten at the end of the process."""

    authority: x509.Certificate
    certificate: x509.Certificate
    key: rsa.RSAPrivateKey

    @classmethod
    def make(cls, address: str) -> "Seal":
        """A fresh authority and a certificate of this address; takes about a tenth of a second."""
        root_key, key = _fresh_key(), _fresh_key()
        root_name = _name(AUTHORITY)
        authority = (
            _certificate(root_name, root_name, root_key.public_key(), issuer_key=root_key)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_usage(signs_certificates=True), critical=True)
            .sign(root_key, hashes.SHA256())
        )
        certificate = (
            _certificate(_name(PROVIDER), root_name, key.public_key(), issuer_key=root_key)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_usage(signs_certificates=False), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION]), critical=False)
            .add_extension(x509.SubjectAlternativeName([x509.RFC822Name(address)]), critical=False)
            .sign(root_key, hashes.SHA256())
        )
        return cls(authority, certificate, key)

    def authority_pem(self) -> bytes:
        """The authority's certificate, for those who shall trust this seal."""
        return self.authority.public_bytes(Encoding.PEM)

    def sign(self, part: bytes) -> bytes:
        """The detached signature (DER) of these very bytes, the certificate inside."""
        options = [pkcs7.PKCS7Options.DetachedSignature, pkcs7.PKCS7Options.Binary]
        builder = pkcs7.PKCS7SignatureBuilder().set_data(part)
        return builder.add_signer(self.certificate, self.key, hashes.SHA256()).sign(Encoding.DER, options)


def _fresh_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=KEY_BITS)


def _name(common_name: str) -> Name:
    return Name([x509.NameAttribute(NameOID.COUNTRY_NAME, "IT"), x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _certificate(
    subject: Name, issuer: Name, public_key: rsa.RSAPublicKey, *, issuer_key: rsa.RSAPrivateKey
) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    identifier = x509.SubjectKeyIdentifier.from_public_key(public_key)
    return (
        x509.CertificateBuilder(issuer, subject, public_key, x509.random_serial_number(), now - BEFORE, now + VALID)
        .add_extension(identifier, critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False)
    )


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=not signs_certificates,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )
