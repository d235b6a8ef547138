; git reset --hard
((command
  name: (command_name) @git
  argument: (word) @flag) @match
  (#match? @git "^(\\S*/)?git$")
  (#match? @match "^[^'\"]*?\\bgit(\\s+-[Cc]\\s+\\S+|\\s+--[\\w-]+(=\\S+)?)*\\s+reset\\s")
  (#eq? @flag "--hard"))

; git checkout . , git checkout -- . , git restore .
((command
  name: (command_name) @git
  argument: (word) @path .) @match
  (#match? @git "^(\\S*/)?git$")
  (#match? @match "^[^'\"]*?\\bgit(\\s+-[Cc]\\s+\\S+|\\s+--[\\w-]+(=\\S+)?)*\\s+(checkout|restore)\\s+(-\\S+\\s+)*(--\\s+)?[.:*]")
  (#any-of? @path "." "./" ":/" "*")
  (#not-match? @match "\\s(--source\\b|-s\\b)")
  (#not-match? @match "\\s(--staged|-S)(\\s(?!.*(--worktree|-W))|$)"))

; git clean -fd
((command
  name: (command_name) @git
  argument: (word) @flag .) @match
  (#match? @git "^(\\S*/)?git$")
  (#match? @match "^[^'\"]*?\\bgit(\\s+-[Cc]\\s+\\S+|\\s+--[\\w-]+(=\\S+)?)*\\s+clean\\s(-\\S+\\s+)*-")
  (#match? @match "\\s(--force|-[a-z]*f[a-z]*)(\\s|$)")
  (#match? @flag "^-[^X]*$")
  (#not-match? @match "\\s(-[a-z]*n[a-z]*|--dry-run|-[a-z]*X[a-z]*)(\\s|$)"))

; git stash drop, git stash clear
((command
  name: (command_name) @git
  argument: (word) @verb
  . argument: (word) @what) @match
  (#match? @git "^(\\S*/)?git$")
  (#match? @match "^[^'\"]*?\\bgit(\\s+-[Cc]\\s+\\S+|\\s+--[\\w-]+(=\\S+)?)*\\s+stash\\s")
  (#eq? @verb "stash")
  (#any-of? @what "drop" "clear"))
