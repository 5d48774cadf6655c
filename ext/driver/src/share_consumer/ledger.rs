//! The state of the records that the application got.

use std::{
    collections::{BTreeMap, BTreeSet},
    ffi::{CStr, CString},
};

/// Offsets of one partition.
pub(super) type Offsets = (CString, i32, BTreeSet<i64>);

/// A member's records, from their delivery to the broker's answer to their acknowledgement.
///
/// While a request is pending, librdkafka appends acknowledgements to those of the same partition that wait to be sent. A
/// broker refuses a request whose offsets do not ascend. So nothing may be sent unless [`may_send`](Self::may_send).
#[derive(Debug, Default)]
pub(super) struct Ledger(BTreeMap<CString, BTreeMap<i32, Partition>>);

#[derive(Debug, Default)]
struct Partition {
    /// The application got them, and has not acknowledged them.
    delivered: BTreeSet<i64>,
    /// Acknowledged, but not sent.
    acknowledged: BTreeSet<i64>,
    /// Sent, but not answered.
    sent: BTreeSet<i64>,
    /// Only a part of a fetch's records was sent. With that part, librdkafka also sends the fetch's gaps, whose offsets are
    /// unknown here, and may be higher than those of the rest.
    split: bool,
}

impl Partition {
    fn is_empty(&self) -> bool {
        self.delivered.is_empty() && self.acknowledged.is_empty() && self.sent.is_empty()
    }

    fn may_send(&self) -> bool {
        match (self.acknowledged.first(), self.sent.last()) {
            (Some(next), Some(last)) => !self.split && next > last,
            _ => true,
        }
    }
}

impl Ledger {
    /// The application got a record.
    pub fn deliver(&mut self, topic: &CStr, partition: i32, offset: i64) {
        self.partition(topic, partition).delivered.insert(offset);
    }

    /// Whether the application has a record whose acknowledgement can still change.
    pub fn holds(&self, topic: &CStr, partition: i32, offset: i64) -> bool {
        let found = self.0.get(topic).and_then(|partitions| partitions.get(&partition));
        found.is_some_and(|found| found.delivered.contains(&offset) || found.acknowledged.contains(&offset))
    }

    /// The application acknowledged a record.
    pub fn acknowledge(&mut self, topic: &CStr, partition: i32, offset: i64) {
        let partition = self.partition(topic, partition);
        partition.delivered.remove(&offset);
        partition.acknowledged.insert(offset);
    }

    /// librdkafka no longer has a record.
    pub fn forget(&mut self, topic: &CStr, partition: i32, offset: i64) {
        self.partition(topic, partition).delivered.remove(&offset);
        self.answer(topic, partition, &[]);
    }

    /// The number of records that the application has not acknowledged.
    pub fn unacknowledged(&self) -> usize {
        self.partitions().map(|partition| partition.delivered.len()).sum()
    }

    /// The records that the application has not acknowledged.
    pub fn delivered(&self) -> Vec<Offsets> {
        self.offsets(|partition| &partition.delivered)
    }

    /// The records whose acknowledgements were not sent.
    pub fn acknowledged(&self) -> Vec<Offsets> {
        self.offsets(|partition| &partition.acknowledged)
    }

    /// Whether there are acknowledgements to be sent.
    pub fn has_unsent(&self) -> bool {
        self.partitions().any(|partition| !partition.acknowledged.is_empty())
    }

    /// Whether there are acknowledgements to be sent or answered.
    pub fn is_busy(&self) -> bool {
        self.partitions().any(|partition| !partition.acknowledged.is_empty() || !partition.sent.is_empty())
    }

    /// Whether acknowledgements may be sent: offsets will ascend whatever librdkafka appends them to.
    pub fn may_send(&self) -> bool {
        self.partitions().all(Partition::may_send)
    }

    /// All acknowledgements were sent. `more` tells whether the fetch has undelivered records.
    pub fn send(&mut self, more: bool) {
        for partition in self.0.values_mut().flat_map(BTreeMap::values_mut) {
            if !partition.acknowledged.is_empty() {
                partition.split |= more || !partition.delivered.is_empty();
                partition.sent.append(&mut partition.acknowledged);
            }
        }
    }

    /// The broker has answered, or never will.
    pub fn answer(&mut self, topic: &CStr, partition: i32, offsets: &[i64]) {
        let Some(partitions) = self.0.get_mut(topic) else { return };
        let Some(found) = partitions.get_mut(&partition) else { return };
        for offset in offsets {
            found.sent.remove(offset);
        }
        if found.sent.is_empty() {
            found.split = false;
        }
        if found.is_empty() {
            partitions.remove(&partition);
        }
        if partitions.is_empty() {
            self.0.remove(topic);
        }
    }

    fn partition(&mut self, topic: &CStr, partition: i32) -> &mut Partition {
        if !self.0.contains_key(topic) {
            self.0.insert(topic.to_owned(), BTreeMap::new());
        }
        self.0.get_mut(topic).expect("inserted above").entry(partition).or_default()
    }

    fn partitions(&self) -> impl Iterator<Item = &Partition> {
        self.0.values().flat_map(BTreeMap::values)
    }

    fn offsets(&self, of: impl Fn(&Partition) -> &BTreeSet<i64>) -> Vec<Offsets> {
        let all = self.0.iter().flat_map(|(topic, partitions)| partitions.iter().map(move |found| (topic, found)));
        all.map(|(topic, (number, found))| (topic.clone(), *number, of(found).clone()))
            .filter(|(_, _, offsets)| !offsets.is_empty())
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_records(offsets: &[i64]) -> Ledger {
        let mut ledger = Ledger::default();
        offsets.iter().for_each(|offset| ledger.deliver(c"t", 0, *offset));
        ledger
    }

    #[test]
    fn a_record_goes_from_delivery_to_the_answer() {
        let mut ledger = with_records(&[1, 2]);
        assert_eq!(ledger.unacknowledged(), 2);
        ledger.acknowledge(c"t", 0, 2);
        assert_eq!(ledger.unacknowledged(), 1);
        assert!(ledger.holds(c"t", 0, 2) && ledger.has_unsent());
        ledger.send(false);
        assert!(!ledger.holds(c"t", 0, 2) && !ledger.has_unsent() && ledger.is_busy());
        ledger.answer(c"t", 0, &[2]);
        assert!(!ledger.is_busy());
        assert_eq!(ledger.delivered(), [(c"t".to_owned(), 0, BTreeSet::from([1]))]);
    }

    #[test]
    fn later_records_may_follow_what_was_sent() {
        let mut ledger = with_records(&[5]);
        ledger.acknowledge(c"t", 0, 5);
        ledger.send(false);
        ledger.deliver(c"t", 0, 6);
        ledger.acknowledge(c"t", 0, 6);
        assert!(ledger.may_send());
    }

    #[test]
    fn earlier_records_wait_for_the_answer() {
        let mut ledger = with_records(&[5]);
        ledger.acknowledge(c"t", 0, 5);
        ledger.send(false);
        ledger.deliver(c"t", 0, 4);
        ledger.deliver(c"t", 1, 4);
        ledger.acknowledge(c"t", 1, 4);
        assert!(ledger.may_send());
        ledger.acknowledge(c"t", 0, 4);
        assert!(!ledger.may_send());
        ledger.answer(c"t", 0, &[5]);
        assert!(ledger.may_send());
    }

    #[test]
    fn the_rest_of_a_fetch_waits_for_the_answer() {
        let mut ledger = with_records(&[1, 2]);
        ledger.acknowledge(c"t", 0, 1);
        ledger.send(false);
        ledger.acknowledge(c"t", 0, 2);
        assert!(!ledger.may_send());
        ledger.answer(c"t", 0, &[1, 3]);
        assert!(ledger.may_send());
    }
}
