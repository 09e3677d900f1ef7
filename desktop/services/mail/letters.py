"""A letter as it goes over the wire: headers that nobody else can add to, text and HTML."""

from datetime import datetime
from email import policy
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime

from desktop.domain.mail import Letter, MailId, MailServer, checked_address, checked_line


def letter_bytes(letter: Letter, server: MailServer, mail_id: MailId, now: datetime) -> bytes:
    """The letter with its headers.

    The Message-ID follows from `mail_id`: a letter that was sent twice because its fate was unknown
    is one letter to programs that look.
    Raises: InvalidInput where an address or a line could become more than itself.
    """
    sender = checked_address(server.sender_address, "sender_address")
    user, _, domain = sender.rpartition("@")
    message = EmailMessage(policy=policy.SMTP)
    message["From"] = Address(checked_line(server.sender_name, "sender_name"), user, domain)
    message["To"] = Address(addr_spec=checked_address(letter.recipient, "recipient"))
    message["Subject"] = checked_line(letter.subject, "subject")
    message["Date"] = format_datetime(now)
    message["Message-ID"] = f"<{mail_id}@{domain}>"
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no out-of-office answers
    message.set_content(letter.text)
    if letter.html:
        message.add_alternative(letter.html, subtype="html")
    return message.as_bytes()
