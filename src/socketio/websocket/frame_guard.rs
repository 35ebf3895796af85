/// Watches the headers of a client's websocket frames before anything is buffered.
///
/// The codec checks a frame's length only once the whole frame has come, so that a client that
/// announces a gigabyte could have it buffered; and it does not add up continuations.
#[derive(Debug)]
pub(super) struct FrameGuard {
    max: u64,
    header: [u8; HEADER],
    have: usize,
    /// Bytes of the current frame's payload that are yet to come.
    left: u64,
    /// The message so far, over its frames.
    message: u64,
}

/// A frame, or a message of several, above the limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TooLarge;

/// Longest header of a client's frame: RFC 6455, 5.2.
const HEADER: usize = 14;

impl FrameGuard {
    pub fn new(max: usize) -> Self {
        Self { max: max as u64, header: [0; HEADER], have: 0, left: 0, message: 0 }
    }

    /// These bytes are next.
    pub fn watch(&mut self, mut bytes: &[u8]) -> Result<(), TooLarge> {
        while !bytes.is_empty() {
            if self.left > 0 {
                let skip = usize::try_from(self.left).unwrap_or(usize::MAX).min(bytes.len());
                self.left -= skip as u64;
                bytes = &bytes[skip..];
                continue;
            }
            self.header[self.have] = bytes[0];
            self.have += 1;
            bytes = &bytes[1..];
            if self.have >= 2 && self.have == self.header_len() {
                self.begin_frame()?;
            }
        }
        Ok(())
    }

    fn header_len(&self) -> usize {
        let mask = if self.header[1] & 0x80 == 0 { 0 } else { 4 };
        mask + match self.header[1] & 0x7F {
            126 => 4,
            127 => 10,
            _ => 2,
        }
    }

    fn begin_frame(&mut self) -> Result<(), TooLarge> {
        let header = &self.header;
        let len = match header[1] & 0x7F {
            126 => u64::from(u16::from_be_bytes([header[2], header[3]])),
            127 => header[2..10].iter().fold(0, |len, byte| len << 8 | u64::from(*byte)),
            short => u64::from(short),
        };
        match header[0] & 0x0F {
            0 => self.message = self.message.saturating_add(len),
            1 | 2 => self.message = len,
            // Control frames come between; the codec bounds them.
            _ => {}
        }
        if len > self.max || self.message > self.max {
            return Err(TooLarge);
        }
        self.have = 0;
        self.left = len;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(first: u8, len: usize) -> Vec<u8> {
        let mut bytes = vec![first];
        match len {
            0..=125 => bytes.push(0x80 | len as u8),
            126..=0xFFFF => {
                bytes.push(0x80 | 126);
                bytes.extend((len as u16).to_be_bytes());
            }
            _ => {
                bytes.push(0x80 | 127);
                bytes.extend((len as u64).to_be_bytes());
            }
        }
        bytes.extend([0; 4]);
        bytes
    }

    fn whole(first: u8, len: usize) -> Vec<u8> {
        let mut bytes = frame(first, len);
        bytes.resize(bytes.len() + len, 0xFF);
        bytes
    }

    #[test]
    fn an_announced_gigabyte_is_refused_at_its_header() {
        assert_eq!(FrameGuard::new(1_000_000).watch(&frame(0x82, 1 << 30)), Err(TooLarge));
        assert_eq!(FrameGuard::new(100).watch(&frame(0x81, 101)), Err(TooLarge));
        assert_eq!(FrameGuard::new(100).watch(&frame(0x81, 100)), Ok(()));
    }

    #[test]
    fn continuations_are_added_up_and_whole_messages_are_not() {
        let mut guard = FrameGuard::new(100);
        for _ in 0..5 {
            guard.watch(&whole(0x81, 100)).unwrap();
        }
        guard.watch(&whole(0x01, 60)).unwrap();
        guard.watch(&whole(0x89, 100)).unwrap();
        assert_eq!(guard.watch(&whole(0x80, 41)), Err(TooLarge));
    }

    #[test]
    fn it_makes_no_difference_where_the_network_cuts() {
        let mut stream = Vec::new();
        for len in [0, 1, 125, 126, 300, 70_000] {
            stream.extend(whole(0x81, len));
        }
        stream.extend(frame(0x81, 70_001));
        for size in [1, 2, 3, 7, 1000] {
            let mut guard = FrameGuard::new(70_000);
            let results: Vec<_> = stream.chunks(size).map(|part| guard.watch(part)).collect();
            let first_error = results.iter().position(|result| result.is_err());
            assert_eq!(first_error, Some(results.len() - 1), "cut every {size} bytes");
        }
    }
}
