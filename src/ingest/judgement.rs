/// What becomes of a request whose sender was looked at; the doubt says why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Judgement<Doubt> {
    Genuine,
    /// Taken in all the same; worth a warning.
    Doubtful(Doubt),
    Quarantine(Doubt),
    Refuse(Doubt),
}

impl<Doubt: ToString> Judgement<Doubt> {
    /// With the doubt as an operator reads it.
    pub(super) fn told(self) -> Judgement<String> {
        match self {
            Self::Genuine => Judgement::Genuine,
            Self::Doubtful(doubt) => Judgement::Doubtful(doubt.to_string()),
            Self::Quarantine(doubt) => Judgement::Quarantine(doubt.to_string()),
            Self::Refuse(doubt) => Judgement::Refuse(doubt.to_string()),
        }
    }
}
