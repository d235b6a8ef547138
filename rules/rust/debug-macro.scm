((macro_invocation macro: [(identifier) @name (scoped_identifier name: (identifier) @name)]) @match
  (#eq? @name "dbg"))
((macro_invocation macro: (identifier) @name (token_tree . (string_literal) @text)) @match
  (#any-of? @name "println" "eprintln" "print" "eprint")
  (#match? @text "^\"(\\[?(DEBUG|debug|DBG|dbg)\\]?\\s*[:=>-]|\\[(DEBUG|debug)\\]|DEBUG\\b|>>>+\\s*\\S|XXX\\b|((got |i am |i'm )?here[ 0-9!.]*|reached|test ?[0-9]*|asdf\\w*)\"$)"))
