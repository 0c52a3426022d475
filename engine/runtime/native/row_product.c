/* Products of a few rows with a weight matrix, for the CPU on Linux.
 *
 * Writing one token multiplies one row by every weight matrix, so its time is the time of reading
 * the weights. mlx asks cblas_sgemm for that; this library stands before it (see ../blas.py) and
 *   - reads weights that were registered in a packed form: 8-bit numbers with a scale and a bias
 *     for every 32 (5 of 16 of the bytes of float32), or bfloat16 (half);
 *   - gives one row of other large matrices to OpenBLAS's sgemv, which does not copy the matrix;
 *   - hands all other products to OpenBLAS's sgemm.
 * Work is dealt out in small portions, so that a thread which the system puts aside holds up one
 * portion and not half of the product: OpenBLAS falls to a tenth of its speed on a busy machine.
 * Each output is one sum in one fixed order, whatever the number of rows and threads.
 *
 * Built by tests/engine/runtime/build_native.sh; the builds lie beside this file.
 */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>

enum { ROW_MAJOR = 101, NO_TRANS = 111, TRANS = 112 };
enum { PACKED_8BIT = 1, PACKED_BFLOAT16 = 2 };
enum { BLOCK = 64, MOST_ROWS = 8, MOST_THREADS = 64, TABLE = 8192, PORTION_BYTES = 48 * 1024 };
/* About 20 microseconds: the pause between two products of one token is shorter. */
enum { SPINS = 4000 };

typedef float floats __attribute__((vector_size(64), aligned(4)));
typedef int32_t ints __attribute__((vector_size(64), aligned(4)));

typedef void sgemm_t(int, int, int, int, int, int, float, const float *, int, const float *, int,
                     float, float *, int);
typedef void sgemv_t(int, int, int, int, float, const float *, int, const float *, int, float,
                     float *, int);

typedef struct {
  const float *weights; /* the matrix mlx knows, N x K; what is looked up */
  int n, k, form;
  const void *packed;
  const float *scales, *biases; /* N x K / 32 */
} matrix_t;

typedef struct {
  const matrix_t *matrix;
  const float *a;
  float *c;
  int m, lda, ldc, portion;
} product_t;

static sgemm_t *sgemm;
static sgemv_t *sgemv;
static matrix_t table[TABLE];
static pthread_rwlock_t table_lock = PTHREAD_RWLOCK_INITIALIZER;

static pthread_mutex_t one_product = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t sleep_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t work_there = PTHREAD_COND_INITIALIZER;
static product_t product;
static atomic_uint generation; /* counts products; a change wakes the threads */
static atomic_int next_row, rows_done, at_work;
static int threads = 1, sleepers;

/* ---- one output row of the matrix against up to four rows of input ------------------------- */

#define ALWAYS static inline __attribute__((always_inline))

ALWAYS float total(floats v) {
  float sum = 0;
  for (int i = 0; i < 16; i++) sum += v[i];
  return sum;
}

/* Sixteen numbers lie side by side in the lanes of a vector, and four (8-bit) or two (bfloat16)
 * such groups above each other in the bytes of each lane: shifts and masks, which every processor
 * has for whole vectors, take them apart (see pack in ../../models/cpu_packing.py). */
ALWAYS void one_row(const matrix_t *w, int row, const float *a, int lda, float *c, int ldc,
                    const int count) {
  floats even[4] = {{0}}, odd[4] = {{0}};
  const size_t start = (size_t)row * w->k;
  for (int at = 0; at < w->k; at += BLOCK) {
    floats part[4];
    if (w->form == PACKED_8BIT) {
      const ints q = *(const ints *)((const uint8_t *)w->packed + start + at);
      const float *scale = w->scales + (start + at) / 32, *bias = w->biases + (start + at) / 32;
      for (int g = 0; g < 4; g++)
        part[g] = __builtin_convertvector((q >> (8 * g)) & 255, floats) * scale[g / 2] + bias[g / 2];
    } else {
      const ints *q = (const ints *)((const uint16_t *)w->packed + start + at);
      part[0] = (floats)(q[0] << 16);
      part[1] = (floats)(q[0] & (int)0xffff0000);
      part[2] = (floats)(q[1] << 16);
      part[3] = (floats)(q[1] & (int)0xffff0000);
    }
    for (int r = 0; r < count; r++) {
      const float *x = a + (size_t)r * lda + at;
      even[r] += part[0] * *(const floats *)x;
      odd[r] += part[1] * *(const floats *)(x + 16);
      even[r] += part[2] * *(const floats *)(x + 32);
      odd[r] += part[3] * *(const floats *)(x + 48);
    }
  }
  for (int r = 0; r < count; r++) c[(size_t)r * ldc + row] = total(even[r] + odd[r]);
}

ALWAYS void some_rows(const product_t *p, int first, int last) {
  for (int m = 0; m < p->m; m += 4) {
    const float *a = p->a + (size_t)m * p->lda;
    float *c = p->c + (size_t)m * p->ldc;
    const int count = p->m - m;
    for (int row = first; row < last; row++) {
      if (count >= 4) one_row(p->matrix, row, a, p->lda, c, p->ldc, 4);
      else if (count == 3) one_row(p->matrix, row, a, p->lda, c, p->ldc, 3);
      else if (count == 2) one_row(p->matrix, row, a, p->lda, c, p->ldc, 2);
      else one_row(p->matrix, row, a, p->lda, c, p->ldc, 1);
    }
  }
}

typedef void some_rows_t(const product_t *, int, int);
static void some_rows_plain(const product_t *p, int first, int last) { some_rows(p, first, last); }
#ifdef __x86_64__
__attribute__((target("avx2,fma"))) static void some_rows_avx2(const product_t *p, int first,
                                                               int last) {
  some_rows(p, first, last);
}
__attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,fma,prefer-vector-width=512"))) static void
some_rows_avx512(const product_t *p, int first, int last) {
  some_rows(p, first, last);
}
#endif
static some_rows_t *compute = some_rows_plain;

/* ---- threads ------------------------------------------------------------------------------- */

static void take_portions(void) {
  const product_t p = product;
  for (;;) {
    const int first = atomic_fetch_add(&next_row, p.portion);
    if (first >= p.matrix->n) return;
    const int last = first + p.portion < p.matrix->n ? first + p.portion : p.matrix->n;
    compute(&p, first, last);
    atomic_fetch_add(&rows_done, last - first);
  }
}

static void *worker(void *unused) {
  unsigned seen = 0;
  for (;;) {
    for (int spin = 0; spin < SPINS && atomic_load(&generation) == seen; spin++)
      if (spin % 64 == 63) sched_yield();
    if (atomic_load(&generation) == seen) {
      pthread_mutex_lock(&sleep_lock);
      sleepers++;
      while (atomic_load(&generation) == seen) pthread_cond_wait(&work_there, &sleep_lock);
      sleepers--;
      pthread_mutex_unlock(&sleep_lock);
    }
    /* Announced before looking at the product, so that it is not replaced meanwhile. */
    atomic_fetch_add(&at_work, 1);
    seen = atomic_load(&generation);
    if (!(seen & 1)) take_portions();
    atomic_fetch_sub(&at_work, 1);
  }
  return unused;
}

/* An odd generation means that the product is being replaced and nobody may read it. */
static void multiply(const product_t *wanted) {
  atomic_fetch_add(&generation, 1);
  while (atomic_load(&at_work)) sched_yield();
  product = *wanted;
  atomic_store(&next_row, 0);
  atomic_store(&rows_done, 0);
  atomic_fetch_add(&generation, 1);
  pthread_mutex_lock(&sleep_lock);
  if (sleepers) pthread_cond_broadcast(&work_there);
  pthread_mutex_unlock(&sleep_lock);
  take_portions();
  while (atomic_load(&rows_done) < wanted->matrix->n) sched_yield();
}

/* ---- what Python calls --------------------------------------------------------------------- */

void row_product_start(int wanted_threads, sgemm_t *real_sgemm, sgemv_t *real_sgemv) {
  sgemm = real_sgemm;
  sgemv = real_sgemv;
#ifdef __x86_64__
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) compute = some_rows_avx2;
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
      __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq"))
    compute = some_rows_avx512;
#endif
  pthread_t thread;
  for (; threads < wanted_threads && threads < MOST_THREADS; threads++) {
    if (pthread_create(&thread, 0, worker, 0)) break;
    pthread_detach(thread);
  }
}

static matrix_t *slot_of(const float *weights) {
  size_t at = ((uintptr_t)weights >> 6) % TABLE;
  for (int step = 0; step < TABLE; step++, at = (at + 1) % TABLE)
    if (table[at].weights == weights || !table[at].weights) return &table[at];
  return 0;
}

/* 1 if the matrix will be read in its packed form from now on; the caller keeps both alive. */
int row_product_register(const float *weights, int n, int k, int form, const void *packed,
                         const float *scales, const float *biases) {
  if (k % BLOCK) return 0;
  pthread_rwlock_wrlock(&table_lock);
  matrix_t *slot = slot_of(weights);
  if (slot) *slot = (matrix_t){weights, n, k, form, packed, scales, biases};
  pthread_rwlock_unlock(&table_lock);
  return slot != 0;
}

/* A removed entry keeps its place with form 0, or entries behind it would not be found. */
void row_product_forget(const float *weights) {
  pthread_rwlock_wrlock(&table_lock);
  matrix_t *slot = slot_of(weights);
  if (slot && slot->weights) *slot = (matrix_t){.weights = weights};
  pthread_rwlock_unlock(&table_lock);
}

static int multiply_packed(int m, int n, int k, const float *a, int lda, const float *b, float *c,
                           int ldc) {
  if (pthread_rwlock_tryrdlock(&table_lock)) return 0;
  const matrix_t *matrix = slot_of(b);
  int is_done = 0;
  if (matrix && matrix->weights == b && matrix->form && matrix->n == n && matrix->k == k &&
      !pthread_mutex_trylock(&one_product)) {
    const int row_bytes = matrix->form == PACKED_8BIT ? k + k / 4 : 2 * k;
    const int portion = PORTION_BYTES / row_bytes;
    multiply(&(product_t){matrix, a, c, m, lda, ldc, portion < 4 ? 4 : portion});
    pthread_mutex_unlock(&one_product);
    is_done = 1;
  }
  pthread_rwlock_unlock(&table_lock);
  return is_done;
}

void cblas_sgemm(int order, int trans_a, int trans_b, int m, int n, int k, float alpha,
                 const float *a, int lda, const float *b, int ldb, float beta, float *c, int ldc) {
  if (m <= MOST_ROWS && order == ROW_MAJOR && trans_a == NO_TRANS) {
    if (trans_b == TRANS && ldb == k && alpha == 1 && beta == 0 &&
        multiply_packed(m, n, k, a, lda, b, c, ldc))
      return;
    if (m == 1) {
      if (trans_b == TRANS) sgemv(ROW_MAJOR, NO_TRANS, n, k, alpha, b, ldb, a, 1, beta, c, 1);
      else sgemv(ROW_MAJOR, TRANS, k, n, alpha, b, ldb, a, 1, beta, c, 1);
      return;
    }
  }
  sgemm(order, trans_a, trans_b, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
}
