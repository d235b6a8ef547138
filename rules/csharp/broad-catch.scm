((catch_clause (catch_declaration type: (_) @type) body: (block) @body) @match
  (#match? @type "^(global::)?(System\\.)?(Exception|SystemException)$")
  (#not-contains? @match "catch_filter_clause")
  (#not-contains? @body "throw_statement" "throw_expression"))
((catch_clause body: (block) @body) @match
  (#not-contains? @match "catch_declaration" "catch_filter_clause")
  (#not-contains? @body "throw_statement" "throw_expression"))
