((macro_invocation macro: [(identifier) @name (scoped_identifier name: (identifier) @name)]) @match
  (#eq? @name "todo"))
((macro_invocation macro: [(identifier) @name (scoped_identifier name: (identifier) @name)] (token_tree) @arguments) @match
  (#eq? @name "unimplemented")
  (#not-match? @arguments "\"[^\"]{12,}\""))
((macro_invocation macro: [(identifier) @name (scoped_identifier name: (identifier) @name)] (token_tree) @arguments) @match
  (#eq? @name "unimplemented")
  (#match? @arguments "(?i)\"[^\"]*\\b(todo|not (yet )?(implemented|supported yet)|later|for now|coming soon)\\b")
  (#match? @arguments "\"[^\"]{12,}\""))
