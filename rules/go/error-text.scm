((call_expression
  function: (selector_expression operand: (identifier) @package field: (field_identifier) @name)
  arguments: (argument_list . (call_expression function: (selector_expression operand: (_) @error field: (field_identifier) @method)) . [(interpreted_string_literal) (raw_string_literal)])) @match
  (#eq? @package "strings")
  (#any-of? @name "Contains" "HasPrefix" "HasSuffix" "EqualFold")
  (#eq? @method "Error")
  (#match? @error "(?i)err(or)?[0-9]*$")
  (#not-has-parent? @match "unary_expression"))
((binary_expression
  left: (call_expression function: (selector_expression operand: (_) @error field: (field_identifier) @method))
  operator: "=="
  right: [(interpreted_string_literal) (raw_string_literal)] @text) @match
  (#eq? @method "Error")
  (#match? @error "(?i)err(or)?[0-9]*$")
  (#not-match? @text "^\"\"$"))
((expression_switch_statement value: (call_expression function: (selector_expression operand: (_) @error field: (field_identifier) @method)) @match)
  (#eq? @method "Error")
  (#match? @error "(?i)err(or)?[0-9]*$"))
