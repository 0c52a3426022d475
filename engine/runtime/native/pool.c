/* Threads that share one piece of work at a time.
 *
 * Work is dealt out in small portions, so that a thread which the system puts aside holds up one
 * portion and not half of the work: OpenBLAS falls to a tenth of its speed on a busy machine.
 */
#include "pool.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

enum { MOST_THREADS = 64 };
/* About 20 microseconds: the pause between two pieces of work of one token is shorter. */
enum { SPINS = 4000 };

typedef struct {
  work_t *work;
  const void *job;
  int count, portion;
} task_t;

static pthread_mutex_t holder = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t sleep_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t work_there = PTHREAD_COND_INITIALIZER;
static task_t task;
static atomic_uint generation; /* counts tasks; a change wakes the threads */
static atomic_int next_item, items_done, at_work, sleepers;
static int threads = 1;

static void take_portions(void) {
  const task_t t = task;
  for (;;) {
    const int first = atomic_fetch_add(&next_item, t.portion);
    if (first >= t.count) return;
    const int last = first + t.portion < t.count ? first + t.portion : t.count;
    t.work(t.job, first, last);
    atomic_fetch_add(&items_done, last - first);
  }
}

static void *worker(void *unused) {
  unsigned seen = 0;
  for (;;) {
    for (int spin = 0; spin < SPINS && atomic_load(&generation) == seen; spin++)
      if (spin % 64 == 63) sched_yield();
    if (atomic_load(&generation) == seen) {
      pthread_mutex_lock(&sleep_lock);
      atomic_fetch_add(&sleepers, 1);
      while (atomic_load(&generation) == seen) pthread_cond_wait(&work_there, &sleep_lock);
      atomic_fetch_sub(&sleepers, 1);
      pthread_mutex_unlock(&sleep_lock);
    }
    /* Announced before looking at the task, so that it is not replaced meanwhile. */
    atomic_fetch_add(&at_work, 1);
    seen = atomic_load(&generation);
    if (!(seen & 1)) take_portions();
    atomic_fetch_sub(&at_work, 1);
  }
  return unused;
}

/* An odd generation means that the task is being replaced and nobody may read it. */
void pool_run(work_t *work, const void *job, int count, int portion) {
  atomic_fetch_add(&generation, 1);
  while (atomic_load(&at_work)) sched_yield();
  task = (task_t){work, job, count, portion};
  atomic_store(&next_item, 0);
  atomic_store(&items_done, 0);
  atomic_fetch_add(&generation, 1);
  /* A thread counts itself asleep before it looks at the generation for the last time. */
  if (atomic_load(&sleepers)) {
    pthread_mutex_lock(&sleep_lock);
    pthread_cond_broadcast(&work_there);
    pthread_mutex_unlock(&sleep_lock);
  }
  take_portions();
  while (atomic_load(&items_done) < count) sched_yield();
}

void pool_start(int wanted) {
  pthread_t thread;
  for (; threads < wanted && threads < MOST_THREADS; threads++) {
    if (pthread_create(&thread, 0, worker, 0)) break;
    pthread_detach(thread);
  }
}

void pool_take(void) { pthread_mutex_lock(&holder); }
int pool_try(void) { return !pthread_mutex_trylock(&holder); }
void pool_leave(void) { pthread_mutex_unlock(&holder); }
