//! The guide's own calls, made by the client that it makes them with.
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use super::office::*;
use crate::support::TestNode;
use crate::support::people::{ACCOUNT, channel, office, user};

/// Everything that the guide names.
fn as_in_the_guide() -> TestNode {
    let mut node = start();
    office(&node, &["ana"]);
    channel(&node, "acc_abc123", "+12025550101", &["ana"]);
    user(&node, "member_sales_lead");
    let sales = json!({ "account_id": ACCOUNT, "name": "Sales", "email": "sales@example.com" });
    crate::support::people::put(&node, "/v1/users/sales", &sales);
    let label = |id: &str, name: &str| json!({ "_id": id, "account_id": ACCOUNT, "name": name, "color": "#4F46E5" });
    let tags = [
        label("tag_hot", "Hot Lead"),
        label("tag_enterprise", "Enterprise"),
        label("tag_decision_maker", "Decision Maker"),
    ];
    import(&mut node, "tags", &tags);
    let statuses = [label("status_qualified", "Qualified"), label("status_nurture", "Nurture")];
    import(&mut node, "statuses", &statuses);
    prospect(&node, "prospect_abc123", "1234567890");
    for (number, more) in [
        (
            1,
            json!({ "followersCount": 100_001, "verified": true, "description": "CEO",
                    "url": "https://example.com" }),
        ),
        (2, json!({ "followersCount": 1_000 })),
        (3, json!({ "followersCount": 10_001, "description": "Head of Sales" })),
    ] {
        let mut body = more;
        (body["account_id"], body["platformId"]) = (json!(ACCOUNT), json!(format!("p{number}")));
        body["platformUsername"] = json!(format!("user{number}"));
        crate::support::people::put(&node, &format!("/v1/contacts/prospect_{number}"), &body);
    }
    for contact in ["prospect_abc123", "prospect_1", "prospect_2", "prospect_3"] {
        let letter = json!({ "prospectId": contact, "accountLinkId": "acc_abc123",
                             "content": "hello" });
        does(&node, "POST", "/threads/messages", &letter);
    }
    node
}

fn run(node: &TestNode) -> Value {
    let ended = Command::new("node")
        .args(["guide.mjs", &node.url(), &team_token()])
        .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/client"))
        .output()
        .expect("node runs");
    assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stderr));
    serde_json::from_slice(&ended.stdout).expect("a report")
}

#[test]
fn what_the_guide_does_works_as_it_says() {
    let node = as_in_the_guide();

    let report = run(&node);

    assert_eq!(report["lookup"]["prospect"]["platformUsername"], "johndoe");
    assert_eq!(report["missing"], json!({ "prospect": null }));
    assert_eq!(report["byId"], report["lookup"]);
    assert_eq!(report["notes"]["valuation"], 50_000);
    assert_eq!(each(&report["tagged"]["tags"], "name"), ["Hot Lead", "Enterprise"]);
    assert_eq!(report["qualified"]["status"]["name"], "Qualified");
    assert_eq!(each(&report["qualified"]["tags"], "name"), ["Hot Lead", "Enterprise"]);
    assert_eq!(report["assigned"]["assignedToMemberId"], "sales");
    let whole = &report["whole"];
    assert_eq!(each(&whole["tags"], "id"), ["tag_enterprise", "tag_decision_maker"]);
    assert_eq!((&whole["valuation"], &whole["done"]), (&json!(75_000), &json!(false)));
    assert_eq!(
        (&whole["notes"], &whole["assignedToMemberId"]),
        (&json!("Decision maker at Acme Corp"), &json!("member_sales_lead"))
    );
    assert_eq!(report["thread"]["thread"]["prospectId"], "prospect_abc123");
    for one in report["points"].as_array().expect("four") {
        assert_eq!(one["there"]["score"]["total"], one["here"], "{one}");
    }
    let outcomes: Vec<_> =
        report["bulk"].as_array().expect("four").iter().map(|one| &one["success"]).collect();
    assert_eq!(outcomes, [true, true, true, false], "nobody is prospect_4");
    let enterprise = report["enterprise"].as_array().expect("threads");
    assert_eq!(enterprise.len(), 1);
    assert_eq!(
        (&enterprise[0]["prospectId"], &enterprise[0]["username"]),
        (&json!("prospect_abc123"), &json!("johndoe"))
    );
    assert_eq!(report["byValuation"], json!(["prospect_abc123"]));
}

#[test]
fn what_the_guide_gathers_in_a_loop_is_what_the_export_says() {
    let node = as_in_the_guide();

    let report = run(&node);

    let by_id = |rows: Vec<Value>| {
        let mut rows = rows;
        rows.sort_by_key(|row| row["prospectId"].as_str().map(str::to_owned));
        rows
    };
    let gathered = by_id(report["exported"].as_array().expect("rows").clone());
    let lines = report["lines"].as_str().expect("text").lines();
    let exported = by_id(lines.map(|line| serde_json::from_str(line).expect("JSON")).collect());
    assert_eq!(gathered, exported);
    assert_eq!(gathered.len(), 4);
    let one = &gathered[3];
    assert_eq!(one["tags"], "Enterprise; Decision Maker");
    let csv = report["csv"].as_str().expect("text");
    let expected = "prospect_abc123,1234567890,johndoe,John Doe,5420,false,\
                    Enterprise; Decision Maker,Qualified,Decision maker at Acme Corp";
    assert!(csv.lines().any(|line| line == expected), "{csv}");
}
