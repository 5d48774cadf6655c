//! Creating objects with all instance variables set at once.
//!
//! Setting seven variables one by one takes ten times as long as allocating the object. Ruby stores the values of a small
//! object right behind its header, and the header has a "shape", which tells which variables these are. So the shape is
//! learnt from one object whose variables Ruby has set. Later objects get values and header directly.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use magnus::{Ruby, rb_sys::AsRawId, value::LazyId};
use rb_sys::{RBasic, VALUE};

/// Creates instances with the same variables.
pub struct Mold<const N: usize> {
    names: [LazyId; N],
    /// The shapes of a new instance (upper half) and of one whose variables are set; 0 while they are unknown.
    shapes: AtomicU64,
}

impl<const N: usize> Mold<N> {
    /// For variables with these names, which begin with `@`.
    pub const fn new(names: [LazyId; N]) -> Self {
        Self { names, shapes: AtomicU64::new(0) }
    }

    /// Resolves the names (see `ractor.rs`).
    pub fn resolve(&self, ruby: &Ruby) {
        for name in &self.names {
            LazyId::force(name, ruby);
        }
    }

    /// Creates an instance of a class without calling its `initialize`.
    ///
    /// # Safety
    /// Only under `protect`, with a live class of plain objects. The values are on the stack.
    pub unsafe fn make(&self, ruby: &Ruby, class: VALUE, values: &[VALUE; N]) -> VALUE {
        // SAFETY: an object with the same initial shape as the learnt one has the same room behind its header. It needs no
        // write barrier, because it is younger than its values, and nothing was allocated since.
        unsafe {
            // What `rb_obj_alloc` calls once it has checked the class.
            let allocate = rb_sys::rb_get_alloc_func(class).unwrap_or(rb_sys::rb_obj_alloc);
            let object = allocate(class);
            let flags = flags(object);
            let shapes = self.shapes.load(Relaxed);
            if shapes != 0 && shape(*flags) == shapes >> 32 {
                variables::<N>(object).write(*values);
                *flags = VALUE::from(*flags as u32) | shapes << 32;
            } else {
                self.learn(ruby, object, values);
            }
            object
        }
    }

    /// The variables of an object that has these and no others, inside. None if that is not certain: then they have to be
    /// asked for.
    ///
    /// # Safety
    /// The value is a plain object.
    pub unsafe fn variables(&self, object: VALUE) -> Option<[VALUE; N]> {
        let shapes = self.shapes.load(Relaxed);
        // SAFETY: objects of one shape have their values in the same place, as compiled code (YJIT) takes for granted, too.
        unsafe { (shapes != 0 && shape(*flags(object)) == shapes & 0xffff_ffff).then(|| variables::<N>(object).read()) }
    }

    /// # Safety
    /// As for [`make`](Self::make), with a new object.
    #[cold]
    unsafe fn learn(&self, ruby: &Ruby, object: VALUE, values: &[VALUE; N]) {
        // SAFETY: the values are live. At least three words follow the header. More than the first are read only if the
        // first one is a value, and so not a pointer to the values.
        unsafe {
            let before = *flags(object);
            for (name, value) in self.names.iter().zip(values) {
                rb_sys::rb_ivar_set(object, LazyId::get_inner_with(name, ruby).as_raw(), *value);
            }
            let after = *flags(object);
            let first = variables::<N>(object).cast::<VALUE>();
            let inside = values.iter().enumerate().all(|(index, value)| first.add(index).read() == *value);
            let only_shape = before as u32 == after as u32 && before != after;
            let learnt = if inside && only_shape { shape(before) << 32 | shape(after) } else { 0 };
            self.shapes.store(learnt, Relaxed);
        }
    }
}

/// The first word of every object.
fn flags(object: VALUE) -> *mut VALUE {
    object as *mut VALUE
}

/// The shape in the flags: which variables an object has, and in which order.
fn shape(flags: VALUE) -> u64 {
    flags >> 32
}

/// The values of an object's variables, if they are stored inside the object.
fn variables<const N: usize>(object: VALUE) -> *mut [VALUE; N] {
    (object as usize + size_of::<RBasic>()) as *mut [VALUE; N]
}
