((block (call_expression (identifier) @name (annotated_lambda)) @match)
  (#eq? @name "runCatching"))
((block (call_expression (navigation_expression (_) (identifier) @name) (annotated_lambda)) @match)
  (#eq? @name "runCatching"))
