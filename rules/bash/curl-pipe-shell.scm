; curl … | sh
((pipeline
  . [(command name: (command_name) @fetch) (redirected_statement body: (command name: (command_name) @fetch))]
  [
    (command name: (command_name) @shell)
    (redirected_statement body: (command name: (command_name) @shell))
  ] @run .) @match
  (#match? @fetch "^(\\S*/)?(curl|wget)$")
  (#match? @run "^(\\w+=\\S+\\s+)*(sudo\\s+(-\\w+\\s+(?!-)|\\w+=\\S+\\s+)*|env\\s+(\\w+=\\S+\\s+)*)?(\\S*/)?((ba|z|da|k|fi)?sh(?!\\s+-n\\b)|(python[0-9.]*|node|perl|ruby|php)(\\s+-)?\\s*$)")
  (#match? @run "^(\\w+=\\S+\\s+)*(sudo\\s+(-\\w+\\s+|\\w+=\\S+\\s+)*|env\\s+(\\w+=\\S+\\s+)*)?(\\S*/)?((ba|z|da|k|fi)?sh|python[0-9.]*|node|perl|ruby|php)(\\s|$)")
  (#not-match? @run "(ba|z|da|k)?sh\\s+(-c\\b|[^-\\s<>|&;])")
  (#not-match? @match "https?://(localhost|127\\.|\\[::1\\])"))

; bash <(curl …), source <(curl …)
((command
  name: (command_name) @shell
  argument: (process_substitution (command name: (command_name) @fetch))) @match
  (#match? @shell "^(\\S*/)?((ba|z|da|k)?sh|source|\\.|python[0-9.]*|sudo)$")
  (#match? @fetch "^(\\S*/)?(curl|wget)$")
  (#not-match? @match "https?://(localhost|127\\.|\\[::1\\])"))

; sh -c "$(curl …)", eval "$(curl …)", eval $(curl …)
((command
  name: (command_name) @shell
  argument: [
    (command_substitution (command name: (command_name) @fetch))
    (string (command_substitution (command name: (command_name) @fetch)))]) @match
  (#match? @match "^(sudo\\s+)?(\\S*/)?((ba|z|da|k)?sh\\s+-\\w*c\\b|eval\\b)")
  (#match? @fetch "^(\\S*/)?(curl|wget)$")
  (#not-match? @match "https?://(localhost|127\\.|\\[::1\\])"))
