/* Two orders of memory that ThreadSanitizer is not told of. Linked with --wrap, these tell it; each adds what the
 * language has promised there, and nothing more. Everything else it sees by itself. */
#include <stdint.h>

void __tsan_acquire(void *address);

/* A fence after a counter was lowered (C11 section 7.17.4: it acquires what the counter has released), of which the
 * sanitizer knows none. That is how Arc sees that it is the last. */
static __thread volatile uint64_t *lowered;

uint64_t __real___tsan_atomic64_fetch_sub(volatile uint64_t *counter, uint64_t by, int order);
uint64_t __wrap___tsan_atomic64_fetch_sub(volatile uint64_t *counter, uint64_t by, int order);
uint64_t __wrap___tsan_atomic64_fetch_sub(volatile uint64_t *counter, uint64_t by, int order) {
  lowered = counter;
  return __real___tsan_atomic64_fetch_sub(counter, by, order);
}

void __real___tsan_atomic_thread_fence(int order);
void __wrap___tsan_atomic_thread_fence(int order);
void __wrap___tsan_atomic_thread_fence(int order) {
  if (order == __ATOMIC_ACQUIRE && lowered) {
    __tsan_acquire((void *)(uintptr_t)lowered);
    lowered = 0;
  }
  __real___tsan_atomic_thread_fence(order);
}

/* A lock of std that had to wait: that part of std is compiled already, without the sanitizer. Once it returns, the
 * lock is acquired. */
#define ACQUIRES(lock)           \
  void __real_##lock(void *it);  \
  void __wrap_##lock(void *it);  \
  void __wrap_##lock(void *it) { \
    __real_##lock(it);           \
    __tsan_acquire(it);          \
  }
LOCKS
