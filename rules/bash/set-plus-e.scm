; At the top of a script: what comes before does not count, `set -e` there is what this line takes back.
((program
  (command
    name: (command_name) @name
    argument: (word) @option) @match) @whole
  (#eq? @name "set")
  (#match? @match "^set\\s+(\\+[a-z]*e[a-z]*|(\\S+\\s+)*\\+o\\s+errexit)(\\s|$)")
  (#match? @option "^(\\+[a-z]*e[a-z]*|errexit)$")
  (#not-match? @whole "set\\s+(\\+[a-z]*e|\\+o\\s+errexit)[\\s\\S]*(\\bset\\s+(-[a-z]*e|-o\\s+errexit)|\\$\\?|PIPESTATUS|\\bexit\\s+\"?\\$)"))

; In a block: neither where the block itself had switched it on, nor in a clean-up that keeps the status.
((_
  (command
    name: (command_name) @name
    argument: (word) @option) @match) @whole
  (#not-has-parent? @match "program")
  (#eq? @name "set")
  (#match? @match "^set\\s+(\\+[a-z]*e[a-z]*|(\\S+\\s+)*\\+o\\s+errexit)(\\s|$)")
  (#match? @option "^(\\+[a-z]*e[a-z]*|errexit)$")
  (#not-match? @whole "\\bset\\s+(-[a-z]*e|-o\\s+errexit)|\\btrap\\s+-\\s|\\bexit\\s+\"?\\$")
  (#not-match? @whole "set\\s+(\\+[a-z]*e|\\+o\\s+errexit)[\\s\\S]*(\\$\\?|PIPESTATUS)"))
