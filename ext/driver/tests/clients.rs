//! The clients against librdkafka's mock cluster, without Ruby.

mod support;

use std::{
    ffi::CString,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    time::{Duration, Instant},
};

use karafka_driver::{
    Awaited, Closable, Closing, Consumer, Delivery, Error, Event, Message, MockCluster, Occasion, PartitionList,
    Producer, Record, Served, Timeout, TransactionRequest, Wake,
    admin::{DeleteTopic, ListGroupOffsets, ListOffsets, Options},
    code,
};
use support::{LONG, NOT_INTERRUPTED, config};

const NO_OPTIONS: Options =
    Options { request_timeout: None, operation_timeout: None, broker: None, validate_only: false };

fn cluster() -> MockCluster {
    let cluster = MockCluster::start(1, Duration::ZERO).unwrap();
    cluster.create_topic("t", 1, 1).unwrap();
    cluster
}

fn produce(producer: &Producer, payload: &[u8]) -> Delivery {
    let delivery = Delivery::new();
    let record = Record {
        topic: b"t",
        topic_config: 0,
        partition: -1,
        payload: Some(payload),
        key: None,
        timestamp: None,
        headers: &[],
    };
    producer.produce(&record, delivery.clone()).unwrap();
    delivery
}

/// Produces and waits until all is delivered.
fn fill(cluster: &MockCluster, payloads: &[&[u8]]) {
    let producer = Producer::create(config(cluster, &[])).unwrap();
    let deliveries: Vec<_> = payloads.iter().map(|payload| produce(&producer, payload)).collect();
    assert!(producer.flush(LONG).result.unwrap());
    assert!(deliveries.iter().all(|delivery| delivery.report().response == code::NO_ERROR));
}

/// A consumer of the topic from its beginning.
fn consumer(cluster: &MockCluster) -> Consumer {
    let options = [("group.id", "g"), ("auto.offset.reset", "earliest"), ("enable.auto.commit", "false")];
    let consumer = Consumer::create(config(cluster, &options), true).unwrap();
    let mut list = PartitionList::with_capacity(1);
    list.add(c"t", 0, Some(0), None);
    consumer.assign(Some(&list)).unwrap();
    consumer
}

fn next(consumer: &Consumer) -> Message {
    let started = Instant::now();
    loop {
        if let Some(message) = consumer.poll(Timeout(100)).result.unwrap() {
            return message;
        }
        assert!(started.elapsed() < Duration::from_secs(30), "no message");
    }
}

#[test]
fn a_message_travels_with_all_that_belongs_to_it() {
    let cluster = cluster();
    let producer = Producer::create(config(&cluster, &[])).unwrap();
    let delivery = Delivery::new();
    let headers = [(CString::from(c"a"), b"1".to_vec()), (CString::from(c"a"), Vec::new())];
    let record = Record {
        topic: b"t",
        topic_config: 0,
        partition: 0,
        payload: Some(b"pay\0load"),
        key: Some(b""),
        timestamp: Some(1_700_000_000_123),
        headers: &headers,
    };
    producer.produce(&record, delivery.clone()).unwrap();
    assert!(producer.flush(LONG).result.unwrap());
    let report = delivery.report();
    assert!(!delivery.is_pending());
    assert_eq!((report.response, report.partition, report.offset, report.status), (0, 0, 0, Some(2)));

    let consumer = consumer(&cluster);
    let message = next(&consumer);
    assert_eq!(message.payload(), Some(&b"pay\0load"[..]));
    assert_eq!(message.key(), Some(&b""[..]));
    assert_eq!(message.timestamp(), Some(1_700_000_000_123));
    let mut found = Vec::new();
    message.each_header(|name, value| found.push((name.to_owned(), value.to_vec()))).unwrap();
    assert_eq!(found, headers);
}

#[test]
fn waking_ends_a_poll() {
    let cluster = cluster();
    let consumer = consumer(&cluster);
    std::thread::scope(|scope| {
        let polled = scope.spawn(|| consumer.poll(LONG).result.unwrap().is_none());
        let started = Instant::now();
        while !polled.is_finished() {
            consumer.client().wake();
            std::thread::yield_now();
            assert!(started.elapsed() < Duration::from_secs(10), "the poll was not woken");
        }
        assert!(polled.join().unwrap());
    });
}

#[test]
fn messages_put_back_come_again_and_are_not_committed() {
    let cluster = cluster();
    fill(&cluster, &[b"0", b"1", b"2"]);
    let consumer = consumer(&cluster);
    let messages = vec![next(&consumer), next(&consumer)];
    consumer.put_back(messages);
    consumer.commit(None).unwrap().wait(LONG, &NOT_INTERRUPTED).unwrap().unwrap();
    let mut list = PartitionList::with_capacity(1);
    list.add(c"t", 0, None, None);
    consumer.committed(&mut list, LONG).unwrap();
    assert_eq!(list.iter().next().unwrap().offset, 0);

    let payloads: Vec<_> = (0..3).map(|_| next(&consumer).payload().unwrap().to_vec()).collect();
    assert_eq!(payloads, [b"0", b"1", b"2"]);
    consumer.commit(None).unwrap().wait(LONG, &NOT_INTERRUPTED).unwrap().unwrap();
    consumer.committed(&mut list, LONG).unwrap();
    assert_eq!(list.iter().next().unwrap().offset, 3);
}

#[test]
fn seeking_forgets_what_was_put_back() {
    let cluster = cluster();
    fill(&cluster, &[b"0", b"1", b"2"]);
    let consumer = consumer(&cluster);
    let first = next(&consumer);
    consumer.put_back(vec![first]);
    consumer.seek(c"t", 0, 2).unwrap();
    assert_eq!(next(&consumer).offset(), 2);
}

#[test]
fn a_paused_partition_keeps_what_was_put_back_for_later() {
    let cluster = cluster();
    fill(&cluster, &[b"0", b"1"]);
    let consumer = consumer(&cluster);
    let first = next(&consumer);
    consumer.put_back(vec![first]);
    let mut list = PartitionList::with_capacity(1);
    list.add(c"t", 0, None, None);
    consumer.pause(&mut list).unwrap();
    assert!(consumer.poll(Timeout(200)).result.unwrap().is_none());
    consumer.resume(&mut list).unwrap();
    assert_eq!(next(&consumer).offset(), 0);
    assert_eq!(next(&consumer).offset(), 1);
}

#[test]
fn closing_gives_up_partitions_by_an_event() {
    let cluster = cluster();
    fill(&cluster, &[b"0"]);
    let mut config = config(&cluster, &[("group.id", "g"), ("auto.offset.reset", "earliest")]);
    config.report_rebalances();
    let consumer = Consumer::create(config, true).unwrap();
    let mut topics = PartitionList::with_capacity(1);
    topics.add(c"t", -1, None, None);
    consumer.subscribe(&topics).unwrap();
    let mut seen = Vec::new();
    let mut message = None;
    while message.is_none() {
        let served = consumer.poll(Timeout(1_000));
        message = served.result.unwrap();
        answer(&consumer, served.events, &mut seen);
    }
    drop(message);
    let consumer = Arc::new(consumer);
    let lost = close(&consumer, |events| answer(&consumer, events, &mut seen));
    assert_eq!(lost, 0);
    assert_eq!(seen, [code::ASSIGN_PARTITIONS, code::REVOKE_PARTITIONS]);
    assert!(matches!(consumer.poll(Timeout::NONE).result, Err(Error::Closed)));
}

fn close<C: Closable>(client: &Arc<C>, mut handle: impl FnMut(Vec<Event>)) -> i32 {
    let mut closing = Closing::begin(client, Occasion::Call).unwrap();
    assert!(Closing::begin(client, Occasion::Call).is_none());
    loop {
        let step = closing.step(Duration::from_millis(20));
        handle(step.events);
        if let Some(lost) = step.result.unwrap() {
            return lost;
        }
    }
}

#[test]
fn closing_that_is_given_up_leaves_an_open_client() {
    let producer = Arc::new(Producer::create(config(&cluster(), &[])).unwrap());
    let mut closing = Closing::begin(&producer, Occasion::Call).unwrap();
    assert!(producer.client().gate().is_draining());
    while closing.step(Duration::ZERO).is_empty() && producer.client().gate().is_draining() {}
    assert!(producer.client().gate().is_closing());
    drop(closing);
    assert!(producer.client().gate().is_open());
    assert_eq!(close(&producer, drop), 0);
    assert!(Closing::begin(&producer, Occasion::Call).is_none());
}

#[test]
fn a_client_that_is_in_use_is_left_to_the_end_of_the_process() {
    let consumer = Arc::new(consumer(&cluster()));
    let pass = consumer.client().enter().unwrap();
    let mut closing = Closing::begin(&consumer, Occasion::Exit(Some(Duration::ZERO))).unwrap();
    while closing.step(Duration::from_millis(5)).result.unwrap().is_none() {}
    assert!(consumer.client().gate().is_closed());
    drop(pass);
    drop(closing);
    assert_eq!(Arc::strong_count(&consumer), 2);
}

fn answer(consumer: &Consumer, events: Vec<Event>, seen: &mut Vec<i32>) {
    for event in events {
        if let Event::Rebalance { code, partitions } = event {
            consumer.answer_rebalance(code, &partitions).unwrap();
            seen.push(code);
        }
    }
}

#[test]
fn offsets_are_listed_without_polling() {
    let cluster = cluster();
    fill(&cluster, &[b"0", b"1"]);
    let consumer = consumer(&cluster);
    let mut wanted = PartitionList::with_capacity(1);
    wanted.add(c"t", 0, Some(-1), None);
    let operation = consumer.client().submit(&ListOffsets { wanted, isolation_level: None }, &NO_OPTIONS).unwrap();
    assert!(operation.wait(LONG.duration(), &NOT_INTERRUPTED));
    let Some(Ok(offsets)) = operation.value() else { panic!("no answer") };
    assert_eq!(offsets[0].offset, 2);
}

#[test]
fn an_operation_ends_with_its_client() {
    let cluster = cluster();
    let producer = Arc::new(Producer::create(config(&cluster, &[])).unwrap());
    cluster.broker_down(-1).unwrap();
    let operation = producer.client().submit(&DeleteTopic { name: c"t".into() }, &NO_OPTIONS).unwrap();
    close(&producer, drop);
    assert!(operation.wait(LONG.duration(), &NOT_INTERRUPTED));
    let Some(Err(error)) = operation.value() else { panic!("no error") };
    assert_eq!(error.code, code::DESTROY);
}

#[test]
fn requests_to_coordinators_end_with_the_client() {
    let cluster = cluster();
    let producer = Arc::new(Producer::create_admin(config(&cluster, &[])).unwrap());
    cluster.broker_down(-1).unwrap();
    let request = ListGroupOffsets { group: c"g".into(), partitions: None, require_stable: false };
    let operation = producer.client().list_group_offsets(vec![request], &NO_OPTIONS).unwrap();
    close(&producer, drop);
    assert!(operation.wait(LONG.duration(), &NOT_INTERRUPTED));
    let Some(Err(error)) = operation.value() else { panic!("no error") };
    assert_eq!(error.code, code::DESTROY);
}

#[test]
fn messages_given_up_are_reported() {
    let cluster = cluster();
    let producer = Arc::new(Producer::create(config(&cluster, &[])).unwrap());
    cluster.broker_down(-1).unwrap();
    let delivery = produce(&producer, b"lost");
    assert_eq!(close(&producer, drop), 1);
    assert!(delivery.wait(LONG.duration(), &NOT_INTERRUPTED));
    assert_ne!(delivery.report().response, code::NO_ERROR);
}

#[test]
fn a_client_is_freed_when_calls_that_began_while_it_left_have_ended() {
    let cluster = cluster();
    let producer = Arc::new(Producer::create(config(&cluster, &[])).unwrap());
    let mut closing = Closing::begin(&producer, Occasion::Call).unwrap();
    while !producer.client().gate().is_closing() {
        assert!(closing.step(Duration::ZERO).is_empty());
    }
    assert!(closing.step(Duration::ZERO).is_empty()); // no call of another thread was left
    let call = producer.client().enter().unwrap();
    while !producer.client().gate().is_closed() {
        assert!(closing.step(Duration::from_millis(1)).is_empty());
    }
    assert!(closing.step(Duration::from_millis(100)).is_empty());
    drop(call);
    while closing.step(Duration::from_millis(100)).is_empty() {}
    assert_eq!(producer.client().address(), 0);
}

#[test]
fn a_drained_producer_ends_its_poller() {
    let cluster = cluster();
    let producer = Producer::create(config(&cluster, &[])).unwrap();
    let delivery = produce(&producer, b"x");
    producer.client().gate().drain_unowned();
    while !producer.serve(Timeout(100), &NOT_INTERRUPTED).result.unwrap() {}
    assert!(!delivery.is_pending());
}

#[test]
fn events_reach_the_polling_thread_while_a_waiting_thread_serves() {
    let cluster = cluster();
    let producer = Producer::create(config(&cluster, &[("linger.ms", "0"), ("statistics.interval.ms", "1")])).unwrap();
    let documents = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            loop {
                let Served { result, events } = producer.serve(Timeout(100), &NOT_INTERRUPTED);
                documents.fetch_add(events.len(), SeqCst);
                if result.unwrap() {
                    break;
                }
            }
        });
        let mut delivered = 0;
        while delivered < 50 || documents.load(SeqCst) < 10 {
            let delivery = produce(&producer, b"x");
            assert!(producer.waiting_for(&delivery).wait(LONG.duration(), &NOT_INTERRUPTED));
            delivered += i32::from(delivery.report().response == code::NO_ERROR);
        }
        assert!(producer.client().gate().begin_draining());
    });
}

/// Makes a request as callers do: earlier calls that were left end first.
fn transact(producer: &Arc<Producer>, mut request: TransactionRequest) -> Result<(), Error> {
    loop {
        let wait = producer.transact(request)?;
        let outcome = loop {
            match wait.outcome() {
                Some(outcome) => break outcome,
                None => wait.call().wait_for_change(LONG.duration(), &NOT_INTERRUPTED),
            }
        };
        match wait.settle(outcome)? {
            Some(next) => request = next,
            None => return Ok(()),
        }
    }
}

#[test]
fn a_transaction_call_that_was_left_is_taken_up_first() {
    let cluster = cluster();
    let producer = Arc::new(Producer::create(config(&cluster, &[("transactional.id", "x")])).unwrap());
    drop(producer.transact(TransactionRequest::Init).unwrap());
    transact(&producer, TransactionRequest::Begin).unwrap();
    let delivery = produce(&producer, b"1");

    let commit = producer.transact(TransactionRequest::Commit(LONG)).unwrap();
    let refused = producer.transact(TransactionRequest::Begin).unwrap_err();
    assert!(matches!(refused, Error::Kafka(error) if error.code == code::CONFLICT && error.retriable));
    drop(commit);
    transact(&producer, TransactionRequest::Commit(LONG)).unwrap();
    assert_eq!(delivery.report().response, code::NO_ERROR);
    let refused = transact(&producer, TransactionRequest::Abort(LONG)).unwrap_err();
    assert!(
        matches!(refused, Error::Kafka(error) if error.message.as_deref() == Some(c"Operation not valid in state Ready"))
    );
}
