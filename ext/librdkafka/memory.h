/* Included before each of librdkafka's files: where they take their memory from (memory.c). */
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>

void *karafka_malloc(size_t size);
void *karafka_calloc(size_t count, size_t size);
void *karafka_realloc(void *memory, size_t size);
void karafka_free(void *memory);
char *karafka_strdup(const char *text);
char *karafka_strndup(const char *text, size_t limit);

#define malloc karafka_malloc
#define calloc karafka_calloc
#define realloc karafka_realloc
#define free karafka_free
#undef strdup
#define strdup karafka_strdup
#undef strndup
#define strndup karafka_strndup
