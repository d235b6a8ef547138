(finally_clause (block [(return_statement) (break_statement) (continue_statement)] @match))
(finally_clause (block (if_statement consequence: (block [(return_statement) (break_statement) (continue_statement)] @match))))
(finally_clause (block (if_statement alternative: (_ (block [(return_statement) (break_statement) (continue_statement)] @match)))))
(finally_clause (block (with_statement body: (block [(return_statement) (break_statement) (continue_statement)] @match))))
