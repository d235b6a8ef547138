((call
  function: [(identifier) @name (attribute object: (identifier) attribute: (identifier) @name)]
  arguments: (argument_list . [(identifier) (attribute) (string)] @type . (_) .)) @match
  (#eq? @name "cast")
  (#match? @type "^[\"']?(t\\.|typing\\.)?Any[\"']?$"))
((decorator [(identifier) @name (attribute attribute: (identifier) @name)]) @match
  (#any-of? @name "no_type_check" "no_type_check_decorator"))
