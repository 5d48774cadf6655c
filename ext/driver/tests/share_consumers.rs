//! Share consumers against librdkafka's mock cluster, without Ruby.

mod support;

use std::{sync::Arc, time::Duration};

use karafka_driver::{
    Acknowledgement, Closing, Delivery, Error, Interruption, MockCluster, Occasion, PARTITION_UA, PartitionList,
    Producer, Record, ShareConsumer, Timeout, code,
};
use support::{LONG, NOT_INTERRUPTED, config};

/// A cluster with two records.
fn filled_cluster() -> MockCluster {
    let cluster = MockCluster::start(1, Duration::ZERO).unwrap();
    cluster.create_topic("t", 1, 1).unwrap();
    let producer = Producer::create(config(&cluster, &[])).unwrap();
    for payload in [b"0", b"1"] {
        let record = Record {
            topic: b"t",
            topic_config: 0,
            partition: 0,
            payload: Some(payload),
            key: None,
            timestamp: None,
            headers: &[],
        };
        producer.produce(&record, Delivery::new()).unwrap();
    }
    assert!(producer.flush(LONG).result.unwrap());
    cluster
}

fn create(cluster: &MockCluster, implicit: bool) -> Result<ShareConsumer, Error> {
    ShareConsumer::create(config(cluster, &[("group.id", "g"), ("fetch.wait.max.ms", "20")]), implicit)
}

fn member(cluster: &MockCluster, implicit: bool) -> ShareConsumer {
    cluster.start_share_groups_at(true).unwrap();
    let member = create(cluster, implicit).unwrap();
    let mut topics = PartitionList::with_capacity(1);
    topics.add(c"t", PARTITION_UA, None, None);
    member.subscribe(&topics).unwrap();
    member
}

/// Waits for records. Offsets and delivery counts, at most `limit`; these count as delivered.
fn take(member: &ShareConsumer, limit: usize) -> Vec<(i64, i16)> {
    while member.wait_for_records(LONG, &NOT_INTERRUPTED).result.unwrap().is_none() {}
    let mut found = Vec::new();
    let each = |message: &karafka_driver::Message, count| {
        found.push((message.offset(), count));
        Ok::<_, ()>(())
    };
    member.read(limit, each).unwrap();
    assert!(member.deliver(found.len(), &[]));
    found
}

fn close(member: ShareConsumer) {
    let mut closing = Closing::begin(&Arc::new(member), Occasion::Call).unwrap();
    while closing.step(Duration::from_millis(20)).result.unwrap().is_none() {}
}

#[cfg_attr(not(share_groups), ignore = "librdkafka is too old")]
#[test]
fn what_was_delivered_is_accepted_and_the_rest_is_released() {
    let cluster = filled_cluster();
    let one = member(&cluster, true);
    assert_eq!(take(&one, 1), [(0, 1)]);
    assert!(one.begin_commit().result.unwrap());
    assert!(one.wait_committed(LONG, &NOT_INTERRUPTED).result.unwrap().is_some());
    assert_eq!(one.end_commit().iter().map(|entry| entry.error).collect::<Vec<_>>(), [code::NO_ERROR]);
    close(one);
    let two = member(&cluster, true);
    assert_eq!(take(&two, 2), [(1, 2)]);
    close(two);
}

#[cfg_attr(not(share_groups), ignore = "librdkafka is too old")]
#[test]
fn each_record_wants_its_acknowledgement() {
    let cluster = filled_cluster();
    let member = member(&cluster, false);
    assert_eq!(take(&member, 2), [(0, 1), (1, 1)]);
    assert!(matches!(member.poll().result, Err(Error::Kafka(error)) if error.code == code::STATE));
    member.acknowledge(c"t", 0, 0, Acknowledgement::Release).unwrap();
    member.acknowledge(c"t", 0, 1, Acknowledgement::Accept).unwrap();
    assert_eq!(take(&member, 2), [(0, 2)]);
    close(member);
}

#[cfg_attr(not(share_groups), ignore = "librdkafka is too old")]
#[test]
fn an_interrupted_wait_ends() {
    let cluster = MockCluster::start(1, Duration::ZERO).unwrap();
    // Without a subscription: a first assignment while it is closed would keep it from leaving, and from being freed.
    let member = create(&cluster, true).unwrap();
    let interruption = Interruption::new(&member);
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| member.wait_events(Timeout(-1), &interruption).result.is_ok());
        interruption.set();
        assert!(waiting.join().unwrap());
    });
    drop(interruption);
    close(member);
}

#[cfg_attr(share_groups, ignore = "librdkafka is new enough")]
#[test]
fn an_old_librdkafka_says_so() {
    let cluster = MockCluster::start(1, Duration::ZERO).unwrap();
    let refused = create(&cluster, true).map(drop).unwrap_err();
    assert!(refused.to_string().contains("need librdkafka 2.15 or later"));
}
