((function_declaration name: (identifier) @name parameters: (formal_parameters (_)) @parameters @key body: (statement_block (return_statement (true))) @body @key) @match
  (#match? @name "^_?(validate|verify|authenticate|authori[sz]e|isValid|isAllowed|isAuthori[sz]ed|isAuthenticated|hasPermission|canAccess)([A-Z_]|$)")
  (#not-match? @parameters "^\\(\\s*(_\\w*\\s*(:[^,]*)?,?\\s*)+\\)$")
  (#only? @body "return_statement"))
((variable_declarator name: (identifier) @name value: (arrow_function parameters: (formal_parameters (_)) @parameters @key body: [(true) (statement_block (return_statement (true)))] @body @key)) @match
  (#match? @name "^_?(validate|verify|authenticate|authori[sz]e|isValid|isAllowed|isAuthori[sz]ed|isAuthenticated|hasPermission|canAccess)([A-Z_]|$)")
  (#not-match? @parameters "^\\(\\s*(_\\w*\\s*(:[^,]*)?,?\\s*)+\\)$")
  (#only? @body "return_statement" "true"))
