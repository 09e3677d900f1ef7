"""The words by which field names are judged. Data only; see `hosted.scrub.keynames`."""

from typing import Final

SECRET_HEADS: Final = frozenset(
    """
    password passwd passwort kennwort contrasena senha wachtwoord motdepasse haslo pwd tok pswd
    pw salt passphrase passcode secret credential otp totp hotp cvc cvv cvn csc csrf xsrf jwt
    bearer apikey authkey accesskey secretkey privatekey signingkey masterkey encryptionkey
    sessionid sessid jsessionid phpsessid aspsessionid sid cookie authorization mnemonic pin
    signature sig hmac authtoken accesstoken refreshtoken idtoken sastoken webhooksecret
    clientsecret passwordhash pwhash dsn
    """.split()  # noqa: SIM905 - a list of this length reads better as text
)
PLURAL_HEADS: Final = frozenset(
    "passwords passphrases secrets credentials creds apikeys cookies otps".split()  # noqa: SIM905
)
SECRET_PHRASES: Final = tuple(
    """
    seedphrase recoveryphrase secretphrase connectionstring connstring connstr connectionuri
    databaseurl databaseuri dburl dburi redisurl mongouri mongourl mongodburi mongodburl amqpurl
    brokerurl sentrydsn creditcard debitcard cardnumber cardno cardnum cardpan ccnumber ccnum
    ccno primaryaccountnumber accountnumber accountno acctnumber acctno bankaccount
    securityanswer secretanswer magiclink sharedaccesssignature authcookie authheader xauth
    userpass userpwd basicauth proxyauth authdata npmauth password passw0rd passwd passphrase
    apikey apisecret clientsecret secretkey accesskey privatekey authtoken accesstoken
    refreshtoken sessiontoken sessionid track1 track2 trackdata magstripe pinblock
    middlewaretoken accesskeyid onetimecode usercode devicecode clientassertion samlassertion
    samlresponse samlrequest pinnumber
    """.split()  # noqa: SIM905 - a list of this length reads better as text
)
"""Ends of the whole name with its borders taken out, for `dbpassword` as much as `card.number`."""
TRAILERS: Final = frozenset(
    """
    confirm confirmation confirmed again repeat repeated verify new old current previous hash
    hashed digest salt plain plaintext text raw base64 b64 enc encoded encrypted hex string str
    value val field input param header v prod production staging live sandbox pem dev test
    """.split()  # noqa: SIM905 - a list of this length reads better as text
)
COUNTING: Final = frozenset({"is", "has", "min", "max", "num", "count", "total", "n"})
"""A name that begins so is a flag or a count."""
KEY_OWNERS: Final = frozenset(
    """
    api access secret private encryption decryption signing master shared account auth app
    application service subscription license licence ssh rsa pgp gpg deploy storage admin root
    server client write read consumer developer dev hmac aes signature webhook token session
    recovery wallet usage sdk crypto cipher integration ingest management function vault
    verification activation stripe openai anthropic github aws azure google gcp sendgrid twilio
    mailgun datadog newrelic sentry algolia openrouter
    """.split()  # noqa: SIM905 - a list of this length reads better as text
)
BENIGN_KEY_OWNERS: Final = frozenset({"public", "publishable", "primary", "idempotency", "cache"})
CODE_OWNERS: Final = frozenset(
    """
    otp pin verification auth authorization authentication security mfa 2fa factor sms recovery
    backup access reset login confirmation card pass passcode activation pairing cvv cvc oauth
    tan secret totp email signin
    """.split()  # noqa: SIM905 - a list of this length reads better as text
)
ID_OWNERS: Final = frozenset({"session", "sess", "phpsess", "jsession", "csrf"})
IP_HEADS: Final = frozenset("ip ips ipv4 ipv6 ipaddr ipaddress ipaddresses".split())  # noqa: SIM905
IP_OWNERS: Final = frozenset("ip remote peer source src dst destination host".split())  # noqa: SIM905
PASS_OWNERS: Final = frozenset(
    "user db database smtp mail ftp admin root login http proxy redis mysql pg my app ldap".split()  # noqa: SIM905
)
TOKEN_OWNERS_OF_PAGES: Final = frozenset(
    "page next previous prev continuation sync cursor pagination resume stop eos bos pad".split()  # noqa: SIM905
)
"""Such tokens are places in a list, or words of a language model."""
TOKENS_OWNERS: Final = frozenset(
    "access refresh api auth session id bearer device push secret oauth personal".split()  # noqa: SIM905
)
PERSONAL_HEADS: Final = frozenset(
    """
    firstname lastname middlename fullname givenname familyname surname surnames forename
    maidenname nickname username vorname nachname prenom apellido cardholder accountholder dob
    birthdate birthday dateofbirth birthdateutc geburtsdatum birthplace street streetname
    streetaddress streetno addressline houseno housenumber ssn socialsecurity
    socialsecuritynumber nino pesel bsn aadhaar cpf curp passport passportno passportnumber
    nationalid nationalidnumber taxid taxnumber driverlicense driverslicense driverlicensenumber
    licenseplate numberplate mrn medicalrecordnumber email emails mailaddress emailaddress
    emailaddresses iban bankiban recipientemail homeaddress mothermaidenname
    """.split()  # noqa: SIM905 - a list of this length reads better as text
)
NAME_OWNERS: Final = frozenset(
    """
    first last middle full given family sur maiden holder cardholder customer contact recipient
    sender patient employee person real legal nick user owner guest passenger beneficiary spouse
    mother father parent child student author member payer payee billing shipping login
    """.split()  # noqa: SIM905 - a list of this length reads better as text
)
POSTAL_OWNERS: Final = frozenset(
    """
    home billing shipping delivery postal mailing street mail email address residential work
    invoice user customer contact
    """.split()  # noqa: SIM905 - a list of this length reads better as text
)
PHONE_HEADS: Final = frozenset(
    """
    phone phones telephone tel mobile cellphone fax msisdn whatsapp phonenumber mobilenumber
    telefon landline
    """.split()  # noqa: SIM905 - a list of this length reads better as text
)
VERSION_WORDS: Final = frozenset(
    "version versions ver release build firmware driver sdk semver revision tag kernel os".split()  # noqa: SIM905
)
ADDRESS_SECRETS: Final = frozenset(
    "code key auth session ticket state hash invite reset confirm verify sig u".split()  # noqa: SIM905
)
"""Names that mean little in a body but carry credentials in a query or a path."""
PARTS_OF_A_NAME: Final = frozenset("first last middle given family".split())  # noqa: SIM905
PERSON_PARENTS: Final = frozenset(
    """
    user users customer customers person people owner contact contacts billing shipping patient
    patients employee employees member profile recipient sender guest cardholder holder student
    passenger passengers beneficiary spouse author payer
    """.split()  # noqa: SIM905 - a list of this length reads better as text
)
"""Below such a name, a bare `name` is a person's."""
