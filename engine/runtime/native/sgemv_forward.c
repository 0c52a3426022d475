/* Sends one-row matrix products to sgemv; every other product goes to sgemm as asked.
 *
 * Writing one token multiplies one row by every weight matrix. OpenBLAS's sgemm first packs the
 * whole matrix for the row; sgemv streams it once (7 to 8 ms against 2.5 ms for 576 x 49152 on
 * two cores, measured 2026-11). mlx only ever calls cblas_sgemm, so the choice is made here.
 *
 * Built without a C library, so the same file runs on every Linux of its processor:
 *   gcc -O2 -shared -fPIC -nostdlib -s -Wl,--build-id=none -Wl,-z,noseparate-code \
 *       -o sgemv_forward.x86_64.so sgemv_forward.c        (aarch64: aarch64-linux-gnu-gcc)
 */
enum { ROW_MAJOR = 101, NO_TRANS = 111, TRANS = 112 };

typedef void sgemm_t(int, int, int, int, int, int, float, const float *, int, const float *, int,
                     float, float *, int);
typedef void sgemv_t(int, int, int, int, float, const float *, int, const float *, int, float,
                     float *, int);

static sgemm_t *sgemm;
static sgemv_t *sgemv;

void sgemv_forward_to(sgemm_t *real_sgemm, sgemv_t *real_sgemv) {
  sgemm = real_sgemm;
  sgemv = real_sgemv;
}

void cblas_sgemm(int order, int trans_a, int trans_b, int m, int n, int k, float alpha,
                 const float *a, int lda, const float *b, int ldb, float beta, float *c, int ldc) {
  if (m == 1 && order == ROW_MAJOR && trans_a == NO_TRANS) {
    if (trans_b == TRANS)
      sgemv(ROW_MAJOR, NO_TRANS, n, k, alpha, b, ldb, a, 1, beta, c, 1);
    else
      sgemv(ROW_MAJOR, TRANS, k, n, alpha, b, ldb, a, 1, beta, c, 1);
    return;
  }
  sgemm(order, trans_a, trans_b, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
}
