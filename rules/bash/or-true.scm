; command || true
((list . (command name: (command_name) @name) @left . "||" . (command name: (command_name) @nothing) .) @match
  (#not-match? @left "^\\S+(\\s+-\\S+|\\s+(compose|container|image|service|network|volume|pr|issue|repo|release|workflow))*\\s+(status|list|ls|show|info|version|--version|-V|--help|-h|help|ps|logs?|get|describe|inspect|view|diff|search|outdated)\\b")
  (#any-of? @nothing "true" ":" "/bin/true" "/usr/bin/true")
  (#not-has-parent? @match "command_substitution")
  (#not-match? @name "^(sudo|command|which|type|hash|grep|egrep|fgrep|zgrep|rg|ag|diff|cmp|test|\\[|\\[\\[|expr|let|read|wait|kill|pkill|killall|pgrep|pidof|rm|rmdir|unlink|umount|deactivate|unset|unalias|trap|shopt|set|stty|tput|clear|userdel|groupdel|deluser|delgroup|true|:|false|jobs|bg|fg|cd|popd|id|getent|ls|cat|find|stat|file|readlink|realpath|head|tail|du|df|ps|lsof|env|printenv|date|uname|echo|printf|git)$"))
((list . (redirected_statement body: (command name: (command_name) @name)) @left . "||" . (command name: (command_name) @nothing) .) @match
  (#not-match? @left "^\\S+(\\s+-\\S+|\\s+(compose|container|image|service|network|volume|pr|issue|repo|release|workflow))*\\s+(status|list|ls|show|info|version|--version|-V|--help|-h|help|ps|logs?|get|describe|inspect|view|diff|search|outdated)\\b")
  (#any-of? @nothing "true" ":" "/bin/true" "/usr/bin/true")
  (#not-has-parent? @match "command_substitution")
  (#not-match? @name "^(sudo|command|which|type|hash|grep|egrep|fgrep|zgrep|rg|ag|diff|cmp|test|\\[|\\[\\[|expr|let|read|wait|kill|pkill|killall|pgrep|pidof|rm|rmdir|unlink|umount|deactivate|unset|unalias|trap|shopt|set|stty|tput|clear|userdel|groupdel|deluser|delgroup|true|:|false|jobs|bg|fg|cd|popd|id|getent|ls|cat|find|stat|file|readlink|realpath|head|tail|du|df|ps|lsof|env|printenv|date|uname|echo|printf|git)$"))

; git: only what changes something
((list . [
  (command name: (command_name) @name) @left
  (redirected_statement body: (command name: (command_name) @name)) @left] . "||" . (command name: (command_name) @nothing) .) @match
  (#any-of? @nothing "true" ":" "/bin/true" "/usr/bin/true")
  (#not-has-parent? @match "command_substitution")
  (#eq? @name "git")
  (#match? @left "^git(\\s+-C\\s+\\S+|\\s+--no-pager)*\\s+(add|am|apply|checkout|cherry-pick|clone|commit|fetch|merge|mv|pull|push|rebase|reset|restore|revert|rm|stash|submodule|switch|tag)\\b"))

; sudo command || true: what counts is the command
((list . [
  (command name: (command_name) @name . argument: (word) @first)
  (redirected_statement body: (command name: (command_name) @name . argument: (word) @first))] . "||" . (command name: (command_name) @nothing) .) @match
  (#any-of? @nothing "true" ":" "/bin/true" "/usr/bin/true")
  (#not-has-parent? @match "command_substitution")
  (#eq? @name "sudo")
  (#not-match? @first "^(-.*|rm|rmdir|kill|pkill|killall|umount|userdel|groupdel|deluser|delgroup|grep|id|getent)$"))

; a | b || true
((list . (pipeline (command name: (command_name) @name) .) . "||" . (command name: (command_name) @nothing) .) @match
  (#any-of? @nothing "true" ":" "/bin/true" "/usr/bin/true")
  (#not-has-parent? @match "command_substitution")
  (#not-match? @name "^(grep|egrep|fgrep|zgrep|rg|ag|head|tail|read|xargs|kill|diff|cmp|wc)$"))

; ( a; b ) || true
((list . [(subshell) (compound_statement)] . "||" . (command name: (command_name) @nothing) .) @match
  (#any-of? @nothing "true" ":" "/bin/true" "/usr/bin/true")
  (#not-has-parent? @match "command_substitution"))
