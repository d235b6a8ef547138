((except_clause !value (block) @body) @match
  (#not-contains? @body "raise_statement"))
