([(throw_statement (object_creation_expression type: (_) @type)) (throw_expression (object_creation_expression type: (_) @type))] @match
  (#match? @type "^(System\\.)?NotImplementedException$"))
