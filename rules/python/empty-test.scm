(module [
  (function_definition name: (identifier) @name body: (block) @body) @match
  (class_definition body: (block (function_definition name: (identifier) @name body: (block) @body) @match))]
  (#match? @name "^test(_|[A-Z0-9]|$)")
  (#only? @body "pass_statement" "ellipsis" "string" "return_statement")
  (#not-contains? @body "identifier" "true" "false" "integer" "list" "call"))
