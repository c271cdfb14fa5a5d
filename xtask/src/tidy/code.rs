//! Rust source without its comments and literals, so that a check sees only code.

#[cfg(test)]
mod tests;

use proc_macro2::{Delimiter, LexError, Span, TokenStream, TokenTree};

/// The code of the text, line by line and each token at its place, with spaces in place of
/// comments and literals. A documentation comment leaves the `#[doc=]` that it is.
///
/// # Errors
/// If the text is not Rust.
pub(super) fn only_code(text: &str) -> Result<Vec<String>, LexError> {
    let mut lines = vec![String::new(); text.lines().count()];
    put_all(&mut lines, text.parse()?);
    Ok(lines)
}

fn put_all(lines: &mut [String], tokens: TokenStream) {
    for token in tokens {
        match token {
            TokenTree::Group(group) => {
                let (open, close) = match group.delimiter() {
                    Delimiter::Parenthesis => ("(", ")"),
                    Delimiter::Brace => ("{", "}"),
                    Delimiter::Bracket => ("[", "]"),
                    Delimiter::None => ("", ""),
                };
                put(lines, group.span_open(), open);
                put_all(lines, group.stream());
                put(lines, group.span_close(), close);
            }
            TokenTree::Ident(word) => put(lines, word.span(), &word.to_string()),
            TokenTree::Punct(mark) => put(lines, mark.span(), &mark.to_string()),
            TokenTree::Literal(_) => {}
        }
    }
}

fn put(lines: &mut [String], span: Span, token: &str) {
    let place = span.start();
    let line = &mut lines[place.line - 1];
    let missing = place.column.saturating_sub(line.chars().count());
    line.extend(std::iter::repeat_n(' ', missing));
    line.push_str(token);
}
