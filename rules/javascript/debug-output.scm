(debugger_statement) @match
((call_expression
  function: (_ object: (identifier) @console property: (property_identifier) @method)
  arguments: (arguments . [(string) (template_string)] @text)) @match
  (#eq? @console "console")
  (#any-of? @method "log" "info" "warn" "error")
  (#match? @text "^[\"'`](\\\\n)?\\s*(\\[?(DEBUG|debug|DBG|dbg)\\]?(\\s*:|\\s*\\]|\\s+-|\\s*>|\\s*=)|\\[(DEBUG|debug|Debug)\\]|Debug:|DEBUG\\b|>>>+\\s*\\S|\\*{3,}\\s*(here|debug|DEBUG)|XXX\\b|!!!+\\s*(here|debug|DEBUG)|🐛)")
  (#not-has-ancestor? @match "if_statement"))
((call_expression
  function: (_ object: (identifier) @console property: (property_identifier) @method)
  arguments: (arguments . (string) @text)) @match
  (#eq? @console "console")
  (#any-of? @method "log" "info" "warn" "error")
  (#match? @text "^[\"'](\\*+|-+|=+|#+|>+|!+)?\\s*((got |am |i am |i'm )?here[ 0-9!.]*|reached( here)?|asdf\\w*|aaa+|test ?[0-9]*|wtf\\W*|xxx+)\\s*(\\*+|-+|=+|#+|<+|!+)?[\"']$"))
