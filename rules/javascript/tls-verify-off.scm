((pair key: [(property_identifier) (string)] @key value: (false)) @match
  (#match? @key "^[\"']?(rejectUnauthorized|strictSSL)[\"']?$"))
((assignment_expression left: (member_expression property: (property_identifier) @name) right: (false)) @match
  (#any-of? @name "rejectUnauthorized" "strictSSL"))
((assignment_expression left: (_) @left right: [(string) (number)] @value) @match
  (#match? @left "^process\\.env(\\.NODE_TLS_REJECT_UNAUTHORIZED|\\[[\"']NODE_TLS_REJECT_UNAUTHORIZED[\"']\\])$")
  (#match? @value "^[\"']?0[\"']?$"))
((pair key: (property_identifier) @key value: (arrow_function body: [(undefined) (null) (statement_block)] @body)) @match
  (#eq? @key "checkServerIdentity")
  (#match? @body "^(undefined|null|\\{\\s*(return( undefined| null)?;?\\s*)?\\})$"))
