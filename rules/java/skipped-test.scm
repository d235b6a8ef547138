([(marker_annotation name: (identifier) @name) (annotation name: (identifier) @name)] @match
  (#any-of? @name "Disabled" "Ignore"))
((annotation name: (identifier) @name arguments: (annotation_argument_list) @arguments) @match
  (#eq? @name "Test")
  (#match? @arguments "\\benabled\\s*=\\s*false\\b"))
