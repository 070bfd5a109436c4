#!/usr/bin/env bash
# Installs what the station needs on Debian 12: missing system packages, then the locked Python
# packages into .venv beside the code. Everything is said on standard error. A second run finds
# everything in place and ends at once.
#
#   installer/install.sh            what the station needs
#   installer/install.sh --tests    and what its tests need
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

readonly LOCK=installer/requirements.lock
readonly UV_LOCK=installer/uv.lock.txt
readonly STAMP=.venv/.installed
readonly TOOLS=.uv
readonly FOREIGN=.foreign

say() { printf '%s\n' "$*" >&2; }

fail() {
    say "$*"
    exit 1
}

as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo "$@"
    else
        fail "This needs administrator rights and sudo is not installed. Run as root: $*"
    fi
}

# The packages of the given lists that are not installed, one a line.
missing_packages() {
    local wanted installed
    wanted=$(sed -e 's/#.*//' -e '/^[[:space:]]*$/d' "$@" | sort -u)
    # shellcheck disable=SC2086  # one word per package
    installed=$(dpkg-query -W -f='${db:Status-Status} ${Package}\n' $wanted 2>/dev/null |
        sed -n 's/^installed //p' | sort -u) || true
    comm -23 <(printf '%s\n' "$wanted") <(printf '%s\n' "$installed")
}

install_system_packages() {
    if ! command -v dpkg-query >/dev/null; then
        say "This is not Debian: install the counterparts of installer/debian-packages.txt yourself."
        return
    fi
    local missing
    mapfile -t missing < <(missing_packages "$@")
    [ "${#missing[@]}" -eq 0 ] && return
    say "Installing ${#missing[@]} system packages: ${missing[*]}"
    apt_get update ||
        say "The package lists could not be renewed; trying with the old ones."
    apt_get install -y --no-install-recommends "${missing[@]}" ||
        fail "The system packages could not be installed. Check the network and /etc/apt, then run this again;" \
            "or as root: apt-get install --no-install-recommends ${missing[*]}"
}

# What apt says is shown only when it fails.
apt_get() {
    local words
    words=$(mktemp)
    if as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -o Dpkg::Use-Pty=0 "$@" >"$words" 2>&1 </dev/null; then
        rm -f "$words"
    else
        cat "$words" >&2
        rm -f "$words"
        return 1
    fi
}

# Debian's Python first: another one may lack the libraries the wheels were tried with.
find_python() {
    local candidate
    for candidate in /usr/bin/python3 python3; do
        if "$candidate" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            command -v "$candidate"
            return
        fi
    done
    fail "Python 3.11 or newer with venv was not found. On Debian 12: apt-get install python3 python3-venv"
}

fingerprint() {
    {
        pwd -P
        "$1" --version
        cat "$LOCK" "$UV_LOCK" pyproject.toml
    } | sha256sum
}

# uv lives in a small environment of its own, so that syncing .venv never removes it.
install_uv() {
    local python=$1
    if ! "$TOOLS/bin/uv" --version >/dev/null 2>&1; then
        say "Getting uv, the installer of Python packages"
        rm -rf "$TOOLS"
        "$python" -m venv "$TOOLS" >&2
        "$TOOLS/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes \
            -r "$UV_LOCK" >&2 || fail "uv could not be fetched. Check the network, then run this again."
    fi
}

sync_environment() {
    local python=$1 uv="$TOOLS/bin/uv"
    export UV_PYTHON_DOWNLOADS=never UV_NO_PROGRESS=1 VIRTUAL_ENV="$PWD/.venv"
    say "Installing the locked Python packages into .venv"
    if ! .venv/bin/python -c '' 2>/dev/null || ! cmp -s <("$python" --version) <(.venv/bin/python --version); then
        "$uv" venv --quiet --clear --python "$python" .venv >&2
    fi
    rm -f "$STAMP"
    if ! "$uv" pip sync --quiet --compile-bytecode --require-hashes "$LOCK" >&2; then
        # uv does not read pip's configuration; an office's own package mirror may be written only there.
        say "uv could not install the packages; trying pip with its own configuration"
        "$TOOLS/bin/python" -m pip --python .venv/bin/python install --quiet --disable-pip-version-check \
            --require-hashes -r "$LOCK" >&2 ||
            fail "The Python packages could not be installed. Check the network, then run this again."
    fi
    "$uv" pip install --quiet --no-deps --no-build-isolation --offline -e . >&2 ||
        fail "The station itself could not be installed into .venv."
}

install_python_packages() {
    local python print
    python=$(find_python)
    print=$(fingerprint "$python")
    if [ -x .venv/bin/station ] && [ -x .venv/bin/warehouse ] && [ "$(cat "$STAMP" 2>/dev/null)" = "$print" ]; then
        return
    fi
    install_uv "$python"
    sync_environment "$python"
    printf '%s\n' "$print" >"$STAMP"
}

# An uploader of another project, to which the warehouse must speak; a test without it is skipped. Node comes from
# the system where it has npm, and otherwise from its own wheel, apart from the station's packages.
install_foreign_client() {
    local source=tests/sync/tus_js_client npm
    cmp -s "$source/package-lock.json" "$FOREIGN/package-lock.json" && return
    say "Installing tus-js-client into $FOREIGN"
    npm=$(command -v npm) || {
        .venv/bin/python -m venv "$FOREIGN/node" >&2 &&
            "$FOREIGN/node/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes \
                -r installer/node.lock.txt >&2
        npm=$PWD/$FOREIGN/node/bin/npm
    }
    mkdir -p "$FOREIGN"
    cp "$source/package.json" "$source/package-lock.json" "$FOREIGN/"
    if (cd "$FOREIGN" && PATH="$PWD/node/bin:$PATH" "$npm" ci --silent --no-audit --no-fund --ignore-scripts >&2); then
        return
    fi
    rm -f "$FOREIGN/package-lock.json"
    say "tus-js-client could not be fetched; the test that needs it is skipped."
}

main() {
    local lists=(installer/debian-packages.txt)
    case "${1:-}" in
        --tests) lists+=(installer/debian-packages-tests.txt) ;;
        "") ;;
        *) fail "usage: installer/install.sh [--tests]" ;;
    esac
    # Two installers at once would pull the environment from under each other.
    exec 9>.install.lock
    flock 9
    install_system_packages "${lists[@]}"
    install_python_packages
    if [ "${1:-}" = --tests ]; then
        install_foreign_client
    fi
}

main "$@"
