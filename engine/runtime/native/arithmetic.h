/* Included by kernels.c, once for each kind of processor, with FOR() naming what it defines.
 *
 * Every sum has one fixed order, whatever the number of rows and threads: a token looked at alone
 * and among others gives the same numbers to the bit.
 */

/* Halving keeps the sum short; adding lane after lane would wait sixteen times. */
ALWAYS float FOR(total)(floats v) {
  const floats8 a = __builtin_shufflevector(v, v, 0, 1, 2, 3, 4, 5, 6, 7) +
                    __builtin_shufflevector(v, v, 8, 9, 10, 11, 12, 13, 14, 15);
  const floats4 b =
      __builtin_shufflevector(a, a, 0, 1, 2, 3) + __builtin_shufflevector(a, a, 4, 5, 6, 7);
  return (b[0] + b[2]) + (b[1] + b[3]);
}

/* Within what float32 can hold; beyond, it stays at the last number. */
ALWAYS floats FOR(exp)(floats x) {
  const floats lowest = (floats){0} - 87.0f, highest = (floats){0} + 88.0f;
  const ints is_low = x < lowest, is_high = x > highest;
  x = (floats)(((ints)x & ~(is_low | is_high)) | ((ints)lowest & is_low) |
               ((ints)highest & is_high));
  /* Adding and taking away 1.5 * 2^23 rounds to a whole number. */
  const floats n = (x * 1.44269504f + 12582912.0f) - 12582912.0f;
  const floats r = (x - n * 0.693359375f) + n * 2.12194440e-4f;
  floats p = r * (1 / 5040.0f) + 1 / 720.0f;
  p = p * r + 1 / 120.0f;
  p = p * r + 1 / 24.0f;
  p = p * r + 1 / 6.0f;
  p = p * r + 0.5f;
  p = p * r + 1.0f;
  p = p * r + 1.0f;
  return (floats)((ints)p + (__builtin_convertvector(n, ints) << 23));
}

/* ---- products ------------------------------------------------------------------------------ */

/* Sixteen numbers lie side by side in the lanes of a vector, and four (8-bit) or two (bfloat16)
 * such groups above each other in the bytes of each lane: shifts and masks, which every processor
 * has for whole vectors, take them apart (see cpu_packing.py). Of 4-bit numbers four groups lie
 * above each other in lanes of 16 bits. */
ALWAYS void FOR(unpack)(floats part[4], const matrix_t *w, size_t at) {
  if (w->form == FORM_BFLOAT16) {
    const ints *q = (const ints *)((const uint16_t *)w->packed + at);
    part[0] = (floats)(q[0] << 16);
    part[1] = (floats)(q[0] & (int)0xffff0000);
    part[2] = (floats)(q[1] << 16);
    part[3] = (floats)(q[1] & (int)0xffff0000);
  } else if (w->form == FORM_FLOAT32) {
    for (int g = 0; g < 4; g++) part[g] = *(const floats *)(w->weights + at + 16 * g);
  } else {
    const int is_half = w->form == FORM_4BIT, bits = is_half ? 4 : 8, mask = is_half ? 15 : 255;
    const ints q = is_half ? __builtin_convertvector(((const shorts *)w->packed)[at / BLOCK], ints)
                           : ((const ints *)w->packed)[at / BLOCK];
    const float *scale = w->scales + at / 32, *bias = w->biases + at / 32;
#if HAS_LOOKUP
    if (is_half) { /* all that 4 bits can say fits into one vector; an index counts modulo 16 */
      const floats levels = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
      const floats said[2] = {levels * scale[0] + bias[0], levels * scale[1] + bias[1]};
      for (int g = 0; g < 4; g++) part[g] = __builtin_shuffle(said[g / 2], q >> (4 * g));
      return;
    }
#endif
    for (int g = 0; g < 4; g++)
      part[g] =
          __builtin_convertvector((q >> (bits * g)) & mask, floats) * scale[g / 2] + bias[g / 2];
  }
}

ALWAYS void FOR(one_row)(const product_t *p, int row, const float *a, float *c, const int count) {
  const matrix_t *w = p->matrix;
  floats even[ROWS_AT_ONCE] = {{0}}, odd[ROWS_AT_ONCE] = {{0}};
  const size_t start = (size_t)row * w->k;
  for (int at = 0; at < w->k; at += BLOCK) {
    floats part[4];
    FOR(unpack)(part, w, start + at);
    for (int r = 0; r < count; r++) {
      const floats *x = (const floats *)(a + (size_t)r * p->lda + at);
      even[r] += part[0] * x[0];
      odd[r] += part[1] * x[1];
      even[r] += part[2] * x[2];
      odd[r] += part[3] * x[3];
    }
  }
  for (int r = 0; r < count; r++) c[(size_t)r * p->ldc + row] = FOR(total)(even[r] + odd[r]);
}

static void FOR(multiply)(const void *job, int first, int last) {
  const product_t *p = job;
  for (int m = 0; m < p->m; m += ROWS_AT_ONCE) {
    const float *a = p->a + (size_t)m * p->lda;
    float *c = p->c + (size_t)m * p->ldc;
    const int count = p->m - m < ROWS_AT_ONCE ? p->m - m : ROWS_AT_ONCE;
#define WITH(n) \
  case n: \
    for (int row = first; row < last; row++) FOR(one_row)(p, row, a, c, n); \
    break;
    switch (count) {
      WITH(1) WITH(2) WITH(3) WITH(4)
#if ROWS_AT_ONCE == 8
      WITH(5) WITH(6) WITH(7) WITH(8)
#endif
    }
#undef WITH
  }
}

/* ---- the rest of a layer ------------------------------------------------------------------- */

static void FOR(norm)(float *out, const float *x, const float *weight, int n, float eps) {
  floats squares = {0};
  for (int i = 0; i < n; i += 16) squares += *(const floats *)(x + i) * *(const floats *)(x + i);
  const float factor = 1 / __builtin_sqrtf(FOR(total)(squares) / n + eps);
  for (int i = 0; i < n; i++) out[i] = x[i] * factor * weight[i];
}

static void FOR(gate)(float *gate, const float *up, int n) {
  for (int i = 0; i < n; i += 16) {
    const floats g = *(const floats *)(gate + i);
    *(floats *)(gate + i) = g / (1.0f + FOR(exp)(-g)) * *(const floats *)(up + i);
  }
}

ALWAYS void FOR(one_head)(const attention_t *t, const float *q, const float *keys,
                          const float *values, float *scores, float *out, int length,
                          const int dims) {
  float most = -__builtin_inff();
  for (int i = 0; i < length; i++) {
    floats sum = {0};
    for (int d = 0; d < dims; d += 16)
      sum += *(const floats *)(q + d) * *(const floats *)(keys + (size_t)i * dims + d);
    scores[i] = FOR(total)(sum) * t->scale;
    if (scores[i] > most) most = scores[i];
  }
  floats sums = {0};
  for (int i = 0; i < length; i += 16) { /* the room behind the last one is 16 numbers wide */
    for (int j = length; j < i + 16; j++) scores[j] = -__builtin_inff();
    *(floats *)(scores + i) = FOR(exp)(*(const floats *)(scores + i) - most);
    for (int j = length; j < i + 16; j++) scores[j] = 0;
    sums += *(const floats *)(scores + i);
  }
  const float share = 1 / FOR(total)(sums);
  for (int d = 0; d < dims; d += 16) {
    floats even = {0}, odd = {0};
    int i = 0;
    for (; i + 1 < length; i += 2) {
      even += scores[i] * *(const floats *)(values + (size_t)i * dims + d);
      odd += scores[i + 1] * *(const floats *)(values + (size_t)(i + 1) * dims + d);
    }
    if (i < length) even += scores[i] * *(const floats *)(values + (size_t)i * dims + d);
    *(floats *)(out + d) = (even + odd) * share;
  }
}

static void FOR(attend)(const void *job, int first, int last) {
  const attention_t *t = job;
  const int dims = t->head_dim;
  for (int item = first; item < last; item++) {
    const int row = item / t->heads, head = item % t->heads;
    const size_t start = (size_t)(head / (t->heads / t->kv_heads)) * t->capacity * dims;
    const float *q = t->queries + (size_t)row * t->stride + (size_t)head * dims;
    float *scores = t->scores + (size_t)item * t->room, *out = t->out + (size_t)item * dims;
    const int length = t->position + row + 1;
    if (dims == 64) FOR(one_head)(t, q, t->keys + start, t->values + start, scores, out, length, 64);
    else FOR(one_head)(t, q, t->keys + start, t->values + start, scores, out, length, dims);
  }
}

/* ---- what a row of logits says --------------------------------------------------------------- */

/* Kept in descending order; of equal numbers the first one seen stands first. */
ALWAYS void FOR(take)(float value, int id, float *values, int *ids, int count) {
  int at = count - 1;
  for (; at > 0 && values[at - 1] < value; at--) {
    values[at] = values[at - 1];
    ids[at] = ids[at - 1];
  }
  values[at] = value;
  ids[at] = id;
}

static void FOR(find_top)(const float *x, int n, float *values, int *ids, int count) {
  for (int i = 0; i < count; i++) {
    values[i] = -__builtin_inff();
    ids[i] = 0;
  }
  for (int at = 0; at < n; at += 64) {
    const int end = at + 64 < n ? at + 64 : n;
    int i = at;
    floats most = {0};
    most -= __builtin_inff();
    for (; i + 16 <= end; i += 16) {
      const floats v = *(const floats *)(x + i);
      const ints is_more = v > most;
      most = (floats)(((ints)v & is_more) | ((ints)most & ~is_more));
    }
    int is_wanted = i < end;
    for (int lane = 0; lane < 16; lane++) is_wanted |= most[lane] > values[count - 1];
    if (!is_wanted) continue;
    for (i = at; i < end; i++)
      if (x[i] > values[count - 1]) FOR(take)(x[i], i, values, ids, count);
  }
}

/* What cannot come, a logit of minus infinity, counts as so unlikely that it weighs nothing. */
ALWAYS floats FOR(below)(floats x, float most) {
  const floats d = x - most, lowest = (floats){0} - 1e10f;
  const ints is_low = d < lowest;
  return (floats)(((ints)d & ~is_low) | ((ints)lowest & is_low));
}

/* Lanes are added up in portions, so that the sum of 100,000 numbers keeps its digits. */
static void FOR(summarise)(const void *job, int first, int last) {
  const summary_t *t = job;
  const int n = t->vocabulary, whole = n & ~15;
  for (int row = first; row < last; row++) {
    const float *x = t->logits + (size_t)row * n;
    const float *end = t->ends && t->ends[row] >= 0 ? t->finals + (size_t)t->ends[row] * n : 0;
    FOR(find_top)(x, n, t->values + (size_t)row * t->count, t->ids + (size_t)row * t->count,
                  t->count);
    const float most = t->values[(size_t)row * t->count];
    float end_most = -__builtin_inff();
    for (int i = 0; end && i < n; i++) end_most = end[i] > end_most ? end[i] : end_most;
    double weight = 0, mean = 0, square = 0, end_weight = 0, crossed = 0;
    for (int at = 0; at < n; at += 4096) {
      floats w = {0}, m = {0}, s = {0}, ew = {0}, c = {0};
      const int stop = at + 4096 < whole ? at + 4096 : whole;
      for (int i = at; i < stop; i += 16) {
        const floats d = FOR(below)(*(const floats *)(x + i), most), e = FOR(exp)(d);
        w += e;
        m += e * d;
        s += e * d * d;
        if (end) {
          const floats f = FOR(exp)(*(const floats *)(end + i) - end_most);
          ew += f;
          c += f * d;
        }
      }
      weight += FOR(total)(w);
      mean += FOR(total)(m);
      square += FOR(total)(s);
      end_weight += FOR(total)(ew);
      crossed += FOR(total)(c);
    }
    if (whole < n) { /* the rest, with room behind it that counts for nothing */
      floats d = {0}, f = {0};
      d -= 200.0f;
      f -= 200.0f;
      for (int i = whole; i < n; i++) {
        d[i - whole] = x[i] - most;
        if (end) f[i - whole] = end[i] - end_most;
      }
      d = FOR(below)(d, 0.0f);
      const floats e = FOR(exp)(d), g = FOR(exp)(f);
      for (int lane = 0; lane < n - whole; lane++) {
        weight += e[lane];
        mean += e[lane] * d[lane];
        square += (double)e[lane] * d[lane] * d[lane];
        if (end) {
          end_weight += g[lane];
          crossed += g[lane] * d[lane];
        }
      }
    }
    double *out = t->numbers + (size_t)row * 4;
    const double log_weight = __builtin_log(weight), shift = mean / weight;
    out[0] = most + log_weight;
    out[1] = log_weight - shift;
    out[2] = square / weight - shift * shift;
    out[3] = end ? crossed / end_weight - log_weight : 0; /* mean log-probability under `end` */
    const int chosen = t->chosen ? t->chosen[row] : -1;
    int rank = chosen < 0 ? 0 : 1;
    for (int i = 0; chosen >= 0 && i < n; i++) rank += x[i] > x[chosen];
    t->ranks[row] = rank;
  }
}

static const kernels_t FOR(kernels) = {FOR(multiply), FOR(attend), FOR(norm), FOR(gate),
                                       FOR(summarise)};
