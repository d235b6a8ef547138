((call receiver: (identifier) @binding method: (identifier) @name) @match
  (#eq? @binding "binding")
  (#any-of? @name "pry" "irb" "break" "b" "remote_pry" "pry_remote" "console"))
([
  (program (identifier) @match)
  (body_statement (identifier) @match)
  (then (identifier) @match)
  (block_body (identifier) @match)
  (if_modifier body: (identifier) @match)
  (unless_modifier body: (identifier) @match)
  ]
  (#any-of? @match "byebug" "debugger"))
((call receiver: (constant) @class method: (identifier) @name) @match
  (#any-of? @class "Pry" "IRB")
  (#eq? @name "start"))
((call !receiver method: (identifier) @name arguments: (argument_list . (string (string_content) @library) .)) @match
  (#eq? @name "require")
  (#any-of? @library "pry" "byebug" "pry-byebug" "debug"))
