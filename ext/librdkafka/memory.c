/*
 * librdkafka's memory, on Linux: from mimalloc. Messages are allocated by one thread and freed by another, and glibc's
 * threads wait for each other then. A fork may leave mimalloc's locks and lists as another thread was changing them, so a
 * child of a process that had clients takes its memory from the C library, and leaves what it inherited alone.
 */
#include <mimalloc.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "rdkafka.h"

static bool from_libc;

static void after_fork_in_child(void) {
        from_libc |= rd_kafka_thread_cnt() > 0; /* how many the parent had */
}

static void __attribute__((constructor)) choose(void) {
        const char *chosen = getenv("KARAFKA_NATIVE_ALLOCATOR");
        from_libc          = chosen && !strcmp(chosen, "libc");
        pthread_atfork(NULL, NULL, after_fork_in_child);
}

void *karafka_malloc(size_t size) {
        return from_libc ? malloc(size) : mi_malloc(size);
}

void *karafka_calloc(size_t count, size_t size) {
        return from_libc ? calloc(count, size) : mi_calloc(count, size);
}

/* Frees the memory of other libraries, too. */
void karafka_free(void *memory) {
        if (!mi_is_in_heap_region(memory))
                free(memory);
        else if (!from_libc)
                mi_free(memory);
}

void *karafka_realloc(void *memory, size_t size) {
        size_t old;
        void *copy;
        if (!memory)
                return karafka_malloc(size);
        if (!mi_is_in_heap_region(memory))
                return realloc(memory, size);
        if (!from_libc)
                return mi_realloc(memory, size);
        old  = mi_usable_size(memory);
        copy = malloc(size);
        return copy ? memcpy(copy, memory, old < size ? old : size) : NULL;
}

char *karafka_strndup(const char *text, size_t limit) {
        size_t length = strnlen(text, limit);
        char *copy    = karafka_malloc(length + 1);
        if (copy) {
                memcpy(copy, text, length);
                copy[length] = '\0';
        }
        return copy;
}

char *karafka_strdup(const char *text) {
        return karafka_strndup(text, strlen(text));
}
