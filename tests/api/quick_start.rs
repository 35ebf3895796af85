//! The quick start of README.md, typed as it is written.
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use crate::support::TestNode;

#[test]
fn the_quick_start_of_the_readme_works_as_written() {
    let unset = ["auth.jwt_secret", "auth.api_keys", "twilio.auth_token", "twilio.public_url"];
    let node = TestNode::with(&unset.map(|key| (key, "")));
    let [_make_run, people, ana, ben, webhook] =
        <[String; 5]>::try_from(commands()).expect("five blocks of commands");

    let done = type_in(&node, &people).status().expect("a shell");
    assert!(done.success(), "{people}");
    let (mut ana, mut ben) = (Terminal::open(&node, &ana), Terminal::open(&node, &ben));
    ana.read_until("connected");
    ben.read_until("connected");
    let done = type_in(&node, &webhook).status().expect("a shell");
    assert!(done.success(), "{webhook}");

    ana.read_until("INCOMING: Hello, are you open on Sunday?");
    ben.read_until("INCOMING: Hello, are you open on Sunday?");
}

/// The blocks to type, from the heading on.
fn commands() -> Vec<String> {
    let page = std::fs::read_to_string(root().join("README.md")).expect("the page");
    let (_, quick_start) = page.split_once("## Quick start").expect("the heading");
    let blocks = quick_start.split("```sh\n").skip(1);
    blocks.map(|block| block.split("```").next().expect("its end").to_owned()).collect()
}

/// Another address and a debug build: all that is not as written.
fn type_in(node: &TestNode, block: &str) -> Command {
    let block = block
        .replace("http://127.0.0.1:4000", &node.url())
        .replace("target/release/switchboard", env!("CARGO_BIN_EXE_switchboard"));
    let mut shell = Command::new("bash");
    shell
        .args(["-euc", &block])
        .current_dir(root())
        .envs(node.environment())
        .env("SWITCHBOARD_URL", node.url())
        .stdin(Stdio::null())
        .stdout(Stdio::null());
    shell
}

struct Terminal {
    process: Child,
    lines: std::io::Lines<BufReader<std::process::ChildStdout>>,
}

impl Terminal {
    fn open(node: &TestNode, block: &str) -> Self {
        let mut shell = type_in(node, &format!("exec {block}"));
        let mut process = shell.stdout(Stdio::piped()).spawn().expect("a shell");
        let lines = BufReader::new(process.stdout.take().expect("piped")).lines();
        Self { process, lines }
    }

    /// The client says when it is refused, and its end ends the reading.
    fn read_until(&mut self, wanted: &str) {
        for line in self.lines.by_ref() {
            let line = line.expect("text");
            assert!(!line.starts_with("refused"), "{line}");
            if line.starts_with(wanted) {
                return;
            }
        }
        panic!("the client ended before it said {wanted:?}");
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}
