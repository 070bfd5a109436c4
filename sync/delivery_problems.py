"""What can go wrong on a package's way, each with its remedy.

`PackageRefused` and `PackageDamaged` need a person; every other problem here may mend itself, and the package
waits for its next turn.
"""

import ssl
from urllib.parse import urlsplit

import httpx

from station.core.errors import N_, NetworkProblem, StorageProblem


class NoConnection(NetworkProblem):
    sentence = N_(
        "The warehouse cannot be reached ({reason}). Check the network cable; the station tries again by itself."
    )


class LoginPageInTheWay(NetworkProblem):
    sentence = N_(
        "Something else answered in the warehouse's place (code {status}). Open a browser, sign in to the network,"
        " then press Send now."
    )


class WrongCertificate(NetworkProblem):
    sentence = N_(
        "The server at {host} cannot prove that it is the warehouse. Nothing was sent. Call your IT staff;"
        " they compare the address and the certificate with the province."
    )


class StationNotKnown(NetworkProblem):
    sentence = N_("The warehouse no longer accepts this station. Ask the province to enrol it again.")


class WarehouseBusy(NetworkProblem):
    sentence = N_(
        "The warehouse cannot take packages now (code {status}). Nothing is lost; the station tries again by itself."
    )


class ReceiptNotGenuine(NetworkProblem):
    sentence = N_(
        "The receipt for {package_id} is not signed by the warehouse. The package counts as not delivered."
        " Call your IT staff."
    )


class SendingStopped(NetworkProblem):
    sentence = N_("Sending was stopped. It goes on later from where it stopped.")


class PackageDamaged(StorageProblem):
    sentence = N_(
        "The package file {file} is damaged or missing on this PC. Run 'station check', then seal again."
    )


class PackageRefused(NetworkProblem):
    """The warehouse will not take this package, however often it is sent. `status` is 409, 413 or 422."""

    sentence = N_(
        "The warehouse refused the package ({problem}). Seal the dossier again; if it happens again, call IT."
    )

    @property
    def status(self) -> int:
        value = self.values.get("status", 422)
        return value if isinstance(value, int) else 422


# The sentence for each way to be refused for good.
REFUSALS = {
    409: N_(
        "The warehouse holds another package under the same number ({problem}). Seal the dossier again;"
        " it is then sent as a new package."
    ),
    413: N_(
        "The package is larger than the warehouse allows ({problem}). Split the dossier, or ask the province."
    ),
    422: N_(
        "The warehouse refused the package ({problem}). Seal the dossier again; if it happens again, call IT."
    ),
}


def in_words(error: httpx.HTTPError, url: str) -> NetworkProblem:
    """What a failed request means to the operator."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return WrongCertificate(host=urlsplit(url).hostname)
        cause = cause.__cause__ or cause.__context__
    return NoConnection(reason=type(error).__name__)
