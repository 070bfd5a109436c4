"""Everything that goes wrong between the paper and the spool, in sentences an operator can act on.

Two kinds: a ScannerProblem ends a scan (the pages before it are kept, and the batch goes on after the
remedy); a refusal sets one file aside and lets the rest go on.
"""

from station.core.errors import N_, ScannerProblem, UsageProblem

# --- the scanner ------------------------------------------------------------------------------------


class NoPaper(ScannerProblem):
    sentence = N_("There is no paper in the feeder of {device}. Put the sheets in, then press Scan.")


class PaperJam(ScannerProblem):
    sentence = N_(
        "Paper is stuck in {device}. Open the cover, take the sheet out, put it back on the pile and press "
        "Scan. The pages before it are kept."
    )


class DoubleFeed(ScannerProblem):
    sentence = N_(
        "{device} pulled two sheets at once. Take out the last two sheets, part them, put them back and "
        "press Scan. The pages before them are kept."
    )


class CoverOpen(ScannerProblem):
    sentence = N_("The cover of {device} is open. Close it, then press Scan.")


class TrayFault(ScannerProblem):
    sentence = N_(
        "The feeder tray of {device} is too full or not in place. Put fewer sheets in, push the tray home, then press "
        "Scan. The pages before are kept."
    )


class ScannerBusy(ScannerProblem):
    sentence = N_("{device} is busy with another job. Wait until it is free, then press Scan.")


class HeadLocked(ScannerProblem):
    sentence = N_(
        "The scanning head of {device} is locked for transport. Unlock it (the switch is mostly underneath), switch the "
        "scanner off and on, then press Scan."
    )


class StoppedAtDevice(ScannerProblem):
    sentence = N_(
        "The scan was stopped at {device} itself. The pages before are kept. Press Scan to go on with the pile."
    )


class SideLost(ScannerProblem):
    sentence = N_(
        "{device} ended in the middle of a page. The pages before it are kept. Put that sheet and the ones after it "
        "back and press Scan."
    )


class ScannerOffline(ScannerProblem):
    sentence = N_("{device} does not answer. Check that it is switched on and its cable is plugged in.")


class ScannerSilent(ScannerProblem):
    sentence = N_(
        "{device} has sent nothing for {seconds} seconds and was stopped. The pages before are kept. "
        "Switch the scanner off and on, then press Scan."
    )


class ScannerMemory(ScannerProblem):
    sentence = N_("{device} ran out of memory. Choose a lower resolution or a smaller page, then press Scan.")


class AccessDenied(ScannerProblem):
    sentence = N_(
        "You may not use {device}. Ask your IT staff to add you to the scanner group, or sign in at the copier."
    )


class DriverFailed(ScannerProblem):
    sentence = N_(
        "The driver of {device} failed ({reason}). The pages before are kept. Switch the scanner off and on, "
        "then press Scan; if it happens again, call your IT staff."
    )


class DriverMissing(ScannerProblem):
    sentence = N_("The program that drives scanners ({program}) is not installed. Call your IT staff.")


class UnknownDevice(ScannerProblem):
    sentence = N_("The scanner {device} is not there. Check its cable and power, or choose another scanner.")


class SettingRefused(ScannerProblem):
    sentence = N_("{device} cannot do what was asked ({reason}). Choose another profile, then press Scan.")


class PageCutOff(ScannerProblem):
    sentence = N_(
        "Page {page} from {device} was cut off on the way. The pages before it are kept. Put that sheet and the "
        "ones after it back and press Scan."
    )


class StrangeCertificate(ScannerProblem):
    sentence = N_(
        "{device} shows another certificate than before; it may have been replaced. Nothing was sent. If the "
        "copier was changed, ask your IT staff to trust the new one."
    )


class FolderGone(ScannerProblem):
    sentence = N_(
        "The folder {folder} cannot be reached. Check the network; the station tries again by itself."
    )


class WatchesItself(UsageProblem):
    sentence = N_("{folder} holds the station's own data and cannot be watched. Choose another folder.")


class ProfileRefused(UsageProblem):
    sentence = N_(
        "The profile {profile} in {file} cannot be used ({reason}). Ask your IT staff to correct it."
    )


# --- files ------------------------------------------------------------------------------------------

EMPTY_FILE = N_("{name} is empty. Scan or send it again.")
HALF_WRITTEN = N_("{name} is cut off; the copy was not finished. Send it again.")
DAMAGED = N_("{name} is damaged and cannot be read. Scan or send it again.")
WITH_PASSWORD = N_("{name} is protected by a password. Save it without the password and send it again.")
UNKNOWN_FORMAT = N_(
    "{name} is not a picture or a PDF the station reads (JPEG, PNG, TIFF, WebP, BMP, JPEG 2000, PDF)."
)
TOO_MANY_PIXELS = N_("{name} has a page larger than {limit} million pixels. Scan it at a lower resolution.")
TOO_MANY_PAGES = N_("{name} has more than {limit} pages. Split it and send the parts.")
TOO_LARGE = N_("{name} is larger than {limit} MB. Split it and send the parts.")
TOO_SLOW = N_("{name} took longer than {limit} seconds to open and was set aside. Scan or send it again.")
TOO_HUNGRY = N_("{name} needs more memory than this PC may give. Scan it at a lower resolution.")
DECODER_DIED = N_("{name} made the reader stop and was set aside. Scan it again.")
NOT_READABLE = N_("{name} cannot be opened. Check that it is still there and that you may read it.")
OUTSIDE = N_("{name} is a link to another place and was not followed. Put the file itself into the folder.")

# --- remarks: nothing failed, but the operator should know ---------------------------------------------

ONE_SIDE_ONLY = N_("{device} cannot scan both sides in one go. Only the fronts were scanned.")
NO_FEEDER = N_("{device} has no feeder. Pages come from the glass, one at a time.")
SMALLER_PAGE = N_("{device} takes pages of at most {width_mm} × {height_mm} mm. Larger papers were cut off.")
OTHER_RESOLUTION = N_("{device} cannot scan at {asked} dpi; {got} dpi was used.")
OTHER_MODES = {
    "colour": N_("{device} scans in colour only. The pages are in colour."),
    "grey": N_("{device} cannot scan as asked. The pages are grey, not coloured as the law asks."),
    "bilevel": N_("{device} cannot scan as asked. The pages are black and white only."),
    "unknown": N_("{device} refused the colour setting. Look whether the pages are in colour."),
}
SIDES_DIFFER = N_(
    "{sides} sides came from {sheets} sheets; there should be {expected}. Count the sheets before you go on. "
    "Nothing was deleted."
)
PASSES_DIFFER = N_(
    "The first pass gave {fronts} fronts, the second {backs} backs. They were laid one behind the other; "
    "nothing was deleted. Put the missing pages in place."
)
BACK_MISSING = N_(
    "{count} sides came from a scan of both sides: one back is missing. Compare pages and paper."
)
FRONT_ALONE = N_(
    "The last sheet before the stop gave its front only. If you put it back, its front comes twice: take the lone "
    "one out."
)
DISK_FULL_AFTER = N_(
    "{count} sides of this scan are kept. Put the sheets behind them back when there is space, then press Scan."
)
SAME_PICTURE = N_(
    "Several pages in a row are exactly the same picture. Check that {device} is not repeating a page."
)
OTHER_SIZE = N_(
    "{device} delivers pages of {width_mm} × {height_mm} mm although larger ones were asked for. "
    "Check that nothing is cut off."
)
