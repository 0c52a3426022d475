/* Compiles the arithmetic once for each kind of processor, and chooses at run time. */
#include "kernels.h"

#include <stddef.h>

typedef float floats __attribute__((vector_size(64), aligned(4)));
typedef int32_t ints __attribute__((vector_size(64), aligned(4)));
typedef uint16_t shorts __attribute__((vector_size(32), aligned(2)));
typedef float floats8 __attribute__((vector_size(32), aligned(4)));
typedef float floats4 __attribute__((vector_size(16), aligned(4)));

#define ALWAYS static inline __attribute__((always_inline))

#define FOR(name) name##_plain
#define ROWS_AT_ONCE 4
#define HAS_LOOKUP 0
#include "arithmetic.h"
#undef FOR
#undef ROWS_AT_ONCE
#undef HAS_LOOKUP

#ifdef __x86_64__
#pragma GCC push_options
#pragma GCC target("avx2,fma")
#define FOR(name) name##_avx2
#define ROWS_AT_ONCE 4
#define HAS_LOOKUP 0
#include "arithmetic.h"
#undef FOR
#undef ROWS_AT_ONCE
#undef HAS_LOOKUP
#pragma GCC pop_options

#pragma GCC push_options
#pragma GCC target("avx512f,avx512bw,avx512vl,avx512dq,fma,prefer-vector-width=512")
#define FOR(name) name##_avx512
#define ROWS_AT_ONCE 8
#define HAS_LOOKUP 1
#include "arithmetic.h"
#undef FOR
#undef ROWS_AT_ONCE
#undef HAS_LOOKUP
#pragma GCC pop_options
#endif

const kernels_t *kernels_here(void) {
#ifdef __x86_64__
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
      __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq"))
    return &kernels_avx512;
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return &kernels_avx2;
#endif
  return &kernels_plain;
}
