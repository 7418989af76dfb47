#!/usr/bin/env bash
# test_wheel.sh PYTHON FOLDER PYTEST-ARGS...   Builds the wheel as `pip install .` does, installs it
# into FOLDER, and runs the tests on what was installed.
set -euo pipefail
python=$1 folder=$2
shift 2
source=$(cd "${BASH_SOURCE[0]%/*}/.." && pwd)
mkdir -p "$folder"
rm -rf "$folder"/*.whl "$folder/site"

log=$folder/wheel.log
launcher=()
command -v ccache >/dev/null && launcher=(--config-settings=cmake.define.CMAKE_CXX_COMPILER_LAUNCHER=ccache
                                          --config-settings=cmake.define.CMAKE_C_COMPILER_LAUNCHER=ccache)
"$python" -m pip wheel "$source" --no-deps --no-build-isolation --wheel-dir "$folder" \
    --config-settings=build-dir="$folder/build" "${launcher[@]}" >"$log" 2>&1 || {
    tail -n 50 "$log" >&2
    exit 1
}
"$python" -m pip install --quiet --no-deps --no-index --target "$folder/site" "$folder"/*.whl
cd "$source"
PYTHONPATH=$folder/site exec "$python" -m pytest -q -p no:cacheprovider "$@"
