([
  (block (comment) @match) @body
  (statement_list (comment) @match) @body
  ]
  (#match? @match "(?i)\\bin (a|an|the) (real|actual|production)([ -]world)? (implementation|application|app|system|scenario|code ?base|project|version|world|service|environment)\\b.*\\b(would|should|could|we'd|you'd|use|call|query|connect|replace|implement|do)\\b|\\bin (a |the )?real (implementation|application|app|system|scenario)[,:]|\\bin production,? (you|we|this|it) (would|'d)\\b|\\b(placeholder|dummy|stub|stubbed|fake) (implementation|logic)\\b|\\bplaceholder (for|until) (the |an? )?(actual|real)\\b|\\b(actual|real) (implementation|logic) (would|will|should|goes|to be)\\b|\\breplace (this |it )?with (the |an? |your )?(actual|real)\\b|\\bTODO:? *(implement|add|write) (this|the (actual|real)|actual|real|me)\\b *([.!]|$|function|method|logic)|\\bTODO:? *implement *([.!]|$)|\\bfor now,? (we |just |simply |we'll |we just |we simply )*(return|simulate|fake|pretend|hard-?code|mock)(s|ing|ed)?\\b.{0,30}\\b(mock|dummy|fake|placeholder|hard-?coded|empty|static|nil|true|success|fixed|sample)\\b")
  (#has-ancestor? @match "function_declaration" "method_declaration" "func_literal")
  (#not-match? @body "(?i)panic\\(|not (yet )?implemented|unimplemented|ErrNotImplemented"))
