/* SPDX-License-Identifier: BSD-2-Clause */
/* The mutator's two ends: libFuzzer's names, which afl_mutator.c uses too. */
#ifndef MUTATE_H
#define MUTATE_H

#include <stddef.h>
#include <stdint.h>

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed);
/* The engine's own mutation. */
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max);

#endif
