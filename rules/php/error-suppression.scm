; A call whose result goes on unseen: dropped, returned, handed to the next call.
((error_suppression_expression [(function_call_expression) (member_call_expression) (scoped_call_expression) (object_creation_expression)] @what) @match
  (#not-match? @what "^\\\\?(unlink|mkdir|rmdir|fclose|session_start|ini_set|set_time_limit|chmod|touch|ob_end_clean|closedir)\\s*\\(")
  (#not-has-parent? @match "binary_expression" "unary_op_expression" "assignment_expression" "conditional_expression" "parenthesized_expression"))

; A value that may not be there.
((error_suppression_expression [(variable_name) (subscript_expression) (member_access_expression) (assignment_expression)]) @match)

((function_call_expression function: (name) @name arguments: (arguments . (argument (integer) @level) .)) @match
  (#eq? @name "error_reporting")
  (#eq? @level "0"))
