((rescue exceptions: (exceptions (constant) @type)) @match
  (#eq? @type "Exception")
  (#not-match? @match "\\braise\\b"))
((rescue exceptions: (exceptions (scope_resolution !scope name: (constant) @type))) @match
  (#eq? @type "Exception")
  (#not-match? @match "\\braise\\b"))
