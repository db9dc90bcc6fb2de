"""A throw-away authority for certified mail: certificates for providers, and signatures good and bad."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache

from asn1crypto import algos, cms, core
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import pkcs7

LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
FAR_AWAY = datetime(2049, 1, 1, tzinfo=UTC)
YESTERDAY = datetime.now(UTC) - timedelta(days=1)
DER = serialization.Encoding.DER
DETACHED = (pkcs7.PKCS7Options.DetachedSignature,)


@cache
def key(name: str) -> rsa.RSAPrivateKey:
    """A key of that name, made once for each test run: making one takes a while."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@dataclass(frozen=True)
class Identity:
    """Who signs: a certificate, its key, and the certificates between it and the authority."""

    certificate: x509.Certificate
    key: rsa.RSAPrivateKey
    between: tuple[x509.Certificate, ...] = ()

    @property
    def pem(self) -> bytes:
        """The certificate, to pin it."""
        return self.certificate.public_bytes(serialization.Encoding.PEM)


class Authority:
    """Issues certificates; `above` makes it an authority below another one."""

    def __init__(self, name: str = "Autorità di prova", above: "Authority | None" = None) -> None:
        self.name, self.above = name, above
        issuer = above.identity if above else None
        self.identity = _issued(name, key(name), issuer, authority=True, email=None)

    @property
    def pem(self) -> bytes:
        """The authority's own certificate."""
        return self.identity.pem

    def issue(self, email: str | None, *, since: datetime = LONG_AGO, until: datetime = FAR_AWAY) -> Identity:
        """A certificate for a mailbox, valid between two instants."""
        made = _issued(f"Gestore {email}", key(f"{email}"), self.identity, email=email, since=since, until=until)
        return Identity(made.certificate, made.key, (self.identity.certificate,) if self.above else ())


def self_signed(email: str, *, key_name: str = "self-signed", since: datetime = LONG_AGO) -> Identity:
    """A certificate that anybody can make."""
    return _issued("Gestore fatto in casa", key(key_name), None, email=email, since=since)


def sign(data: bytes, *signers: Identity, options: Sequence[pkcs7.PKCS7Options] = DETACHED) -> bytes:
    """A signature over exactly these bytes, now, by one or several; DER."""
    builder = pkcs7.PKCS7SignatureBuilder().set_data(data)
    for signer in signers:
        builder = builder.add_signer(signer.certificate, signer.key, hashes.SHA256())
        for certificate in signer.between:
            builder = builder.add_certificate(certificate)
    return builder.sign(DER, [pkcs7.PKCS7Options.Binary, *options])


def sign_by_hand(
    data: bytes, signer: Identity, *, at: datetime | None, digest: str = "sha256", other_key: bool = False
) -> bytes:
    """The same with any digest and at any time, as old messages have it; or with the key of somebody else."""
    hash_ = {"sha1": hashes.SHA1, "sha256": hashes.SHA256, "md5": hashes.MD5}[digest]()
    hasher = hashes.Hash(hash_)
    hasher.update(data)
    told = [("content_type", "data"), ("message_digest", core.OctetString(hasher.finalize()))]
    told += [("signing_time", cms.Time({"utc_time": core.UTCTime(at)}))] if at else []
    attributes = cms.CMSAttributes([cms.CMSAttribute({"type": name, "values": [value]}) for name, value in told])
    used = key("somebody else") if other_key else signer.key
    own = asn1_x509.Certificate.load(signer.certificate.public_bytes(DER))
    who = cms.IssuerAndSerialNumber({"issuer": own.issuer, "serial_number": own.serial_number})
    info = cms.SignerInfo(
        {
            "version": "v1",
            "sid": cms.SignerIdentifier({"issuer_and_serial_number": who}),
            "digest_algorithm": algos.DigestAlgorithm({"algorithm": digest}),
            "signed_attrs": attributes,
            "signature_algorithm": algos.SignedDigestAlgorithm({"algorithm": f"{digest}_rsa"}),
            "signature": used.sign(attributes.dump(), padding.PKCS1v15(), hash_),
        }
    )
    signed = cms.SignedData(
        {
            "version": "v1",
            "digest_algorithms": [algos.DigestAlgorithm({"algorithm": digest})],
            "encap_content_info": {"content_type": "data"},
            "certificates": [own],
            "signer_infos": [info],
        }
    )
    return bytes(cms.ContentInfo({"content_type": "signed_data", "content": signed}).dump())


def _issued(
    name: str,
    own_key: rsa.RSAPrivateKey,
    issuer: Identity | None,
    *,
    email: str | None,
    authority: bool = False,
    since: datetime = LONG_AGO,
    until: datetime = FAR_AWAY,
) -> Identity:
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name[:64])])
    builder = (
        x509.CertificateBuilder(subject_name=subject)
        .issuer_name(issuer.certificate.subject if issuer else subject)
        .public_key(own_key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(since)
        .not_valid_after(until)
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(own_key.public_key()), critical=False)
        .add_extension(_use(authority), critical=True)
    )
    if email:
        builder = builder.add_extension(x509.SubjectAlternativeName([x509.RFC822Name(email)]), critical=False)
    issuing_key = issuer.key if issuer else own_key
    above = x509.AuthorityKeyIdentifier.from_issuer_public_key(issuing_key.public_key())
    builder = builder.add_extension(above, critical=False)
    return Identity(builder.sign(issuing_key, hashes.SHA256()), own_key)


def _use(authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not authority, content_commitment=not authority, key_encipherment=False,
        data_encipherment=False, key_agreement=False, key_cert_sign=authority, crl_sign=authority,
        encipher_only=False, decipher_only=False,
    )  # fmt: skip
