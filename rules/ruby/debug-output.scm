([(program (call !receiver method: (identifier) @name arguments: (argument_list . [(identifier) (call) (instance_variable) (element_reference)] .) !block) @match)
  (body_statement (call !receiver method: (identifier) @name arguments: (argument_list . [(identifier) (call) (instance_variable) (element_reference)] .) !block) @match)]
  (#any-of? @name "p" "pp"))
((call !receiver method: (identifier) @name arguments: (argument_list . (call method: (identifier) @how) .)) @match
  (#eq? @name "puts")
  (#eq? @how "inspect"))
((call !receiver method: (identifier) @name arguments: (argument_list . (string) @text .)) @match
  (#any-of? @name "puts" "p" "print" "warn")
  (#match? @text "^\"(\\W*(DEBUG|debug|XXX|HERE|here)\\b[^a-z]|[=*#>-]{3,}\\s*\\w)"))
