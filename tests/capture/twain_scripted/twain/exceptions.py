"""The exceptions of pytwain that the driver knows."""


class TwainError(Exception):
    """Any condition code."""


class CapUnsupported(TwainError):
    """The source does not know the capability."""


class CheckDeviceOnlineError(TwainError):
    """The device is off."""


class DeniedError(TwainError):
    """Not allowed."""


class MaxConnectionsError(TwainError):
    """In use by another program."""


class NoDataSourceError(TwainError):
    """No such source."""


class PaperDoubleFeedError(TwainError):
    """Two sheets at once."""


class PaperJam(TwainError):
    """A sheet is stuck."""


class SequenceError(TwainError):
    """Asked for at the wrong moment."""


class UnknownError(TwainError):
    """A code nobody knows."""


class DSTransferCancelled(TwainError):
    """The driver cancelled the transfer."""


class CancelAll(Exception):
    """Raised by the application to end the acquisition."""


class CheckStatus(Exception):
    """The value was taken, but changed."""
