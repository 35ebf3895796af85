//! Bytes between nodes: a version, what kind of thing, and its fields one after the other.
//!
//! Numbers are big-endian; a text or list begins with its length, four bytes, which is checked against
//! what is there before anything is read. What does not read to its very end is not read at all.

use bytes::Bytes;

/// What this program writes. Of another version nothing is read: nodes of two releases hear nothing of
/// each other, and find everything in the log.
pub const VERSION: u8 = 1;

/// Another node sent something this one cannot read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("message of another node cannot be read")]
pub struct Garbled;

/// Something that travels between nodes.
pub trait Wire: Sized {
    fn write(&self, to: &mut Writer);

    /// # Errors
    ///
    /// [`Garbled`].
    fn read(from: &mut Reader) -> Result<Self, Garbled>;
}

#[derive(Default)]
pub struct Writer(Vec<u8>);

/// What is left to be read.
pub struct Reader(Bytes);

/// The whole message.
pub fn seal(content: &impl Wire) -> Bytes {
    let mut to = Writer(vec![VERSION]);
    content.write(&mut to);
    to.0.into()
}

/// # Errors
///
/// [`Garbled`]: it is of another version, or not what was asked for, or more than that.
pub fn open<T: Wire>(message: Bytes) -> Result<T, Garbled> {
    let mut from = Reader(message);
    if u8::read(&mut from)? != VERSION {
        return Err(Garbled);
    }
    let content = T::read(&mut from)?;
    from.0.is_empty().then_some(content).ok_or(Garbled)
}

impl Writer {
    pub fn bytes(&mut self, bytes: &[u8]) {
        // Nothing of ours comes near four gigabytes; what did would not be read at the other end.
        (u32::try_from(bytes.len()).unwrap_or(u32::MAX)).write(self);
        self.0.extend_from_slice(bytes);
    }

    pub fn text(&mut self, text: &str) {
        self.bytes(text.as_bytes());
    }

    pub fn list<T: Wire>(&mut self, items: &[T]) {
        (u32::try_from(items.len()).unwrap_or(u32::MAX)).write(self);
        items.iter().for_each(|item| item.write(self));
    }
}

impl Reader {
    fn take(&mut self, length: usize) -> Result<Bytes, Garbled> {
        if length > self.0.len() {
            return Err(Garbled);
        }
        Ok(self.0.split_to(length))
    }

    /// Shares the message's memory.
    pub fn bytes(&mut self) -> Result<Bytes, Garbled> {
        let length = u32::read(self)? as usize;
        self.take(length)
    }

    /// Reads a text and what it stands for.
    pub fn parsed<T, E>(&mut self, parse: impl Fn(&str) -> Result<T, E>) -> Result<T, Garbled> {
        let bytes = self.bytes()?;
        let text = str::from_utf8(&bytes).map_err(|_| Garbled)?;
        parse(text).map_err(|_| Garbled)
    }

    pub fn list<T: Wire>(&mut self) -> Result<Vec<T>, Garbled> {
        let length = u32::read(self)? as usize;
        // Each takes a byte at least, so this much memory is never asked for in vain.
        if length > self.0.len() {
            return Err(Garbled);
        }
        (0..length).map(|_| T::read(self)).collect()
    }
}

macro_rules! number {
    ($($kind:ty)*) => {$(
        impl Wire for $kind {
            fn write(&self, to: &mut Writer) {
                to.0.extend_from_slice(&self.to_be_bytes());
            }

            fn read(from: &mut Reader) -> Result<Self, Garbled> {
                let bytes = from.take(size_of::<$kind>())?;
                Ok(<$kind>::from_be_bytes((&*bytes).try_into().map_err(|_| Garbled)?))
            }
        }
    )*};
}

number! { u8 u32 u64 i64 }

impl Wire for bool {
    fn write(&self, to: &mut Writer) {
        u8::from(*self).write(to);
    }

    fn read(from: &mut Reader) -> Result<Self, Garbled> {
        match u8::read(from)? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(Garbled),
        }
    }
}

impl Wire for String {
    fn write(&self, to: &mut Writer) {
        to.text(self);
    }

    fn read(from: &mut Reader) -> Result<Self, Garbled> {
        from.parsed(|text| Ok::<_, Garbled>(text.to_owned()))
    }
}

impl Wire for std::sync::Arc<str> {
    fn write(&self, to: &mut Writer) {
        to.text(self);
    }

    fn read(from: &mut Reader) -> Result<Self, Garbled> {
        from.parsed(|text| Ok::<_, Garbled>(text.into()))
    }
}

impl Wire for Bytes {
    fn write(&self, to: &mut Writer) {
        to.bytes(self);
    }

    fn read(from: &mut Reader) -> Result<Self, Garbled> {
        from.bytes()
    }
}

impl<T: Wire> Wire for Option<T> {
    fn write(&self, to: &mut Writer) {
        self.is_some().write(to);
        if let Some(value) = self {
            value.write(to);
        }
    }

    fn read(from: &mut Reader) -> Result<Self, Garbled> {
        Ok(if bool::read(from)? { Some(T::read(from)?) } else { None })
    }
}

impl<T: Wire> Wire for Vec<T> {
    fn write(&self, to: &mut Writer) {
        to.list(self);
    }

    fn read(from: &mut Reader) -> Result<Self, Garbled> {
        from.list()
    }
}

impl<A: Wire, B: Wire> Wire for (A, B) {
    fn write(&self, to: &mut Writer) {
        self.0.write(to);
        self.1.write(to);
    }

    fn read(from: &mut Reader) -> Result<Self, Garbled> {
        Ok((A::read(from)?, B::read(from)?))
    }
}

impl<T: Wire> Wire for std::sync::Arc<T> {
    fn write(&self, to: &mut Writer) {
        T::write(self, to);
    }

    fn read(from: &mut Reader) -> Result<Self, Garbled> {
        T::read(from).map(Self::new)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    type Thing = (Vec<Option<String>>, (u64, bool));

    #[test]
    fn what_is_cut_short_or_goes_on_or_is_of_another_version_is_not_read() {
        let thing: Thing = (vec![Some("é".into()), None], (7, true));
        let sealed = seal(&thing);

        assert_eq!(open::<Thing>(sealed.clone()), Ok(thing));
        for length in 0..sealed.len() {
            assert_eq!(open::<Thing>(sealed.slice(..length)), Err(Garbled), "{length}");
        }
        let longer = [&sealed[..], &[0]].concat();
        assert_eq!(open::<Thing>(longer.into()), Err(Garbled));
        let mut other = sealed.to_vec();
        other[0] = VERSION + 1;
        assert_eq!(open::<Thing>(other.into()), Err(Garbled));
    }

    #[test]
    fn a_length_that_is_not_there_costs_no_memory() {
        let lies = [&[VERSION][..], &u32::MAX.to_be_bytes(), b"x"].concat();

        assert_eq!(open::<Vec<u64>>(lies.clone().into()), Err(Garbled));
        assert_eq!(open::<String>(lies.into()), Err(Garbled));
    }

    proptest! {
        #[test]
        fn no_bytes_at_all_make_it_stumble(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = open::<Thing>(bytes.clone().into());
            let _ = open::<crate::cluster::told::Told>(bytes.clone().into());
            let _ = open::<crate::cluster::forward::Request>(bytes.into());
        }
    }
}
