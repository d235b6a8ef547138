((throw_statement (object_creation_expression type: (_) @type arguments: (argument_list) @arguments)) @match
  (#match? @type "^(UnsupportedOperationException|RuntimeException|IllegalStateException|Error|AssertionError)$")
  (#match? @arguments "(?i)\"[^\"]*(not (yet )?implemented|unimplemented|todo\\b|implement (me|this)|coming soon)"))
((throw_statement (object_creation_expression type: (_) @type)) @match
  (#match? @type "^([\\w.]+\\.)?NotImplementedException$"))
