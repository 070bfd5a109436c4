#!/usr/bin/env bash
# Builds dist/digitization-station_<version>_<architecture>.deb: the wheel, and the locked libraries it
# needs without those of the tests, in a relocatable environment under /opt/digitization-station.
# Needs what installer/run.sh installed, dpkg-deb, and the network for packages not yet in uv's cache.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

bash installer/install.sh

uv="$PWD/.uv/bin/uv"
home=opt/digitization-station
build=$(mktemp -d)
trap 'rm -rf "$build"' EXIT
root=$build/root
export UV_PYTHON_DOWNLOADS=never UV_NO_PROGRESS=1 UV_LINK_MODE=copy

version=$(sed -n 's/^version = "\(.*\)"/\1/p' pyproject.toml | head -n 1)
architecture=$(dpkg --print-architecture)

# The same versions and hashes as the lock, less the tests'.
"$uv" pip compile --quiet --generate-hashes --no-annotate --no-header --no-emit-index-url \
    --python .venv/bin/python --constraint installer/requirements.lock pyproject.toml -o "$build/runtime.lock" >/dev/null
"$uv" build --quiet --wheel --no-build-isolation --offline --python .venv/bin/python -o "$build/dist" .
"$uv" venv --quiet --relocatable --python /usr/bin/python3 "$root/$home"
"$uv" pip sync --quiet --require-hashes --python "$root/$home/bin/python" "$build/runtime.lock"
"$uv" pip install --quiet --no-deps --offline --python "$root/$home/bin/python" "$build"/dist/*.whl
# Compiled here, since nobody who starts the station may write there.
find "$root" -name __pycache__ -type d -prune -exec rm -rf {} +
"$root/$home/bin/python" -m compileall -q -j 0 --invalidation-mode unchecked-hash \
    -s "$root" -p / "$root/$home/lib" >&2 || true # templates of other Python versions do not compile
# The libraries' own commands are nobody's here.
find "$root/$home/bin" -mindepth 1 ! -name 'python*' ! -name station ! -name warehouse -delete

install -d "$root/usr/bin" "$root/usr/share/doc/digitization-station" "$root/DEBIAN"
ln -s "/$home/bin/station" "$root/usr/bin/station"
ln -s "/$home/bin/warehouse" "$root/usr/bin/warehouse"
install -Dm644 -t "$root/usr/lib/systemd/user" \
    installer/debian/station-sync.service installer/debian/station-sync.timer installer/debian/station-sync-watch.service
install -Dm644 -t "$root/usr/lib/systemd/system" installer/debian/station-warehouse.service
install -Dm644 -t "$root/usr/share/applications" installer/debian/digitization-station.desktop
install -Dm644 resources/icons/station.svg "$root/usr/share/icons/hicolor/scalable/apps/digitization-station.svg"
install -m644 LICENSE "$root/usr/share/doc/digitization-station/copyright"
install -m644 -t "$root/usr/share/doc/digitization-station" CHANGELOG.md resources/docs/*.md

depends="python3 (>= 3.11), python3 (<< 3.12)"
for package in $(sed -e 's/#.*//' installer/debian-packages.txt); do
    case "$package" in
        python3 | python3-venv) ;;
        *) depends="$depends, $package" ;;
    esac
done
sed -e "s/@VERSION@/$version/" -e "s/@ARCHITECTURE@/$architecture/" -e "s/@DEPENDS@/$depends/" \
    -e "s/@SIZE_KB@/$(du -sk "$root" | cut -f1)/" installer/debian/control.in >"$root/DEBIAN/control"
chmod -R u+rwX,go+rX,go-w "$root"

mkdir -p dist
package=dist/digitization-station_${version}_$architecture.deb
dpkg-deb --root-owner-group -Zzstd -z3 --build "$root" "$package" >&2
printf '%s\n' "$package"
