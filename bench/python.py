"""The nearest relative: the same with confluent-kafka-python, a C extension on the same librdkafka.

    python.py produce  SERVERS TOPIC COUNT SIZE
    python.py callback SERVERS TOPIC COUNT SIZE
    python.py latency  SERVERS TOPIC COUNT SIZE
    python.py poll     SERVERS TOPIC COUNT PARTITIONS
    python.py batch    SERVERS TOPIC COUNT PARTITIONS

Prints one line of JSON, like bench/run_scenario.rb.
"""

import json
import os
import sys
import time

from confluent_kafka import Consumer, Producer, TopicPartition

BATCH = 500


def measure(work):
    """Runs work, which returns how much it did."""
    before, cpu = time.monotonic(), time.process_time()
    done = work()
    seconds, cpu = time.monotonic() - before, time.process_time() - cpu
    return {"per_second": done / seconds, "cpu_us": cpu * 1e6 / done}


def producer(servers, topic, **config):
    """One that is connected and knows the topic."""
    defaults = {"linger.ms": 5, "acks": 1, "queue.buffering.max.messages": 1_000_000}
    made = Producer({"bootstrap.servers": servers, **defaults, **config})
    made.produce(topic, "first", partition=0)
    made.flush()
    return made


def produce(servers, topic, count, size):
    """Produces all and waits for all; the callbacks only count."""
    client = producer(servers, topic)
    payload = b"x" * size
    delivered = 0

    def count_one(error, _message):
        nonlocal delivered
        delivered += error is None

    def work():
        for _ in range(count):
            client.produce(topic, payload, on_delivery=count_one)
        client.flush()
        return delivered

    return measure(work)


def callback(servers, topic, count, size):
    """The same as applications do it: callbacks are served beside producing, and look at their report."""
    client = producer(servers, topic)
    payload = b"x" * size
    delivered = 0

    def report(error, message):
        nonlocal delivered
        delivered += error is None and message.offset() >= 0

    def work():
        for _ in range(count):
            client.produce(topic, payload, on_delivery=report)
            client.poll(0)
        client.flush()
        return delivered

    return measure(work)


def latency(servers, topic, count, size):
    """Produces and waits one by one."""
    client = producer(servers, topic, **{"linger.ms": 0})
    payload = b"x" * size
    took = []

    def report(_error, _message):
        took.append(time.monotonic() - start)

    for number in range(count):
        start = time.monotonic()
        client.produce(topic, payload, partition=0, on_delivery=report)
        while len(took) == number:
            client.poll(1)
    took.sort()
    return {"median_us": took[count // 2] * 1e6, "p99_us": took[count * 99 // 100] * 1e6}


def consume(servers, topic, count, partitions, take):
    """Consumes all; connecting and the first fetch are not measured."""
    client = Consumer({
        "bootstrap.servers": servers, "group.id": "python", "auto.offset.reset": "earliest", "enable.auto.commit": False,
        "fetch.queue.backoff.ms": 10, "queued.min.messages": 1_000_000,
    })
    client.assign([TopicPartition(topic, partition, 0) for partition in range(partitions)])
    first = 0
    while first == 0:
        first = take(client, 1_000)

    def work():
        got = 0
        while got < count - first:
            got += take(client, 10)
        return got

    return measure(work)


def poll(servers, topic, count, partitions):
    """One by one."""
    def take(client, timeout_ms):
        message = client.poll(timeout_ms / 1_000)
        return 0 if message is None or message.error() else 1

    return consume(servers, topic, count, partitions, take)


def batch(servers, topic, count, partitions):
    """In batches, reading each payload."""
    def take(client, timeout_ms):
        size = 0
        messages = client.consume(BATCH, timeout_ms / 1_000)
        for message in messages:
            size += len(message.value())
        return len(messages)

    return consume(servers, topic, count, partitions, take)


SCENARIOS = {"produce": produce, "callback": callback, "latency": latency, "poll": poll, "batch": batch}

if __name__ == "__main__":
    name, servers, topic, count, last = sys.argv[1:]
    print(json.dumps(SCENARIOS[name](servers, topic, int(count), int(last))), flush=True)
    os._exit(0)  # the end of the process is not measured
