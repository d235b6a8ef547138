((function_item
  return_type: (generic_type type: [(type_identifier) @result (scoped_type_identifier name: (type_identifier) @result)])
  body: (block [
    (let_declaration value: (call_expression function: (field_expression value: (_) @value field: (field_identifier) @name) arguments: (arguments) @arguments) @match)
    (expression_statement (call_expression function: (field_expression value: (_) @value field: (field_identifier) @name) arguments: (arguments) @arguments) @match)
    (call_expression arguments: (arguments (call_expression function: (field_expression value: (_) @value field: (field_identifier) @name) arguments: (arguments) @arguments) @match))]))
  (#match? @result "^\\w*Result$")
  (#any-of? @name "unwrap" "expect")
  (#not-has-ancestor? @match "mod_item")
  (#not-match? @value "\\b(lock|read|write|try_lock|borrow|borrow_mut|join)\\(\\)(\\.await)?$|\\.as_(ref|mut)\\(\\)$")
  (#not-match? @value "^[\\w:]*\\b\\w+::\\w+(::<[^>]*>)?\\(\\s*(r?#?\"[^\"]*\"#?|[0-9_]+\\w*)[^()]*\\)$|^r?b?\"[^\"]*\"(\\.\\w+(::<[^>]*>)?\\([^()]*\\))+$|^'|\\bwrite!\\(|\\bwriteln!\\(")
  (#not-match? @arguments "(?i)\"[^\"]*(\\S+\\s+\\S+\\s+\\S+\\s+\\S+|valid|always|never|must|infallible|checked|guarantee|impossible|BUG)[^\"]*\""))
