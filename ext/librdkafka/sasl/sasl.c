/* Opens Cyrus SASL when GSSAPI is asked for, so that nobody else needs it. */
#include <dlfcn.h>
#include <pthread.h>
#include <stddef.h>
#include <string.h>

#include "include/sasl/sasl.h"

#ifdef __APPLE__
static const char *const names[] = {"libsasl2.2.dylib", "libsasl2.dylib", NULL};
#else
static const char *const names[] = {"libsasl2.so.2", "libsasl2.so.3", "libsasl2.so", NULL};
#endif

static const char *const missing =
    "GSSAPI needs Cyrus SASL with its Kerberos plugin; install libsasl2-modules-gssapi-mit (apt), "
    "cyrus-sasl-gssapi (dnf), cyrus-sasl-gssapiv2 (apk) or cyrus-sasl (brew)";

struct karafka_sasl karafka_sasl;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int is_open;

static void *open_library(void) {
        const char *const *name;
        void *library = NULL;
        for (name = names; *name && !library; name++)
                library = dlopen(*name, RTLD_NOW | RTLD_LOCAL);
        return library;
}

static int find_functions(void *library) {
        const struct {
                const char *name;
                void *target;
        } functions[] = {
            {"sasl_client_init", &karafka_sasl.client_init},   {"sasl_client_new", &karafka_sasl.client_new},
            {"sasl_client_start", &karafka_sasl.client_start}, {"sasl_client_step", &karafka_sasl.client_step},
            {"sasl_listmech", &karafka_sasl.listmech},         {"sasl_getprop", &karafka_sasl.getprop},
            {"sasl_errstring", &karafka_sasl.errstring},       {"sasl_errdetail", &karafka_sasl.errdetail},
            {"sasl_dispose", &karafka_sasl.dispose},
        };
        size_t i;
        for (i = 0; i < sizeof(functions) / sizeof(*functions); i++) {
                void *found = dlsym(library, functions[i].name);
                if (!found)
                        return 0;
                memcpy(functions[i].target, &found, sizeof(found));
        }
        return 1;
}

/* Whether the library has a plugin for GSSAPI. */
static int knows_gssapi(void) {
        sasl_conn_t *conn = NULL;
        const char *mechanisms = NULL;
        int known = karafka_sasl.client_new("kafka", "localhost", NULL, NULL, NULL, 0, &conn) == SASL_OK &&
                    karafka_sasl.listmech(conn, NULL, " ", " ", " ", &mechanisms, NULL, NULL) == SASL_OK &&
                    strstr(mechanisms, " GSSAPI ") != NULL;
        if (conn)
                karafka_sasl.dispose(&conn);
        return known;
}

/* Returns what is wrong, or null. A failure is not kept: the next call tries again. */
const char *karafka_sasl_open(void) {
        pthread_mutex_lock(&lock);
        if (!is_open) {
                void *library = open_library();
                is_open = library && find_functions(library) && karafka_sasl.client_init(NULL) == SASL_OK &&
                          knows_gssapi();
        }
        pthread_mutex_unlock(&lock);
        return is_open ? NULL : missing;
}

/* librdkafka calls this whatever the mechanism. */
int karafka_sasl_client_init(const sasl_callback_t *callbacks) {
        (void)callbacks;
        return SASL_OK;
}

int karafka_sasl_client_new(const char *service, const char *host, const char *local, const char *remote,
                            const sasl_callback_t *callbacks, unsigned flags, sasl_conn_t **conn) {
        if (karafka_sasl_open())
                return SASL_FAIL;
        return karafka_sasl.client_new(service, host, local, remote, callbacks, flags, conn);
}

const char *karafka_sasl_errstring(int code, const char *languages, const char **language) {
        return is_open ? karafka_sasl.errstring(code, languages, language) : missing;
}

void karafka_sasl_dispose(sasl_conn_t **conn) {
        if (*conn)
                karafka_sasl.dispose(conn);
}
