/*
 * librdkafka's admin requests, with a mend: before ListOffsets and DeleteRecords, librdkafka asks for the leaders of the
 * partitions, and begins that on the calling thread. If metadata arrive meanwhile, its main thread goes on with the same
 * request at the same time, and one of them uses what the other has released. So the main thread begins it, too.
 */
#include "rdkafka_int.h"
#include "rdkafka_partition.h"

/* Answers for a client that is destroyed before its main thread got to the request. */
static void karafka_leaders_failed(rd_kafka_op_t *request) {
        rd_kafka_op_t *reply  = rd_kafka_op_new_cb(request->rko_rk, RD_KAFKA_OP_LEADERS, request->rko_u.leaders.cb);
        reply->rko_err        = request->rko_err;
        reply->rko_u.leaders.opaque = request->rko_u.leaders.opaque;
        rd_kafka_replyq_enq(&request->rko_u.leaders.replyq, reply, 0);
}

static rd_kafka_op_res_t karafka_begin_leaders(rd_kafka_t *rk, rd_kafka_q_t *queue, rd_kafka_op_t *request) {
        if (request->rko_err) {
                karafka_leaders_failed(request);
                return RD_KAFKA_OP_RES_HANDLED;
        }
        rd_kafka_topic_partition_list_query_leaders_async(
            rk, request->rko_u.leaders.partitions, rd_timeout_remains(request->rko_u.leaders.ts_timeout),
            request->rko_u.leaders.replyq, request->rko_u.leaders.cb, request->rko_u.leaders.opaque);
        rd_kafka_replyq_clear(&request->rko_u.leaders.replyq); /* handed over */
        return RD_KAFKA_OP_RES_HANDLED;
}

static void karafka_query_leaders(rd_kafka_t *rk,
                                  const rd_kafka_topic_partition_list_t *partitions,
                                  int timeout_ms,
                                  rd_kafka_replyq_t replyq,
                                  rd_kafka_op_cb_t *cb,
                                  void *opaque) {
        rd_kafka_op_t *request            = rd_kafka_op_new_cb(rk, RD_KAFKA_OP_LEADERS, karafka_begin_leaders);
        request->rko_u.leaders.partitions = rd_kafka_topic_partition_list_copy(partitions);
        request->rko_u.leaders.ts_timeout = rd_timeout_init(timeout_ms);
        request->rko_u.leaders.replyq     = replyq;
        request->rko_u.leaders.cb         = cb;
        request->rko_u.leaders.opaque     = opaque;
        rd_kafka_q_enq(rk->rk_ops, request);
}

#define rd_kafka_topic_partition_list_query_leaders_async karafka_query_leaders
#include "rdkafka_admin.c"
