((catch_block (identifier) @name (block . [(line_comment) (block_comment)]* . (call_expression (navigation_expression (identifier) @object (identifier) @method)) .) @body) @match
  (#eq? @object @name)
  (#eq? @method "printStackTrace")
  (#match? @body "printStackTrace\\(\\s*\\)"))
((catch_block (block . [(line_comment) (block_comment)]* . (call_expression (identifier) @print) .)) @match
  (#any-of? @print "println" "print"))
