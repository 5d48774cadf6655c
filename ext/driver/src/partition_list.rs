//! Lists of topics and partitions with offsets.

use std::{
    ffi::{CStr, c_int},
    ptr::NonNull,
};

use crate::sys;

/// Stands for a topic without partitions.
pub const PARTITION_UA: i32 = -1;
/// Stands for no offset.
pub const OFFSET_INVALID: i64 = sys::RD_KAFKA_OFFSET_INVALID as i64;

/// Owns a native list.
#[derive(Debug)]
pub struct PartitionList(NonNull<sys::rd_kafka_topic_partition_list_t>);

// SAFETY: owned by this value alone.
unsafe impl Send for PartitionList {}

/// One element of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry<'a> {
    /// The topic.
    pub topic: &'a CStr,
    /// The partition, or [`PARTITION_UA`].
    pub partition: i32,
    /// The offset, or [`OFFSET_INVALID`].
    pub offset: i64,
    /// What librdkafka says of it; 0 if all is well.
    pub error: i32,
    /// Metadata stored with the offset.
    pub metadata: Option<&'a [u8]>,
}

impl PartitionList {
    /// An empty list with room for `capacity` elements.
    pub fn with_capacity(capacity: usize) -> Self {
        let capacity = c_int::try_from(capacity).unwrap_or(c_int::MAX);
        // SAFETY: never null.
        unsafe { Self(NonNull::new_unchecked(sys::rd_kafka_topic_partition_list_new(capacity))) }
    }

    /// # Safety
    /// `list` is owned by the caller and not null.
    pub(crate) unsafe fn from_raw(list: *mut sys::rd_kafka_topic_partition_list_t) -> Self {
        // SAFETY: the caller gives away a list, which is not null.
        Self(unsafe { NonNull::new_unchecked(list) })
    }

    /// Copies a list; null gives an empty one.
    ///
    /// # Safety
    /// `list` is null or live.
    pub(crate) unsafe fn copy_of(list: *const sys::rd_kafka_topic_partition_list_t) -> Self {
        if list.is_null() {
            return Self::with_capacity(0);
        }
        // SAFETY: not null, so the list is live; the copy is ours, and never null.
        unsafe { Self::from_raw(sys::rd_kafka_topic_partition_list_copy(list)) }
    }

    /// The native list.
    pub(crate) fn as_ptr(&self) -> *mut sys::rd_kafka_topic_partition_list_t {
        self.0.as_ptr()
    }

    /// Where the native list is, by which callbacks name it.
    pub fn address(&self) -> usize {
        self.as_ptr() as usize
    }

    /// Appends an element.
    pub fn add(&mut self, topic: &CStr, partition: i32, offset: Option<i64>, metadata: Option<&[u8]>) {
        // SAFETY: the new element belongs to the list; the metadata is copied into memory that librdkafka frees.
        unsafe {
            let element = &mut *sys::rd_kafka_topic_partition_list_add(self.as_ptr(), topic.as_ptr(), partition);
            if let Some(offset) = offset {
                element.offset = offset;
            }
            if let Some(metadata) = metadata {
                element.metadata = copy_with_nul(metadata);
                element.metadata_size = if element.metadata.is_null() { 0 } else { metadata.len() };
            }
        }
    }

    /// Appends an element that tells what became of a partition.
    pub(crate) fn add_outcome(&mut self, topic: &CStr, partition: i32, error: i32) {
        // SAFETY: the new element belongs to the list.
        unsafe {
            let element = &mut *sys::rd_kafka_topic_partition_list_add(self.as_ptr(), topic.as_ptr(), partition);
            element.offset = 0;
            element.err = error;
        }
    }

    /// Number of elements.
    pub fn len(&self) -> usize {
        // SAFETY: a live list.
        usize::try_from(unsafe { self.0.as_ref() }.cnt).unwrap_or_default()
    }

    /// Whether there are no elements.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The elements in order.
    pub fn iter(&self) -> impl Iterator<Item = Entry<'_>> {
        (0..self.len()).map(|index| {
            // SAFETY: `elems` has `cnt` live elements with C strings and sized metadata.
            unsafe {
                let element = &*self.0.as_ref().elems.add(index);
                let metadata = (!element.metadata.is_null())
                    .then(|| std::slice::from_raw_parts(element.metadata.cast::<u8>(), element.metadata_size));
                Entry {
                    topic: CStr::from_ptr(element.topic),
                    partition: element.partition,
                    offset: element.offset,
                    error: element.err,
                    metadata,
                }
            }
        })
    }
}

impl Clone for PartitionList {
    fn clone(&self) -> Self {
        // SAFETY: a live list.
        unsafe { Self::copy_of(self.as_ptr()) }
    }
}

impl Drop for PartitionList {
    fn drop(&mut self) {
        // SAFETY: owned.
        unsafe { sys::rd_kafka_topic_partition_list_destroy(self.as_ptr()) };
    }
}

/// Copies bytes into memory from C's allocator, with a NUL behind them.
fn copy_with_nul(bytes: &[u8]) -> *mut libc::c_void {
    // SAFETY: the block has room for the bytes and the NUL; null when memory is out.
    unsafe {
        let block = libc::malloc(bytes.len() + 1).cast::<u8>();
        if !block.is_null() {
            std::ptr::copy_nonoverlapping(bytes.as_ptr(), block, bytes.len());
            *block.add(bytes.len()) = 0;
        }
        block.cast()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_come_back_as_they_were_added() {
        let mut list = PartitionList::with_capacity(1);
        list.add(c"a", 3, Some(7), Some(b"me\0ta"));
        list.add(c"b", PARTITION_UA, None, None);
        let copy = list.clone();
        drop(list);
        let entries: Vec<_> = copy.iter().collect();
        assert_eq!(entries[0], Entry { topic: c"a", partition: 3, offset: 7, error: 0, metadata: Some(b"me\0ta") });
        assert_eq!(entries[1].offset, OFFSET_INVALID);
        assert_eq!(entries[1].metadata, None);
    }
}
