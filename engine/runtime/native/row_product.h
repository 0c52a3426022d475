/* The matrices that were registered in a packed form; see row_product.c. */
#ifndef ROW_PRODUCT_H
#define ROW_PRODUCT_H

#include "kernels.h"

/* Loaded in front of everything else, the library shows no name that it need not show. */
#define PUBLIC __attribute__((visibility("default")))

/* c = a times the matrix transposed, by all threads; the caller holds the pool. */
void multiply_by(const matrix_t *matrix, const float *a, float *c, int rows, int lda, int ldc);

/* As it was registered, or as the float32 numbers it is. */
matrix_t matrix_of(const float *weights, int n, int k);

extern const kernels_t *kernels;

#endif
