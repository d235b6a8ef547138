((comment) @match
  (#match? @match "^(///?|/\\*+)\\s*@ts-(ignore|nocheck)\\b|\\n\\s*\\**\\s*@ts-ignore[^\\n]*\\*/$"))
((comment) @match
  (#match? @match "^(///?|/\\*+)\\s*@ts-expect-error[\\s:,.;–—*/-]*\\S{0,2}$"))
