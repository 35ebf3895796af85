#!/usr/bin/env bash
# Takes the visibility rule away, one place at a time, and says which tests notice.
#
#   tests/mutate_visibility.sh             every mutation; the outside tests run only where those of
#                                          `actors` notice nothing
#   tests/mutate_visibility.sh --outside   every mutation, against the outside tests alone
#   tests/mutate_visibility.sh [--outside] NAME...   only these
#
# By hand, not in continuous integration: it builds the program some forty times. It works on a
# copy under target/mutants and touches nothing else. A mutation that nobody notices is a missing
# test, unless its line says that another lock holds the same door.
set -euo pipefail
cd "$(dirname "$0")/.."

ROOT=$PWD
COPY=$ROOT/target/mutants/tree
export CARGO_TARGET_DIR=$ROOT/target/mutants/target

outside_only=no
[[ ${1-} == --outside ]] && { outside_only=yes; shift; }
wanted=("$@")

# name @ files @ edit (Perl, over each whole file) @ the other lock of that door, if there is one
MUTATIONS=$(cat <<'LIST'
sight-shows-notes-to-all@actors/src/domain/sight.rs@s/let visible = .*?;/let visible = true;/
sight-shows-notes-to-teams@actors/src/domain/sight.rs@s/\(message\.kind != Kind::Note\)\.then_some\(Sight::Others\)/Some(Sight::Others)/
sight-forgets-who-left@actors/src/domain/sight.rs@s/self\.participant\(user\)\?;//
audience-is-everybody@actors/src/domain/sight.rs@s/self\.sight\(message, &viewer\)\.map\(\|sight\| \(&participant\.user, sight\)\)/Some((&participant.user, self.sight(message, &viewer).unwrap_or(Sight::Others)))/
unread-counts-the-unseen@actors/src/domain/unread.rs@s/let visible = .*?;/let visible = self.participant(user).is_some();/
notes-raise-everybody@actors/src/domain/command/place.rs@s/for user in &message\.mentions \{/for user in &self.participants().map(|p| p.user.clone()).collect::<Vec<_>>() {/@counts_for
notes-raise-everybody-and-count@actors/src/domain/command/place.rs@s/for user in &message\.mentions \{/for user in &self.participants().map(|p| p.user.clone()).collect::<Vec<_>>() {/; s/if !self\.counts_for\(message, user\)/if false/
last-note-is-everybodys@actors/src/domain/command/place.rs@s/let mentioned = .*?;/let mentioned = true;/
note-is-public-activity@actors/src/domain/command/place.rs@s/(next\.last_public = next\.last_public\.max)/} {\n            $1/
note-moves-updated-at@actors/src/domain/command/place.rs@s/(if message\.kind != Kind::Note \{\s+next\.updated_at)/next.updated_at = now.max(next.updated_at);\n        $1/
dated-note-moves-the-stamp@actors/src/domain/command/place.rs@s/if message\.kind != Kind::Note \|\| !self\.dated \{/if true {/
mention-outside-is-taken@actors/src/domain/command/add_note.rs@s/if self\.mentions\.iter\(\)\.any\(/if false && self.mentions.iter().any(/
reading-tells-of-the-hidden@actors/src/domain/command/mark_read.rs@s/None if reader\.unread == 0 => return Ok\(Decision::Unchanged\),//
pages-hold-everything@actors/src/engine/list_messages.rs@s/conversation\.sight\(&placed\.message, viewer\)\.map\(\|sight\| \(placed, sight\)\)/Some((placed.clone(), conversation.sight(&placed.message, viewer).unwrap_or(Sight::Others)))/
pages-are-cut-before-they-are-filtered@actors/src/engine/list_messages.rs@s/if at_the_end \|\| seen\.len\(\) >= wanted/if at_the_end || !seen.is_empty()/
cursor-names-what-was-cut-raw@actors/src/engine/list_messages.rs@s/let at_the_end = page\.len\(\) < read;/let at_the_end = true;/
anchor-may-be-hidden@actors/src/engine/messages_around.rs@s/let sight = conversation\.sight\(&placed\.message, &viewer\)\?;/let sight = conversation.sight(\&placed.message, \&viewer).unwrap_or(Sight::Others);/
anchor-hides-ones-own@actors/src/engine/messages_around.rs@s/Ok\(id\) => seen\(self\.store\.message\(&conversation\.id, &id\)\.await\?\),/Ok(id) => match self.store.message(\&conversation.id, \&id).await? { Some(there) => Some(seen(Some(there)).ok_or(Failure::NotFound("message"))?), None => None },/
uuid-of-anybody-is-an-anchor@src/store/sqlite/history.rs@s/p\.author_user = \?2 AND p\.uuid/?2 = ?2 AND p.uuid/
read-up-to-the-hidden@actors/src/engine/mark_read.rs@s/\.filter\(\|target\| conversation\.sight.*?is_some\(\)\)//
replay-shows-everything@actors/src/engine/replay.rs@s/let Some\(sight\) = conversation\.sight\(message, &viewer\) else \{ return Ok\(None\) \};/let sight = conversation.sight(message, \&viewer).unwrap_or(crate::domain::Sight::Others);/
replay-serves-who-left@actors/src/engine/replay.rs@s/conversation\.participant\(&caller\.user\)/conversation.participants.iter().find(|p| p.user == caller.user)/g
replay-tells-what-is-anothers@actors/src/engine/replay.rs@s/&& announcement\.is_for\(&caller\.user\)/&& (true || announcement.is_for(&caller.user))/
imported-note-moves-the-stamp@actors/src/domain/archive.rs@s/(if message\.kind != Kind::Note \{\n\s+\/\/ Not for notes)/self.last_at = self.last_at.max(message.created_at);\n        $1/
announces-what-is-anothers@actors/src/conversation/publish.rs@s/To::User\(user\) => participant\.user == \*user,/To::User(_) => true,/
pushes-to-everybody@actors/src/domain/push.rs@s/self\.sight\(message, &Viewer::User\(user\.clone\(\)\)\)\.is_none\(\)/false/
hidden-notes-overtake@actors/src/engine/send_message.rs@s/conversation\.sight\(&placed\.message, &viewer\) == Some\(Sight::Others\)/conversation.sight(&placed.message, &viewer) != Some(Sight::Own)/
last-seen-may-be-hidden@actors/src/engine/send_message.rs@s/let seen = seen\.filter\(.*?\);//
resending-shows-what-has-its-uuid@actors/src/engine/resend_message.rs@s/let found = found\.filter\(\|placed\| placed\.message\.kind == Kind::Outgoing\);\s+if found/if found/; s/let sight = sight\.filter\(.*?\);\s+let sight = sight\.ok_or\(.*?\)\?;/let sight = sight.unwrap_or(crate::domain::Sight::Others);/s
preview-is-not-looked-at@actors/src/view/compose.rs@s/match conversation\.sight\(&message, viewer\) \{/match conversation.sight(&message, viewer).or(Some(Sight::Others)) {/@last_activity names nothing hidden
preview-and-last-note@actors/src/view/compose.rs,actors/src/domain/command/place.rs@s/match conversation\.sight\(&message, viewer\) \{/match conversation.sight(&message, viewer).or(Some(Sight::Others)) {/; s/let mentioned = .*?;/let mentioned = true;/
webhooks-carry-notes@actors/src/engine/team_events.rs@s/let Some\(sight\) = conversation\.sight\(&message, &Viewer::Team\) else \{ return Ok\(None\) \};/let sight = crate::domain::Sight::Others;/
webhooks-tell-what-is-one-users@actors/src/engine/team_events.rs@s/if matches!\(&entry\.announcement/if false \&\& matches!(&entry.announcement/
key-reads-notes@src/http/communications.rs@s/stored\.filter\(\|stored\| stored\.message\.kind != Kind::Note\)\.ok_or\(MISSING\)/stored.filter(|stored| stored.message.kind != Kind::Note || true).ok_or(MISSING)/
ids-count@src/ids.rs@s/bytes\[4\.\.10\]\.copy_from_slice\(&random\[\.\.6\]\);//; s/bytes\[10\.\.\]\.copy_from_slice\(&random\[14\.\.\]\);/let _ = (random, \&mut bytes);/
offsets-are-numbers@src/recovery/offset.rs@s/self\.0\.seal\(Purpose::Offset, &position\.0\.to_be_bytes\(\)\)/position.0.to_string()/
pid-of-anybody@src/recovery/resume.rs@s/pid\.user == caller\.user/true || pid.user == caller.user/
list-shows-conversations-one-left@actors/src/engine/list_conversations.rs@s/conversation\.participant\(&caller\.user\)\.cloned\(\) else/conversation.participants.iter().find(|p| p.user == caller.user).cloned() else/@the inbox lists none of them
reads-without-taking-part@actors/src/engine/caller.rs@s/caller\.own\(&conversation\)\?;\n//@each use case asks for the caller's own part
own-part-of-who-left@actors/src/engine/caller.rs@s/conversation\.participant\(&self\.user\)\.ok_or/conversation.participants.iter().find(|p| p.user == self.user).ok_or/
account-is-not-compared@actors/src/conversation/write.rs@s/key\.account == self\.account && /let _ = \&self.account; /@who is of another account takes no part
contacts-of-any-account@actors/src/engine/add_conversation.rs@s/contact\.account == caller\.account/contact.account == contact.account/
channels-of-any-account@actors/src/engine/add_conversation.rs@s/channel\.account == caller\.account/channel.account == channel.account/
users-of-any-account@actors/src/engine/add_conversation.rs@s/user\.active && user\.account == caller\.account/user.active/
emits-across-accounts@actors/src/engine/emit.rs@s/let theirs = .*?;/let theirs = true;/
LIST
)

mkdir -p "$COPY" "$CARGO_TARGET_DIR"
# What is built of other people's crates is built already.
[[ -e $CARGO_TARGET_DIR/debug || ! -d target/debug ]] || cp -al target/debug "$CARGO_TARGET_DIR/debug"

# A file that is put back gets a new time, or cargo would take the mutated build for its own.
put_back() {
    for file in "$@"; do
        cp "$file" "$COPY/$file"
        touch "$COPY/$file"
    done
}

rm -rf "$COPY"
mkdir -p "$COPY"
git ls-files -z --cached --others --exclude-standard | tar --null -T - -cf - | tar -xf - -C "$COPY"
ln -sfn "$ROOT/tests/client/node_modules" "$COPY/tests/client/node_modules"

all_changed() {
    local file
    for file in "$@"; do
        if cmp -s "$file" "$COPY/$file"; then return 1; fi
    done
}

# Names of the tests that fail; BUILD or DIED when it did not come to that.
failing() {
    local log=$ROOT/target/mutants/last.log
    (cd "$COPY" && timeout --foreground 600 cargo test --no-fail-fast "$@") \
        >"$log" 2>&1 </dev/null && return
    grep -q 'could not compile' "$log" && { echo BUILD; return; }
    # Neither passed nor failed: no space, no memory, no time.
    grep -qE '^test .* FAILED$' "$log" || { echo DIED; return; }
    grep -E '^test .* FAILED$' "$log" | sed -E 's/^test (.*) \.\.\. .*/\1/' | sort -u
}

survived=0
while IFS='@' read -r name files edit lock; do
    [[ ${#wanted[@]} == 0 || " ${wanted[*]} " == *" $name "* ]] || continue
    for file in ${files//,/ }; do
        perl -0pi -e "$edit" "$COPY/$file"
    done
    if ! all_changed ${files//,/ }; then
        echo "| $name | NOTHING CHANGED: the code moved, mend this list |"
        survived=1
        put_back ${files//,/ }
        continue
    fi
    noticed=
    [[ $outside_only == yes ]] || noticed=$(failing -p actors --lib)
    [[ -n $noticed ]] || noticed=$(failing --test api -- privacy notes:: recovery:: lists::pages)
    if [[ -z $noticed && -z $lock ]]; then survived=1; fi
    [[ -n $noticed ]] && said=$(echo $noticed | sed 's/ /, /g') || said="nobody${lock:+ (second lock: $lock)}"
    echo "| $name | $said |"
    put_back ${files//,/ }
done <<<"$MUTATIONS"
exit $survived
