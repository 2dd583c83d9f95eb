"""What can go wrong before a service has answered."""


class ClientError(Exception):
    """Base of the errors of this package; the message is one line for a person."""


class Unreachable(ClientError):
    """The issuer, or a service that is needed, does not answer."""


class NotOffered(ClientError):
    """There is no such service, operation or office in this installation."""
