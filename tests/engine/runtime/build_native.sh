#!/bin/sh
# Builds engine/runtime/native/row_product.c into the folder given, for this machine's processor
# or, with CC=aarch64-linux-gnu-gcc and ARCH=aarch64, for another.
set -eu
source=$(dirname "$0")/../../../engine/runtime/native/row_product.c
${CC:-gcc} -O3 -Wall -Wno-psabi -shared -fPIC -s -Wl,--build-id=none -Wl,-z,noseparate-code \
    -o "${1:?folder}/row_product.${ARCH:-$(uname -m)}.so" "$source" -lpthread
