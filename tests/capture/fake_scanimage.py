#!/usr/bin/env python3
"""Stands in for scanimage where SANE's test device cannot play the fault: after some sheets, or for ever.

Speaks scanimage's own command line and words. The script is a JSON file named by FAKE_SCANNER:
{"sheets": n, "then": "words of the status"} or {"then": "hang"} or {"then": "crash"}; "options" replaces the
option list, "helper" leaves a process behind that holds the pipes, "name" is the device's, which "unlisted" keeps off the list, "cut_off" halves the sheet
of that number, "size" the width and height of a sheet in pixels, "colour" makes it three bytes a pixel. Every sheet is
drawn differently. "feeder" names a file that counts the sheets drawn in, so that a sheet scanned before a kill does not
lie in the feeder again; then each sheet bears its number in black and white bars, and the script's file with
".delivered" behind its name lists the sheets that were handed over whole.
"""

import json
import os
import sys
import time
from pathlib import Path

# Bars on a numbered sheet, the lowest bit of its number first.
BARS = 16
SCRIPT = json.loads(Path(os.environ["FAKE_SCANNER"]).read_text()) if "FAKE_SCANNER" in os.environ else {}
OPTIONS = """
All options specific to device `fake:one':
    --mode Gray|Color [Color]
    --resolution 50..600dpi (in steps of 1) [300]
    --source Flatbed|ADF Front|ADF Duplex [Flatbed]
    --double-feed[=(yes|no)] [no] [hardware]
"""


def say(words: str) -> None:
    print(words, file=sys.stderr, flush=True)


def sheet(number: int) -> bytes:
    width, height = SCRIPT.get("size", (80, 100))
    if "feeder" in SCRIPT:
        row = bytes(255 * (number >> x * BARS // width & 1) for x in range(width))
    else:
        row = bytes((number * 20 + x) % 256 for x in range(width))
    if SCRIPT.get("colour"):
        return (
            f"P6\n{width} {height}\n255\n".encode()
            + bytes(b for x in row for b in (x, 255, 255 - x)) * height
        )
    return f"P5\n{width} {height}\n255\n".encode() + row * height


def draw_in(number: int) -> int:
    """The number of the next sheet, counted over all runs where the feeder stays."""
    if "feeder" not in SCRIPT:
        return number
    feeder = Path(SCRIPT["feeder"])
    drawn = int(feeder.read_text()) + 1 if feeder.exists() else 1
    if drawn <= SCRIPT["sheets"]:
        now = feeder.with_name(f"{feeder.name}.now")
        now.write_text(str(drawn))
        now.replace(feeder)  # a kill finds the count before or the count behind the sheet, never none
    return drawn


def main() -> int:
    arguments = sys.argv[1:]
    with Path(os.environ["FAKE_SCANNER"] + ".calls").open("a") as calls:
        calls.write(" ".join(arguments) + "\n")
    name = SCRIPT.get("name", "fake:one")
    if "-f" in arguments:
        if not SCRIPT.get("unlisted"):
            print(f"{name}\tMaker\tModel\tscanner")
        return 0
    if f"--device-name={name}" not in arguments:
        say(f"scanimage: open of device {arguments[0]} failed: Invalid argument")
        return 1
    if "-A" in arguments:
        print(SCRIPT.get("options", OPTIONS))
        return 0
    pattern = next(a.partition("=")[2] for a in arguments if a.startswith("--batch="))
    count = next((int(a.partition("=")[2]) for a in arguments if a.startswith("--batch-count=")), 10**6)
    for number in range(1, count + 1):
        say(f"Place document no. {number} on the scanner.")
        say("Press <RETURN> to continue.")
        if not sys.stdin.readline():
            return 0
        drawn = draw_in(number)
        if drawn > SCRIPT["sheets"]:
            return end(SCRIPT["then"])
        time.sleep(SCRIPT.get("seconds", 0))
        path = Path(pattern % number)
        picture = sheet(drawn if not SCRIPT.get("same") else 1)
        part = path.with_name(f"{path.name}.part")
        part.write_bytes(picture[: len(picture) // 2] if drawn == SCRIPT.get("cut_off") else picture)
        part.replace(path)
        with Path(os.environ["FAKE_SCANNER"] + ".delivered").open("a") as delivered:
            delivered.write(f"{drawn}\n")
        say(f"Scanned page {number}. (scanner status = 5)")
        print(path, flush=True)
    return 0


def end(then: str) -> int:
    if then == "hang":
        time.sleep(600)
    if then == "crash":
        os.kill(os.getpid(), 11)
    say(f"scanimage: sane_start: {then}")
    if SCRIPT.get("helper") and os.fork() == 0:
        time.sleep(600)  # keeps the pipes open, as the reader of a driver may
    return 7


if __name__ == "__main__":
    sys.exit(main())
