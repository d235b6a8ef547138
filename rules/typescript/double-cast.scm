((as_expression (as_expression (_) (predefined_type) @through)) @match
  (#any-of? @through "unknown" "any"))
((as_expression (parenthesized_expression (as_expression (_) (predefined_type) @through))) @match
  (#any-of? @through "unknown" "any"))
((_ . (type_arguments . (_) .) . (_ . (type_arguments . (predefined_type) @through .) . (_))) @match
  (#any-of? @through "unknown" "any")
  (#match? @match "^<[^<>]+><(unknown|any)>"))
