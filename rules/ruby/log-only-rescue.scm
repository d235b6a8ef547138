((rescue body: (then . (call !receiver method: (identifier) @name arguments: (_)) .)) @match
  (#any-of? @name "puts" "p" "pp" "print" "warn")
  (#not-match? @match "^rescue (Interrupt|SystemExit)\\b"))
((rescue body: (then . (call receiver: (_) @out method: (identifier) @name) .)) @match
  (#any-of? @name "puts" "print" "write")
  (#any-of? @out "$stderr" "$stdout" "STDERR" "STDOUT")
  (#not-match? @match "^rescue (Interrupt|SystemExit)\\b"))
