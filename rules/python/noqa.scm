((comment) @match
  (#match? @match "#\\s*(flake8[:=]\\s*|ruff:\\s*)?(?i:noqa)(\\s*:\\s*[A-Za-z]+[0-9]*|\\s*$|\\s*[#(,;–—-])"))
((comment) @match
  (#match? @match "#\\s*(pylint:\\s*(disable|disable-next|disable-all|skip-file)\\b|nosec\\b|nosemgrep\\b|ruff:\\s*(ignore|disable)\\b|type-checking: off)"))
