/* A few tokens through all layers of a llama-like network at once, for the CPU on Linux.
 *
 * mlx runs some eighty small kernels a layer for one token, and handing them out takes longer than
 * reading the weights. Here a layer is four products and one round of attention for all threads;
 * what lies between them is so little that the calling thread does it alone.
 *
 * Python (../../models/cpu_forward.py) describes the network, and keeps all it points to alive.
 */
#include <stdlib.h>
#include <string.h>

#include "pool.h"
#include "row_product.h"

/* A null pointer stands for a part that the network does not have. */
typedef struct {
  const float *input_norm, *query_norm, *key_norm, *middle_norm;
  const float *joined, *joined_bias; /* queries, keys and values */
  const float *out, *out_bias;
  const float *gate_up, *gate_up_bias;
  const float *down, *down_bias;
} layer_t;

typedef struct {
  int layers, width, heads, kv_heads, head_dim, inner, vocabulary, turns_neighbours;
  float eps, head_eps, scale;
  const float *embedding, *final_norm, *head;
  const layer_t *layer;
} network_t;

/* Where the tokens of this call stand, and what of the work between is to be shown. */
typedef struct {
  int rows, position, capacity;
  const float *turns; /* cosine and sine of each position, (position, head_dim / 2, 2) */
  float *const *caches; /* keys and values of each layer, (kv_heads, capacity, head_dim) */
  float *states; /* what each layer hands on, (layers, rows, width); or null */
  float *const *patterns; /* a layer's attention before it is made to sum to 1, (rows, heads,
                             pattern_room), null for a layer that is not shown; or null */
  const float *const *pushes; /* what is added to a layer's states, (width), null for nothing */
  int pattern_room;
} place_t;

typedef struct {
  float *hidden, *normed, *joined, *mixed, *out, *gates, *scores;
} scratch_t;

/* Kept between calls: fresh memory would have to be faulted in for every token. */
static float *memory;
static size_t memory_floats;

static int make_room(scratch_t *s, const network_t *net, const place_t *at) {
  const int heads = net->heads + 2 * net->kv_heads, room = (at->position + at->rows + 31) & ~15;
  const size_t sizes[] = {net->width, net->width, heads * net->head_dim,
                          net->heads * net->head_dim, net->width, 2 * net->inner,
                          (size_t)net->heads * room};
  float **parts[] = {&s->hidden, &s->normed, &s->joined, &s->mixed, &s->out, &s->gates, &s->scores};
  size_t wanted = 0;
  for (int i = 0; i < 7; i++) wanted += at->rows * sizes[i] + 16;
  if (wanted > memory_floats) {
    float *more = aligned_alloc(64, (2 * wanted * sizeof(float) + 63) & ~(size_t)63);
    if (!more) return 0;
    free(memory);
    memory = more;
    memory_floats = 2 * wanted;
  }
  float *next = memory;
  for (int i = 0; i < 7; next += (at->rows * sizes[i] + 15) & ~(size_t)15, i++) *parts[i] = next;
  return 1;
}

static void multiply(const float *weights, const float *bias, int n, int k, const float *a,
                     float *c, int rows) {
  const matrix_t matrix = matrix_of(weights, n, k);
  multiply_by(&matrix, a, c, rows, k, n);
  for (int row = 0; bias && row < rows; row++)
    for (int i = 0; i < n; i++) c[(size_t)row * n + i] += bias[i];
}

static void turn(float *x, const float *turns, int dims, int neighbours) {
  const int half = dims / 2, step = neighbours ? 2 : 1, apart = neighbours ? 1 : half;
  for (int i = 0; i < half; i++) {
    float *one = x + i * step, *other = one + apart;
    const float cosine = turns[2 * i], sine = turns[2 * i + 1], was = *one;
    *one = was * cosine - *other * sine;
    *other = was * sine + *other * cosine;
  }
}

/* Queries and keys are normed and turned; keys and values are written into the cache. */
static void place_heads(const network_t *net, const layer_t *layer, const place_t *at, int index,
                        float *joined) {
  const int dims = net->head_dim, all = net->heads + 2 * net->kv_heads;
  for (int row = 0; row < at->rows; row++) {
    const int position = at->position + row;
    const float *turns = at->turns + (size_t)position * dims;
    for (int head = 0; head < all; head++) {
      float *x = joined + ((size_t)row * all + head) * dims;
      const int key = head - net->heads, value = key - net->kv_heads;
      const float *norm = key < 0 ? layer->query_norm : layer->key_norm;
      if (value < 0) {
        if (norm) kernels->norm(x, x, norm, dims, net->head_eps);
        turn(x, turns, dims, net->turns_neighbours);
      }
      if (key < 0) continue;
      float *cache = at->caches[2 * index + (value >= 0)];
      const size_t slot = (size_t)(value < 0 ? key : value) * at->capacity + position;
      memcpy(cache + slot * dims, x, dims * sizeof(float));
    }
  }
}

static void attend(const network_t *net, const place_t *at, int index, const scratch_t *s) {
  const attention_t attention = {
      .queries = s->joined,
      .keys = at->caches[2 * index],
      .values = at->caches[2 * index + 1],
      .scores = s->scores,
      .out = s->mixed,
      .heads = net->heads,
      .kv_heads = net->kv_heads,
      .head_dim = net->head_dim,
      .capacity = at->capacity,
      .position = at->position,
      .stride = (net->heads + 2 * net->kv_heads) * net->head_dim,
      .room = (at->position + at->rows + 31) & ~15,
      .scale = net->scale,
  };
  pool_run(kernels->attend, &attention, at->rows * net->heads, 1);
  float *shown = at->patterns ? at->patterns[index] : 0;
  for (int item = 0; shown && item < at->rows * net->heads; item++)
    memcpy(shown + (size_t)item * at->pattern_room, s->scores + (size_t)item * attention.room,
           (at->position + item / net->heads + 1) * sizeof(float));
}

static void norm_rows(float *out, const float *x, const float *weight, const network_t *net,
                      int rows) {
  for (int row = 0; row < rows; row++)
    kernels->norm(out + (size_t)row * net->width, x + (size_t)row * net->width, weight, net->width,
                  net->eps);
}

static void add(float *to, const float *from, size_t count) {
  for (size_t i = 0; i < count; i++) to[i] += from[i];
}

static void one_layer(const network_t *net, int index, const place_t *at, const scratch_t *s) {
  const layer_t *layer = &net->layer[index];
  const int rows = at->rows, width = net->width, inner = net->inner;
  const int mixed = net->heads * net->head_dim, joined = mixed + 2 * net->kv_heads * net->head_dim;
  norm_rows(s->normed, s->hidden, layer->input_norm, net, rows);
  multiply(layer->joined, layer->joined_bias, joined, width, s->normed, s->joined, rows);
  place_heads(net, layer, at, index, s->joined);
  attend(net, at, index, s);
  multiply(layer->out, layer->out_bias, width, mixed, s->mixed, s->out, rows);
  add(s->hidden, s->out, (size_t)rows * width);
  norm_rows(s->normed, s->hidden, layer->middle_norm, net, rows);
  multiply(layer->gate_up, layer->gate_up_bias, 2 * inner, width, s->normed, s->gates, rows);
  for (int row = 0; row < rows; row++) {
    float *gate = s->gates + (size_t)row * 2 * inner;
    kernels->gate(gate, gate + inner, inner);
    /* Rows without gaps are what the product reads. */
    memmove(s->gates + (size_t)row * inner, gate, inner * sizeof(float));
  }
  multiply(layer->down, layer->down_bias, width, inner, s->gates, s->out, rows);
  add(s->hidden, s->out, (size_t)rows * width);
}

/* logits, shape (rows, vocabulary), of the tokens `ids`; 0 if there was no memory. */
PUBLIC int row_product_forward(const network_t *net, const int *ids, const place_t *at, float *logits) {
  scratch_t s;
  pool_take();
  const int is_ready = make_room(&s, net, at);
  if (is_ready) {
    for (int row = 0; row < at->rows; row++)
      memcpy(s.hidden + (size_t)row * net->width, net->embedding + (size_t)ids[row] * net->width,
             net->width * sizeof(float));
    for (int index = 0; index < net->layers; index++) {
      one_layer(net, index, at, &s);
      const float *push = at->pushes ? at->pushes[index] : 0;
      for (int row = 0; push && row < at->rows; row++)
        add(s.hidden + (size_t)row * net->width, push, net->width);
      if (at->states)
        memcpy(at->states + (size_t)index * at->rows * net->width, s.hidden,
               (size_t)at->rows * net->width * sizeof(float));
    }
    norm_rows(s.normed, s.hidden, net->final_norm, net, at->rows);
    multiply(net->head, 0, net->vocabulary, net->width, s.normed, logits, at->rows);
  }
  pool_leave();
  return is_ready;
}

/* logits, shape (rows, vocabulary), as if the network stopped at these states, (rows, width). */
PUBLIC int row_product_lens(const network_t *net, const float *states, int rows, float *logits) {
  scratch_t s;
  const place_t nowhere = {.rows = rows};
  pool_take();
  const int is_ready = make_room(&s, net, &nowhere);
  if (is_ready) {
    norm_rows(s.normed, states, net->final_norm, net, rows);
    multiply(net->head, 0, net->vocabulary, net->width, s.normed, logits, rows);
  }
  pool_leave();
  return is_ready;
}

/* What rows of logits say; see kernels.h. */
PUBLIC void row_product_summarise(const summary_t *summary, int rows) {
  if (rows == 1) { /* waking others would take longer */
    kernels->summarise(summary, 0, 1);
    return;
  }
  pool_take();
  pool_run(kernels->summarise, summary, rows, 1);
  pool_leave();
}

/* Sums of parts of each row, shape (rows, parts); part i is from edges[i] to edges[i + 1]. */
PUBLIC void row_product_part_sums(const float *x, int rows, int stride, const int *edges, int parts,
                                  double *sums) {
  for (int row = 0; row < rows; row++, x += stride)
    for (int part = 0; part < parts; part++) {
      double lanes[4] = {0};
      int i = edges[part];
      for (; i + 4 <= edges[part + 1]; i += 4)
        for (int lane = 0; lane < 4; lane++) lanes[lane] += x[i + lane];
      for (; i < edges[part + 1]; i++) lanes[0] += x[i];
      *sums++ = (lanes[0] + lanes[1]) + (lanes[2] + lanes[3]);
    }
}
