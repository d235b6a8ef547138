((catch_clause
  (catch_declaration name: (identifier) @caught)
  body: (block (throw_statement (identifier) @thrown) @match))
  (#eq? @caught @thrown))
((catch_clause
  (catch_declaration name: (identifier) @caught)
  body: (block (if_statement consequence: [
    (block (throw_statement (identifier) @thrown) @match)
    (throw_statement (identifier) @thrown) @match])))
  (#eq? @caught @thrown))
((catch_clause
  (catch_declaration name: (identifier) @caught)
  body: (block (throw_statement (object_creation_expression arguments: (argument_list . (argument (member_access_expression expression: (identifier) @of name: (identifier) @text)) .))) @match))
  (#eq? @caught @of)
  (#eq? @text "Message"))
