#!/bin/sh
# Builds engine/runtime/native into the folder given, for this machine's processor or, with
# CC=aarch64-linux-gnu-gcc and ARCH=aarch64, for another.
set -eu
source=$(dirname "$0")/../../../engine/runtime/native
${CC:-gcc} -O3 -fno-math-errno -Wall -Wno-psabi -shared -fPIC -fvisibility=hidden -s -Wl,--build-id=none \
    -Wl,-z,noseparate-code -o "${1:?folder}/row_product.${ARCH:-$(uname -m)}.so" \
    "$source/forward.c" "$source/kernels.c" "$source/pool.c" "$source/row_product.c" -lpthread
