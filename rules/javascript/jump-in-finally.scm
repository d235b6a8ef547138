(finally_clause body: (statement_block [(return_statement) (break_statement) (continue_statement) (throw_statement (new_expression))] @match))
(finally_clause body: (statement_block (if_statement
  consequence: [
    (statement_block [(return_statement) (break_statement) (continue_statement) (throw_statement (new_expression))] @match)
    (return_statement) @match
    (break_statement) @match
    (continue_statement) @match])))
