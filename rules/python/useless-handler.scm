((try_statement (except_clause (block . (raise_statement !cause) @raise .)) @match .) @whole
  (#match? @raise "^raise$")
  (#match? @whole "^try\\b(?:(?!\\n\\s*except\\b)[\\s\\S])*\\n\\s*except\\b(?:(?!\\n\\s*except\\b)[\\s\\S])*$"))
((try_statement (except_clause value: (as_pattern alias: (as_pattern_target (identifier) @error)) (block . (raise_statement . (identifier) @raised !cause .) .)) @match .) @whole
  (#eq? @raised @error)
  (#match? @whole "^try\\b(?:(?!\\n\\s*except\\b)[\\s\\S])*\\n\\s*except\\b(?:(?!\\n\\s*except\\b)[\\s\\S])*$"))
