((comment) @match
  (#match? @match "(?i)\\bin (a|an|the) (real|actual|production)([ -]world)? (implementation|application|app|system|scenario|code ?base|project|setting|version|world|service|environment)\\b.*\\b(would|should|could|we'd|you'd|use|call|query|connect|replace|implement|do)\\b|\\bin (a |the )?real (implementation|application|app|system|scenario)[,:]|\\bin production,? (you|we|this|it|one) (would|'d)\\b|\\b(placeholder|dummy|stub|stubbed|fake) (implementation|logic)\\b|\\bplaceholder (for|until) (the |an? )?(actual|real)\\b|\\b(actual|real) (implementation|logic) (would|will|should|goes|to be)\\b|^#\\W*(TODO|FIXME)\\b[^a-z]*(implement( (this|me|it|here))?( (function|method|class|api|logic|feature|properly|later|here))?\\W*$|implement (the )?(actual|real)\\b|(add|insert|put) (the )?(actual|real) )|\\bfor (now|demo(nstration)?( purposes)?|simplicity),? (we('ll| will)? |let's )?(just |simply )?(return (a |some )?(dummy|fake|mock|hard-?coded|placeholder|static)|hard-?code|fake|pretend|simulate|use (a |some )?(dummy|fake|mock|placeholder))\\b")
  (#has-ancestor? @match "function_definition")
  (#not-has-parent? @match "function_definition" "if_statement" "elif_clause" "else_clause" "for_statement" "while_statement" "with_statement"
    "except_clause" "try_statement" "finally_clause"))

; A comment before the first statement of a body stands beside its block, not in it.
([
  (function_definition (comment) @match (block) @body)
  (if_statement (comment) @match (block) @body)
  (elif_clause (comment) @match (block) @body)
  (else_clause (comment) @match (block) @body)
  (for_statement (comment) @match (block) @body)
  (while_statement (comment) @match (block) @body)
  (with_statement (comment) @match (block) @body)
  (except_clause (comment) @match (block) @body)
  (try_statement (comment) @match (block) @body)
  (finally_clause (comment) @match (block) @body)
  ]
  (#match? @match "(?i)\\bin (a|an|the) (real|actual|production)([ -]world)? (implementation|application|app|system|scenario|code ?base|project|setting|version|world|service|environment)\\b.*\\b(would|should|could|we'd|you'd|use|call|query|connect|replace|implement|do)\\b|\\bin (a |the )?real (implementation|application|app|system|scenario)[,:]|\\bin production,? (you|we|this|it|one) (would|'d)\\b|\\b(placeholder|dummy|stub|stubbed|fake) (implementation|logic)\\b|\\bplaceholder (for|until) (the |an? )?(actual|real)\\b|\\b(actual|real) (implementation|logic) (would|will|should|goes|to be)\\b|^#\\W*(TODO|FIXME)\\b[^a-z]*(implement( (this|me|it|here))?( (function|method|class|api|logic|feature|properly|later|here))?\\W*$|implement (the )?(actual|real)\\b|(add|insert|put) (the )?(actual|real) )|\\bfor (now|demo(nstration)?( purposes)?|simplicity),? (we('ll| will)? |let's )?(just |simply )?(return (a |some )?(dummy|fake|mock|hard-?coded|placeholder|static)|hard-?code|fake|pretend|simulate|use (a |some )?(dummy|fake|mock|placeholder))\\b")
  (#has-ancestor? @match "function_definition")
  (#not-only? @body "raise_statement"))
