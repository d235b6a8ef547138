((call
  function: (identifier) @print
  arguments: (argument_list . [(string) (concatenated_string)] @text)) @match
  (#eq? @print "print")
  (#match? @text "^[fFrRbB]*(\"|')(\\\\n)?\\s*(\\[?(DEBUG|debug|DBG|dbg)\\]?(\\s*:|\\s*\\]|\\s+-|\\s*>|\\s*=)|\\[(DEBUG|debug|Debug)\\]|Debug:|DEBUG\\b|>>>+\\s*\\S|\\*{3,}\\s*(here|debug|DEBUG)|XXX\\b|!!!+\\s*(here|debug|DEBUG)|🐛|🔍 ?(DEBUG|Debug))")
  (#not-has-ancestor? @match "if_statement"))
((call
  function: (identifier) @print
  arguments: (argument_list . (string) @text .)) @match
  (#eq? @print "print")
  (#match? @text "^(\"|')(\\*+|-+|=+|#+|>+|!+)?\\s*((got |am |i am |i'm )?here[ 0-9!.]*|reached( here)?|asdf\\w*|aaa+|test ?[0-9]*|wtf\\W*|ping|xxx+)\\s*(\\*+|-+|=+|#+|<+|!+)?(\"|')$"))
((call
  function: (identifier) @print
  arguments: (argument_list . (string) @text .)) @match
  (#eq? @print "print")
  (#match? @text "^[fF](\"|')(\\{[^{}\"]+=\\}[, ]*)+(\"|')$"))
((expression_statement (call function: (identifier) @name)) @match
  (#eq? @name "ic"))
