((call_expression
  function: (identifier) @name
  arguments: (arguments . [(string) (template_string) (identifier) (member_expression) (binary_expression)] . [(arrow_function) (function_expression) (identifier) (object) (call_expression)])) @match
  (#any-of? @name "xit" "xtest" "xdescribe" "xcontext" "xspecify"))
((call_expression
  function: (member_expression) @name
  arguments: (arguments . [(string) (template_string) (identifier) (member_expression) (binary_expression)] (_)? . [(arrow_function) (function_expression)])) @match
  (#match? @name "^(it|test|describe|context|suite|specify|bench)(\\.(concurrent|sequential|failing|fails|parallel|serial|describe))*\\.skip(\\.(concurrent|sequential|failing|fails|parallel|serial))*$"))
((call_expression
  function: (member_expression) @name
  arguments: (arguments . [(string) (template_string)] . [(identifier) (call_expression) (member_expression)])) @match
  (#match? @name "^(it|test|describe|context|suite|specify|bench)(\\.(concurrent|sequential|failing|fails|parallel|serial|describe))*\\.skip$"))
((call_expression
  function: (member_expression) @name
  arguments: (arguments . [(string) (template_string)] .)) @match
  (#match? @name "^(it|describe|context|suite|specify)\\.skip$"))
((call_expression
  function: (call_expression function: (member_expression) @name)
  arguments: (arguments . [(string) (template_string)])) @match
  (#match? @name "^((it|test|describe|context|suite|specify|bench)(\\.(concurrent|sequential))*\\.skip\\.(each|for)|(xit|xtest|xdescribe)\\.each)$"))
((call_expression
  function: [(identifier) (member_expression)] @name
  arguments: (arguments . [(string) (template_string)] . (object (pair key: (property_identifier) @key value: [(true) (string)])) . [(arrow_function) (function_expression)])) @match
  (#match? @name "^(it|test|describe|suite)$")
  (#eq? @key "skip"))
