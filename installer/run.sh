#!/usr/bin/env bash
# Installs what is missing, then shows the station at work on sample dossiers.
#
#   installer/run.sh                      the demo: a window where there is a display, else headless
#   installer/run.sh --headless           the demo, never a window
#   installer/run.sh -- doctor --json     any other verb of `station`; nothing after -- opens the window
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

usage() {
    sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//p}' "installer/run.sh" >&2
}

headless=no
verb=(demo)
while [ $# -gt 0 ]; do
    case "$1" in
        --headless) headless=yes ;;
        --)
            shift
            verb=("$@")
            break
            ;;
        -h | --help)
            usage
            exit 0
            ;;
        *)
            usage
            exit 2
            ;;
    esac
    shift
done

if [ -z "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ]; then
    headless=yes
fi
if [ "${verb[0]:-}" = demo ] && [ "$headless" = yes ]; then
    case " ${verb[*]} " in
        *" --headless "*) ;;
        *) verb+=(--headless) ;;
    esac
fi

bash installer/install.sh
exec .venv/bin/station "${verb[@]}"
