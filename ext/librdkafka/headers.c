/* What librdkafka knows of a fetched message's headers before it parses them. There is no public function for it. */
#include "rdkafka_int.h"
#include "rdkafka_msg.h"

/* Whether the message may have headers. Without any, there is nothing, or only their number, which is one byte. */
int karafka_may_have_headers(const rd_kafka_message_t *message) {
        const rd_kafka_msg_t *fetched = (const rd_kafka_msg_t *)message;
        const rd_kafkap_bytes_t *unparsed = &fetched->rkm_u.consumer.binhdrs;
        return fetched->rkm_headers || RD_KAFKAP_BYTES_LEN(unparsed) > 1 ||
               (RD_KAFKAP_BYTES_LEN(unparsed) == 1 && *(const char *)unparsed->data);
}
