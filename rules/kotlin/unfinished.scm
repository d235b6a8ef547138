((call_expression (identifier) @name (value_arguments)) @match
  (#any-of? @name "TODO" "NotImplementedError"))
