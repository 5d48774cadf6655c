/* The limit: what librdkafka itself does, without Ruby. Built by bench/drivers.rb with the librdkafka that the
 * extension is linked with.
 *
 *   raw produce SERVERS TOPIC COUNT SIZE
 *   raw latency SERVERS TOPIC COUNT SIZE
 *   raw poll    SERVERS TOPIC COUNT PARTITIONS
 *   raw batch   SERVERS TOPIC COUNT PARTITIONS
 *
 * Prints one line of JSON, like bench/scenario.rb. */
#include <rdkafka.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define BATCH 500

static atomic_long delivered;

static double seconds(clockid_t clock) {
  struct timespec now;
  clock_gettime(clock, &now);
  return now.tv_sec + now.tv_nsec / 1e9;
}

static void fail(const char *what) {
  fprintf(stderr, "raw: %s\n", what);
  exit(1);
}

static void set(rd_kafka_conf_t *conf, const char *name, const char *value) {
  char text[512];
  if (rd_kafka_conf_set(conf, name, value, text, sizeof(text)) != RD_KAFKA_CONF_OK) fail(text);
}

static rd_kafka_t *client(rd_kafka_type_t type, rd_kafka_conf_t *conf) {
  char text[512];
  rd_kafka_t *rk = rd_kafka_new(type, conf, text, sizeof(text));
  if (!rk) fail(text);
  return rk;
}

static void on_delivery(rd_kafka_t *rk, const rd_kafka_message_t *message, void *opaque) {
  (void)rk;
  (void)opaque;
  if (message->err) fail(rd_kafka_err2str(message->err));
  atomic_fetch_add(&delivered, 1);
}

static void *serve(void *rk) {
  for (;;) rd_kafka_poll(rk, 100);
  return NULL;
}

static rd_kafka_t *producer(const char *servers, const char *linger_ms) {
  rd_kafka_conf_t *conf = rd_kafka_conf_new();
  set(conf, "bootstrap.servers", servers);
  set(conf, "linger.ms", linger_ms);
  set(conf, "acks", "1");
  set(conf, "queue.buffering.max.messages", "1000000");
  rd_kafka_conf_set_dr_msg_cb(conf, on_delivery);
  return client(RD_KAFKA_PRODUCER, conf);
}

static void produce(rd_kafka_t *rk, rd_kafka_topic_t *topic, int partition, const char *payload, size_t size) {
  while (rd_kafka_produce(topic, partition, RD_KAFKA_MSG_F_COPY, (void *)payload, size, NULL, 0, NULL)) {
    if (rd_kafka_last_error() != RD_KAFKA_RESP_ERR__QUEUE_FULL) fail(rd_kafka_err2str(rd_kafka_last_error()));
    rd_kafka_poll(rk, 1);
  }
}

static int compare(const void *left, const void *right) {
  double difference = *(const double *)left - *(const double *)right;
  return (difference > 0) - (difference < 0);
}

static void produce_all(const char *servers, const char *name, long count, size_t size) {
  rd_kafka_t *rk = producer(servers, "5");
  rd_kafka_topic_t *topic = rd_kafka_topic_new(rk, name, NULL);
  char *payload = calloc(1, size);
  produce(rk, topic, 0, payload, size);
  while (rd_kafka_outq_len(rk) > 0) rd_kafka_poll(rk, 10);
  pthread_t thread;
  pthread_create(&thread, NULL, serve, rk);
  atomic_store(&delivered, 0);
  double start = seconds(CLOCK_MONOTONIC), cpu = seconds(CLOCK_PROCESS_CPUTIME_ID);
  for (long i = 0; i < count; i++) produce(rk, topic, RD_KAFKA_PARTITION_UA, payload, size);
  struct timespec pause = {0, 200000};
  while (atomic_load(&delivered) < count) nanosleep(&pause, NULL);
  printf("{\"per_second\": %.0f, \"cpu_us\": %.3f}\n", count / (seconds(CLOCK_MONOTONIC) - start),
         (seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu) * 1e6 / count);
}

static void produce_one_by_one(const char *servers, const char *name, long count, size_t size) {
  rd_kafka_t *rk = producer(servers, "0");
  rd_kafka_topic_t *topic = rd_kafka_topic_new(rk, name, NULL);
  char *payload = calloc(1, size);
  double *took = calloc(count + 1, sizeof(double));
  for (long i = 0; i <= count; i++) {
    long before = atomic_load(&delivered);
    double start = seconds(CLOCK_MONOTONIC);
    produce(rk, topic, 0, payload, size);
    while (atomic_load(&delivered) == before) rd_kafka_poll(rk, 1000);
    took[i] = seconds(CLOCK_MONOTONIC) - start;
  }
  qsort(took + 1, count, sizeof(double), compare); /* the first one connects */
  printf("{\"median_us\": %.1f, \"p99_us\": %.1f}\n", took[1 + count / 2] * 1e6, took[1 + count * 99 / 100] * 1e6);
}

static long take(rd_kafka_t *rk, rd_kafka_queue_t *queue, int batch) {
  rd_kafka_message_t *messages[BATCH];
  long good = 0;
  long got = 1;
  if (batch)
    got = rd_kafka_consume_batch_queue(queue, 10, messages, BATCH);
  else
    messages[0] = rd_kafka_consumer_poll(rk, 1000);
  for (long i = 0; i < got; i++) {
    if (!messages[i]) continue;
    good += !messages[i]->err;
    rd_kafka_message_destroy(messages[i]);
  }
  return good;
}

static void consume(const char *servers, const char *name, long count, int partitions, int batch) {
  rd_kafka_conf_t *conf = rd_kafka_conf_new();
  set(conf, "bootstrap.servers", servers);
  set(conf, "group.id", "raw");
  set(conf, "auto.offset.reset", "earliest");
  set(conf, "enable.auto.commit", "false");
  set(conf, "fetch.queue.backoff.ms", "10");
  set(conf, "queued.min.messages", "1000000");
  rd_kafka_t *rk = client(RD_KAFKA_CONSUMER, conf);
  rd_kafka_poll_set_consumer(rk);
  rd_kafka_queue_t *queue = rd_kafka_queue_get_consumer(rk);
  rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(partitions);
  for (int i = 0; i < partitions; i++) rd_kafka_topic_partition_list_add(list, name, i)->offset = 0;
  rd_kafka_assign(rk, list);
  long got = 0;
  while (!got) got = take(rk, queue, batch); /* connecting is not measured */
  long rest = count - got;
  double start = seconds(CLOCK_MONOTONIC), cpu = seconds(CLOCK_PROCESS_CPUTIME_ID);
  while (got < count) got += take(rk, queue, batch);
  printf("{\"per_second\": %.0f, \"cpu_us\": %.3f}\n", rest / (seconds(CLOCK_MONOTONIC) - start),
         (seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu) * 1e6 / rest);
}

int main(int argc, char **argv) {
  if (argc != 6) fail("usage: raw SCENARIO SERVERS TOPIC COUNT SIZE|PARTITIONS");
  const char *scenario = argv[1];
  long count = atol(argv[4]);
  long last = atol(argv[5]);
  if (!strcmp(scenario, "produce")) produce_all(argv[2], argv[3], count, last);
  else if (!strcmp(scenario, "latency")) produce_one_by_one(argv[2], argv[3], count, last);
  else if (!strcmp(scenario, "poll")) consume(argv[2], argv[3], count, last, 0);
  else if (!strcmp(scenario, "batch")) consume(argv[2], argv[3], count, last, 1);
  else fail("no such scenario");
  fflush(stdout);
  _exit(0); /* the process is only measured */
}
