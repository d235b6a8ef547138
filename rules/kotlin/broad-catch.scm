((catch_block (identifier) (_) @type (block) @body) @match
  (#match? @type "^(kotlin\\.|java\\.lang\\.)?(Exception|RuntimeException|Throwable|Error)$")
  (#not-match? @body "\\bthrow\\b"))
