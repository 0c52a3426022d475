/* Threads that share one piece of work at a time; see pool.c. */
#ifndef POOL_H
#define POOL_H

/* Does the items first to last - 1 of a job. */
typedef void work_t(const void *job, int first, int last);

void pool_start(int threads);

/* Items 0 to count - 1 have been done, dealt out `portion` at a time. Whoever calls holds the pool. */
void pool_run(work_t *work, const void *job, int count, int portion);

/* pool_take waits for whoever has the pool; pool_try gives 0 instead. */
void pool_take(void);
int pool_try(void);
void pool_leave(void);

#endif
