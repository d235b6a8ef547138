((catch_clause (catch_formal_parameter (catch_type) @type) body: (block) @body) @match
  (#match? @type "(^|\\|)\\s*(java\\.lang\\.)?(Exception|RuntimeException|Throwable|Error)\\s*(\\||$)")
  (#not-contains? @body "throw_statement"))
