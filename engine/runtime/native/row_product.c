/* Products of a few rows with a weight matrix, for the CPU on Linux.
 *
 * Writing one token multiplies one row by every weight matrix, so its time is the time of reading
 * the weights. mlx asks cblas_sgemm for that; this library stands before it (see ../blas.py) and
 *   - reads weights that were registered in a packed form, which has fewer bytes;
 *   - gives one row of other large matrices to OpenBLAS's sgemv, which does not copy the matrix;
 *   - hands all other products to OpenBLAS's sgemm.
 *
 * Built by tests/engine/runtime/build_native.sh; the builds lie beside this file.
 */
#include "row_product.h"

#include <pthread.h>
#include <stddef.h>

#include "pool.h"

enum { ROW_MAJOR = 101, NO_TRANS = 111, TRANS = 112 };
enum { MOST_ROWS = 16, TABLE = 8192, PORTION_BYTES = 48 * 1024 };

typedef void sgemm_t(int, int, int, int, int, int, float, const float *, int, const float *, int,
                     float, float *, int);
typedef void sgemv_t(int, int, int, int, float, const float *, int, const float *, int, float,
                     float *, int);

const kernels_t *kernels;
static sgemm_t *sgemm;
static sgemv_t *sgemv;
static matrix_t table[TABLE];
static pthread_rwlock_t table_lock = PTHREAD_RWLOCK_INITIALIZER;

static matrix_t *slot_of(const float *weights) {
  size_t at = ((uintptr_t)weights >> 6) % TABLE;
  for (int step = 0; step < TABLE; step++, at = (at + 1) % TABLE)
    if (table[at].weights == weights || !table[at].weights) return &table[at];
  return 0;
}

matrix_t matrix_of(const float *weights, int n, int k) {
  matrix_t found = {.weights = weights, .n = n, .k = k};
  pthread_rwlock_rdlock(&table_lock);
  const matrix_t *slot = slot_of(weights);
  if (slot && slot->weights == weights && slot->n == n && slot->k == k) found = *slot;
  pthread_rwlock_unlock(&table_lock);
  return found;
}

void multiply_by(const matrix_t *matrix, const float *a, float *c, int rows, int lda, int ldc) {
  static const float number_bytes[] = {4, 1.25f, 2, 0.75f}; /* by form */
  const int portion = PORTION_BYTES / (int)(number_bytes[matrix->form] * matrix->k);
  const product_t product = {matrix, a, c, rows, lda, ldc};
  pool_run(kernels->multiply, &product, matrix->n, portion < 4 ? 4 : portion);
}

static int multiply_packed(int m, int n, int k, const float *a, int lda, const float *b, float *c,
                           int ldc) {
  const matrix_t matrix = matrix_of(b, n, k);
  if (!matrix.form || !pool_try()) return 0;
  multiply_by(&matrix, a, c, m, lda, ldc);
  pool_leave();
  return 1;
}

PUBLIC void cblas_sgemm(int order, int trans_a, int trans_b, int m, int n, int k, float alpha,
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

/* ---- what Python calls --------------------------------------------------------------------- */

PUBLIC void row_product_start(int threads, sgemm_t *real_sgemm, sgemv_t *real_sgemv) {
  sgemm = real_sgemm;
  sgemv = real_sgemv;
  kernels = kernels_here();
  pool_start(threads);
}

/* 1 if the matrix will be read in its packed form from now on; the caller keeps both alive. */
PUBLIC int row_product_register(const float *weights, int n, int k, int form, const void *packed,
                         const float *scales, const float *biases) {
  if (k % BLOCK) return 0;
  pthread_rwlock_wrlock(&table_lock);
  matrix_t *slot = slot_of(weights);
  if (slot) *slot = (matrix_t){weights, n, k, form, packed, scales, biases};
  pthread_rwlock_unlock(&table_lock);
  return slot != 0;
}

/* A removed entry keeps its place with form 0, or entries behind it would not be found. */
PUBLIC void row_product_forget(const float *weights) {
  pthread_rwlock_wrlock(&table_lock);
  matrix_t *slot = slot_of(weights);
  if (slot && slot->weights) *slot = (matrix_t){.weights = weights};
  pthread_rwlock_unlock(&table_lock);
}
