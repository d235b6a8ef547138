; rm -rf $dir/ "$dir"/* ${dir}/*
((command
  name: (command_name) @rm
  argument: [(word) (string) (concatenation) (simple_expansion) (expansion)] @path) @match
  (#match? @rm "^(\\S*/)?rm$")
  (#match? @match "\\s(-[a-zA-Z]*[rR][a-zA-Z]*|--recursive)\\s")
  (#match? @path "^\"?\\$(\\w+|\\{\\w+(:?-)?\\})\"?/?\"?(/\"?|\"?/[*]|/\"?[*]|/\\.\\[?[*!^].*)$"))

; rm -rf $dir
((command
  name: (command_name) @rm
  argument: [(simple_expansion) (expansion)] @path) @match
  (#match? @rm "^(\\S*/)?rm$")
  (#match? @match "\\s(-[a-zA-Z]*[rR][a-zA-Z]*|--recursive)\\s")
  (#match? @path "^\\$(\\w+|\\{\\w+\\})$"))

; rm -rf / ~ $HOME
((command
  name: (command_name) @rm
  argument: [(word) (string) (concatenation)] @path) @match
  (#match? @rm "^(\\S*/)?rm$")
  (#match? @match "\\s(-[a-zA-Z]*[rR][a-zA-Z]*|--recursive)\\s")
  (#match? @path "^\"?(/|/[*]|~|~/|~/[*]|\\$HOME|\\$\\{HOME\\})\"?$"))

; sudo rm -rf …: the command is an argument
((command
  name: (command_name) @sudo
  argument: (word) @rm
  argument: [(word) (string) (concatenation) (simple_expansion) (expansion)] @path) @match
  (#eq? @sudo "sudo")
  (#match? @rm "^(\\S*/)?rm$")
  (#match? @match "\\s(-[a-zA-Z]*[rR][a-zA-Z]*|--recursive)\\s")
  (#match? @path "^(\"?\\$(\\w+|\\{\\w+(:?-)?\\})\"?/?\"?(/\"?|\"?/[*]|/\"?[*])|\\$(\\w+|\\{\\w+\\})|\"?(/|/[*]|~|~/|~/[*]|\\$HOME|\\$\\{HOME\\})\"?)$"))
