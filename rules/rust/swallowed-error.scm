; Err(_) => {}
((match_arm
  pattern: (match_pattern (tuple_struct_pattern type: (identifier) @type))
  value: (block) @body) @match
  (#eq? @type "Err")
  (#only? @body "unit_expression"))
((match_arm
  pattern: (match_pattern (tuple_struct_pattern type: (identifier) @type))
  value: (unit_expression)) @match
  (#eq? @type "Err"))

; if let Err(_) = f() {}
((if_expression
  condition: (let_condition pattern: (tuple_struct_pattern type: (identifier) @type))
  consequence: (block) @body) @match
  (#eq? @type "Err")
  (#only? @body "unit_expression"))

; f().ok(); as a statement
((expression_statement (call_expression
  function: (field_expression field: (field_identifier) @name)
  arguments: (arguments) @arguments)) @match
  (#eq? @name "ok")
  (#only? @arguments))

; let _ = f(); of a call known to fail with a reason worth hearing
((let_declaration
  pattern: "_"
  value: (call_expression function: [
    (scoped_identifier name: (identifier) @name)
    (field_expression field: (field_identifier) @name)])) @match
  (#any-of? @name "write" "write_all" "read" "read_to_string" "read_to_end" "create_dir" "create_dir_all" "rename" "copy" "hard_link" "set_permissions" "set_len" "sync_all" "sync_data" "save" "commit" "execute" "persist" "set_current_dir"))
