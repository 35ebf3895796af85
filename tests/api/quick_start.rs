//! The quick start of README.md, typed as it is written.
use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use crate::support::node::free_port;
use crate::support::{TestNode, wait};

#[test]
fn the_quick_start_of_the_readme_works_as_written() {
    let unset = ["auth.jwt_secret", "auth.api_keys", "twilio.auth_token", "twilio.public_url"];
    let node = TestNode::with(&unset.map(|key| (key, "")));
    let [_make_run, people, ana, ben, webhook] =
        <[String; 5]>::try_from(commands("## Quick start")).expect("five blocks of commands");

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

#[test]
fn the_two_nodes_of_the_readme_work_as_written() {
    if std::env::var("SKIP_MONGO").as_deref() == Ok("1") {
        return;
    }
    let [servers, node, office, webhook] =
        <[String; 4]>::try_from(commands("## Two nodes")).expect("four blocks of commands");
    let folder = tempfile::tempdir().expect("a folder");
    let ports: Vec<_> = (0..5).map(|_| free_port().to_string()).collect();
    // Other ports and folders, a debug build, and a database that no other test has.
    let as_here = |block: &str| {
        let database = format!("//readme_{}?", std::process::id());
        block
            .replace("//switchboard?", &database)
            .replace("target/store-url", &folder.path().join("store-url").display().to_string())
            .replace("DATA_DIR=data-", &format!("DATA_DIR={}/data-", folder.path().display()))
            .replace("$(($1 + 1))", "${2}")
            .replace("switchboard 4000\n", &format!("switchboard {} {}\n", ports[1], ports[2]))
            .replace("switchboard 4010\n", &format!("switchboard {} {}\n", ports[3], ports[4]))
            .replace("4222", &ports[0])
            .replace("127.0.0.1:4000", &format!("127.0.0.1:{}", ports[1]))
            .replace("127.0.0.1:4010", &format!("127.0.0.1:{}", ports[3]))
            .replace("target/release/switchboard", env!("CARGO_BIN_EXE_switchboard"))
    };
    let _servers = Terminal::typing(&as_here(&servers));
    wait::until("the store to be named", || {
        std::fs::read_to_string(folder.path().join("store-url")).ok().filter(|url| !url.is_empty())
    });
    let other = node.replace("switchboard 4000\n", "switchboard 4010\n");
    let mut nodes = [node, other].map(|block| Terminal::typing(&as_here(&block)));
    nodes.iter_mut().for_each(|node| node.read_until("Switchboard listens"));
    let mut ben = Terminal::typing(&as_here(&office));
    ben.read_until("connected");
    let _webhook = Terminal::typing(&as_here(&webhook));

    ben.read_until("INCOMING: Hello, are you open on Sunday?");
}

/// The blocks to type, from a heading to the next.
fn commands(heading: &str) -> Vec<String> {
    let page = std::fs::read_to_string(root().join("README.md")).expect("the page");
    let (_, part) = page.split_once(heading).expect("the heading");
    let part = part.split("\n## ").next().expect("its end");
    let blocks = part.split("```sh\n").skip(1);
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
    /// A block as it is, with all that it starts.
    fn typing(block: &str) -> Self {
        let mut shell = Command::new("bash");
        shell.args(["-euc", block]).current_dir(root()).stdin(Stdio::null()).process_group(0);
        let mut process = shell.stdout(Stdio::piped()).spawn().expect("a shell");
        let lines = BufReader::new(process.stdout.take().expect("piped")).lines();
        Self { process, lines }
    }

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
        let group = format!("-{}", self.process.id());
        let _ = Command::new("kill").args(["-KILL", "--", &group]).stderr(Stdio::null()).status();
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}
