use std::convert::Infallible;
use std::fmt;

use bytes::Bytes;

/// Room for the longest header of a server-to-client websocket frame.
const HEADER_ROOM: usize = 10;

/// One packet, ready to be written: encoded once, shared by everybody who gets it.
///
/// The bytes are a whole websocket frame (RFC 6455, 5.2; unmasked, as servers send); polling takes
/// the packet inside. Cloning counts a reference.
#[derive(Clone, PartialEq, Eq)]
pub struct Frame {
    bytes: Bytes,
    header: u8,
    binary: bool,
}

impl Frame {
    pub fn text(packet: impl AsRef<str>) -> Self {
        let packet = packet.as_ref().as_bytes();
        Self::framed(packet.len(), false, |buffer| {
            buffer.extend_from_slice(packet);
            Ok::<_, Infallible>(())
        })
        .unwrap_or_else(|never| match never {})
    }

    pub fn binary(packet: impl AsRef<[u8]>) -> Self {
        let packet = packet.as_ref();
        Self::framed(packet.len(), true, |buffer| {
            buffer.extend_from_slice(packet);
            Ok::<_, Infallible>(())
        })
        .unwrap_or_else(|never| match never {})
    }

    /// A text packet that was checked to be text when it was made.
    pub fn packed(packet: &Bytes) -> Self {
        Self::framed(packet.len(), false, |buffer| {
            buffer.extend_from_slice(packet);
            Ok::<_, Infallible>(())
        })
        .unwrap_or_else(|never| match never {})
    }

    /// Writes a text packet in place, without a second copy. `write` only appends, and only UTF-8.
    ///
    /// # Errors
    ///
    /// Whatever `write` says; there is no frame then.
    pub fn compose<E>(
        expected_len: usize,
        write: impl FnOnce(&mut Vec<u8>) -> Result<(), E>,
    ) -> Result<Self, E> {
        Self::framed(expected_len, false, write)
    }

    fn framed<E>(
        expected_len: usize,
        binary: bool,
        write: impl FnOnce(&mut Vec<u8>) -> Result<(), E>,
    ) -> Result<Self, E> {
        let mut buffer = Vec::with_capacity(HEADER_ROOM + expected_len);
        buffer.resize(HEADER_ROOM, 0);
        write(&mut buffer)?;
        let len = buffer.len() - HEADER_ROOM;

        // The header ends where the packet begins, so that its length may be known last.
        let header: u8 = match len {
            0..=125 => 2,
            126..=0xFFFF => 4,
            _ => 10,
        };
        let start = HEADER_ROOM - usize::from(header);
        buffer[start] = if binary { 0x82 } else { 0x81 };
        match header {
            2 => buffer[start + 1] = len as u8,
            4 => {
                buffer[start + 1] = 126;
                buffer[start + 2..HEADER_ROOM].copy_from_slice(&(len as u16).to_be_bytes());
            }
            _ => {
                buffer[start + 1] = 127;
                buffer[start + 2..HEADER_ROOM].copy_from_slice(&(len as u64).to_be_bytes());
            }
        }
        let bytes = Bytes::from(buffer).slice(start..);
        Ok(Self { bytes, header, binary })
    }

    /// The whole websocket frame.
    pub fn websocket(&self) -> &Bytes {
        &self.bytes
    }

    pub(super) fn into_websocket(self) -> Bytes {
        self.bytes
    }

    /// The bare packet.
    pub fn packet(&self) -> Bytes {
        self.bytes.slice(usize::from(self.header)..)
    }

    pub fn is_binary(&self) -> bool {
        self.binary
    }

    /// Length on a websocket, in bytes.
    pub fn wire_len(&self) -> usize {
        self.bytes.len()
    }
}

impl fmt::Debug for Frame {
    /// Content may be personal, so only its size shows.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = if self.binary { "binary" } else { "text" };
        write!(f, "Frame({kind}, {} bytes)", self.bytes.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_says_the_length_on_both_sides_of_every_border() {
        for (len, header) in [(0, 2), (125, 2), (126, 4), (0xFFFF, 4), (0x1_0000, 10), (70_000, 10)]
        {
            let frame = Frame::text("x".repeat(len));
            let bytes = frame.websocket();

            assert_eq!(bytes.len(), header + len);
            assert_eq!(bytes[0], 0x81);
            let said = match bytes[1] {
                126 => usize::from(u16::from_be_bytes([bytes[2], bytes[3]])),
                127 => u64::from_be_bytes(bytes[2..10].try_into().unwrap()) as usize,
                short => usize::from(short),
            };
            assert_eq!(said, len);
            assert_eq!(frame.packet().len(), len);
        }
    }

    #[test]
    fn a_frame_never_shows_its_content_in_a_log() {
        assert_eq!(format!("{:?}", Frame::text("4secret")), "Frame(text, 9 bytes)");
    }
}
