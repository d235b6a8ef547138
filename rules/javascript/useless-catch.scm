((try_statement handler: (catch_clause parameter: (identifier) @error body: (statement_block (throw_statement (identifier) @thrown)) @body) @match !finalizer)
  (#only? @body "throw_statement")
  (#eq? @error @thrown))
((call_expression
  function: (_ property: (property_identifier) @name)
  arguments: (arguments . (arrow_function parameters: (formal_parameters . (_) @error .) body: (statement_block . (throw_statement . (identifier) @thrown .) .)) @match .))
  (#eq? @name "catch")
  (#eq? @error @thrown))
