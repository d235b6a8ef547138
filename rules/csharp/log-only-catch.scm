((catch_clause body: (block . (expression_statement (invocation_expression function: (member_access_expression expression: (_) @object name: (_) @name))) .)) @match
  (#not-contains? @match "catch_filter_clause")
  (#match? @object "^(System\\.)?(Console(\\.(Error|Out))?|(Diagnostics\\.)?(Debug|Trace))$")
  (#match? @name "^(Write|WriteLine|TraceError|TraceWarning)$"))
((catch_clause body: (block
  . (expression_statement (invocation_expression function: (member_access_expression expression: (_) @object name: (_) @name)))
  . (expression_statement (invocation_expression function: (member_access_expression expression: (_) @more name: (_) @second))) .)) @match
  (#not-contains? @match "catch_filter_clause")
  (#match? @object "^(System\\.)?(Console(\\.(Error|Out))?|(Diagnostics\\.)?(Debug|Trace))$")
  (#match? @more "^(System\\.)?(Console(\\.(Error|Out))?|(Diagnostics\\.)?(Debug|Trace))$"))
