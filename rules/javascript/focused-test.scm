((call_expression
  function: (identifier) @name
  arguments: (arguments . [(string) (template_string) (identifier) (member_expression) (binary_expression)] . [(arrow_function) (function_expression)])) @match
  (#any-of? @name "fit" "fdescribe" "ftest" "fcontext"))
((call_expression
  function: (member_expression) @name
  arguments: (arguments . [(string) (template_string) (identifier) (member_expression) (binary_expression)] (_)? . [(arrow_function) (function_expression) (identifier) (call_expression)])) @match
  (#match? @name "^(it|test|describe|context|suite|specify|bench)(\\.(concurrent|sequential|failing|fails|parallel|serial|describe))*\\.only(\\.(concurrent|sequential|failing|fails|parallel|serial))*$"))
((call_expression
  function: (call_expression function: (member_expression) @name)
  arguments: (arguments . [(string) (template_string)])) @match
  (#match? @name "^((it|test|describe|context|suite|specify)(\\.(concurrent|sequential))*\\.only|fit|fdescribe)\\.(each|for)$"))
