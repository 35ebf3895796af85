use super::{Engine, Failure, Team};
use crate::domain::{ContactId, ContextPatch, LeadScore, ScoreRules, TagPatch};
use crate::view::ProspectView;

/// What an account scores by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptRules {
    pub rules: ScoreRules,
    /// The account never set any.
    pub is_usual: bool,
}

impl Engine {
    /// # Errors
    ///
    /// [`Failure::Unavailable`]: unknown.
    pub async fn score_rules(&self, team: &Team) -> Result<KeptRules, Failure> {
        let kept = self.store.score_rules(&team.account).await?;
        let is_usual = kept.is_none();
        Ok(KeptRules { rules: kept.unwrap_or_else(ScoreRules::usual), is_usual })
    }

    /// # Errors
    ///
    /// [`Failure::NotFound`] when they tag with what the account has not; nothing changed.
    pub async fn put_score_rules(&self, team: &Team, rules: &ScoreRules) -> Result<(), Failure> {
        if let Some(auto_tag) = &rules.auto_tag {
            self.known_tag(&team.account, &auto_tag.tag).await?;
        }
        Ok(self.store.put_score_rules(&team.account, rules).await?)
    }

    /// Puts the tag of the rules on a contact who has enough points, and touches no other. `None`:
    /// they have not, or there is no such rule.
    ///
    /// # Errors
    ///
    /// As [`Engine::patch_context`].
    pub async fn auto_tag(
        &self,
        team: &Team,
        id: &ContactId,
        score: &LeadScore,
    ) -> Result<Option<ProspectView>, Failure> {
        let rules = self.score_rules(team).await?.rules;
        let Some(tag) = rules.tag_for(score) else { return Ok(None) };
        let on = TagPatch::Change { add: vec![tag.clone()], remove: Vec::new() };
        let patch = ContextPatch { tags: Some(on), ..ContextPatch::default() };
        self.patch_context(team, id, &patch).await.map(Some)
    }
}
