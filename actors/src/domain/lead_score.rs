//! How promising a contact is, by rules that an account sets, and why.
use super::TagId;

/// What platforms know of a contact, as far as anybody asks here. Comes from outside, and may be
/// some days old.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Profile {
    pub platform: Option<String>,
    pub platform_id: Option<String>,
    pub username: Option<String>,
    pub description: Option<String>,
    pub image: Option<String>,
    pub location: Option<String>,
    pub url: Option<String>,
    pub verified: bool,
    pub followers: Option<u64>,
    pub following: Option<u64>,
}

/// What an account scores its contacts by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScoreRules {
    /// Each gives its points or none; they are summed up.
    pub rules: Vec<ScoreRule>,
    pub auto_tag: Option<AutoTag>,
}

/// What contacts are tagged with who have at least so many points.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AutoTag {
    pub tag: TagId,
    pub threshold: i64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScoreRule {
    pub name: String,
    pub test: ScoreTest,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ScoreTest {
    /// Of these steps, `(more than, points)`, the highest that is passed.
    Above {
        field: CountField,
        steps: Vec<(u64, i32)>,
    },
    Verified {
        points: i32,
    },
    /// Any of these texts, in lower case, somewhere in the field: once, however many are.
    Mentions {
        field: TextField,
        words: Vec<String>,
        points: i32,
    },
    /// There is something in it.
    Has {
        field: TextField,
        points: i32,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CountField {
    Followers,
    Following,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextField {
    Username,
    Description,
    Location,
    Url,
}

/// What the rules come to, and what each of them gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeadScore {
    pub total: i64,
    pub given: Vec<Given>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Given {
    pub rule: String,
    pub points: i32,
    pub because: Because,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Because {
    /// It does not hold.
    No,
    Above(u64),
    Verified,
    Mentions(String),
    Has,
}

impl ScoreRules {
    pub const MOST_RULES: usize = 50;
    /// Most steps, or words, of one rule.
    pub const MOST_ENTRIES: usize = 50;
    /// Most points that one rule gives or takes.
    pub const MOST_POINTS: i32 = 1_000;

    /// Those of the guide that clients know: 80 points at most.
    pub fn usual() -> Self {
        let rule = |name: &str, test| ScoreRule { name: name.into(), test };
        let words = ["founder", "ceo", "director", "head of", "vp"].map(str::to_owned).to_vec();
        Self {
            rules: vec![
                rule(
                    "followers",
                    ScoreTest::Above {
                        field: CountField::Followers,
                        steps: vec![(100_000, 30), (10_000, 20), (1_000, 10)],
                    },
                ),
                rule("verified", ScoreTest::Verified { points: 15 }),
                rule(
                    "bio",
                    ScoreTest::Mentions { field: TextField::Description, words, points: 25 },
                ),
                rule("website", ScoreTest::Has { field: TextField::Url, points: 10 }),
            ],
            auto_tag: None,
        }
    }

    pub fn score(&self, profile: &Profile) -> LeadScore {
        let given: Vec<_> = self.rules.iter().map(|rule| rule.give(profile)).collect();
        LeadScore { total: given.iter().map(|given| i64::from(given.points)).sum(), given }
    }

    /// The tag that a contact of this score is to have, if any.
    pub fn tag_for(&self, score: &LeadScore) -> Option<&TagId> {
        let auto_tag = self.auto_tag.as_ref()?;
        (score.total >= auto_tag.threshold).then_some(&auto_tag.tag)
    }
}

impl ScoreRule {
    fn give(&self, profile: &Profile) -> Given {
        let (points, because) = self.test.points(profile).unwrap_or((0, Because::No));
        Given { rule: self.name.clone(), points, because }
    }
}

impl ScoreTest {
    fn points(&self, profile: &Profile) -> Option<(i32, Because)> {
        match self {
            Self::Above { field, steps } => {
                let count = field.of(profile)?;
                let passed = steps.iter().filter(|(step, _)| count > *step);
                let (step, points) = passed.max_by_key(|(step, _)| *step)?;
                Some((*points, Because::Above(*step)))
            }
            Self::Verified { points } => profile.verified.then_some((*points, Because::Verified)),
            Self::Mentions { field, words, points } => {
                let text = field.of(profile)?.to_lowercase();
                let word = words.iter().find(|word| text.contains(word.as_str()))?;
                Some((*points, Because::Mentions(word.clone())))
            }
            Self::Has { field, points } => {
                field.of(profile).filter(|text| !text.is_empty())?;
                Some((*points, Because::Has))
            }
        }
    }
}

impl CountField {
    pub const ALL: [Self; 2] = [Self::Followers, Self::Following];

    fn of(self, profile: &Profile) -> Option<u64> {
        match self {
            Self::Followers => profile.followers,
            Self::Following => profile.following,
        }
    }
}

impl TextField {
    pub const ALL: [Self; 4] = [Self::Username, Self::Description, Self::Location, Self::Url];

    fn of(self, profile: &Profile) -> Option<&str> {
        match self {
            Self::Username => profile.username.as_deref(),
            Self::Description => profile.description.as_deref(),
            Self::Location => profile.location.as_deref(),
            Self::Url => profile.url.as_deref(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn total(profile: &Profile) -> i64 {
        ScoreRules::usual().score(profile).total
    }

    #[test]
    fn the_usual_rules_give_what_the_guide_gives() {
        let with = |followers| total(&Profile { followers, ..Profile::default() });
        let counts = [None, Some(0), Some(1_000), Some(1_001), Some(10_001), Some(100_001)];
        assert_eq!(counts.map(with), [0, 0, 0, 10, 20, 30]);
        let bio = |text: &str| {
            let description = Some(text.to_owned());
            total(&Profile { description, ..Profile::default() })
        };
        assert_eq!(["Head of VP, CEO", "nothing", ""].map(bio), [25, 0, 0], "once");
        assert_eq!(bio("MVPs"), 25, "a part of a word counts, as it does there");
        let url = |text: &str| total(&Profile { url: Some(text.into()), ..Profile::default() });
        assert_eq!([url(""), url("https://a.example")], [0, 10]);
        let all = Profile {
            followers: Some(5_000_000),
            verified: true,
            description: Some("Founder".into()),
            url: Some("x".into()),
            ..Profile::default()
        };
        assert_eq!(total(&all), 80);
    }

    #[test]
    fn every_rule_says_what_it_gave_and_why() {
        let rules = ScoreRules::usual();
        let profile = Profile {
            followers: Some(20_000),
            description: Some("The CEO".into()),
            ..Profile::default()
        };

        let score = rules.score(&profile);

        let given: Vec<_> =
            score.given.iter().map(|given| (given.rule.as_str(), given.points)).collect();
        assert_eq!(given, [("followers", 20), ("verified", 0), ("bio", 25), ("website", 0)]);
        assert_eq!(score.given[0].because, Because::Above(10_000));
        assert_eq!(score.given[2].because, Because::Mentions("ceo".into()));
        assert_eq!(score.given[3].because, Because::No);
    }

    #[test]
    fn steps_count_in_whatever_order_they_were_written_and_points_may_be_taken() {
        let steps = vec![(10, 1), (1_000, -5), (100, 3)];
        let test = ScoreTest::Above { field: CountField::Following, steps };
        let rules = ScoreRules {
            rules: vec![ScoreRule { name: "spam".into(), test }],
            auto_tag: Some(AutoTag { tag: TagId::parse("t").unwrap(), threshold: 3 }),
        };
        let tagged = |following| {
            let score = rules.score(&Profile { following, ..Profile::default() });
            (score.total, rules.tag_for(&score).is_some())
        };

        let counts = [Some(10), Some(11), Some(101), Some(9_999)];
        assert_eq!(counts.map(tagged), [(0, false), (1, false), (3, true), (-5, false)]);
    }
}
