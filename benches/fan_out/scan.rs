/// Counts a server's websocket frames by their headers; what is in them is passed over.
#[derive(Default)]
pub struct Scan {
    header: [u8; 10],
    have: usize,
    /// Bytes of the current frame that are yet to come.
    left: usize,
    /// The frame has one byte: a packet of Engine.IO's own.
    bare: bool,
}

/// What a chunk held.
#[derive(Default)]
pub struct Held {
    pub events: u32,
    pub pings: u32,
    /// The server closed.
    pub closed: bool,
}

impl Scan {
    pub fn chunk(&mut self, mut bytes: &[u8]) -> Held {
        let mut held = Held::default();
        while let Some(&first) = bytes.first() {
            if self.left > 0 {
                if self.bare {
                    held.pings += u32::from(first == b'2');
                    held.closed |= first == b'1';
                }
                let skip = self.left.min(bytes.len());
                self.left -= skip;
                bytes = &bytes[skip..];
                continue;
            }
            self.header[self.have] = first;
            self.have += 1;
            bytes = &bytes[1..];
            let whole = match self.header[1] {
                126 => 4,
                127 => 10,
                _ => 2,
            };
            if self.have < 2 || self.have < whole {
                continue;
            }
            let header = &self.header;
            self.left = match header[1] {
                126 => usize::from(u16::from_be_bytes([header[2], header[3]])),
                127 => header[2..10].iter().fold(0, |sum, byte| sum << 8 | usize::from(*byte)),
                short => usize::from(short),
            };
            self.have = 0;
            self.bare = self.left == 1;
            held.closed |= header[0] & 0x0F == 8;
            held.events += u32::from(!self.bare);
        }
        held
    }
}
