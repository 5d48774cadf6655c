/* What librdkafka's GSSAPI uses of Cyrus SASL 2, led to the library that sasl.c opens when it is asked for. */
#ifndef KARAFKA_NATIVE_SASL_H
#define KARAFKA_NATIVE_SASL_H

#define SASL_CONTINUE 1
#define SASL_INTERACT 2
#define SASL_OK 0
#define SASL_FAIL (-1)

#define SASL_USERNAME 0
#define SASL_MECHNAME 15
#define SASL_AUTHSOURCE 14

#define SASL_CB_LIST_END 0
#define SASL_CB_LOG 2
#define SASL_CB_USER 0x4001
#define SASL_CB_AUTHNAME 0x4002
#define SASL_CB_PASS 0x4004
#define SASL_CB_ECHOPROMPT 0x4005
#define SASL_CB_GETREALM 0x4008
#define SASL_CB_CANON_USER 0x8007

typedef struct sasl_conn sasl_conn_t;

typedef struct sasl_secret {
        unsigned long len;
        unsigned char data[1];
} sasl_secret_t;

typedef struct sasl_callback {
        unsigned long id;
        int (*proc)(void);
        void *context;
} sasl_callback_t;

typedef struct sasl_interact {
        unsigned long id;
        const char *challenge;
        const char *prompt;
        const char *defresult;
        const void *result;
        unsigned len;
} sasl_interact_t;

/* The functions of the library; null until it has been opened. */
struct karafka_sasl {
        int (*client_init)(const sasl_callback_t *callbacks);
        int (*client_new)(const char *service, const char *host, const char *local, const char *remote,
                          const sasl_callback_t *callbacks, unsigned flags, sasl_conn_t **conn);
        int (*client_start)(sasl_conn_t *conn, const char *mechanisms, sasl_interact_t **need, const char **out,
                            unsigned *size, const char **mechanism);
        int (*client_step)(sasl_conn_t *conn, const char *in, unsigned in_size, sasl_interact_t **need,
                           const char **out, unsigned *size);
        int (*listmech)(sasl_conn_t *conn, const char *user, const char *prefix, const char *separator,
                        const char *suffix, const char **names, unsigned *size, int *count);
        int (*getprop)(sasl_conn_t *conn, int number, const void **value);
        const char *(*errstring)(int code, const char *languages, const char **language);
        const char *(*errdetail)(sasl_conn_t *conn);
        void (*dispose)(sasl_conn_t **conn);
};

extern struct karafka_sasl karafka_sasl;

int karafka_sasl_client_init(const sasl_callback_t *callbacks);
int karafka_sasl_client_new(const char *service, const char *host, const char *local, const char *remote,
                            const sasl_callback_t *callbacks, unsigned flags, sasl_conn_t **conn);
const char *karafka_sasl_errstring(int code, const char *languages, const char **language);
void karafka_sasl_dispose(sasl_conn_t **conn);

#define sasl_client_init karafka_sasl_client_init
#define sasl_client_new karafka_sasl_client_new
#define sasl_errstring karafka_sasl_errstring
#define sasl_dispose karafka_sasl_dispose
/* There is a connection, so the library has been opened. */
#define sasl_client_start karafka_sasl.client_start
#define sasl_client_step karafka_sasl.client_step
#define sasl_listmech karafka_sasl.listmech
#define sasl_getprop karafka_sasl.getprop
#define sasl_errdetail karafka_sasl.errdetail

#endif
