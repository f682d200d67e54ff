#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Builds the fuzz targets as ClusterFuzzLite and OSS-Fuzz want them: $SRC/kcore is the source, $WORK
# scratch, $OUT receives each target with its seeds, dictionary and options.  CC, CXX, CFLAGS, CXXFLAGS and
# LIB_FUZZING_ENGINE are set.
set -eu
cd "$SRC/kcore"
build=$WORK/kcore
# The image that runs the targets has no libelf, libz or libzstd: they are linked statically, and
# debug information is left out, since libdw wants more.  Their compiler may warn of more than ours.
make=(make "-j$(nproc)" "BUILD=$build" "CC=$CC" "CFLAGS=$CFLAGS" SAN= WARN=
    CPPFLAGS=-DFUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION "FUZZ_LINK=$CXX" "LDFLAGS=$CXXFLAGS"
    "LIB_FUZZING_ENGINE=$LIB_FUZZING_ENGINE" LIBDW_LIBS=
    LIBELF_LIBS=-l:libelf.a ZLIB_LIBS=-l:libz.a ZSTD_LIBS=-l:libzstd.a
    ${FIXTURES:+"FIXTURES=$FIXTURES"})
"${make[@]}" fuzz-targets
[ -n "${FIXTURES-}" ] || "${make[@]}" fixtures
"${make[@]}" FUZZ_BUILD="$build" fuzz-seeds
for program in "$build"/bin/fuzz-*; do
	target=${program##*/fuzz-}
	cp "$program" "$OUT/$target"
	# shellcheck disable=SC2046 # no name has a blank
	python3 -m zipfile -c "$OUT/${target}_seed_corpus.zip" \
	    $(find "$build/seeds/$target" "fixtures/crashers/$target" -type f 2>/dev/null)
	if [ -f "$build/dict/$target" ]; then
		cp "$build/dict/$target" "$OUT/$target.dict"
	fi
	max=$("${make[@]}" -s TARGET="$target" fuzz-max)
	printf '[libfuzzer]\nmax_len = %d\n' "$max" >"$OUT/$target.options"
done
