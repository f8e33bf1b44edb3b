//! Compares what was printed with what the document shows.

/// Whether the lines match. `...` stands for any lines, also none.
pub fn lines_match(expected: &[String], got: &[&str]) -> bool {
    glob(expected, got, |pattern| pattern == "...", |pattern, line| line_matches(pattern, line))
}

/// Whether one line matches. `…` and `[..]` stand for any text, also none.
fn line_matches(pattern: &str, line: &str) -> bool {
    let pattern: Vec<_> = pattern.replace("[..]", "…").chars().collect();
    let line: Vec<_> = line.trim_end().chars().collect();
    glob(&pattern, &line, |c| *c == '…', |a, b| a == b)
}

/// Matches in steps of one item, going back only to the last wildcard: at most `pattern × items` comparisons.
fn glob<P, T>(pattern: &[P], items: &[T], any: impl Fn(&P) -> bool, same: impl Fn(&P, &T) -> bool) -> bool {
    let (mut at, mut item) = (0, 0);
    let mut retry = None;
    while item < items.len() {
        if pattern.get(at).is_some_and(&any) {
            retry = Some((at + 1, item));
            at += 1;
        } else if pattern.get(at).is_some_and(|pattern| same(pattern, &items[item])) {
            (at, item) = (at + 1, item + 1);
        } else if let Some((after, taken)) = retry {
            retry = Some((after, taken + 1));
            (at, item) = (after, taken + 1);
        } else {
            return false;
        }
    }
    pattern[at..].iter().all(any)
}

/// Both texts, for a person to compare: `-` is what the document shows, `+` what was printed.
pub fn difference(expected: &[String], got: &[&str]) -> String {
    let mut text = String::new();
    for line in expected {
        text.extend(["\n  -", line]);
    }
    for line in got {
        text.extend(["\n  +", line]);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(expected: &str, got: &str) -> bool {
        let expected: Vec<_> = expected.lines().map(String::from).collect();
        lines_match(&expected, &got.lines().collect::<Vec<_>>())
    }

    #[test]
    fn equal_lines_match_and_others_do_not() {
        assert!(matches("a\nb", "a\nb"));
        assert!(matches("", ""));
        for (expected, got) in [("a", "b"), ("a", ""), ("", "a"), ("a\nb", "a"), ("a", "a\nb"), ("a", "A"), ("a", " a")]
        {
            assert!(!matches(expected, got), "{expected:?} {got:?}");
        }
    }

    #[test]
    fn wildcards_within_a_line() {
        assert!(matches("id …", "id abc"));
        assert!(matches("id [..] of […", "id 1 of [2"));
        assert!(matches("…b…b", "abab"));
        assert!(matches("a…", "a"));
        for (expected, got) in [("id …", "ab"), ("…b", "bc"), ("a…c", "ab"), ("…", "a\nb")] {
            assert!(!matches(expected, got), "{expected:?} {got:?}");
        }
    }

    #[test]
    fn wildcard_lines() {
        assert!(matches("...", ""));
        assert!(matches("...\nb", "a\na\nb"));
        assert!(matches("a\n...\nb\n...", "a\nx\nb\ny\nb"));
        assert!(!matches("...\nb", "a\nb\nc"));
        assert!(!matches("a\n...\nc", "a\nb"));
    }
}
