((except_clause value: (_) @type (block) @body) @match
  (#match? @type "^\\(?(.*,)?\\s*(builtins\\.)?(Base)?Exception\\s*(,.*)?\\)?(\\s+as\\s+\\w+)?$")
  (#not-contains? @body "raise_statement")
  (#not-match? @body "exc_info\\s*=\\s*[^F0N\\s]|\\.exception\\(|\\b(print|format)_exc\\b|\\b(print|format)_exception\\b|\\bexc_info\\(|\\bset_exception\\(|TracebackException"))
