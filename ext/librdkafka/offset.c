/*
 * librdkafka's handling of offsets, with a mend: other threads hand the reset and the validation of an offset over to the
 * main thread. The queue of a client that is being destroyed refuses that, and librdkafka would then do it on the same
 * thread, which hands it over again, until the thread waits for a lock that it holds.
 */
#include "rdkafka_int.h"
#include "rdkafka_topic.h"
#include "rdkafka_partition.h"
#include "rdkafka_offset.h"
#include "rdkafka_broker.h"
#include "rdkafka_request.h"

static rd_kafka_op_cb_t rd_kafka_offset_reset_op_cb, rd_kafka_offset_validate_op_cb;

static rd_kafka_op_res_t karafka_reset(rd_kafka_t *rk, rd_kafka_q_t *queue, rd_kafka_op_t *op) {
        return op->rko_err == RD_KAFKA_RESP_ERR__DESTROY ? RD_KAFKA_OP_RES_HANDLED
                                                         : rd_kafka_offset_reset_op_cb(rk, queue, op);
}

static rd_kafka_op_res_t karafka_validate(rd_kafka_t *rk, rd_kafka_q_t *queue, rd_kafka_op_t *op) {
        return op->rko_err == RD_KAFKA_RESP_ERR__DESTROY ? RD_KAFKA_OP_RES_HANDLED
                                                         : rd_kafka_offset_validate_op_cb(rk, queue, op);
}

static int karafka_hand_over(rd_kafka_q_t *queue, rd_kafka_op_t *op) {
        if (op->rko_op_cb == rd_kafka_offset_reset_op_cb)
                op->rko_op_cb = karafka_reset;
        else if (op->rko_op_cb == rd_kafka_offset_validate_op_cb)
                op->rko_op_cb = karafka_validate;
        return rd_kafka_q_enq(queue, op);
}

#define rd_kafka_q_enq karafka_hand_over
#include "rdkafka_offset.c"
