; git push --force, -f, -uf
((command
  name: (command_name) @git
  argument: (word) @flag) @match
  (#match? @git "^(\\S*/)?git$")
  (#match? @match "^[^'\"]*?\\bgit(\\s+-[Cc]\\s+\\S+|\\s+--[\\w-]+(=\\S+)?)*\\s+push\\b")
  (#match? @flag "^(--force|-[uqvd46]*f[uqvd46]*)$")
  (#not-match? @match "\\s(--force-with-lease|--force-if-includes|--dry-run|-n)\\b|\\bgh-pages\\b"))

; git push origin +main
((command
  name: (command_name) @git
  argument: [(word) (concatenation) (string)] @ref) @match
  (#match? @git "^(\\S*/)?git$")
  (#match? @match "^[^'\"]*?\\bgit(\\s+-[Cc]\\s+\\S+|\\s+--[\\w-]+(=\\S+)?)*\\s+push\\b")
  (#match? @ref "^[\"']?\\+[\\w$./{}-]")
  (#not-match? @match "\\s(--force-with-lease|--force-if-includes|--dry-run|-n)\\b|\\bgh-pages\\b"))
