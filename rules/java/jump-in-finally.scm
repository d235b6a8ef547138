(finally_clause (block [(return_statement) (break_statement) (continue_statement) (throw_statement (object_creation_expression))] @match))
(finally_clause (block (if_statement consequence: [
  (block [(return_statement) (break_statement) (continue_statement) (throw_statement (object_creation_expression))] @match)
  (return_statement) @match
  (break_statement) @match
  (continue_statement) @match])))
