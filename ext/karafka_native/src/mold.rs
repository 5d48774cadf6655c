//! Objects whose instance variables are all set at once.
//!
//! Setting seven variables one by one takes ten times as long as allocating the object. Ruby keeps the values of a small
//! object right behind its header, and notes in the header (in its "shape") which variables these are. So this is learnt from
//! one object whose variables were set by Ruby, and the next ones get values and header in one go.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use magnus::{Ruby, rb_sys::AsRawId, value::LazyId};
use rb_sys::{RBasic, VALUE};

/// Makes instances with the same variables.
pub struct Mold<const N: usize> {
    names: [LazyId; N],
    /// The shapes of a new instance (upper half) and of one whose variables are set; 0 when they are not known.
    shapes: AtomicU64,
}

impl<const N: usize> Mold<N> {
    /// For variables of these names, which begin with `@`.
    pub const fn new(names: [LazyId; N]) -> Self {
        Self { names, shapes: AtomicU64::new(0) }
    }

    /// Finds the names (see `ractor.rs`).
    pub fn resolve(&self, ruby: &Ruby) {
        for name in &self.names {
            LazyId::force(name, ruby);
        }
    }

    /// An instance of a class, made without its `initialize`.
    ///
    /// # Safety
    /// To be called under `protect`, with a live class of plain objects. The values are on the stack.
    pub unsafe fn make(&self, ruby: &Ruby, class: VALUE, values: &[VALUE; N]) -> VALUE {
        // SAFETY: an object that begins as the one did that was learnt from has the same room behind its header. It is
        // younger than its values, and nothing was allocated since, so that no write barrier is needed.
        unsafe {
            let object = rb_sys::rb_obj_alloc(class);
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
        // SAFETY: live values. Behind the header there is room for three words at least; more than one is only looked at if
        // the first is a value, and not a pointer to where the values are.
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

/// The word that every object begins with.
fn flags(object: VALUE) -> *mut VALUE {
    object as *mut VALUE
}

/// Which variables an object has, and in which order.
fn shape(flags: VALUE) -> u64 {
    flags >> 32
}

/// Where an object has the values of its variables, if it has them inside.
fn variables<const N: usize>(object: VALUE) -> *mut [VALUE; N] {
    (object as usize + size_of::<RBasic>()) as *mut [VALUE; N]
}
