((command
  argument: [(word) (number) (string) (raw_string)] @mode) @match
  (#match? @match "^(sudo\\s+(-\\S+\\s+)*)?(\\S*/)?chmod\\s")
  (#match? @mode "^[\"']?(0?777|a[+=]rwx|ugo[+=]rwx|(a|ugo)[+=]rwX)[\"']?$"))
((command
  argument: [(word) (number)] @mode) @match
  (#match? @match "^(sudo\\s+(-\\S+\\s+)*)?(\\S*/)?mkdir\\s+(.*\\s)?(-[a-z]*m|--mode)[ =]?0?777(\\s|$)")
  (#match? @mode "^((-\\w*m|--mode=)?0?777)$"))
