#!/usr/bin/env bash
# Installs what is missing, then runs the tests. Arguments go to pytest.
#
#   installer/test.sh                          everything but hard days and benchmarks, on two processes
#   installer/test.sh -m slow                  the hard days
#   installer/test.sh tests/benchmarks         the figures
#   installer/test.sh tests/ocr -k deskew      one corner
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

bash installer/install.sh --tests

# Without it every process the tests start would compile every module anew.
unset PYTHONDONTWRITEBYTECODE
# Where the environment forbids Python to keep what it compiled, each of the many processes of the tests would compile
# all of it anew.
.venv/bin/python -m compileall -q -j 2 station capture ocr sync forms resources

export OMP_THREAD_LIMIT=1 QT_QPA_PLATFORM="${QT_QPA_PLATFORM:-offscreen}"
if [ $# -eq 0 ]; then
    # By file: the tests of a file share what its fixtures made.
    set -- -m "not slow" -n 2 --dist loadfile
fi
exec .venv/bin/python -m pytest "$@"
