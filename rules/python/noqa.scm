((comment) @match
  (#match? @match "#\\s*(flake8[:=]\\s*|ruff:\\s*)?(?i:noqa)(\\s*:\\s*[A-Za-z]+[0-9]*|\\s*$|\\s*[#(,;–—-])")
  (#not-match? @match "(?i:noqa):\\s*[A-Z]+[0-9]+(\\s*,\\s*[A-Z]+[0-9]+)*\\s*[-#(:;–—]+\\s*[\\w`'\"]+\\W+\\w+"))
((comment) @match
  (#match? @match "#\\s*(pylint:\\s*(disable|disable-next|disable-all|skip-file)\\b|nosec\\b|nosemgrep\\b|ruff:\\s*(ignore|disable)\\b|type-checking: off)"))
