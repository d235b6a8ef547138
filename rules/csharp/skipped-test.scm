((attribute name: (identifier) @name (attribute_argument_list (attribute_argument name: (identifier) @skip))) @match
  (#any-of? @name "Fact" "Theory" "InlineData" "FactAttribute")
  (#eq? @skip "Skip"))
((attribute name: (identifier) @name) @match
  (#any-of? @name "Ignore" "IgnoreAttribute"))
