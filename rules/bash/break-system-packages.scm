((command
  argument: (word) @flag) @match
  (#match? @match "\\bpip[0-9.]*\\s(.*\\s)?(install|uninstall|sync)\\s")
  (#match? @flag "^--break-system-packages(=true)?$"))
((variable_assignment
  name: (variable_name) @name
  value: (_) @value) @match
  (#eq? @name "PIP_BREAK_SYSTEM_PACKAGES")
  (#not-match? @value "^[\"']?(0|false|no|off)?[\"']?$"))
((command
  name: (command_name) @command
  argument: (_) @file) @match
  (#match? @command "^(\\S*/)?(rm|mv|sudo)$")
  (#match? @match "^(\\S*/)?(sudo\\s+)?(\\S*/)?(rm|mv)\\s")
  (#match? @file "/EXTERNALLY-MANAGED[\"']?$"))
