//! Native lists of topics and partitions with offsets.

use std::{
    ffi::{CStr, c_int},
    ptr::NonNull,
};

use crate::sys;

/// The partition of an entry for a whole topic.
pub const PARTITION_UA: i32 = -1;
/// The offset of an entry without one.
pub const OFFSET_INVALID: i64 = sys::RD_KAFKA_OFFSET_INVALID as i64;

/// A native list.
#[derive(Debug)]
pub struct PartitionList(NonNull<sys::rd_kafka_topic_partition_list_t>);

// SAFETY: this value alone owns the list, which is not tied to a thread.
unsafe impl Send for PartitionList {}
// SAFETY: nothing changes a list through a shared reference; functions of librdkafka's that do get `as_mut_ptr`.
unsafe impl Sync for PartitionList {}

/// An element of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry<'a> {
    /// The topic.
    pub topic: &'a CStr,
    /// The partition, or [`PARTITION_UA`].
    pub partition: i32,
    /// The offset, or [`OFFSET_INVALID`].
    pub offset: i64,
    /// The partition's error, or 0.
    pub error: i32,
    /// The metadata that is committed with the offset.
    pub metadata: Option<&'a [u8]>,
}

impl PartitionList {
    /// An empty list with room for `capacity` elements.
    pub fn with_capacity(capacity: usize) -> Self {
        let capacity = c_int::try_from(capacity).unwrap_or(c_int::MAX);
        // SAFETY: librdkafka never returns null here.
        unsafe { Self(NonNull::new_unchecked(sys::rd_kafka_topic_partition_list_new(capacity))) }
    }

    /// # Safety
    /// `list` is owned by the caller and not null.
    pub(crate) unsafe fn from_raw(list: *mut sys::rd_kafka_topic_partition_list_t) -> Self {
        // SAFETY: the caller promises that the list is not null.
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
        // SAFETY: not null, so the caller promises a live list; we own the copy, which is never null.
        unsafe { Self::from_raw(sys::rd_kafka_topic_partition_list_copy(list)) }
    }

    /// The native list, to be read.
    pub(crate) fn as_ptr(&self) -> *const sys::rd_kafka_topic_partition_list_t {
        self.0.as_ptr()
    }

    /// The native list, to be changed.
    pub(crate) fn as_mut_ptr(&mut self) -> *mut sys::rd_kafka_topic_partition_list_t {
        self.0.as_ptr()
    }

    /// The address, by which callbacks name the list.
    pub fn address(&self) -> usize {
        self.as_ptr() as usize
    }

    /// Appends an element.
    pub fn add(&mut self, topic: &CStr, partition: i32, offset: Option<i64>, metadata: Option<&[u8]>) {
        // SAFETY: nobody else refers to the new element; librdkafka frees the metadata's copy with C's `free`.
        unsafe {
            let element = &mut *sys::rd_kafka_topic_partition_list_add(self.as_mut_ptr(), topic.as_ptr(), partition);
            if let Some(offset) = offset {
                element.offset = offset;
            }
            if let Some(metadata) = metadata {
                element.metadata = copy_with_nul(metadata);
                element.metadata_size = if element.metadata.is_null() { 0 } else { metadata.len() };
            }
        }
    }

    /// Appends an element with the error of a partition.
    pub(crate) fn add_outcome(&mut self, topic: &CStr, partition: i32, error: i32) {
        // SAFETY: nobody else refers to the new element.
        unsafe {
            let element = &mut *sys::rd_kafka_topic_partition_list_add(self.as_mut_ptr(), topic.as_ptr(), partition);
            element.offset = 0;
            element.err = error;
        }
    }

    /// The number of elements.
    pub fn len(&self) -> usize {
        // SAFETY: we own the list.
        usize::try_from(unsafe { self.0.as_ref() }.cnt).unwrap_or_default()
    }

    /// Whether there are no elements.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The elements in order.
    pub fn iter(&self) -> impl Iterator<Item = Entry<'_>> {
        (0..self.len()).map(|index| {
            // SAFETY: the index is below `cnt`, the number of elements; topics are C strings and metadata has its size.
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
        // SAFETY: we own the list.
        unsafe { Self::copy_of(self.as_ptr()) }
    }
}

impl Drop for PartitionList {
    fn drop(&mut self) {
        // SAFETY: we own the list; freed only here.
        unsafe { sys::rd_kafka_topic_partition_list_destroy(self.as_mut_ptr()) };
    }
}

/// Copies bytes to memory from C's allocator, and adds a NUL.
fn copy_with_nul(bytes: &[u8]) -> *mut libc::c_void {
    // SAFETY: unless it is null, the block has room for the bytes and the NUL.
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
