#!/usr/bin/env bash
# Compares a small grid of runs on aarch64, emulated, with the same on this machine, byte for byte.
# Needs Debian's qemu-user-static and mmdebstrap, and .venv; takes minutes. Changes only FOLDER.
# usage: tests/other_architecture.sh FOLDER
set -euo pipefail
folder=$(realpath -m "${1:?name a folder for the other Python}")
cd "$(dirname "$0")/.."
python=${PYTHON:-.venv/bin/python}
options=(-m gaussmlp run --sizes 3 4 --seeds 0 --steps 4 --jobs 1 --no-cache --out)
# what the engine imports
wanted='numba|llvmlite|numpy|pandas|joblib|cloudpickle|tqdm|platformdirs|mpmath|python-dateutil|tzdata|six'

mkdir -p "$folder"
test -d "$folder/root" || mmdebstrap --quiet --variant=extract --architectures=arm64 \
    --include=python3-minimal,python3.11,libpython3.11-stdlib,libstdc++6 bookworm "$folder/root"
awk -v wanted="^($wanted)==" '/^[^ ]/ { keep = $0 ~ wanted } keep' requirements.lock > "$folder/requirements.lock"
"$python" -m uv pip install --quiet --target "$folder/site" --python-platform aarch64-manylinux_2_28 \
    --python-version 3.11 --no-deps --require-hashes -r "$folder/requirements.lock"

PYTHONPATH=lib "$python" "${options[@]}" "$folder/here.csv"
PYTHONPATH=lib:$folder/site GAUSSMLP_CACHE=$folder/cache \
    qemu-aarch64-static -L "$folder/root" "$folder/root/usr/bin/python3.11" "${options[@]}" "$folder/there.csv"
cmp "$folder/here.csv" "$folder/there.csv"
echo "The same bytes: $(sha256sum < "$folder/there.csv")"
