; git commit --no-verify, also push, merge, rebase, am, cherry-pick
((command
  name: (command_name) @git
  argument: (word) @verb
  argument: (word) @flag) @match
  (#match? @git "^(\\S*/)?git$")
  (#any-of? @verb "commit" "push" "merge" "rebase" "am" "cherry-pick" "revert" "pull")
  (#eq? @flag "--no-verify"))

; git commit -n, -nm, -anm; elsewhere -n means something else
((command
  name: (command_name) @git
  argument: (word) @verb
  argument: (word) @flag) @match
  (#match? @git "^(\\S*/)?git$")
  (#eq? @verb "commit")
  (#match? @flag "^-[aepqsv]*n[aepqsvm]*$"))

; HUSKY=0 git commit, git -c core.hooksPath=/dev/null commit
((command
  (variable_assignment name: (variable_name) @variable value: (_) @value)
  name: (command_name) @git) @match
  (#match? @git "^(\\S*/)?git$")
  (#any-of? @variable "HUSKY" "LEFTHOOK" "HUSKY_SKIP_HOOKS")
  (#any-of? @value "0" "1" "false"))
((command
  name: (command_name) @git
  argument: (_) @option
  argument: (word) @verb) @match
  (#match? @git "^(\\S*/)?git$")
  (#match? @option "(?i)^['\"]?core\\.hooksPath=(/dev/null)?['\"]?$")
  (#any-of? @verb "commit" "push" "merge" "rebase" "am" "cherry-pick"))
