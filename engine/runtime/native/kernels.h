/* The arithmetic, in one form for every kind of processor; see kernels.c. */
#ifndef KERNELS_H
#define KERNELS_H

#include <stdint.h>

enum { FORM_FLOAT32 = 0, FORM_8BIT = 1, FORM_BFLOAT16 = 2, FORM_4BIT = 3 };
/* Numbers that are taken apart at once; a row of a matrix is a multiple of it. */
enum { BLOCK = 64 };

/* N x K numbers: float32, or packed with a scale and a bias for every 32 (N x K / 32). */
typedef struct {
  const float *weights;
  int n, k, form;
  const void *packed;
  const float *scales, *biases;
} matrix_t;

/* c, shape (m, n), is a, shape (m, k), times the matrix transposed; items are its rows. */
typedef struct {
  const matrix_t *matrix;
  const float *a;
  float *c;
  int m, lda, ldc;
} product_t;

/* Items are pairs of a row and a head, head by head within a row. */
typedef struct {
  const float *queries; /* (rows, heads, head_dim), at `stride` a row */
  const float *keys, *values; /* (kv_heads, capacity, head_dim) */
  float *scores; /* (rows, heads, room) */
  float *out; /* (rows, heads, head_dim) */
  int heads, kv_heads, head_dim, capacity, position, stride, room;
  float scale;
} attention_t;

/* Items are rows of logits. */
typedef struct {
  const float *logits; /* (rows, vocabulary) */
  const float *finals; /* rows that a row of logits is compared with, or null */
  const int *ends;     /* which of them, -1 for none; or null */
  const int *chosen;   /* the token whose rank is wanted, -1 for none; or null */
  double *numbers;     /* (rows, 4): log-sum-exp, entropy, varentropy, and the mean log-probability
                          of the row's distribution under the other one */
  float *values;       /* (rows, count): the largest, descending */
  int *ids, *ranks;    /* (rows, count) and (rows) */
  int vocabulary, count;
} summary_t;

typedef struct {
  void (*multiply)(const void *product, int first, int last);
  void (*attend)(const void *attention, int first, int last);
  void (*norm)(float *out, const float *x, const float *weight, int n, float eps);
  /* gate becomes silu(gate) * up */
  void (*gate)(float *gate, const float *up, int n);
  void (*summarise)(const void *summary, int first, int last);
} kernels_t;

/* Those for this processor. */
const kernels_t *kernels_here(void);

#endif
