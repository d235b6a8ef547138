(module [
  (function_definition name: (identifier) @name body: (block) @body @key) @match
  (class_definition body: (block (function_definition name: (identifier) @name body: (block) @body @key) @match))]
  (#match? @name "^test(_|[A-Z0-9]|$)")
  (#match? @body "^\\s*(pass\\b|return\\b|\\.\\.\\.|[A-Za-z]{0,2}[\"']|[#;])")
  (#not-match? @match "(?i)#[^\\n]*(\\.\\.\\.|…|existing|rest of|unchanged|remain|same as)")
  (#only? @body "pass_statement" "ellipsis" "string" "return_statement")
  (#not-contains? @body "identifier" "true" "false" "integer" "list" "call"))
