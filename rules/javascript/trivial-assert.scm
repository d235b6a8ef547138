((call_expression
  function: (_
    object: (call_expression function: (identifier) @expect arguments: (arguments . [(true) (false) (number) (string) (null)] @left .))
    property: (property_identifier) @matcher)
  arguments: (arguments . [(true) (false) (number) (string) (null)] @right .)) @match
  (#eq? @expect "expect")
  (#any-of? @matcher "toBe" "toEqual" "toStrictEqual")
  (#eq? @left @right))
((call_expression
  function: (_
    object: (call_expression function: (identifier) @expect arguments: (arguments . [(true) (number) (string)] @value .))
    property: (property_identifier) @matcher)) @match
  (#eq? @expect "expect")
  (#any-of? @matcher "toBeTruthy" "toBeDefined")
  (#not-match? @value "^(0|\"\"|'')$"))
((call_expression
  function: (_
    object: (call_expression function: (identifier) @expect arguments: (arguments . [(false) (null)] .))
    property: (property_identifier) @matcher)) @match
  (#eq? @expect "expect")
  (#any-of? @matcher "toBeFalsy"))
((member_expression
  object: (_
    object: (_
      object: (call_expression function: (identifier) @expect arguments: (arguments . (true) .))
      property: (property_identifier) @to))
  property: (property_identifier) @claim) @match
  (#eq? @expect "expect")
  (#eq? @to "to")
  (#any-of? @claim "true" "ok"))
((call_expression
  function: (identifier) @assert
  arguments: (arguments . (true))) @match
  (#eq? @assert "assert"))
((call_expression
  function: (_ object: (identifier) @assert property: (property_identifier) @method)
  arguments: (arguments . (true))) @match
  (#any-of? @assert "assert" "t")
  (#any-of? @method "ok" "isTrue" "isOk" "true"))
((call_expression
  function: (_ object: (identifier) @assert property: (property_identifier) @method)
  arguments: (arguments . [(true) (false) (number) (string) (null)] @left . [(true) (false) (number) (string) (null)] @right)) @match
  (#any-of? @assert "assert" "t")
  (#any-of? @method "equal" "strictEqual" "deepEqual" "deepStrictEqual" "is")
  (#eq? @left @right))
