use super::{AccountId, ContactId, ContactLabels, ContactStatusId, LabelId, TagId, UserId};

/// What a team keeps about a contact, apart from the profile: that comes from outside, and writing
/// it touches nothing of this.
#[derive(Clone, Debug, PartialEq)]
pub struct ProspectContext {
    pub contact: ContactId,
    pub account: AccountId,
    /// Free text. Not a note: everybody of the account reads it.
    pub notes: Option<String>,
    pub valuation: Option<Valuation>,
    /// Each once, in the order they were put on.
    pub tags: Vec<TagId>,
    pub status: Option<ContactStatusId>,
    /// Whose a conversation is that begins from now on.
    pub assignee: Option<UserId>,
    /// What is said of a contact without conversations; where there are some, they say it.
    pub done: bool,
    /// Changes so far. 0: nothing was ever kept.
    pub version: u64,
}

/// What a deal may be worth, in whatever the team counts in: finite and not negative.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct Valuation(f64);

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("valuation has to be a finite number that is not negative")]
pub struct ValuationError;

/// Which fields of a [`ProspectContext`] change, and to what. An outer `None` leaves a field as it is.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ContextPatch {
    pub notes: Option<Option<String>>,
    pub valuation: Option<Option<Valuation>>,
    pub tags: Option<TagPatch>,
    pub status: Option<Option<ContactStatusId>>,
    pub assignee: Option<Option<UserId>>,
    pub done: Option<bool>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TagPatch {
    /// These and no others.
    Set(Vec<TagId>),
    /// These more and those less; the rest stays. Nothing is in both.
    Change { add: Vec<TagId>, remove: Vec<TagId> },
}

impl Valuation {
    /// # Errors
    ///
    /// [`ValuationError`] for what is no amount.
    pub fn of(amount: f64) -> Result<Self, ValuationError> {
        // Adding makes the zero with a sign the one without.
        let is_amount = amount.is_finite() && amount >= 0.0;
        if is_amount { Ok(Self(amount + 0.0)) } else { Err(ValuationError) }
    }

    pub fn amount(self) -> f64 {
        self.0
    }
}

impl ProspectContext {
    /// Of a contact about whom nothing was ever kept.
    pub fn empty(account: AccountId, contact: ContactId) -> Self {
        Self {
            contact,
            account,
            notes: None,
            valuation: None,
            tags: Vec::new(),
            status: None,
            assignee: None,
            done: false,
            version: 0,
        }
    }

    /// The context afterwards, one version later; the same one when nothing changes and nothing is
    /// ordered.
    #[must_use]
    pub fn patched(&self, patch: &ContextPatch) -> Self {
        let mut next = self.clone();
        if let Some(notes) = &patch.notes {
            next.notes.clone_from(notes);
        }
        if let Some(valuation) = patch.valuation {
            next.valuation = valuation;
        }
        if let Some(tags) = &patch.tags {
            next.tags = tags.applied(&self.tags);
        }
        if let Some(status) = &patch.status {
            next.status.clone_from(status);
        }
        if let Some(assignee) = &patch.assignee {
            next.assignee.clone_from(assignee);
        }
        next.done = patch.done.unwrap_or(next.done);
        if next != *self || patch.orders() {
            next.version += 1;
        }
        next
    }

    pub fn labels(&self) -> ContactLabels {
        ContactLabels { tags: self.tags.clone(), status: self.status.clone() }
    }

    pub fn wears(&self, label: &LabelId) -> bool {
        match label {
            LabelId::Tag(tag) => self.tags.contains(tag),
            LabelId::Status(status) => self.status.as_ref() == Some(status),
        }
    }

    /// What takes a label off that this context wears.
    pub fn without(&self, label: &LabelId) -> ContextPatch {
        let nothing = ContextPatch::default();
        match label {
            LabelId::Tag(tag) => {
                let off = TagPatch::Change { add: Vec::new(), remove: vec![tag.clone()] };
                ContextPatch { tags: Some(off), ..nothing }
            }
            LabelId::Status(_) => ContextPatch { status: Some(None), ..nothing },
        }
    }
}

impl ContextPatch {
    /// Longest text, in bytes of UTF-8.
    pub const MAX_NOTES_BYTES: usize = 64 * 1024;

    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Whether it says something to all conversations of the contact, which may stand otherwise
    /// although the context said the same before.
    pub fn orders(&self) -> bool {
        self.done.is_some() || self.assignee.is_some()
    }

    /// The tags that somebody is to have afterwards who perhaps had not.
    pub fn tags_put_on(&self) -> &[TagId] {
        match &self.tags {
            None => &[],
            Some(TagPatch::Set(tags)) => tags,
            Some(TagPatch::Change { add, .. }) => add,
        }
    }
}

impl TagPatch {
    fn applied(&self, before: &[TagId]) -> Vec<TagId> {
        let mut after = Vec::new();
        let mut take = |tags: &[TagId]| {
            for tag in tags {
                if !after.contains(tag) {
                    after.push(tag.clone());
                }
            }
        };
        match self {
            Self::Set(tags) => take(tags),
            Self::Change { add, remove } => {
                take(before);
                take(add);
                after.retain(|tag| !remove.contains(tag));
            }
        }
        after
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::domain::{key, user};

    fn tags(names: &[&str]) -> Vec<TagId> {
        names.iter().map(|name| TagId::parse(name).unwrap()).collect()
    }

    fn empty() -> ProspectContext {
        ProspectContext::empty(key().account, key().contact)
    }

    fn full() -> ProspectContext {
        empty().patched(&ContextPatch {
            notes: Some(Some("calls on Mondays".into())),
            valuation: Some(Valuation::of(0.0).ok()),
            tags: Some(TagPatch::Set(tags(&["hot", "big", "hot"]))),
            status: Some(ContactStatusId::parse("won").ok()),
            assignee: Some(Some(user("ana"))),
            done: Some(true),
        })
    }

    #[test]
    fn what_a_patch_does_not_name_stays() {
        let patch = ContextPatch { notes: Some(None), ..ContextPatch::default() };

        let after = full().patched(&patch);

        assert_eq!(after, ProspectContext { notes: None, version: 2, ..full() });
        assert_eq!(full().patched(&ContextPatch::default()), full(), "and nothing is no change");
    }

    #[test]
    fn tags_are_replaced_as_a_whole_or_put_on_and_taken_off() {
        assert_eq!(full().tags, tags(&["hot", "big"]), "each once");
        let with = |tags| ContextPatch { tags: Some(tags), ..ContextPatch::default() };

        let set = full().patched(&with(TagPatch::Set(vec![])));
        let change = TagPatch::Change { add: tags(&["new", "big"]), remove: tags(&["hot", "no"]) };
        let changed = full().patched(&with(change));

        assert_eq!((set.tags, changed.tags), (vec![], tags(&["big", "new"])));
    }

    #[test]
    fn an_amount_is_finite_and_not_negative() {
        for no in [-1.0, f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            assert_eq!(Valuation::of(no), Err(ValuationError), "{no}");
        }
        assert!(Valuation::of(-0.0).unwrap().amount().is_sign_positive());
    }
}
