//! Rust sources as tokens: words, signs and brackets, without comments.

use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// One token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Token {
    /// A name or a keyword.
    Word(String),
    /// A sign, a bracket, or `::`.
    Sign(&'static str),
    /// A literal as it is written.
    Literal(String),
    /// A sign that means nothing here.
    Other,
}

impl Token {
    pub fn text(&self) -> &str {
        match self {
            Self::Word(word) => word,
            Self::Sign(sign) => sign,
            Self::Literal(literal) => literal,
            Self::Other => "",
        }
    }

    pub fn is_word(&self) -> bool {
        matches!(self, Self::Word(_))
    }
}

/// The tokens of a source file.
pub fn tokens(source: &str) -> Vec<Token> {
    let stream: TokenStream = source.parse().unwrap();
    let mut found = Vec::new();
    flatten(stream, &mut found);
    found
}

fn flatten(stream: TokenStream, found: &mut Vec<Token>) {
    let mut colon = false;
    for tree in stream {
        let is_colon = matches!(&tree, TokenTree::Punct(sign) if sign.as_char() == ':');
        match tree {
            TokenTree::Group(group) => {
                let (open, close) = match group.delimiter() {
                    Delimiter::Parenthesis => ("(", ")"),
                    Delimiter::Brace => ("{", "}"),
                    Delimiter::Bracket => ("[", "]"),
                    Delimiter::None => ("", ""),
                };
                found.push(Token::Sign(open));
                flatten(group.stream(), found);
                found.push(Token::Sign(close));
            }
            TokenTree::Ident(word) => found.push(Token::Word(word.to_string())),
            TokenTree::Punct(_) if is_colon && colon => {
                found.pop();
                found.push(Token::Sign("::"));
                colon = false;
                continue;
            }
            TokenTree::Punct(sign) => found.push(match sign.as_char() {
                '#' => Token::Sign("#"),
                ';' => Token::Sign(";"),
                ',' => Token::Sign(","),
                '.' => Token::Sign("."),
                '*' => Token::Sign("*"),
                '!' => Token::Sign("!"),
                '=' => Token::Sign("="),
                _ => Token::Other,
            }),
            TokenTree::Literal(literal) => found.push(Token::Literal(literal.to_string())),
        }
        colon = is_colon;
    }
}

/// The tokens of a source file without its items for tests alone (`#[cfg(test)]`).
pub fn shipped(source: &str) -> Vec<Token> {
    let all = tokens(source);
    let (mut found, mut i) = (Vec::new(), 0);
    while i < all.len() {
        if is_test_only(&all[i..]) {
            i += item(&all[i..]);
        } else {
            found.push(all[i].clone());
            i += 1;
        }
    }
    found
}

/// How many tokens a group in brackets has that begins here.
pub fn group(code: &[Token]) -> usize {
    let mut depth = 0;
    for (i, token) in code.iter().enumerate() {
        match token.text() {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" | "}" => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return i + 1;
        }
    }
    code.len()
}

/// Whether an attribute that begins here leaves its item to tests.
fn is_test_only(code: &[Token]) -> bool {
    let words: Vec<&str> = code.iter().take(7).map(Token::text).collect();
    words == ["#", "[", "cfg", "(", "test", ")", "]"]
}

/// How many tokens an item has that begins here with its attributes.
fn item(code: &[Token]) -> usize {
    let word = |n: usize| code.get(n).map_or("", Token::text);
    let mut i = 0;
    while word(i) == "#" {
        i += 1 + group(&code[i + 1..]);
    }
    if word(i) == "pub" {
        i += 1;
        i += if word(i) == "(" { group(&code[i..]) } else { 0 };
    }
    let ends_in_semicolon = ["use", "const", "static", "type"].contains(&word(i)) && word(i + 1) != "fn";
    while i < code.len() {
        match word(i) {
            ";" => return i + 1,
            "{" if !ends_in_semicolon => return i + group(&code[i..]),
            "(" | "[" | "{" => i += group(&code[i..]),
            _ => i += 1,
        }
    }
    i
}

/// The file of a child that a file declares by `mod`, by what the compiler looks for.
pub fn child_file(parent: &str, child: &str, exists: &dyn Fn(&str) -> bool) -> Option<String> {
    let folder = match parent.rsplit_once('/') {
        Some((folder, "mod.rs")) => format!("{folder}/"),
        // The root of a crate, whose children stand beside it.
        None if ["lib.rs", "main.rs"].contains(&parent) => String::new(),
        _ => format!("{}/", parent.strip_suffix(".rs")?),
    };
    let names = [format!("{folder}{child}.rs"), format!("{folder}{child}/mod.rs")];
    names.into_iter().find(|name| exists(name))
}
