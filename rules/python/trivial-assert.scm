((assert_statement . (_) @claim) @match
  (#match? @claim "^\\(?\\s*(True|not False|[1-9][0-9]*)\\s*\\)?$"))
((assert_statement . (string) @claim) @match
  (#match? @claim "^[rbuRBU]*(\"[^\"]|'[^'])"))
(assert_statement . (tuple (_))) @match
((assert_statement . (boolean_operator operator: "or" right: (true))) @match)
((assert_statement . (comparison_operator . [(integer) (string) (true) (false) (none)] @left ["==" "is"] [(integer) (string) (true) (false) (none)] @right .)) @match
  (#eq? @left @right))
((call
  function: (attribute attribute: (identifier) @name)
  arguments: (argument_list . (true))) @match
  (#any-of? @name "assertTrue" "assert_"))
((call
  function: (attribute attribute: (identifier) @name)
  arguments: (argument_list . (false))) @match
  (#eq? @name "assertFalse"))
((call
  function: (attribute attribute: (identifier) @name)
  arguments: (argument_list . (none))) @match
  (#eq? @name "assertIsNone"))
((call
  function: (attribute attribute: (identifier) @name)
  arguments: (argument_list . [(integer) (string) (true) (false) (none)] @left . [(integer) (string) (true) (false) (none)] @right)) @match
  (#any-of? @name "assertEqual" "assertEquals" "assertIs")
  (#eq? @left @right))
