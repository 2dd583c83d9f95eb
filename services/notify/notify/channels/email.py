"""E-mail to the mailboxes of an office, by the SMTP server of the installation. Off unless it is configured."""

import asyncio
import smtplib
import ssl
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.utils import format_datetime

from kit.clock import Clock
from notify.addresses import Addresses
from notify.channels import Message, Outcome
from notify.domain.wording import NEWS, SUBJECT, email_text, is_news


@dataclass(frozen=True)
class Server:
    """How to reach the SMTP server, and as whom."""

    host: str
    port: int
    tls: bool
    starttls: bool
    sender: str
    timeout_seconds: float
    user: str | None = None
    password: str = field(default="", repr=False)


class EmailChannel:
    """The adapter; one connection for each message, in a thread."""

    def __init__(self, server: Server, addresses: Addresses, clock: Clock) -> None:
        self._server, self._addresses, self._clock = server, addresses, clock

    async def send(self, message: Message) -> Outcome:
        """Hand one message to the server; delivered when it took it for one mailbox at least."""
        mailboxes = self._addresses.of.get(message.office, ())
        if not mailboxes:
            return Outcome(error="no-address", own=True)
        try:
            await asyncio.to_thread(self._hand_over, self._mail(message, mailboxes))
        except smtplib.SMTPRecipientsRefused as refusal:
            status = max((code for code, _ in refusal.recipients.values()), default=550)
            return Outcome(status, "recipient-refused", own=True)
        except smtplib.SMTPResponseException as refusal:
            return Outcome(refusal.smtp_code, "status", own=isinstance(refusal, smtplib.SMTPDataError))
        except TimeoutError:
            return Outcome(error="timeout")
        except OSError:  # smtplib's other errors are among them
            return Outcome(error="no-connection")
        return Outcome(250)

    def _mail(self, message: Message, mailboxes: tuple[str, ...]) -> EmailMessage:
        mail = EmailMessage()
        mail["Subject"] = NEWS if is_news(message.kind, message.result) else SUBJECT
        mail["From"] = self._server.sender
        mail["To"] = ", ".join(mailboxes)
        mail["Date"] = format_datetime(self._clock.now())
        mail["Message-ID"] = f"<{message.delivery_id}@{self._server.sender.rpartition('@')[2]}>"
        mail["Auto-Submitted"] = "auto-generated"
        mail.set_content(email_text(message.case_id, message.kind, message.confidence, message.result))
        return mail

    def _hand_over(self, mail: EmailMessage) -> None:
        server = self._server
        tls = ssl.create_default_context()
        if server.tls:
            smtp = smtplib.SMTP_SSL(server.host, server.port, timeout=server.timeout_seconds, context=tls)
        else:
            smtp = smtplib.SMTP(server.host, server.port, timeout=server.timeout_seconds)
        with smtp:
            if server.starttls and not server.tls:
                smtp.starttls(context=tls)
            if server.user:
                smtp.login(server.user, server.password)
            smtp.send_message(mail)  # raises when it was taken for none of them
