"""What a message in a stream is, and why one is not stored."""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass

import nats.errors
from nats.js.errors import APIError, NoStreamResponseError, NotFoundError, ServerError, ServiceUnavailableError

from contracts.problems import Unavailable

DOWN = (nats.errors.Error, OSError, TimeoutError)
"""What the client raises while the server does not answer."""
_OTHER_STREAM = 10060
"""JetStream's error code: another stream than the expected one takes this subject."""
_OTHER_SEQUENCE = 10071
"""JetStream's error code: the newest message of the subject is not the expected one."""


@dataclass(frozen=True)
class Message:
    """The newest message of a subject: its number in the stream, its body, and its own subject."""

    number: int
    body: bytes
    subject: str = ""


class NotNewest(RuntimeError):
    """The newest message of the subject is another than the caller had seen."""


class NotAccepted(RuntimeError):
    """NATS answered that it will never take this message, for example because it is too large."""


@contextmanager
def stored(stream: str) -> Generator[None]:
    """Turns the errors of a message that was not stored into `NotAccepted`, `NotNewest` or `Unavailable`."""
    try:
        yield
    except (nats.errors.MaxPayloadError, nats.errors.BadSubjectError) as error:
        raise NotAccepted(type(error).__name__) from error
    except (NoStreamResponseError, NotFoundError) as error:
        raise Unavailable(f"No stream takes the message; {stream} is missing or JetStream is away.") from error
    except (ServiceUnavailableError, ServerError) as error:
        raise Unavailable("JetStream cannot store now.") from error
    except APIError as error:
        if error.err_code == _OTHER_STREAM:
            raise Unavailable(f"{stream} does not take its subjects.") from error
        if error.err_code == _OTHER_SEQUENCE:
            raise NotNewest from error
        raise NotAccepted(f"jetstream-{error.err_code}") from error
    except DOWN as error:
        raise Unavailable("The bus did not confirm.") from error
