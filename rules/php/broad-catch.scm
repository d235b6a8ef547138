((catch_clause type: (_) @type body: (compound_statement) @body) @match
  (#match? @type "^(.*\\|)?\\s*\\\\?(Throwable|Exception|Error)\\s*(\\|.*)?$")
  (#not-contains? @body "throw_expression"))
