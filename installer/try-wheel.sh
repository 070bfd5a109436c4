#!/usr/bin/env bash
# Builds the wheel, installs it away from the checkout, and runs the demo from an empty folder: proof that
# nothing the station needs was left out of the wheel.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

uv="$PWD/.uv/bin/uv"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
export UV_PYTHON_DOWNLOADS=never UV_NO_PROGRESS=1

"$uv" build --quiet --wheel --no-build-isolation --offline --python .venv/bin/python -o "$scratch/dist" .
"$uv" venv --quiet --python .venv/bin/python "$scratch/venv"
"$uv" pip sync --quiet --require-hashes --python "$scratch/venv/bin/python" installer/requirements.lock
"$uv" pip install --quiet --no-deps --offline --python "$scratch/venv/bin/python" "$scratch"/dist/*.whl

mkdir "$scratch/empty"
cd "$scratch/empty"
export STATION_HOME="$scratch/home"
"$scratch/venv/bin/station" demo --headless --json >"$scratch/demo.json"
"$scratch/venv/bin/python" - "$scratch/demo.json" <<'PYTHON'
import json
import sys
from pathlib import Path

import station

result = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
assert "site-packages" in (station.__file__ or ""), station.__file__
assert len(result["dossiers"]) == result["delivered"] == 3, result
assert all(dossier["receipt"] for dossier in result["dossiers"]), result
print(f"the wheel by itself delivered {result['delivered']} dossiers in {result['seconds']:.0f} s")
PYTHON
