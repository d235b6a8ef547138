(module [
  (function_definition name: (identifier) @name parameters: (parameters [(identifier) (typed_parameter) (default_parameter) (typed_default_parameter)]) @parameters @key body: (block) @body @key) @match
  (decorated_definition definition: (function_definition name: (identifier) @name parameters: (parameters [(identifier) (typed_parameter) (default_parameter) (typed_default_parameter)]) @parameters @key body: (block) @body @key) @match)]
  (#match? @name "^_?(validate|verify|authenticate|authorize|is_valid|is_authori[sz]ed|is_authenticated|is_allowed|check|has_permission|can_access)(_|$)")
  (#only? @body "return_statement" "string")
  (#not-match? @parameters "^\\(\\s*(_\\w*\\s*(:[^,]*)?,?\\s*|[*]+\\w*\\s*,?\\s*)+\\)$")
  (#match? @body "(^|\\n)\\s*return True\\s*(#[^\\n]*)?$"))
