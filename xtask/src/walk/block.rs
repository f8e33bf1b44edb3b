//! Reads console blocks out of Markdown.

use crate::house::Done;

/// A fenced block.
#[derive(Debug, PartialEq, Eq)]
pub struct Block {
    /// Its commands, in order.
    pub commands: Vec<Step>,
}

/// A command and what it must do.
#[derive(Debug, PartialEq, Eq)]
pub struct Step {
    /// The line of the document, counted from 1.
    pub line: usize,
    /// What the shell runs.
    pub command: String,
    /// The lines that it must print.
    pub expected: Vec<String>,
    /// The code that it must end with.
    pub code: i32,
}

/// Finds all console blocks.
///
/// # Errors
/// If a block is not closed, or begins with something that is not a command.
pub fn parse(text: &str) -> Done<Vec<Block>> {
    let mut blocks = Vec::new();
    let mut lines = text.lines().enumerate();
    while let Some((start, line)) = lines.next() {
        if line.trim() != "```console" {
            continue;
        }
        let indent = line.len() - line.trim_start().len();
        let mut commands = Vec::new();
        loop {
            let (number, line) = lines.next().ok_or_else(|| format!("line {}: the block has no end", start + 1))?;
            if line.trim() == "```" {
                break;
            }
            let line = line.get(indent..).unwrap_or_default();
            take_line(line, number + 1, &mut commands)?;
        }
        commands.iter_mut().for_each(finish);
        blocks.push(Block { commands });
    }
    Ok(blocks)
}

fn take_line(line: &str, number: usize, commands: &mut Vec<Step>) -> Done {
    if let Some(command) = line.strip_prefix("$ ") {
        commands.push(Step { line: number, command: command.into(), expected: Vec::new(), code: 0 });
        return Ok(());
    }
    let last = commands.last_mut().ok_or_else(|| format!("line {number}: a block must begin with `$ `"))?;
    match line.strip_prefix("> ").or(line.strip_prefix('>')) {
        Some(more) if last.expected.is_empty() => last.command.extend(["\n", more]),
        _ => last.expected.push(line.trim_end().into()),
    }
    Ok(())
}

/// Takes blank lines and the exit code off the end of what is expected.
fn finish(step: &mut Step) {
    let drop_blank = |lines: &mut Vec<String>| {
        while lines.last().is_some_and(String::is_empty) {
            lines.pop();
        }
    };
    drop_blank(&mut step.expected);
    let code = step.expected.last().and_then(|last| last.strip_prefix('[')?.strip_suffix(']')?.parse().ok());
    if let Some(code) = code {
        step.code = code;
        step.expected.pop();
        drop_blank(&mut step.expected);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(line: usize, command: &str, expected: &[&str], code: i32) -> Step {
        Step { line, command: command.into(), expected: expected.iter().map(ToString::to_string).collect(), code }
    }

    #[test]
    fn blocks_are_found_among_other_text() {
        let text = "# A\n```sh\n$ not this\n```\n- x\n  ```console\n  $ a \\\n  > b\n  one\n\n  [2]\n\n  $ c\n  ```\n";
        let commands = vec![step(7, "a \\\nb", &["one"], 2), step(13, "c", &[], 0)];
        assert_eq!(parse(text), Ok(vec![Block { commands }]));
    }

    #[test]
    fn a_broken_block_is_an_error() {
        assert_eq!(parse("```console\n$ a\n"), Err("line 1: the block has no end".into()));
        assert_eq!(parse("```console\na\n```\n"), Err("line 2: a block must begin with `$ `".into()));
    }
}
