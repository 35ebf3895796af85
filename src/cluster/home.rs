//! At which node a conversation is at home: at the one, of those that are there, whose name goes best
//! with it. All nodes that see the same others agree, and when one comes or goes only what is at home
//! with it moves (rendezvous hashing).

use actors::domain::{Key, NodeId};

/// The best of these; `None` when there is none.
pub fn home<'a>(key: &Key, nodes: impl Iterator<Item = &'a NodeId>) -> Option<&'a NodeId> {
    let key = hash(
        FNV_BASIS,
        [key.account.as_str(), key.contact.as_str(), key.channel.as_str()].into_iter(),
    );
    nodes.max_by_key(|node| (mix(hash(key, std::iter::once(node.as_str()))), (*node).clone()))
}

/// FNV-1a, 64 bits: of no program's own, so that nodes of different releases agree.
/// Source: <http://www.isthe.com/chongo/tech/comp/fnv/>.
const FNV_BASIS: u64 = 0xcbf2_9ce4_8422_2325;
const FNV_PRIME: u64 = 0x0100_0000_01b3;

fn hash<'a>(start: u64, texts: impl Iterator<Item = &'a str>) -> u64 {
    let step = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(FNV_PRIME);
    texts.fold(start, |hash, text| step(text.bytes().fold(hash, step), 0xFF))
}

/// FNV hardly moves the upper bits for what differs at its end. The last step of MurmurHash3 does.
fn mix(mut hash: u64) -> u64 {
    for factor in [0xff51_afd7_ed55_8ccd_u64, 0xc4ce_b9fe_1a85_ec53] {
        hash = (hash ^ (hash >> 33)).wrapping_mul(factor);
    }
    hash ^ (hash >> 33)
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use actors::domain::{AccountId, ChannelId, ContactId};

    use super::*;

    fn keys() -> impl Iterator<Item = Key> {
        (0..3_000).map(|n| Key {
            account: AccountId::default_account(),
            contact: ContactId::parse(&format!("c{n}")).unwrap(),
            channel: ChannelId::parse("sms").unwrap(),
        })
    }

    fn nodes(count: usize) -> Vec<NodeId> {
        (0..count).map(|n| NodeId::parse(&format!("node-{n}")).unwrap()).collect()
    }

    #[test]
    fn conversations_spread_over_all_nodes_alike() {
        let nodes = nodes(10);
        let mut homes = HashMap::<&NodeId, usize>::new();
        for key in keys() {
            *homes.entry(home(&key, nodes.iter()).unwrap()).or_default() += 1;
        }

        assert_eq!(homes.len(), 10);
        assert!(homes.values().all(|count| (200..400).contains(count)), "{homes:?}");
    }

    #[test]
    fn when_a_node_goes_only_what_was_at_home_there_moves() {
        let (all, fewer) = (nodes(5), nodes(4));
        for key in keys() {
            let before = home(&key, all.iter()).unwrap();
            let after = home(&key, fewer.iter()).unwrap();
            assert!(before == after || *before == all[4]);
        }
    }

    #[test]
    fn it_does_not_matter_in_which_order_the_nodes_are_known() {
        let all = nodes(7);
        for key in keys().take(100) {
            assert_eq!(home(&key, all.iter()), home(&key, all.iter().rev()));
        }
        assert_eq!(home(&keys().next().unwrap(), [].into_iter()), None);
    }
}
