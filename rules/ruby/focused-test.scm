((call !receiver method: (identifier) @name block: (_)) @match
  (#any-of? @name "fit" "fdescribe" "fcontext" "fspecify" "fexample"))
((call method: (identifier) @name arguments: (argument_list (pair key: (_) @key value: (true))) block: (_)) @match
  (#any-of? @name "it" "describe" "context" "specify" "example" "feature" "scenario")
  (#match? @key "^:?focus$"))
((call method: (identifier) @name arguments: (argument_list (simple_symbol) @key) block: (_)) @match
  (#any-of? @name "it" "describe" "context" "specify" "example" "feature" "scenario")
  (#eq? @key ":focus"))
